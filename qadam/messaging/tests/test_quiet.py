"""Quiet hours: the rule on the wall clock, and what the dispatcher does with them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.events.models import Event
from qadam.messaging import jobs, operations
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Outbox
from qadam.messaging.rules import Window, quiet_until, window_of
from qadam.messaging.tests.factories import a_message, a_template
from qadam.people import operations as people
from qadam.people.models import ConsentKind
from tests.cast import NOW, a_company, a_member

NIGHT = {"quiet": {"email": {"from": "22:00", "to": "06:00"}}}
ALMATY, BERLIN = ZoneInfo("Asia/Almaty"), ZoneInfo("Europe/Berlin")


def at(text, zone=ALMATY):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


# The rule


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-06:00", "2026-03-02T23:10", "2026-03-03T06:00"),
        ("22:00-06:00", "2026-03-02T22:00", "2026-03-03T06:00"),
        ("22:00-06:00", "2026-03-02T05:59:59", "2026-03-02T06:00"),
        ("22:00-06:00", "2026-03-02T21:59", None),
        ("22:00-06:00", "2026-03-02T06:00", None),
        ("13:00-14:30", "2026-03-02T13:00", "2026-03-02T14:30"),
        ("13:00-14:30", "2026-03-02T14:30", None),
        ("00:00-08:00", "2026-03-02T00:00", "2026-03-02T08:00"),
        ("20:00-00:00", "2026-03-02T20:30", "2026-03-03T00:00"),
    ],
)
def test_windows(hours, now, until):
    assert quiet_until(window_of(hours), ALMATY, at(now)) == (at(until) if until else None)


def test_the_end_takes_the_offset_of_its_own_day():
    night = window_of("22:00-06:00")
    assert quiet_until(night, BERLIN, at("2026-03-28T23:00", BERLIN)) == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert quiet_until(night, BERLIN, at("2026-10-24T23:00", BERLIN)) == datetime(2026, 10, 25, 5, tzinfo=UTC)


def test_an_end_that_the_clock_skips_or_shows_twice():
    short = window_of("22:00-02:30")
    assert quiet_until(short, BERLIN, at("2026-03-28T23:00", BERLIN)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert quiet_until(short, BERLIN, at("2026-10-24T23:00", BERLIN)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    # 02:10 for the second time: the hours have ended already.
    assert quiet_until(short, BERLIN, datetime(2026, 10, 25, 1, 10, tzinfo=UTC)) is None


@pytest.mark.parametrize("text", ["", "ignore", "22-06", "24:00-06:00", "22:00-06:60", "22:00-22:00", "22:00-06:00 "])
def test_what_isnt_a_window(text):
    assert window_of(text) is None


@given(
    st.times(),
    st.times(),
    st.integers(0, 365 * 24 * 3600),
    st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_the_end_is_ahead_and_outside(start, end, second, zone):
    start, end = time(start.hour, start.minute), time(end.hour, end.minute)
    if start == end:
        return
    window, now = Window(start, end), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    until = quiet_until(window, ZoneInfo(zone), now)
    if until is not None:
        assert now < until <= now + timedelta(hours=26)
        assert quiet_until(window, ZoneInfo(zone), until) is None


# The dispatcher


@pytest.fixture
def night(db, settings):
    settings.EMAIL_HOST = ""
    a_company()
    a_template()
    operations.set_policy(document=NIGHT, actor=None, now=NOW)


def end_of(message):
    message.refresh_from_db()
    return (message.status, message.reason)


def a_step(member, **changes):
    """A message of a journey, at a local time of Almaty."""
    return a_message(member, **{"enrollment_id": 1, "visit": 1, **changes})


def test_window_over_midnight(night):
    """Scenario 21."""
    early, late = at("2026-03-02T21:59"), at("2026-03-02T23:10")
    in_time, disturbing = a_step(a_member(), due_at=early), a_step(a_member(), due_at=late)
    dispatch_due(now=early)
    assert end_of(in_time) == ("sent", "")
    assert dispatch_due(now=late) == 1
    assert end_of(disturbing) == ("pending", "quiet")
    assert jobs.next_due() == at("2026-03-03T06:00")
    assert dispatch_due(now=at("2026-03-03T05:59")) == 0
    assert dispatch_due(now=at("2026-03-03T06:00")) == 1
    assert end_of(disturbing) == ("sent", "")
    assert Outbox.objects.get(id=disturbing.id).tries == 0


def test_stale_under_quiet_expires_at_once(night):
    """Scenario 22: eight hours of quiet, four hours of deadline."""
    late = at("2026-03-02T22:30")
    stale = a_step(a_member(), due_at=late, deadline_at=late + timedelta(hours=4))
    patient = a_step(a_member(), due_at=late, deadline_at=at("2026-03-03T06:00"))
    dispatch_due(now=late)
    assert end_of(stale) == ("expired", "quiet")
    assert end_of(patient) == ("pending", "quiet")
    event = Event.objects.get(type="message.expired")
    assert (event.props["enrollment"], event.props["reason"]) == (1, "quiet")


@pytest.mark.parametrize(
    ("zone", "status"),
    [("Asia/Tokyo", "pending"), ("Europe/London", "sent"), ("", "sent"), ("GMT+3", "sent"), ("Mars/Base", "sent")],
)
def test_the_members_own_night(night, zone, status):
    """Noon in London, 17:00 in Almaty (the company's zone), 21:00 … in Tokyo it is past 22:00."""
    noon = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
    message = a_step(a_member(zone=zone), due_at=noon)
    dispatch_due(now=noon)
    assert end_of(message)[0] == status


def test_all_gates_are_asked_again_in_the_morning(night):
    a_template(template="offer", category="advertising")
    late, member = at("2026-03-02T23:00"), a_member()
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW)
    message = a_step(member, template="offer", due_at=late)
    dispatch_due(now=late)
    people.withdraw_consent(member=member, kind=ConsentKind.ADVERTISING, now=late)
    dispatch_due(now=at("2026-03-03T06:00"))
    assert end_of(message) == ("suppressed", "consent")


def test_whom_the_companys_hours_concern(night):
    a_template(template="offer", category="advertising")
    member, late = a_member(), at("2026-03-02T23:00")
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW)
    answer = a_message(member, due_at=late)
    offer = a_message(member, template="offer", due_at=late)
    ignoring = a_step(member, due_at=late, quiet="ignore")
    own_hours = a_step(member, due_at=late, quiet="01:00-07:00")
    answer_with_hours = a_message(member, due_at=late, quiet="20:00-07:00")
    dispatch_due(now=late)
    assert end_of(answer) == ("sent", "")
    assert end_of(offer) == ("pending", "quiet")
    assert end_of(ignoring) == ("sent", "")
    assert end_of(own_hours) == ("sent", "")
    assert end_of(answer_with_hours) == ("pending", "quiet")
    assert Outbox.objects.get(id=answer_with_hours.id).due_at == at("2026-03-03T07:00")
