"""A pause: its rules as tables, its course by the calendar, and what streaks read of it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from qadam.events.models import Event
from qadam.people import identity, pausing
from qadam.people.errors import NoPause, PauseInPast, PauseTooLong, PauseTooOften, PauseTwice
from qadam.people.models import Company, Pause
from qadam.people.pause_rules import DAY, Span, find_fault, last_paused_on, next_quarter
from tests.cast import NOW, a_company, a_member, days

TODAY = date(2026, 3, 2)


def span(first, last):
    return Span(TODAY + DAY * first, TODAY + DAY * last)


@pytest.mark.parametrize(
    ("wanted", "begun", "fault"),
    [
        (span(0, 0), [], ""),
        (span(0, 13), [], ""),
        (span(0, 14), [], "long"),
        (span(3, 2), [], "order"),
        (span(-1, 3), [], "past"),
        (span(30, 31), [], ""),
        (span(31, 31), [], "far"),
        (span(0, 3), [date(2026, 1, 1)], ""),
        (span(0, 3), [date(2026, 1, 1), date(2026, 2, 20)], "often"),
        (span(0, 3), [date(2025, 12, 31), date(2025, 11, 1), date(2026, 1, 1)], ""),
        # The quarter of the first day counts: 1 April is the next one.
        (Span(date(2026, 4, 1), date(2026, 4, 2)), [date(2026, 1, 1), date(2026, 2, 20)], ""),
    ],
)
def test_which_pauses_may_be_taken(wanted, begun, fault):
    assert find_fault(wanted, TODAY, begun) == fault


def test_quarters_and_days():
    assert [next_quarter(date(2026, month, 5)) for month in (1, 6, 12)] == [
        date(2026, 4, 1), date(2026, 7, 1), date(2027, 1, 1),
    ]  # fmt: skip
    assert span(0, 9).within(TODAY + DAY * 8, TODAY + DAY * 40).days == 2
    assert span(0, 9).within(TODAY + DAY * 20, TODAY + DAY * 40).days == 0
    assert last_paused_on(span(-2, 5), TODAY) == TODAY - DAY
    assert last_paused_on(span(-5, -3), TODAY) == TODAY - DAY * 3


def facts(member):
    rows = Event.objects.filter(member_id=member.id, type__startswith="path.").order_by("id")
    return [(row.type, row.occurred_at, row.props) for row in rows]


@pytest.mark.django_db
def test_a_pause_begins_at_once_and_ends_with_its_last_day():
    a_company()
    member = a_member(zone="Asia/Almaty")
    pausing.pause_path(member=member, first_on=TODAY, last_on=TODAY + DAY * 2, now=NOW)
    assert pausing.paused_days_of([member.id], TODAY - DAY, TODAY + DAY * 30) == {
        member.id: {TODAY, TODAY + DAY, TODAY + DAY * 2}
    }
    assert pausing.start_and_end_pauses(NOW + days(2)) == 0
    # Local midnight of 5 March in Almaty.
    midnight = datetime(2026, 3, 4, 19, tzinfo=UTC)
    assert pausing.start_and_end_pauses(midnight - timedelta(seconds=1)) == 0
    assert pausing.start_and_end_pauses(midnight + timedelta(hours=5)) == 1
    assert pausing.start_and_end_pauses(midnight + timedelta(hours=6)) == 0
    assert facts(member) == [
        ("path.paused", NOW, {"from": "2026-03-02", "until": "2026-03-04", "days": 3}),
        ("path.resumed", midnight, {"days": 3, "back": 0}),
    ]
    assert pausing.is_paused(member, TODAY)
    assert pausing.open_pause_of(member) is None


@pytest.mark.django_db
def test_a_planned_pause_waits_for_its_midnight_and_can_be_called_off():
    a_company()
    member = a_member(zone="Asia/Almaty")
    first = TODAY + DAY * 3
    pausing.pause_path(member=member, first_on=first, last_on=first + DAY, now=NOW)
    assert not facts(member)
    company = Company.objects.get()
    assert pausing.paused_until([member.id], company, NOW) == {}
    midnight = datetime(2026, 3, 4, 19, tzinfo=UTC)
    pausing.start_and_end_pauses(midnight)
    assert [fact[:2] for fact in facts(member)] == [("path.paused", midnight)]
    assert pausing.paused_until([member.id], company, midnight) == {member.id: midnight + days(2)}
    other = a_member()
    pausing.pause_path(member=other, first_on=first, last_on=first, now=NOW)
    pausing.resume_path(member=other, now=NOW)
    assert not facts(other)
    assert not Pause.objects.filter(member=other).exists()


@pytest.mark.django_db
def test_coming_back_early_gives_the_other_days_back():
    a_company()
    member = a_member(zone="Asia/Almaty")
    pausing.pause_path(member=member, first_on=TODAY, last_on=TODAY + DAY * 9, now=NOW)
    pausing.resume_path(member=member, now=NOW + days(4))
    assert facts(member)[-1] == ("path.resumed", NOW + days(4), {"days": 4, "back": 6})
    assert pausing.paused_days_of([member.id], TODAY, TODAY + DAY * 20)[member.id] == {
        TODAY + DAY * n for n in range(4)
    }
    with pytest.raises(NoPause):
        pausing.resume_path(member=member, now=NOW + days(4))
    # On the day it was asked for: no day of it counts.
    pausing.pause_path(member=member, first_on=TODAY + DAY * 4, last_on=TODAY + DAY * 5, now=NOW + days(4))
    pausing.resume_path(member=member, now=NOW + days(4))
    assert facts(member)[-1][2] == {"days": 0, "back": 2}
    assert not pausing.is_paused(member, TODAY + DAY * 4)


@pytest.mark.django_db
def test_a_second_pause_at_once_and_a_third_in_the_quarter_are_refused():
    a_company()
    member = a_member(zone="Asia/Almaty")
    for number in range(2):
        at = NOW + days(5 * number)
        first = TODAY + DAY * 5 * number
        pausing.pause_path(member=member, first_on=first, last_on=first + DAY, now=at)
        with pytest.raises(PauseTwice):
            pausing.pause_path(member=member, first_on=first, last_on=first, now=at)
        pausing.start_and_end_pauses(at + days(3))
    late = NOW + days(20)
    with pytest.raises(PauseTooOften) as refusal:
        pausing.pause_path(member=member, first_on=TODAY + DAY * 20, last_on=TODAY + DAY * 21, now=late)
    assert refusal.value.details == {"on": date(2026, 4, 1)}
    with pytest.raises(PauseInPast):
        pausing.pause_path(member=member, first_on=TODAY, last_on=TODAY + DAY * 21, now=late)
    with pytest.raises(PauseTooLong):
        pausing.pause_path(member=member, first_on=TODAY + DAY * 20, last_on=TODAY + DAY * 40, now=late)


@pytest.mark.django_db
def test_an_erased_person_leaves_the_days_and_no_pause_that_ends_by_itself():
    a_company()
    member = a_member(zone="Asia/Almaty")
    pausing.pause_path(member=member, first_on=TODAY, last_on=TODAY + DAY * 9, now=NOW)
    pausing.close_pause(member=member, now=NOW + days(2))
    nameless = identity.erase_member(member=member, actor=None, now=NOW + days(2))
    assert [(row.member_id, row.last_on) for row in Pause.objects.all()] == [(nameless.id, TODAY + DAY)]
