"""What ends a wait: a length, a wall time, an event, a condition, or giving up; and which of them wins."""

from datetime import UTC, datetime, timedelta

import pytest

from qadam.journeys import engine
from qadam.journeys.models import Enrollment
from qadam.journeys.tests.stage import (
    BOUGHT,
    DAY,
    GLAD,
    HOUR,
    LATE,
    ORDER,
    SECOND,
    assert_sound,
    edges,
    of,
    publish,
    reasons,
    run_once,
    the_one,
)
from qadam.people import operations as people
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

TICK = timedelta(microseconds=1)


def wait(**what):
    return {"id": "wait", "wait": what}


def begin(*steps, **changes):
    """Publish a journey, let one member enter it, and return that member."""
    ends = [GLAD, LATE] if any(step["wait"].get("on_timeout") for step in steps) else [GLAD]
    publish(*steps, *ends)
    member = a_member(**changes)
    run_once(NOW)
    return member


# Time


@pytest.mark.parametrize(
    ("what", "zone", "due"),
    [
        ({"for": "PT24H"}, "Asia/Almaty", NOW + days(1)),
        ({"for": "P1W"}, "Asia/Almaty", NOW + days(7)),
        ({"for": "P1DT2H"}, "Asia/Almaty", NOW + days(1) + 2 * HOUR),
        ({"until": {"at": "11:00"}}, "Asia/Almaty", NOW + days(1)),
        ({"until": {"at": "10:59"}}, "Asia/Almaty", NOW + days(1) - timedelta(minutes=1)),
        ({"until": {"at": "09:00", "weekday": ["mon", "thu"]}}, "Asia/Almaty", datetime(2026, 3, 5, 4, tzinfo=UTC)),
        ({"until": {"at": "09:00", "weekday": ["mon"]}}, "Asia/Almaty", datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ({"until": {"at": "09:00", "day": 5}}, "Asia/Almaty", datetime(2026, 3, 7, 4, tzinfo=UTC)),
        ({"until": {"at": "09:00", "day": 0}}, "Asia/Almaty", None),
        ({"until": {"instant": "2026-03-20T09:00"}}, "Europe/Berlin", datetime(2026, 3, 20, 8, tzinfo=UTC)),
        ({"until": {"instant": "2026-03-20T09:00"}}, "", datetime(2026, 3, 20, 4, tzinfo=UTC)),
        ({"until": {"instant": "2026-03-20T09:00+00:00"}}, "", datetime(2026, 3, 20, 9, tzinfo=UTC)),
        ({"until": {"instant": "2026-03-01T09:00"}}, "", None),
        ({"for": "P3D", "until": {"at": "09:00"}}, "Asia/Almaty", datetime(2026, 3, 3, 4, tzinfo=UTC)),
        ({"for": "PT1H", "until": {"at": "09:00"}}, "Asia/Almaty", NOW + HOUR),
    ],
)
def test_when_time_ends_a_wait(what, zone, due):
    begin(wait(**what), zone=zone)
    if due is None:  # over already: nobody waits
        assert edges() == ["due", "glad"]
        return
    assert the_one().due_at == due
    run_once(due - TICK)
    assert edges() == []
    run_once(due)
    assert edges() == ["due", "glad"]


def test_a_day_of_the_path_without_a_day_zero_is_not_awaited():
    publish(wait(until={"at": "09:00", "day": 3}), GLAD, entry={"event": "order.paid"})
    prospect = a_member(kind="prospect", registered_at=None)
    an_event("order.paid", prospect, order="1")
    run_once(NOW)
    assert the_one().exit_reason == "glad"


def test_engines_that_come_late_fire_everything_once():
    begin(DAY, {**DAY, "id": "second"})
    run_once(NOW + days(10))
    assert edges() == ["due"]  # the next day counts from when it was really reached
    assert the_one().due_at == NOW + days(11)


# An event


def test_an_event_its_filter_and_its_timeout():
    step = wait(event="order.paid", where={"amount": {"at_least": 100}}, timeout="P3D", on_timeout="late")
    publish(step, GLAD, LATE)
    rich, poor, idle = a_member(), a_member(), a_member()
    run_once(NOW)
    an_event("order.paid", rich, NOW + HOUR, order="1", amount=100)
    an_event("order.paid", poor, NOW + HOUR, order="2", amount=99)
    an_event("order.paid", poor, NOW + HOUR, order="3")
    run_once(NOW + HOUR)
    assert reasons() == {rich.id: "glad", poor.id: "", idle.id: ""}
    run_once(NOW + days(3))
    assert edges(rich) == ["event", "glad"]
    assert edges(poor) == edges(idle) == ["timeout", "late"]


def test_one_of_several_events():
    member = begin(wait(event=["order.paid", "lesson.completed"], timeout="P3D"))
    an_event("lesson.completed", member, NOW + HOUR, lesson="1")
    run_once(NOW + HOUR)
    assert edges() == ["event", "glad"]


def test_a_timeout_without_a_step_of_its_own_goes_on():
    begin(wait(event="order.paid", timeout="P3D"))
    run_once(NOW + days(3))
    assert edges() == ["timeout", "glad"]


@pytest.mark.parametrize(("after", "edge"), [(-TICK, "event"), (timedelta(), "event"), (TICK, "timeout")])
@pytest.mark.parametrize("delay", [timedelta(), HOUR])
def test_an_event_at_exactly_the_end_wins_however_late_the_engine_comes(after, edge, delay):
    member = begin(ORDER)
    an_event("order.paid", member, NOW + days(3) + after, now=NOW + days(3) + TICK, order="1")
    run_once(NOW + days(3) + TICK + delay)
    assert edges()[0] == edge


def test_after_the_timeout_a_late_event_changes_nothing():
    publish(ORDER, DAY, GLAD, {**DAY, "id": "late"})
    member = a_member()
    run_once(NOW)
    run_once(NOW + days(3))
    assert edges() == ["timeout"]
    an_event("order.paid", member, NOW + days(2), now=NOW + days(3) + HOUR, order="1")
    run_once(NOW + days(3) + HOUR)
    assert edges() == ["timeout"]
    assert the_one().step == "late"


def test_an_event_that_arrives_late_but_happened_in_time_counts_while_the_wait_lasts():
    member = begin(ORDER)
    an_event("order.paid", member, NOW + HOUR, now=NOW + days(2), order="1")
    run_once(NOW + days(2))
    assert edges() == ["event", "glad"]


@pytest.mark.parametrize(
    ("since", "passes"),
    [("entry", [True, True]), ("arm", [False, False]), ("P3D", [False, True]), ("P9D", [True, True])],
)
def test_since_when_an_event_counts(since, passes):
    """Two members bought two days after their entry and an hour before the wait, five days after it."""
    step = wait(event="order.paid", since=since, timeout="P3D", on_timeout="late")
    publish({**DAY, "wait": {"for": "P5D"}}, step, GLAD, LATE)
    early, recent = a_member(), a_member()
    run_once(NOW)
    an_event("order.paid", early, NOW + days(1.5), order="1")
    an_event("order.paid", recent, NOW + days(5) - HOUR, order="2")
    run_once(NOW + days(5))
    assert [edges(early)[1:2] == ["event"], edges(recent)[1:2] == ["event"]] == passes
    an_event("order.paid", early, NOW + days(5) + HOUR, order="3")
    an_event("order.paid", recent, NOW + days(6), order="4")
    run_once(NOW + days(6))
    assert edges(early) == edges(recent) == ["due", "event", "glad"]


def test_since_before_the_entry():
    member = a_member(now=NOW - days(2))
    an_event("order.paid", member, NOW - days(1), order="1")
    publish(wait(event="order.paid", since="P3D", timeout="P3D"), GLAD, entry={"event": "lesson.completed"})
    an_event("lesson.completed", member, NOW, lesson="1")
    run_once(NOW)
    assert edges() == ["event", "glad"]


@pytest.mark.parametrize("same_instant", [True, False])
def test_of_an_event_and_a_length_the_first_wins_and_at_a_tie_the_event(same_instant):
    step = wait(**{"event": "order.paid", "for": "P1D", "timeout": "P2D", "on_timeout": "late"})
    member = begin(step)
    an_event("order.paid", member, NOW + days(1) if same_instant else NOW + days(1) + TICK, order="1")
    run_once(NOW + days(1) + TICK)
    assert edges() == (["event", "glad"] if same_instant else ["due", "glad"])


def test_of_a_length_and_a_timeout_at_one_instant_the_length_wins():
    begin(wait(**{"event": "order.paid", "for": "P1D", "timeout": "P1D", "on_timeout": "late"}))
    run_once(NOW + days(1))
    assert edges() == ["due", "glad"]


# A condition


def test_a_condition_that_is_true_on_arrival_lets_pass_at_once():
    step = wait(when={"is": {"kind": "distributor"}}, timeout="P3D", on_timeout="late")
    begin(step)
    assert edges() == ["true", "glad"]


def test_a_condition_that_an_event_makes_true():
    twice = {"did": "order.paid", "since": "entry", "count": {"at_least": 2}}
    step = wait(when=twice, timeout="P3D", on_timeout="late")
    publish(step, GLAD, LATE)
    member, other = a_member(), a_member()
    run_once(NOW)
    for number in (1, 2):
        an_event("order.paid", member, NOW + number * HOUR, order=str(number))
        run_once(NOW + number * HOUR)
        assert len(edges(member)) == (2 if number == 2 else 0)
    run_once(NOW + days(3))
    assert edges(member) == ["true", "glad"]
    assert edges(other) == ["timeout", "late"]


def test_a_condition_that_time_alone_makes_true():
    """Three days of silence; an order in between puts it off."""
    step = wait(when={"did_not": "order.paid", "within": "P3D"}, timeout="P9D", on_timeout="late")
    publish(step, GLAD, LATE)
    quiet, busy = a_member(), a_member()
    for member in (quiet, busy):
        an_event("order.paid", member, NOW, order=str(member.id))
    run_once(NOW)
    assert of(quiet).due_at == NOW + days(3)
    an_event("order.paid", busy, NOW + days(2), order="3")
    run_once(NOW + days(2))
    assert of(busy).due_at == NOW + days(5)
    run_once(NOW + days(3) - TICK)
    assert edges() == []
    while (due := engine.next_due()) is not None:
        run_once(due)
    assert edges(quiet) == edges(busy) == ["true", "glad"]
    assert of(quiet).left_at == NOW + days(3)
    assert of(busy).left_at == NOW + days(5)


def test_a_condition_that_time_makes_true_after_the_end_is_too_late():
    publish(wait(when={"did_not": "order.paid", "within": "P3D"}, timeout="P2D", on_timeout="late"), GLAD, LATE)
    an_event("order.paid", a_member(), NOW, order="1")
    run_once(NOW)
    assert engine.next_due() == NOW + days(2)
    run_once(NOW + days(2))
    run_once(NOW + days(3))
    assert edges() == ["timeout", "late"]


def test_a_condition_about_the_team_that_somebody_else_makes_true():
    team = {"team": {"of": "frontline", "where": {"did": "order.paid"}, "count": {"at_least": 1}}}
    publish(wait(when=team, timeout="P9D", on_timeout="late"), GLAD, LATE)
    leader = a_member()
    follower = a_member(sponsor_id=leader.id)
    run_once(NOW)
    assert edges(leader) == []
    an_event("order.paid", follower, NOW + HOUR, order="1")
    run_once(NOW + HOUR)
    assert edges(leader) == ["true", "glad"]
    assert edges(follower) == []


def test_a_goal_of_the_team_that_somebody_else_reaches():
    team = {"team": {"of": "downline", "where": {"did": "order.paid"}, "count": {"at_least": 2}}}
    publish({**DAY, "wait": {"for": "P30D"}}, GLAD, goal=team, exit={"is": {"left": True}})
    leader = a_member()
    middle = a_member(sponsor_id=leader.id)
    low = a_member(sponsor_id=middle.id)
    run_once(NOW)
    for number, member in enumerate((middle, low), 1):
        an_event("order.paid", member, NOW + number * HOUR, order=str(number))
        run_once(NOW + number * HOUR)
    assert reasons() == {leader.id: "goal", middle.id: "", low.id: ""}
    people.leave_company(member=low, reason="", at=NOW + days(1), now=NOW + days(1))
    run_once(NOW + days(1))
    assert of(low).exit_reason == "exit"


def test_of_an_event_and_a_condition_that_come_together_the_event_is_named():
    member = begin(wait(event="order.paid", when=BOUGHT, timeout="P3D", on_timeout="late"))
    an_event("order.paid", member, NOW + HOUR, order="1")
    run_once(NOW + HOUR)
    assert edges() == ["event", "glad"]


def test_everything_at_once_leaves_no_timer_behind():
    step = wait(
        **{"event": "order.paid", "when": {"did": "lesson.completed"}, "for": "P2D", "until": {"at": "09:00"}},
        timeout="P1D",
        on_timeout="late",
    )
    publish(step, GLAD, LATE)
    members = [a_member() for _ in range(3)]
    run_once(NOW)
    an_event("order.paid", members[0], NOW + HOUR, order="1")
    an_event("lesson.completed", members[1], NOW + HOUR, lesson="1")
    run_once(NOW + HOUR)
    assert_sound(NOW + HOUR)
    run_once(datetime(2026, 3, 3, 4, tzinfo=UTC))
    assert [edges(member)[0] for member in members] == ["event", "true", "due"]
    assert engine.next_due() is None
    assert not Enrollment.objects.filter(due_at__isnull=False).exists()


def test_the_horizon_ends_a_wait_and_counts_from_the_entry():
    publish(DAY, {**DAY, "id": "long", "wait": {"for": "P30D"}}, GLAD, horizon="P5D")
    a_member()
    run_once(NOW + HOUR)
    run_once(NOW + days(2))
    run_once(NOW + days(5) - SECOND)
    assert the_one().phase == "waiting"
    assert engine.next_due() == NOW + days(5)
    run_once(NOW + days(5))
    assert (the_one().exit_reason, edges()) == ("horizon", ["due", "horizon"])
