"""Progress, amounts and asking again about the past: all of them agree with the plain oracle."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qadam import conditions
from qadam.conditions import tree
from qadam.conditions.documents import read_ratio
from qadam.conditions.tests import oracle
from qadam.conditions.tests.worlds import NOW, comparisons, dids, documents, store, tallies, worlds
from qadam.events.models import Event
from qadam.lib.documents import open_document
from tests.cast import a_company, a_member, an_event

pytestmark = pytest.mark.django_db
quickly = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
several = st.lists(st.one_of(documents, dids(), comparisons), min_size=5, max_size=5)
LONG = timedelta(days=10)


def parse_tally(document):
    ratio = {"of": document, "to": {"last": "goal.set", "property": "partners"}, "at_least": "1%"}
    return read_ratio(open_document({"ratio": ratio}), 0).of


@quickly
@given(several, st.lists(tallies(), min_size=3, max_size=3), worlds())
def test_progress_and_amounts_agree_with_the_oracle(db, drawn_documents, drawn_tallies, drawn):
    world, _entries = drawn
    rules = [rule for rule in map(conditions.parse, drawn_documents) if not conditions.uses_entry(rule)]
    counted = list(map(parse_tally, drawn_tallies))
    everybody, since = list(world.people), NOW - LONG
    with transaction.atomic():
        store(world, {})
        found = {who: conditions.progress(rules, member_id=who, now=NOW, language="en") for who in everybody}
        again = [conditions.keeps_true(rule, among=everybody, asked_at=NOW, now=NOW) for rule in rules]
        sums = [conditions.amounts(tally, among=everybody, since=since, until=NOW) for tally in counted]
        transaction.set_rollback(True)
    for place, rule in enumerate(rules):
        true_for = {who for who in everybody if oracle.is_true(rule, world, who, NOW)}
        assert {who for who in everybody if found[who][place].is_met} == again[place] == true_for
        parts = [part for who in everybody for part in found[who][place].parts]
        assert all(0 <= part.have <= part.need and part.words for part in parts)
    for tally, told in zip(counted, sums, strict=True):
        assert told == {who: number for who in everybody if (number := amount(tally, world, who, since))}


def amount(tally: tree.Tally, world, who, since):
    facts = [fact for fact in oracle._facts(world, who, tally.events, NOW) if fact.occurred_at > since]
    return oracle._total([fact for fact in facts if oracle._is_tallied(fact, tally, world, NOW)], tally, world)


def test_what_was_voided_since_is_known_when_one_asks_about_the_past():
    a_company()
    me = a_member(now=NOW - LONG)
    condition = conditions.parse({"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}})
    an_event("order.paid", me, NOW - LONG, order="a")
    an_event("order.refunded", me, NOW, order="a")
    assert Event.objects.filter(member_id=me.id).count() == 3
    asked_at = NOW - timedelta(days=1)
    assert conditions.ask(condition, now=asked_at, among=[me.id]).true_for == {me.id}
    assert conditions.keeps_true(condition, among=[me.id], asked_at=asked_at, now=NOW) == set()
