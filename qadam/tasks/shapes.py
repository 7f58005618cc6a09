"""What the cabinet's pages show of a plan. Texts are in the reader's language; instants aware UTC, dates local."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qadam.tasks.planned import Proof, TaskKind
from qadam.tasks.rules import GoalState, ReasonCode, State


@dataclass(frozen=True, slots=True)
class Review:
    """What was shown for a practical task, and the answer. `photo` is the name under which it is served, "" for none.

    `state`: waiting, again (one more try was asked for; `words` say what), approved (`words` may be empty), thanked
    (nobody answered in time, so it closed with thanks).
    """

    id: int
    state: str
    text: str
    link: str
    photo: str
    sent_at: datetime
    due_at: datetime
    is_with_leader: bool
    words: str
    can_take_back: bool


@dataclass(frozen=True, slots=True)
class TaskCard:
    """One task. `can_tick`: open, and noted by the member; `can_untick`: ticked today; `can_show`: takes a proof now.

    `moved_to`: the day to which it moved, today or later; None for one that stands where the calendar has it.
    `is_aside`: it isn't for what the member chose. `waits_for`: titles to do first. `phone`: whom a call reaches.
    """

    id: int
    plan: str
    key: str
    title: str
    why: str
    how: str
    minutes: int
    kind: TaskKind
    state: State
    day: int
    opens_on: date
    due_on: date
    done_on: date | None
    moved_to: date | None
    is_required: bool
    is_first_goal: bool
    is_aside: bool
    closes_itself: bool
    can_tick: bool
    can_untick: bool
    can_put_off: bool
    can_show: bool
    proof: tuple[Proof, ...]
    review: Review | None
    with_whom: str
    phone: str
    url: str
    link_label: str
    link_path: str
    waits_for: tuple[str, ...]

    @property
    def is_waiting(self) -> bool:
        """Whether it lies with the mentor."""
        return self.review is not None and self.review.can_take_back


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
class GoalOption:
    """A first goal to choose from."""

    key: str
    name: str
    why: str
    how: str
    minutes: int
    link_label: str
    link_path: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FirstGoal:
    """The first goal. `days_left` counts whole local days after today, 0 on the last.

    `options` are what can be chosen, () in a plan whose goal is one task. `chosen` is the member's own choice;
    `reached` what was reached. `title` says in a few words what it is about now.
    """

    state: GoalState
    deadline: datetime
    days_left: int
    reached_on: date | None
    tasks: tuple[TaskCard, ...]
    options: tuple[GoalOption, ...]
    chosen: GoalOption | None
    reached: GoalOption | None
    can_choose: bool

    @property
    def title(self) -> str:
        option = self.reached or self.chosen
        return option.name if option else self.tasks[0].title


@dataclass(frozen=True, slots=True)
class RestartAct:
    """One short act of a restart plan, and the day it is meant for."""

    task: TaskCard
    on: date
    is_today: bool


@dataclass(frozen=True, slots=True)
class RestartPlan:
    """At most three short acts over three days, for whoever was away for a week; done ones stay in it."""

    started_on: date
    acts: tuple[RestartAct, ...]


@dataclass(frozen=True, slots=True)
class TodayView:
    """The newcomer's home. `day` is None before day 0; `tasks` holds at most three, the next act among them.

    Without a next act: `opens_next_on` says when something opens, `is_all_done` that nothing is left, `is_paused`
    that the path stands still (`paused_until`: to which local day, None where no day is set). `moved` are late tasks
    that found another day, `waiting` lie with the mentor, `returned` came back for one more try; `is_unsettled` says
    that those moves aren't stored yet (`moving.settle_plan`).
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
    direction: str
    is_paused: bool
    paused_until: date | None
    restart: RestartPlan | None
    moved: tuple[TaskCard, ...]
    waiting: tuple[TaskCard, ...]
    returned: tuple[TaskCard, ...]
    is_unsettled: bool


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """A week of the plan with the tasks that open in it; `aside` are those that aren't for what the member chose."""

    number: int
    title: str
    aim: str
    starts_on: date
    ends_on: date
    is_current: bool
    progress: Progress
    tasks: tuple[TaskCard, ...]
    aside: tuple[TaskCard, ...]


@dataclass(frozen=True, slots=True)
class PlanName:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as a whole. `others` are the member's further plans; `direction`, `hours`, `reason` what they chose."""

    slug: str
    name: str
    day: int | None
    path_days: int
    today: date
    progress: Progress
    due_so_far: Progress
    weeks: tuple[PlanWeek, ...]
    others: Sequence[PlanName]
    direction: str
    hours: int | None
    reason: str
    is_paused: bool
    first_goal: FirstGoal | None
    is_unsettled: bool
