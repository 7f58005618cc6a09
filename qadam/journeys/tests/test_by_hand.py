"""What people do to single members: enroll, stop, move, try again. Each is in the audit log with its reason."""

import pytest

from qadam.journeys import operations
from qadam.journeys.errors import AlreadyUnderWay, NotPublished, NotUnderWay, UnknownJourney, UnknownStep
from qadam.journeys.models import Enrollment, Trouble
from qadam.journeys.tests.stage import (
    DAY,
    GLAD,
    HOUR,
    ORDER,
    SEND,
    a_journey,
    assert_sound,
    decide,
    edges,
    of,
    publish,
    run_once,
    the_one,
)
from qadam.messaging.models import Outbox
from qadam.people.models import AuditEntry
from tests.cast import NOW, a_member, a_user, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

LATE_WEEK = {"id": "late", "wait": {"for": "P7D"}}


def enroll(member, now=NOW, slug="test", actor=None):
    operations.enroll_member(slug=slug, member=member, actor=actor, reason="asked for it", now=now)
    assert_sound(now)
    run_once(now)


def stop(row, now=NOW):
    operations.stop_enrollment(enrollment_id=row.id, actor=None, reason="asked for it", now=now)
    assert_sound(now)


def move(row, step, now=NOW):
    operations.move_enrollment(enrollment_id=row.id, step=step, actor=None, reason="asked for it", now=now)
    assert_sound(now)


def audited(action):
    entry = AuditEntry.objects.get(action=action)
    return entry.target, entry.detail


def test_enrolling_needs_neither_the_entry_nor_the_reentry():
    publish(SEND, DAY, GLAD, entry={"event": "order.paid"})
    member, actor = a_member(), a_user()
    enroll(member, actor=actor)
    assert edges() == ["sent"]
    with pytest.raises(AlreadyUnderWay):
        enroll(member, NOW + HOUR)
    run_once(NOW + days(1))
    enroll(member, NOW + days(2))
    assert Enrollment.objects.filter(member=member).count() == 2
    entry = AuditEntry.objects.filter(action="journey.enrolled").earliest("id")
    assert (entry.actor, entry.target) == (actor, f"member:{member.id}")
    assert entry.detail == {"journey": "test", "reason": "asked for it"}


def test_whom_and_where_nobody_can_be_enrolled():
    with pytest.raises(UnknownJourney):
        enroll(a_member())
    operations.save_draft(slug="test", document=a_journey(GLAD), revision=0, actor=None, now=NOW)
    with pytest.raises(NotPublished):
        enroll(a_member())
    assert not AuditEntry.objects.filter(action="journey.enrolled").exists()


def test_stopping_ends_the_wait_and_takes_the_message_back():
    publish(SEND, DAY, GLAD)
    member = a_member()
    decide(NOW)
    stop(the_one())
    run_once(NOW + days(2))
    assert (the_one().exit_reason, the_one().due_at) == ("stopped", None)
    assert edges() == ["stopped"]
    assert Outbox.objects.get().status == "suppressed"
    target, detail = audited("journey.stopped")
    assert target == f"member:{member.id}"
    assert detail == {"journey": "test", "enrollment": the_one().id, "step": "send", "reason": "asked for it"}
    with pytest.raises(NotUnderWay):
        stop(the_one())


@pytest.mark.parametrize("to", ["day", "late", "send", "order"])
def test_moving_lets_them_go_on_from_there(to):
    publish(DAY, SEND, ORDER, GLAD, LATE_WEEK)
    member = a_member()
    run_once(NOW)
    move(the_one(), to, NOW + HOUR)
    run_once(NOW + HOUR)
    assert edges()[0] == "moved"
    assert the_one().step == {"send": "order"}.get(to, to)
    assert the_one().armed_at == NOW + HOUR
    _target, detail = audited("journey.moved")
    assert (detail["from"], detail["to"], detail["reason"]) == ("day", to, "asked for it")
    assert _target == f"member:{member.id}"


def test_moving_away_from_a_message_takes_it_back():
    publish(SEND, DAY, GLAD)
    a_member()
    decide(NOW)
    move(the_one(), "day")
    run_once(NOW)
    assert (Outbox.objects.get().status, Outbox.objects.get().reason) == ("suppressed", "moved")
    assert (the_one().step, the_one().phase, edges()) == ("day", "waiting", ["moved"])


def test_moving_back_to_a_message_sends_it_anew():
    publish(SEND, DAY, GLAD)
    a_member()
    run_once(NOW)
    move(the_one(), "send", NOW + HOUR)
    run_once(NOW + HOUR)
    assert edges() == ["sent", "moved", "sent"]
    assert Outbox.objects.filter(status="sent").count() == 2


def test_moving_to_the_end_ends_it():
    publish(DAY, GLAD)
    a_member()
    run_once(NOW)
    move(the_one(), "glad")
    assert (the_one().exit_reason, edges()) == ("glad", ["moved", "glad"])
    with pytest.raises(NotUnderWay):
        move(the_one(), "day")


def test_moving_to_a_step_that_isn_t_there():
    publish(DAY, GLAD)
    a_member()
    run_once(NOW)
    with pytest.raises(UnknownStep):
        move(the_one(), "nowhere")
    assert edges() == []


def test_a_stuck_one_can_be_moved_stopped_and_reach_the_goal():
    publish(DAY, {"id": "week", "wait": {"for": "P7D"}}, GLAD, goal={"did": "order.paid", "since": "entry"})
    members = [a_member() for _ in range(3)]
    run_once(NOW)
    for row in Enrollment.objects.all():
        Trouble.objects.create(member_id=row.member_id, enrollment=row, step="day", error="x", at=NOW)
    Enrollment.objects.update(phase="stuck", due_at=None)
    move(of(members[0]), "week", NOW + HOUR)
    stop(of(members[1]), NOW + HOUR)
    an_event("order.paid", members[2], NOW + HOUR, order="1")
    run_once(NOW + HOUR)
    assert of(members[0]).due_at == NOW + HOUR + days(7)
    assert [of(member).exit_reason for member in members] == ["", "stopped", "goal"]
    assert Trouble.objects.get(member=members[0]).closed_at == NOW + HOUR


def test_trying_again_twice_is_once():
    publish(DAY, GLAD)
    member = a_member()
    run_once(NOW)
    trouble = Trouble.objects.create(member=member, enrollment=the_one(), step="day", error="x", at=NOW)
    Enrollment.objects.update(phase="stuck", due_at=None)
    for _ in range(2):
        operations.retry_trouble(trouble_id=trouble.id, actor=None, now=NOW + HOUR)
    run_once(NOW + HOUR)
    # Its wait goes on from when it was armed.
    assert (the_one().phase, the_one().due_at) == ("waiting", NOW + days(1))
    assert AuditEntry.objects.filter(action="journey.retried").count() == 1


def test_a_stop_for_trouble_that_is_over_leaves_no_open_trouble():
    publish(DAY, GLAD)
    member = a_member()
    run_once(NOW)
    Trouble.objects.create(member=member, enrollment=the_one(), step="day", error="x", at=NOW)
    Enrollment.objects.update(phase="stuck", due_at=None)
    stop(the_one(), NOW + HOUR)
    assert not Trouble.objects.filter(closed_at__isnull=True).exists()
