"""A journey that stands still, and what has happened meanwhile when it goes on. The due timers: scenario 10."""

import pytest

from qadam.journeys import engine, operations
from qadam.journeys.errors import NotPublished, UnknownJourney
from qadam.journeys.models import Enrollment
from qadam.journeys.operations import Backlog
from qadam.journeys.tests.stage import (
    BOUGHT,
    DAY,
    GLAD,
    HOUR,
    LATE,
    MINUTE,
    ORDER,
    SECOND,
    SEND,
    a_journey,
    assert_sound,
    decide,
    edges,
    of,
    publish,
    reasons,
    run_once,
    the_one,
)
from qadam.messaging.models import Outbox
from qadam.people.models import AuditEntry
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]


def pause(at, slug="test"):
    operations.pause_journey(slug=slug, actor=None, now=at)


def resume(at, slug="test"):
    operations.resume_journey(slug=slug, actor=None, now=at)
    run_once(at)
    assert_sound(at)


def test_nobody_enters_and_nobody_moves_and_others_go_on():
    publish(ORDER, GLAD, LATE)
    publish(ORDER, GLAD, LATE, journey="second")
    member = a_member()
    run_once(NOW)
    pause(NOW + HOUR)
    a_member(now=NOW + 2 * HOUR)
    an_event("order.paid", member, NOW + 2 * HOUR, order="1")
    run_once(NOW + 2 * HOUR)
    rows = Enrollment.objects.filter(member=member).values_list("journey__slug", "exit_reason")
    assert dict(rows) == {"test": "", "second": "glad"}
    assert Enrollment.objects.filter(journey__slug="test").count() == 1
    assert engine.next_due() == NOW + 2 * HOUR + days(3)  # the second one's
    assert_sound(NOW + 2 * HOUR)


@pytest.mark.parametrize("on_resume", ["fire", "shift"])
def test_an_event_of_the_pause_ends_the_wait_afterwards(on_resume):
    publish(ORDER, GLAD, LATE, on_resume=on_resume)
    member = a_member()
    run_once(NOW)
    pause(NOW + HOUR)
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1))
    assert edges() == []
    resume(NOW + days(2))
    assert edges() == ["event", "glad"]


def test_an_event_of_the_pause_before_the_timer_wins_over_it():
    publish(ORDER, GLAD, LATE)
    early, tardy = a_member(), a_member()
    run_once(NOW)
    pause(NOW + HOUR)
    an_event("order.paid", early, NOW + days(3), order="1")
    an_event("order.paid", tardy, NOW + days(3) + SECOND, order="2")
    run_once(NOW + days(4))
    resume(NOW + days(5))
    assert reasons() == {early.id: "glad", tardy.id: "late"}


def test_a_condition_that_turned_true_during_the_pause():
    step = {"id": "order", "wait": {"when": BOUGHT, "timeout": "P9D", "on_timeout": "late"}}
    publish(step, GLAD, LATE)
    member = a_member()
    run_once(NOW)
    pause(NOW + HOUR)
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1))
    resume(NOW + days(2))
    assert edges() == ["true", "glad"]


def test_a_goal_reached_during_the_pause():
    publish({**DAY, "wait": {"for": "P9D"}}, SEND, goal=BOUGHT)
    member = a_member()
    run_once(NOW)
    pause(NOW + HOUR)
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1))
    assert the_one().exit_reason == ""
    resume(NOW + days(2))
    assert the_one().exit_reason == "goal"


def test_messages_that_are_decided_go_out_and_their_outcome_is_taken_up_afterwards():
    publish(SEND, DAY, GLAD)
    a_member()
    decide(NOW)
    pause(NOW)
    run_once(NOW + MINUTE)
    assert Outbox.objects.get().status == "sent"
    assert (the_one().step, the_one().left_at) == ("day", None)
    run_once(NOW + days(3))
    assert the_one().step == "day"
    resume(NOW + days(4))
    assert the_one().exposed_at == NOW + MINUTE


@pytest.mark.parametrize(("on_resume", "ends"), [("fire", NOW + days(5)), ("shift", NOW + days(7))])
def test_the_horizon_stands_still_and_shifts_with_the_timers(on_resume, ends):
    publish({**DAY, "wait": {"for": "P30D"}}, GLAD, horizon="P5D", on_resume=on_resume)
    a_member()
    run_once(NOW)
    pause(NOW + days(1))
    run_once(NOW + days(2))
    resume(NOW + days(3))
    assert the_one().horizon_at == ends
    run_once(ends)
    assert the_one().exit_reason == "horizon"


def test_a_horizon_inside_the_pause_ends_it_when_it_goes_on():
    publish({**DAY, "wait": {"for": "P30D"}}, GLAD, horizon="P5D")
    a_member()
    run_once(NOW)
    pause(NOW + days(1))
    run_once(NOW + days(6))
    assert the_one().left_at is None
    resume(NOW + days(7))
    assert the_one().exit_reason == "horizon"


def test_two_pauses_shift_twice():
    publish({**DAY, "wait": {"for": "P5D"}}, GLAD, on_resume="shift")
    a_member()
    run_once(NOW)
    for day in (1, 3):
        pause(NOW + days(day))
        resume(NOW + days(day + 1))
    assert the_one().due_at == NOW + days(7)


def test_a_condition_s_flips_are_looked_for_again():
    """Time alone makes it true after the pause: the shifted end is no reason to oversleep it."""
    step = {"id": "quiet", "wait": {"when": {"did_not": "order.paid", "within": "P3D"}, "timeout": "P9D"}}
    publish(step, GLAD, on_resume="shift")
    member = a_member()
    an_event("order.paid", member, NOW, order="1")
    run_once(NOW)
    pause(NOW + days(1))
    resume(NOW + days(2))
    assert engine.next_due() == NOW + days(3)
    run_once(NOW + days(3))
    assert edges() == ["true", "glad"]


def test_entries_during_the_pause_are_lost():
    """By the contract: a pause is no ticks for the journey; who came meanwhile can be let in by hand."""
    publish(GLAD)
    pause(NOW)
    member = a_member(now=NOW + HOUR)
    run_once(NOW + HOUR)
    resume(NOW + days(1))
    assert not Enrollment.objects.exists()
    operations.enroll_member(slug="test", member=member, actor=None, reason="missed", now=NOW + days(1))
    assert of(member).exit_reason == "glad"


def test_a_backfill_stands_still_too():
    for _ in range(3):
        a_member(now=NOW - days(1))
    publish(GLAD, now=NOW, backlog=Backlog(per_minute=1))
    run_once(NOW)
    pause(NOW)
    run_once(NOW + HOUR)
    assert Enrollment.objects.count() == 1
    assert engine.next_due() is None
    resume(NOW + 2 * HOUR)
    run_once(NOW + 2 * HOUR + MINUTE)
    run_once(NOW + 2 * HOUR + 2 * MINUTE)
    assert Enrollment.objects.count() == 3


def test_pausing_twice_and_resuming_twice_is_once_each_in_the_audit_log():
    publish(DAY, GLAD, on_resume="shift")
    a_member()
    run_once(NOW)
    for hour in (1, 2):
        pause(NOW + hour * HOUR)
    for hour in (3, 4):
        resume(NOW + hour * HOUR)
    assert the_one().due_at == NOW + days(1) + 2 * HOUR
    actions = AuditEntry.objects.filter(target="journey:test").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["journey.published", "journey.paused", "journey.resumed"]


def test_what_cannot_be_paused():
    with pytest.raises(UnknownJourney):
        pause(NOW)
    operations.save_draft(slug="test", document=a_journey(GLAD), revision=0, actor=None, now=NOW)
    with pytest.raises(NotPublished):
        pause(NOW)
