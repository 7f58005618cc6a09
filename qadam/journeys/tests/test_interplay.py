"""What happens where two things meet in one tick: journeys that start and stop each other, pauses and edits, loops."""

from datetime import UTC, datetime

import pytest

from qadam.events.models import Event
from qadam.journeys import engine, operations
from qadam.journeys.models import Enrollment, Trouble
from qadam.journeys.operations import Migration
from qadam.journeys.tests.stage import (
    DAY,
    GLAD,
    HOUR,
    LATE,
    MINUTE,
    ORDER,
    SEND,
    assert_sound,
    decide,
    edges,
    of,
    publish,
    run_once,
    the_one,
)
from qadam.journeys.transfers import Target
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Outbox, Status
from qadam.messaging.operations import claim_messages, record_results
from qadam.messaging.outcomes import Result
from qadam.people.models import Member
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

PAID = {"event": "order.paid"}


def test_a_journey_that_starts_another_and_stops_it_at_once():
    publish(DAY, GLAD, journey="other", entry=PAID)
    start = {"id": "start", "enroll": {"journey": "other"}}
    stop = {"id": "stop", "enroll": {"journey": "other", "stop": True}}
    publish(start, stop, GLAD)
    a_member()
    run_once(NOW)
    assert not Trouble.objects.exists()
    ends = dict(Enrollment.objects.values_list("journey__slug", "exit_reason"))
    assert ends == {"test": "glad", "other": "stopped"}
    assert_sound(NOW)


def test_a_message_of_a_journey_that_is_stopped_in_the_same_tick_is_not_sent():
    publish(SEND, GLAD, journey="other", entry=PAID)
    publish({"id": "stop", "enroll": {"journey": "other", "stop": True}}, GLAD, entry=PAID)
    an_event("order.paid", a_member(), order="1")
    run_once(NOW)
    assert dict(Enrollment.objects.values_list("journey__slug", "exit_reason")) == {"test": "glad", "other": "stopped"}
    assert not Outbox.objects.exclude(status="suppressed").exists()


def test_a_journey_stopped_by_another_while_it_stands_ready(played):
    """What a pause left ready, and what stops it, are due at the same moment."""
    publish(SEND, DAY, GLAD, journey="other", entry=PAID)
    stop = {"id": "stop", "enroll": {"journey": "other", "stop": True}}
    publish({"id": "hour", "wait": {"for": "PT1H"}}, stop, GLAD, entry=PAID)
    an_event("order.paid", a_member(), order="1")
    decide(NOW)
    operations.pause_journey(slug="other", actor=None, now=NOW)
    run_once(NOW)  # the letter goes out, its outcome comes while the journey stands still
    assert Enrollment.objects.get(journey__slug="other").phase == "ready"
    operations.resume_journey(slug="other", actor=None, now=NOW + HOUR)
    run_once(NOW + HOUR)
    assert not Trouble.objects.exists()
    assert Enrollment.objects.get(journey__slug="other").exit_reason == "stopped"
    assert_sound(NOW + HOUR)


# A paused journey has no timers, whatever else happens meanwhile


def pause_and(meanwhile):
    operations.pause_journey(slug="test", actor=None, now=NOW + HOUR)
    meanwhile(NOW + 2 * HOUR)
    decide_without_the_clock(NOW + 2 * HOUR)
    assert engine.next_due() is None
    assert engine.fire_due(NOW + days(9)) == 0
    assert_sound(NOW + days(9))


def decide_without_the_clock(now):
    engine.advance_to_end(engine.NAME, engine.handle, now=now)


def move_to_berlin(member, now):
    Member.objects.filter(id=member.id).update(zone="Europe/Berlin")
    an_event("member.changed", member, now, field="zone", before=member.zone)


def test_a_zone_that_changes_during_a_pause_counts_afterwards():
    publish({"id": "six", "wait": {"until": {"at": "18:00"}}}, GLAD)
    member = a_member()
    run_once(NOW)
    pause_and(lambda now: move_to_berlin(member, now))
    operations.resume_journey(slug="test", actor=None, now=NOW + 3 * HOUR)
    run_once(NOW + 3 * HOUR)
    assert the_one().due_at == datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_retrying_in_a_paused_journey_waits_for_it_to_go_on():
    publish(DAY, GLAD)
    member = a_member()
    run_once(NOW)
    Enrollment.objects.update(phase="stuck", due_at=None)
    trouble = Trouble.objects.create(member=member, enrollment=the_one(), step="day", error="x", at=NOW)
    pause_and(lambda now: operations.retry_trouble(trouble_id=trouble.id, actor=None, now=now))
    operations.resume_journey(slug="test", actor=None, now=NOW + days(10))
    run_once(NOW + days(10))
    assert the_one().exit_reason == "glad"


def test_migrating_a_paused_journey_starts_no_timers():
    publish(DAY, GLAD)
    a_member()
    run_once(NOW)
    shorter = {"id": "day", "wait": {"for": "PT1H"}}
    plan = Migration({"day": Target("day", "recompute")})
    pause_and(lambda now: publish(shorter, LATE, now=now, migration=plan))
    operations.resume_journey(slug="test", actor=None, now=NOW + days(10))
    run_once(NOW + days(10))
    assert the_one().exit_reason == "late"


# Loops


def test_a_local_time_in_a_loop_fires_once_a_day_even_when_the_clock_stands_on_it():
    score = {"id": "score", "set": {"score": "mornings", "by": 1}}
    publish({"id": "nine", "wait": {"until": {"at": "09:00"}}}, score, {"id": "back", "goto": "nine"})
    a_member(zone="Asia/Almaty")
    run_once(NOW)
    for day in (1, 2, 3):
        due = the_one().due_at
        assert due == datetime(2026, 3, 2 + day, 4, tzinfo=UTC)
        engine.tick(due)
        assert the_one().phase == "waiting"
        assert Event.objects.filter(type="score.changed").count() == day


def test_a_local_time_in_a_loop_with_a_letter_writes_once_a_day():
    publish({"id": "nine", "wait": {"until": {"at": "09:00"}}}, SEND, {"id": "back", "goto": "nine"})
    a_member(zone="Asia/Almaty")
    run_once(NOW)
    due = the_one().due_at
    for _ in range(3):
        engine.tick(due)
        decide(due)

        dispatch_due(now=due)
    assert Outbox.objects.count() == 1


@pytest.mark.parametrize("ahead", [0, 2])
def test_an_event_that_ended_a_wait_does_not_end_the_same_wait_in_the_next_turn(ahead):
    """Counted from the arming; the shop's clock may run a little ahead of ours."""
    wait = {"id": "order", "wait": {**ORDER["wait"], "since": "arm"}}
    publish(wait, {"id": "score", "set": {"score": "orders", "by": 1}}, {"id": "back", "goto": "order"}, LATE)
    member = a_member()
    run_once(NOW)
    bought_at = NOW + days(1)
    an_event("order.paid", member, bought_at + ahead * MINUTE, now=bought_at, order="1")
    run_once(bought_at)
    assert edges() == ["event", "next", "next"]
    run_once(bought_at + days(3) + ahead * MINUTE)
    assert the_one().exit_reason == "late"
    assert edges() == ["event", "next", "next", "timeout", "late"]


# What a change of the member does to timers


def test_another_change_of_the_member_leaves_a_shifted_timer_alone():
    publish({"id": "long", "wait": {"for": "P5D"}}, GLAD, on_resume="shift")
    member = a_member()
    run_once(NOW)
    operations.pause_journey(slug="test", actor=None, now=NOW + days(1))
    operations.resume_journey(slug="test", actor=None, now=NOW + days(3))
    run_once(NOW + days(3))
    assert of(member).due_at == NOW + days(7)
    an_event("member.changed", member, NOW + days(4), field="language")
    run_once(NOW + days(4))
    assert of(member).due_at == NOW + days(7)


def test_another_change_of_the_member_leaves_a_kept_timer_alone():
    publish({"id": "long", "wait": {"for": "P5D"}}, GLAD)
    member = a_member()
    run_once(NOW)
    shorter = {"id": "long", "wait": {"for": "P2D"}}
    publish(shorter, GLAD, now=NOW + days(1), migration=Migration({"long": Target("long", "keep")}))
    run_once(NOW + days(1))
    an_event("member.changed", member, NOW + days(3), field="language")
    run_once(NOW + days(3))
    assert of(member).due_at == NOW + days(5)


def test_a_changed_zone_counts_from_when_the_wait_was_armed():
    publish({"id": "nine", "wait": {"until": {"at": "18:00"}}}, GLAD)
    member = a_member(zone="Asia/Almaty")
    run_once(NOW)
    assert the_one().due_at == datetime(2026, 3, 2, 13, tzinfo=UTC)
    move_to_berlin(member, NOW + HOUR)
    run_once(NOW + HOUR)
    assert the_one().due_at == datetime(2026, 3, 2, 17, tzinfo=UTC)
    run_once(datetime(2026, 3, 2, 13, tzinfo=UTC))
    assert the_one().phase == "waiting"
    run_once(datetime(2026, 3, 2, 17, tzinfo=UTC))
    assert the_one().exit_reason == "glad"


def test_a_changed_zone_whose_time_is_over_already_fires_at_once():
    publish({"id": "six", "wait": {"until": {"at": "18:00"}}}, GLAD)
    member = a_member(zone="Europe/Berlin")
    run_once(NOW)
    now = datetime(2026, 3, 2, 14, tzinfo=UTC)
    Member.objects.filter(id=member.id).update(zone="Asia/Almaty")
    an_event("member.changed", member, now, field="zone", before="Europe/Berlin")
    run_once(now)
    assert the_one().exit_reason == "glad"


# Exposure is noted whatever else happens


@pytest.mark.parametrize("leaves_first", [False, True])
def test_a_letter_that_went_out_counts_as_exposure_of_who_reached_the_goal_meanwhile(leaves_first):
    publish(
        SEND,
        DAY,
        GLAD,
        goal={"did": "order.paid", "since": "entry"},
        conversion={"event": "order.paid", "from": "exposure", "within": "P7D"},
    )
    member = a_member()
    decide(NOW)
    if leaves_first:
        (claimed,) = claim_messages(channel="email", now=NOW, limit=1)
        an_event("order.paid", member, NOW + MINUTE, order="1")
        decide(NOW + MINUTE)
        assert the_one().exit_reason == "goal"
        record_results([Result(claimed, Status.SENT)], now=NOW + MINUTE)
    else:
        dispatch_due(now=NOW)
        an_event("order.paid", member, NOW + MINUTE, order="1")
    run_once(NOW + MINUTE)
    assert the_one().exit_reason == "goal"
    assert the_one().exposed_at is not None
