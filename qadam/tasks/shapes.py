"""What the cabinet's pages show of a plan. Texts are in the reader's language; instants aware UTC, dates local."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qadam.tasks.rules import GoalState, ReasonCode, State


@dataclass(frozen=True, slots=True)
class TaskCard:
    """One task. `can_tick`: a self-check that is open; `can_untick`: ticked today. `waits_for`: titles to do first."""

    id: int
    plan: str
    key: str
    title: str
    why: str
    how: str
    minutes: int
    state: State
    day: int
    opens_on: date
    due_on: date
    done_on: date | None
    is_required: bool
    is_first_goal: bool
    closes_itself: bool
    can_tick: bool
    can_untick: bool
    link_label: str
    link_path: str
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonWords:
    code: ReasonCode
    words: str


@dataclass(frozen=True, slots=True)
class NextAct:
    """The one thing to do now, and why; `reasons` may be empty, the weightiest comes first."""

    task: TaskCard
    reasons: tuple[ReasonWords, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int

    @property
    def percent(self) -> int:
        """Whole per cent, rounded down: 100 only when everything is done; 0 of 0 is 0."""
        return self.done * 100 // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class FirstGoal:
    """The first goal: any one of `tasks` reaches it. `days_left` counts whole local days after today, 0 on the last."""

    state: GoalState
    deadline: datetime
    days_left: int
    reached_on: date | None
    tasks: tuple[TaskCard, ...]


@dataclass(frozen=True, slots=True)
class TodayView:
    """The newcomer's home. `day` is None before day 0; `tasks` holds at most three, the next act among them.

    Without a next act: `opens_next_on` says when something opens, `is_all_done` that nothing is left.
    """

    has_plan: bool
    day: int | None
    path_days: int
    today: date
    due_so_far: Progress
    whole_plan: Progress
    next_act: NextAct | None
    tasks: tuple[TaskCard, ...]
    first_goal: FirstGoal | None
    opens_next_on: date | None
    is_all_done: bool


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """A week of the plan with the tasks that open in it."""

    number: int
    title: str
    aim: str
    starts_on: date
    ends_on: date
    is_current: bool
    progress: Progress
    tasks: tuple[TaskCard, ...]


@dataclass(frozen=True, slots=True)
class PlanName:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as a whole. `others` are the member's further plans."""

    slug: str
    name: str
    day: int | None
    path_days: int
    today: date
    progress: Progress
    due_so_far: Progress
    weeks: tuple[PlanWeek, ...]
    others: Sequence[PlanName]
