"""The database itself keeps the ledger append-only; a merge re-keys it; the nightly check repairs and tells."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from qadam.people.identity import erase_member, merge_members
from qadam.people.models import AuditEntry
from qadam.recognition import jobs, totals
from qadam.recognition.models import Period, PointEntry, PointTotal
from qadam.recognition.tests.world import DAY, START, a_rule, hear, life
from tests.cast import NOW, a_company, a_member, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def me():
    a_company()
    a_rule(which="first", per=["lesson"])
    member = a_member(now=START)
    an_event("lesson.completed", member, lesson="a")
    hear()
    return member


@pytest.mark.parametrize(
    "change",
    [
        {"points": 1000},
        {"local_day": date(2026, 1, 1)},
        {"released_at": NOW},
        {"held_until": NOW},
        {"member_id": "another"},
        {"fact": 7},
    ],
    ids=str,
)
def test_no_entry_is_ever_changed(me, change):
    if "member_id" in change:
        change = {"member_id": a_member().id}
    with pytest.raises(IntegrityError), transaction.atomic():
        PointEntry.objects.update(**change)
    assert PointEntry.objects.get().points == 10


def test_no_entry_is_ever_deleted(me):
    with pytest.raises(IntegrityError), transaction.atomic():
        PointEntry.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        me.delete()
    assert PointEntry.objects.count() == 1


def test_a_release_is_once(me):
    a_rule(rule="held", event="customer.checked_in", hold_days=3)
    an_event("customer.checked_in", me)
    hear()
    entry = PointEntry.objects.filter(rule="held")
    assert jobs.run_due(NOW + 4 * DAY) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.update(released_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.update(released_at=None)


def test_two_records_of_one_human_have_the_points_of_both_but_none_twice(me):
    """The same lesson passed under both, and help confirmed by oneself, count once and not at all."""
    a_rule(rule="help", event="help.confirmed", to="mentor", points=15)
    other = a_member(now=START, mentor_id=me.id)
    an_event("lesson.completed", other, lesson="a")
    an_event("lesson.completed", other, lesson="b")
    an_event("help.confirmed", other)
    hear()
    assert (life(me), life(other)) == (25, 20)
    merge_members(kept=me, other=other, actor=None, now=NOW)
    for _ in range(2):
        hear()
    assert life(me) == 20
    assert sorted(PointEntry.objects.values_list("points", flat=True)) == [-15, -10, 10, 10, 10, 15]


def test_who_is_erased_leaves_anonymous_points(me):
    nameless = erase_member(member=me, actor=None, now=NOW)
    hear()
    assert life(nameless) == 10
    assert PointEntry.objects.get().member_id == nameless.id


def test_a_total_that_differs_is_repaired_with_an_alarm(me, caplog):
    assert totals.check_totals(now=NOW) == 0
    PointTotal.objects.filter(period=Period.LIFE).update(points=999)
    PointTotal.objects.filter(period=Period.WEEK).delete()
    PointTotal.objects.create(member=a_member(), period=Period.MONTH, starts_on=date(2026, 3, 1), points=5)
    assert totals.check_totals(now=NOW) == 3
    assert totals.find_differences() == []
    assert life(me) == 10
    assert AuditEntry.objects.filter(action="points.repaired").count() == 3
    assert len([record for record in caplog.records if record.name == "qadam.recognition"]) == 3


@pytest.mark.django_db(transaction=True)
def test_a_whole_database_can_be_emptied_and_is_guarded_again(transactional_db):
    """As between tests of the browser: entries go with everything else, the triggers stay."""
    for _ in range(2):
        a_company()
        a_rule()
        an_event("lesson.completed", a_member(now=START), lesson="a")
        hear()
        with pytest.raises(IntegrityError), transaction.atomic():
            PointEntry.objects.all().delete()
        call_command("flush", interactive=False, verbosity=0)
        assert not PointEntry.objects.exists()
