"""The law: SQL says what the plain oracle says, and nothing changes before the instant that `next_flips` names."""

import os
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qadam import conditions
from qadam.conditions.tests.oracle import is_true
from qadam.conditions.tests.worlds import NOW, dids, documents, store, worlds
from qadam.people.models import Membership

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("QADAM_LAW_EXAMPLES", "30"))
"""More than the usual thirty are drawn anew at every run."""
quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 30,
    database=None,
    suppress_health_check=list(HealthCheck),
)
LATER = [NOW + timedelta(minutes=1) * minutes for minutes in (1, 3, 6)] + [
    NOW + timedelta(hours=3) * number for number in range(1, 40 * 8, 3)
]


@pytest.fixture
def asked():
    return Membership.objects.filter(kind="segment", key="asked")


several = st.lists(st.one_of(documents, dids()), min_size=6, max_size=6)


@quickly
@given(several, worlds())
def test_sql_agrees_with_the_oracle(db, asked, drawn_documents, drawn):
    world, entries = drawn
    rules = [conditions.parse(document) for document in drawn_documents]
    found = {}
    with transaction.atomic():
        store(world, entries)
        for rule in rules:
            rows = asked.filter(conditions.matching(rule, now=NOW, member="member_id", entry="entered_at"))
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
            flips[rule] = conditions.next_flips_of(asked, rule, now=NOW, member="member_id", entry="entered_at")
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
