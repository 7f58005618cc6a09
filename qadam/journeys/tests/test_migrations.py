"""People under way when a new version is published: where they go, with which time, and the dry run (scenario 29)."""

import pytest

from qadam.journeys import operations
from qadam.journeys.documents import parse_journey
from qadam.journeys.models import Enrollment, Journey
from qadam.journeys.operations import Migration
from qadam.journeys.tests.stage import (
    DAY,
    GLAD,
    HOUR,
    LATE,
    ORDER,
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
from qadam.journeys.transfers import Target, plan_transfer
from qadam.lib.documents import FaultyDocument
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Outbox
from qadam.people.models import AuditEntry
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

LATER = NOW + HOUR
WEEK = {"id": "week", "wait": {"for": "P7D"}}


def migrate(*steps, targets=None, now=LATER, **rest):
    version = publish(*steps, now=now, migration=Migration(targets or {}), **rest)
    assert_sound(now, is_ticked=False)
    run_once(now)
    assert_sound(now)
    return version


def begin(*steps, **rest):
    publish(*steps, **rest)
    member = a_member()
    run_once(NOW)
    return member


def plan(*steps, targets=None, now=LATER):
    graph = parse_journey(a_journey(*steps))
    rows = plan_transfer(Journey.objects.get(), graph, targets or {}, now=now)
    return [(row.number, row.step, row.members, row.to, row.due, row.fires_now, bool(row.fault)) for row in rows]


def test_each_target_does_what_it_says():
    first = begin(DAY, {**WEEK, "id": "week"}, ORDER, GLAD, LATE)
    run_once(NOW + days(1))
    run_once(NOW + days(8))
    second = a_member(now=NOW + days(2))
    run_once(NOW + days(8))  # enters late: stands on "day"
    assert (of(first).step, of(second).step) == ("order", "day")
    targets = {"order": Target("exit"), "day": Target("stay")}
    migrate(WEEK, GLAD, targets=targets, now=NOW + days(8) + HOUR)
    assert (of(first).exit_reason, edges(first)[-1]) == ("migrated", "migrated")
    assert (of(second).step, of(second).version.number) == ("day", 1)
    run_once(NOW + days(9))
    assert of(second).step == "week"
    assert of(second).version.number == 1


def test_a_moved_wait_keeps_its_time_and_its_arming():
    member = begin(WEEK, GLAD)
    new = {"id": "new", "wait": {"for": "P9D"}}
    migrate(new, LATE, targets={"week": Target("new", "keep")})
    assert (of(member).step, of(member).due_at, of(member).armed_at) == ("new", NOW + days(7), NOW)
    run_once(NOW + days(7))
    assert edges() == ["migrated", "due", "late"]


def test_a_moved_wait_may_count_its_time_anew_from_its_arming():
    member = begin(WEEK, GLAD)
    new = {"id": "new", "wait": {"for": "P9D"}}
    migrate(new, LATE, targets={"week": Target("new", "recompute")})
    assert of(member).due_at == NOW + days(9)


def test_a_timer_becomes_an_event_wait_and_what_has_happened_counts():
    member, other = begin(WEEK, GLAD), a_member()
    run_once(NOW)
    an_event("order.paid", member, NOW, order="1")
    run_once(NOW)
    migrate({**ORDER, "id": "week"}, GLAD, LATE, targets={"week": Target("week", "recompute")})
    assert reasons() == {member.id: "glad", other.id: ""}
    assert of(other).due_at == NOW + days(3)


def test_an_event_wait_becomes_a_timer():
    member = begin(ORDER, GLAD, LATE)
    migrate({**DAY, "id": "order"}, LATE, targets={"order": Target("order", "recompute")})
    assert of(member).due_at == NOW + days(1)
    an_event("order.paid", member, LATER, order="1")
    run_once(LATER)
    assert of(member).left_at is None


def test_from_a_wait_to_a_message_is_at_once_and_throttled_with_the_others():
    member = begin(WEEK, GLAD)
    migrate(SEND, GLAD, targets={"week": Target("send")})
    assert edges(member) == ["migrated", "sent", "glad"]


def test_who_waits_for_an_outcome_stays_with_the_same_message():
    publish(SEND, DAY, GLAD)
    member = a_member()
    decide(NOW)
    publish(SEND, WEEK, LATE, now=NOW, migration=Migration({}))
    assert_sound(NOW, is_ticked=False)
    run_once(NOW)
    assert Outbox.objects.get().status == "sent"
    assert (of(member).step, of(member).version.number) == ("week", 2)


def test_who_waits_for_an_outcome_and_is_moved_elsewhere_gets_nothing():
    publish(SEND, DAY, GLAD)
    member = a_member()
    decide(NOW)
    publish(WEEK, LATE, now=NOW, migration=Migration({"send": Target("week")}))
    assert_sound(NOW, is_ticked=False)
    dispatch_due(now=NOW)
    run_once(NOW)
    assert (Outbox.objects.get().status, Outbox.objects.get().reason) == ("suppressed", "moved")
    assert (of(member).step, of(member).phase) == ("week", "waiting")


def test_several_old_versions_go_together():
    first = begin(DAY, GLAD)
    publish(WEEK, GLAD, now=NOW + HOUR)
    second = a_member(now=NOW + HOUR)
    run_once(NOW + HOUR)
    publish({"id": "rest", "wait": {"for": "P3D"}}, GLAD, now=NOW + 2 * HOUR)
    third = a_member(now=NOW + 2 * HOUR)
    run_once(NOW + 2 * HOUR)
    targets = {"day": Target("month"), "week": Target("month"), "rest": Target("stay")}
    migrate({"id": "month", "wait": {"for": "P30D"}}, GLAD, targets=targets, now=NOW + 3 * HOUR)
    assert [of(each).version.number for each in (first, second, third)] == [4, 4, 3]


def test_goals_and_horizons_of_the_new_version_count_from_then_on():
    member = begin(WEEK, GLAD)
    migrate(WEEK, GLAD, goal={"did": "order.paid", "since": "entry"})
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1))
    assert of(member).exit_reason == "goal"


def test_the_dry_run_says_what_would_happen_and_changes_nothing():
    publish(WEEK, ORDER, GLAD, LATE)
    for _ in range(3):
        a_member()
    run_once(NOW)
    run_once(NOW + days(7))
    for _ in range(2):
        a_member(now=NOW + days(7))
    run_once(NOW + days(7))
    before = list(Enrollment.objects.order_by("id").values())
    short = {"id": "week", "wait": {"for": "PT1H"}}
    now = NOW + days(8)
    assert plan(short, GLAD, now=now) == [
        (1, "order", 3, "", "keep", 0, True),
        (1, "week", 2, "week", "keep", 0, False),
    ]
    targets = {"week": Target("week", "recompute"), "order": Target("exit")}
    assert plan(short, GLAD, targets=targets, now=now) == [
        (1, "order", 3, "exit", "keep", 0, False),
        (1, "week", 2, "week", "recompute", 2, False),
    ]
    assert plan(short, GLAD, targets={"week": Target("nowhere"), "order": Target("glad")}, now=now) == [
        (1, "order", 3, "glad", "keep", 3, False),
        (1, "week", 2, "nowhere", "keep", 0, True),
    ]
    assert list(Enrollment.objects.order_by("id").values()) == before
    migrate(short, GLAD, targets=targets, now=now)
    assert sorted(reasons().values()) == ["glad"] * 2 + ["migrated"] * 3


@pytest.mark.parametrize("targets", [{}, {"week": Target("nowhere")}])
def test_nobody_may_be_left_nowhere(targets):
    begin(WEEK, GLAD)
    with pytest.raises(FaultyDocument, match=r"migration\.week"):
        publish(DAY, GLAD, now=LATER, migration=Migration(targets))
    assert Journey.objects.get().current.number == 1
    assert the_one().version.number == 1


def test_a_step_of_the_same_name_but_another_kind_needs_a_word():
    begin(WEEK, GLAD)
    with pytest.raises(FaultyDocument):
        publish({**SEND, "id": "week"}, GLAD, now=LATER, migration=Migration({}))


def test_a_migration_is_in_the_audit_log():
    begin(WEEK, GLAD)
    migrate({"id": "week", "wait": {"for": "P5D"}}, GLAD, targets={"week": Target("week", "recompute")})
    detail = AuditEntry.objects.filter(action="journey.published").latest("id").detail
    assert (detail["moved"], detail["migration"]) == (1, {"week": {"to": "week", "due": "recompute"}})


def test_a_stuck_one_is_not_lost():
    member = begin(WEEK, GLAD)
    Enrollment.objects.update(phase="stuck", due_at=None)
    migrate(DAY, GLAD, targets={"week": Target("day", "recompute")})
    assert of(member).version.number == 2
    assert of(member).phase in ("stuck", "waiting")


def test_publishing_the_same_again_moves_nobody():
    begin(WEEK, GLAD)
    assert migrate(WEEK, GLAD).number == 1
    assert operations.publish_journey(a_journey(WEEK, GLAD), actor=None, now=LATER).number == 1
