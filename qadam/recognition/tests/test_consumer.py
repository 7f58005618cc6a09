"""A batch is asked about as a whole: the number of statements hangs on the rules, not on how many facts it holds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qadam.events.consumers import read_events
from qadam.jobs.transactions import write
from qadam.recognition import badges, posting, streaks
from qadam.recognition.models import Award, PointEntry, StreakState
from qadam.recognition.tests.packs import publish_start_pack
from qadam.recognition.tests.world import HOUR, START
from tests.cast import NOW, a_company, a_member, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def mentor():
    a_company()
    publish_start_pack(now=START)
    return a_member(now=START)


def statements_for(people, mentor):
    """Let each of so many people do five things, and count what is asked of the database."""
    members = [a_member(now=START, mentor_id=mentor.id, sponsor_id=mentor.id) for _ in range(people)]
    for member in members:
        an_event("lesson.completed", member, lesson="claims")
        an_event("order.paid", member, order=f"o{member.id}", buyer="retail", customer="c", amount=100)
        an_event("order.refunded", member, NOW + HOUR, order=f"o{member.id}")
        an_event("customer.checked_in", member, customer="c")
        an_event("help.confirmed", member)
    batch = read_events("member_id >= %s", [members[0].id])
    with write(), CaptureQueriesContext(connection) as asked:
        posting.post_points(batch, now=NOW + HOUR)
        streaks.note_acts(batch, now=NOW + HOUR)
        badges.follow(batch, now=NOW + HOUR)
    return len(asked)


def test_a_large_batch_asks_no_more_than_a_small_one(mentor):
    statements_for(2, mentor)
    few, many = statements_for(2, mentor), statements_for(20, mentor)
    assert PointEntry.objects.count() > 100
    assert Award.objects.count() > 20
    assert StreakState.objects.count() >= 24
    # A few more tiers are reached by so many; per person it would be hundreds.
    assert many <= few + 8


def test_a_batch_without_anything_of_interest_only_looks_at_what_is_in_force(mentor):
    an_event("question.answered", mentor, ticket="t")
    batch = read_events("type = 'question.answered'", [])
    with CaptureQueriesContext(connection) as asked:
        posting.post_points(batch, now=NOW)
        streaks.note_acts(batch, now=NOW)
        badges.follow(batch, now=NOW)
    queries = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert {"people_company" in sql or "recognition_definition" in sql for sql in queries} == {True}
