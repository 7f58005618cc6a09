"""Dates of tasks, their states, the next act and the first goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from qadam.lib.clock import start_of_day

PATH_DAYS = 90
FIRST_GOAL_LAST_DAY = 5
"""The first goal closes with the end of local day 5 of the path (architecture.md, "Words")."""
SHORT_MINUTES = 10
TODAY_AT_MOST = 3
PER_DAY = 3
"""How many tasks that moved land on one day, where the plan says nothing else."""
AWAY_DAYS = 7
"""Whoever comes back after so many days is met with a small restart plan."""
RESTART_DAYS = 3
RESTART_MINUTES = 15
"""An act of a restart plan is short: this long, where there is one."""
REVIEW_LIMIT = timedelta(hours=48)
"""How long a mentor has for a practical task, and then the leader; after both it closes with thanks."""


class Direction(StrEnum):
    """What a member wants to be here; chosen by oneself, and changed at any time."""

    CUSTOMER = "customer"
    SELLER = "seller"
    BUILDER = "builder"
    PAUSE = "pause"


class MovedBy(StrEnum):
    """Who gave a task another day."""

    PLAN = "plan"
    SELF = "self"
    RESTART = "restart"


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


class GoalState(StrEnum):
    OPEN = "open"
    REACHED = "reached"
    MISSED = "missed"


class ReasonCode(StrEnum):
    """Why an act comes next, in the order of their weight."""

    OVERDUE = "overdue"
    FIRST_GOAL = "first_goal"
    UNLOCKS = "unlocks"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Open:
    """An unfinished task as the choice of the next act sees it; `unlocks` counts the tasks that wait for it."""

    key: str
    opens_on: date
    due_on: date
    is_required: bool
    is_first_goal: bool
    minutes: int
    position: int
    unlocks: int = 0
    is_locked: bool = False
    was_due_on: date | None = None
    """The day of the calendar, where the task moved: it still says what is most urgent."""

    def is_overdue(self, today: date) -> bool:
        return self.is_required and (self.was_due_on or self.due_on) < today


@dataclass(frozen=True, slots=True)
class Reason:
    """`count` is days since the calendar's day, tasks unlocked or minutes; 0 for the first goal."""

    code: ReasonCode
    count: int = 0


def task_dates(day_zero_on: date, day: int, due_day: int) -> tuple[date, date]:
    """Return the local dates on which a task opens and is due; day 0 is the day of the path's start."""
    return day_zero_on + timedelta(days=day), day_zero_on + timedelta(days=due_day)


def state_of(opens_on: date, is_done: bool, today: date) -> State:
    """Return done, ahead (not open yet) or now. There is no late: a task whose day is over moves to another one."""
    if is_done:
        return State.DONE
    return State.AHEAD if today < opens_on else State.NOW


def order_of_acts(tasks: Sequence[Open], today: date) -> list[int]:
    """Return the places of the tasks that can be done today, the next act first.

    Required before optional; then overdue required ones, the first goal, what unlocks most, the shortest, the plan's
    order. A task that waits for another, or opens later, isn't among them.
    """
    doable = [place for place, task in enumerate(tasks) if task.opens_on <= today and not task.is_locked]
    return sorted(doable, key=lambda place: _rank(tasks[place], today))


def _rank(task: Open, today: date) -> tuple[bool, bool, bool, int, int, int]:
    return (
        not task.is_required,
        not task.is_overdue(today),
        not task.is_first_goal,
        -task.unlocks,
        task.minutes,
        task.position,
    )


def reasons_for(task: Open, today: date) -> tuple[Reason, ...]:
    """Say why a task comes next; may be empty: then simply because it is its turn."""
    reasons = []
    if task.is_overdue(today):
        reasons.append(Reason(ReasonCode.OVERDUE, (today - (task.was_due_on or task.due_on)).days))
    if task.is_first_goal:
        reasons.append(Reason(ReasonCode.FIRST_GOAL))
    if task.unlocks:
        reasons.append(Reason(ReasonCode.UNLOCKS, task.unlocks))
    if task.minutes <= SHORT_MINUTES:
        reasons.append(Reason(ReasonCode.SHORT, task.minutes))
    return tuple(reasons)


def first_goal_deadline(day_zero_on: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which local day 5 ends: the local midnight that begins day 6."""
    return start_of_day(day_zero_on + timedelta(days=FIRST_GOAL_LAST_DAY + 1), zone)


def goal_state(is_reached: bool, deadline: datetime, now: datetime) -> GoalState:
    """Return reached (late counts too), open before the deadline, missed from the deadline on."""
    if is_reached:
        return GoalState.REACHED
    return GoalState.OPEN if now < deadline else GoalState.MISSED


def is_same_local_day(first: datetime, second: datetime, zone: ZoneInfo) -> bool:
    return first.astimezone(zone).date() == second.astimezone(zone).date()


def is_set_aside(directions: Sequence[str], hours_from: int, direction: str, hours: int | None) -> bool:
    """Tell whether a task isn't for a member's choice. Who chose nothing is shown what is a seller's.

    A pause sets everything aside; nothing said about the hours is enough of them.
    """
    if direction == Direction.PAUSE:
        return True
    is_for_others = bool(directions) and (direction or Direction.SELLER) not in directions
    return is_for_others or (hours is not None and hours < hours_from)
