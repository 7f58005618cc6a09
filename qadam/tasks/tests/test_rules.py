from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.tasks import rules
from qadam.tasks.rules import GoalState, Open, Reason, ReasonCode, State

TODAY = date(2026, 3, 10)
ZONES = ("Asia/Almaty", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
zones = st.sampled_from(ZONES).map(ZoneInfo)


def an_open(key="a", opens=0, due=0, **changes):
    task = {
        "is_required": True,
        "is_first_goal": False,
        "minutes": 15,
        "position": 0,
        **changes,
    }
    return Open(key, TODAY + timedelta(days=opens), TODAY + timedelta(days=due), **task)


def order(*tasks):
    return [tasks[place].key for place in rules.order_of_acts(tasks, TODAY)]


@pytest.mark.parametrize(
    ("opens", "is_done", "state"),
    [(0, False, State.NOW), (-3, False, State.NOW), (1, False, State.AHEAD), (1, True, State.DONE)],
)
def test_states(opens, is_done, state):
    assert rules.state_of(TODAY + timedelta(opens), is_done, TODAY) == state


def test_the_order_of_acts():
    tasks = (
        an_open("optional", is_required=False, minutes=1),
        an_open("long", minutes=60),
        an_open("short", minutes=5),
        an_open("opens two", unlocks=2, minutes=90),
        an_open("opens one", unlocks=1, minutes=5),
        an_open("goal", is_first_goal=True, minutes=120),
        an_open("late", opens=-5, due=-1, minutes=240),
        an_open("tomorrow", opens=1, due=1),
        an_open("locked", is_locked=True),
    )
    assert order(*tasks) == ["late", "goal", "opens two", "opens one", "short", "long", "optional"]


def test_equals_keep_the_order_of_the_plan():
    assert order(an_open("b", position=2), an_open("a", position=1)) == ["a", "b"]


def test_nothing_to_do():
    assert order(an_open(opens=1, due=1), an_open(is_locked=True)) == []


@given(
    st.lists(
        st.builds(
            an_open,
            key=st.text(),
            opens=st.integers(-9, 3),
            due=st.integers(-9, 9),
            is_required=st.booleans(),
            is_first_goal=st.booleans(),
            minutes=st.integers(1, 90),
            unlocks=st.integers(0, 3),
            is_locked=st.booleans(),
        )
    )
)
def test_an_optional_task_never_goes_before_a_required_one(tasks):
    chosen = [tasks[place] for place in rules.order_of_acts(tasks, TODAY)]
    assert all(task.opens_on <= TODAY and not task.is_locked for task in chosen)
    required = [task.is_required for task in chosen]
    assert required == sorted(required, reverse=True)


def test_reasons_come_by_their_weight():
    task = an_open(opens=-5, due=-2, is_first_goal=True, unlocks=3, minutes=10)
    assert rules.reasons_for(task, TODAY) == (
        Reason(ReasonCode.OVERDUE, 2),
        Reason(ReasonCode.FIRST_GOAL),
        Reason(ReasonCode.UNLOCKS, 3),
        Reason(ReasonCode.SHORT, 10),
    )
    assert rules.reasons_for(an_open(minutes=11), TODAY) == ()
    assert rules.reasons_for(an_open(due=-1, opens=-1, is_required=False, minutes=11), TODAY) == ()


@given(days, zones)
def test_the_first_goal_ends_with_local_day_five(day_zero, zone):
    deadline = rules.first_goal_deadline(day_zero, zone)
    last = day_zero + timedelta(days=5)
    assert (deadline - timedelta(microseconds=1)).astimezone(zone).date() <= last
    assert deadline.astimezone(zone).date() > last
    assert deadline.tzinfo is UTC


def test_the_deadline_in_almaty():
    deadline = rules.first_goal_deadline(date(2026, 3, 2), ZoneInfo("Asia/Almaty"))
    assert deadline == datetime(2026, 3, 7, 19, tzinfo=UTC)


def test_the_deadline_over_the_change_of_clocks():
    # Berlin goes to summer time on 29 March 2026: local midnight of the 30th is 22:00Z, not 23:00Z.
    deadline = rules.first_goal_deadline(date(2026, 3, 24), ZoneInfo("Europe/Berlin"))
    assert deadline == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("is_reached", "minutes", "state"),
    [
        (False, -1, GoalState.OPEN),
        (False, 0, GoalState.MISSED),
        (False, 1, GoalState.MISSED),
        (True, -1, GoalState.REACHED),
        (True, 1, GoalState.REACHED),
    ],
)
def test_goal_states(is_reached, minutes, state):
    deadline = datetime(2026, 3, 7, 19, tzinfo=UTC)
    assert rules.goal_state(is_reached, deadline, deadline + timedelta(minutes=minutes)) == state


@given(days, st.integers(0, 90), st.integers(0, 10))
def test_dates_count_local_days(day_zero, day, more):
    opens_on, due_on = rules.task_dates(day_zero, day, day + more)
    assert (opens_on - day_zero).days == day
    assert (due_on - opens_on).days == more
