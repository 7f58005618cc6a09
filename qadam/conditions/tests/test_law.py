"""The law: SQL says what the plain oracle says, and nothing changes before the instant that `next_flips` names."""

import os
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qadam import conditions
from qadam.conditions import tree
from qadam.conditions.needs import about_one_key
from qadam.conditions.tests.oracle import Entry, is_true
from qadam.conditions.tests.worlds import NOW, comparisons, dids, documents, keyed, store, worlds
from qadam.people.models import Membership

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("QADAM_LAW_EXAMPLES", "12"))
"""More than the usual thirty are drawn anew at every run."""
quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 30,
    database=None,
    suppress_health_check=list(HealthCheck),
)
COLUMNS = {"member": "member_id", "entry": "entered_at", "entry_key": "key"}
LATER = [NOW + timedelta(minutes=1) * minutes for minutes in (1, 3, 6)] + [
    NOW + timedelta(hours=3) * number for number in range(1, 40 * 8, 3)
]


@pytest.fixture
def asked():
    return Membership.objects.filter(kind="asked")


several = st.lists(st.one_of(documents, dids(), comparisons), min_size=6, max_size=6)


@quickly
@given(several, worlds())
def test_sql_agrees_with_the_oracle(db, asked, drawn_documents, drawn):
    world, entries = drawn
    rules = [conditions.parse(document) for document in drawn_documents]
    found = {}
    with transaction.atomic():
        store(world, entries)
        for rule in rules:
            rows = asked.filter(conditions.matching(rule, now=NOW, **COLUMNS))
            found[rule] = set(rows.values_list("member_id", flat=True))
        transaction.set_rollback(True)
    for rule in rules:
        assert conditions.parse(conditions.as_document(rule)) == rule
        assert found[rule] == {who for who, entry in entries.items() if is_true(rule, world, who, NOW, entry)}


@quickly
@given(several, worlds())
def test_truth_stays_until_the_next_flip(db, asked, drawn_documents, drawn):
    world, entries = drawn
    rules = [conditions.parse(document) for document in drawn_documents]
    flips = {}
    with transaction.atomic():
        store(world, entries)
        for rule in rules:
            flips[rule] = conditions.next_flips_of(asked, rule, now=NOW, **COLUMNS)
        whose = dict(asked.values_list("member_id", "id"))
        transaction.set_rollback(True)
    for rule in rules:
        for who, entry in entries.items():
            refuse_change_before(flips[rule].get(whose[who]), rule, world, who, entry)


def refuse_change_before(flip, rule, world, who, entry):
    truth = is_true(rule, world, who, NOW, entry)
    before = [instant for instant in LATER if flip is None or instant < flip]
    if flip is not None:
        assert flip > NOW
        before.append(max(NOW, flip - timedelta(microseconds=1)))
    for instant in before:
        assert is_true(rule, world, who, instant, entry) == truth, (rule, who, instant, flip)


@quickly
@given(several, worlds())
def test_asking_at_once_says_the_same(db, drawn_documents, drawn):
    """`ask` is what rules are kept with: it has its own statements, and has to agree with both of the others."""
    world, _entries = drawn
    rules = [rule for rule in map(conditions.parse, drawn_documents) if not conditions.uses_entry(rule)]
    everybody = list(world.people)
    with transaction.atomic():
        store(world, {})
        zones = conditions.read_zones(among=everybody)
        answers = {rule: conditions.ask(rule, now=NOW, among=everybody, zones=zones) for rule in rules}
        flips = {rule: conditions.next_flips(rule, now=NOW, among=everybody) for rule in rules}
        transaction.set_rollback(True)
    for rule in rules:
        assert answers[rule].true_for == {who for who in everybody if is_true(rule, world, who, NOW)}
        assert answers[rule].flips == flips[rule]


@quickly
@given(st.lists(keyed, min_size=4, max_size=4), worlds())
def test_keys_agree_with_the_oracle(db, drawn_documents, drawn):
    world, _entries = drawn
    rules = [rule for rule in map(conditions.parse, drawn_documents) if conditions.key_property(rule)]
    rules = [rule for rule in rules if not conditions.uses_entry(rule)]
    everybody = list(world.people)
    with transaction.atomic():
        store(world, {})
        found = {rule: conditions.keys_of(rule, now=NOW, among=everybody) for rule in rules}
        transaction.set_rollback(True)
    for rule in rules:
        name, about_one = conditions.key_property(rule), about_one_key(rule)
        types = {each for did in tree.leaves(rule) if isinstance(did, tree.Did) and did.per for each in did.events}
        facts = [fact for fact in world.facts if fact.type in types and name in fact.props]
        pairs = {(fact.member_id, fact.props[name]) for fact in facts}
        true = {(who, key) for who, key in pairs if is_true(about_one, world, who, NOW, Entry(NOW, key))}
        assert {(who, key) for who, keys in found[rule].items() for key in keys} == true
