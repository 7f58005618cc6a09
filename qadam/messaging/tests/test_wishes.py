"""What members wish about letters: a pause, hours of their own, fewer of them. Answers to own acts come anyway."""

from datetime import date, timedelta

import pytest

from qadam.messaging import operations
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.rules import quiet_until_all_end, window_of
from qadam.messaging.tests.factories import a_message, a_template
from qadam.messaging.tests.test_quiet import ALMATY, NIGHT, a_step, at, end_of
from qadam.people import pausing, preferences
from qadam.people.preferences import Letters
from tests.cast import NOW, a_company, a_member

LATE = "2026-03-02T20:30"


@pytest.fixture
def office(settings, db):
    settings.EMAIL_HOST = ""
    a_company()
    a_template()


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ([], LATE, None),
        (["22:00-06:00"], LATE, None),
        (["20:00-23:00", "22:00-06:00"], LATE, "2026-03-03T06:00"),
        (["22:00-06:00", "20:00-23:00"], LATE, "2026-03-03T06:00"),
        (["20:00-21:00", "22:00-06:00"], LATE, "2026-03-02T21:00"),
    ],
)
def test_hours_of_two_together(hours, now, until):
    found = quiet_until_all_end([window_of(each) for each in hours], ALMATY, at(now))
    assert found == (at(until) if until else None)


def test_hours_that_cover_the_day_together_put_off_and_never_loop():
    windows = [window_of("00:00-12:00"), window_of("12:00-00:00")]
    assert quiet_until_all_end(windows, ALMATY, at(LATE)) == at("2026-03-03T12:00")


def test_own_hours_are_added_to_the_companys(office):
    operations.set_policy(document=NIGHT, actor=None, now=NOW)
    member = a_member(zone="Asia/Almaty")
    preferences.set_letters(member=member, letters=Letters.ALL, quiet="20:00-08:00")
    of_plan, answer = a_step(member, due_at=at(LATE)), a_message(member, due_at=at(LATE))
    dispatch_due(now=at(LATE))
    assert (end_of(of_plan), end_of(answer)) == (("pending", "quiet"), ("sent", ""))
    assert of_plan.due_at == at("2026-03-03T08:00")


def test_who_wants_only_what_is_needed_gets_no_letters_of_journeys(office):
    member = a_member()
    preferences.set_letters(member=member, letters=Letters.NEEDED, quiet="")
    of_plan, answer = a_step(member), a_message(member)
    dispatch_due(now=NOW)
    assert (end_of(of_plan), end_of(answer)) == (("suppressed", "unwanted"), ("sent", ""))


def test_a_pause_holds_letters_of_journeys_until_the_path_goes_on(office):
    member = a_member(zone="Asia/Almaty")
    pausing.pause_path(member=member, first_on=date(2026, 3, 2), last_on=date(2026, 3, 4), now=NOW)
    held, answer = a_step(member), a_message(member)
    stale = a_step(member, deadline_at=NOW + timedelta(days=1))
    neighbours = a_step(a_member())
    dispatch_due(now=NOW)
    assert [end_of(each) for each in (held, answer, stale, neighbours)] == [
        ("pending", "paused"),
        ("sent", ""),
        ("expired", "paused"),
        ("sent", ""),
    ]
    assert held.due_at == at("2026-03-05T00:00")
    pausing.start_and_end_pauses(held.due_at)
    dispatch_due(now=held.due_at)
    assert end_of(held) == ("sent", "")


def test_coming_back_early_lets_held_letters_go_at_once(office):
    member, other = a_member(zone="Asia/Almaty"), a_member(zone="Asia/Almaty")
    for each in (member, other):
        pausing.pause_path(member=each, first_on=date(2026, 3, 2), last_on=date(2026, 3, 4), now=NOW)
    held, others = a_step(member), a_step(other)
    dispatch_due(now=NOW)
    back = NOW + timedelta(days=1)
    pausing.resume_path(member=member, now=back)
    assert operations.release_paused(member=member, now=back) == 1
    dispatch_due(now=back)
    assert (end_of(held), end_of(others)) == (("sent", ""), ("pending", "paused"))
