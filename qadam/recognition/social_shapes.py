"""What pages get of boards, challenges and the wall."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from qadam.lib.intervals import Interval


class BoardState(StrEnum):
    SHOWN = "shown"
    SMALL = "small"
    """Fewer than five people: names would tell too much."""
    OPTED_OUT = "opted_out"
    WAITING = "waiting"
    """Before the member's first act of the period, or without a group to stand in."""
    NUMBERS = "numbers"
    """The whole company: benchmarks only."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One line. `after_gap`: others, who aren't shown, stand between this line and the one above."""

    place: int
    name: str
    score: Decimal
    is_me: bool
    after_gap: bool


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The score that reaches the top `top` per cent of the company, and how much is missing; 0 = reached."""

    top: int
    score: int
    to_go: int


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board as one member may see it. `group`: team, cohort, league, company, or teams (a board of teams)."""

    key: str
    name: str
    period: str
    starts_on: date
    ends_on: date
    group: str
    group_name: str
    state: BoardState
    rows: tuple[BoardRow, ...] = ()
    own_score: int = 0
    own_place: int | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    correction: int = 0
    is_closed: bool = False


class ChallengeState(StrEnum):
    OPEN = "open"
    REACHED = "reached"
    """The goal is met; the result is final on `final_on`."""
    LATE = "late"
    """Over; late facts of its days still count until `final_on`."""
    WON = "won"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """A challenge as one member sees it. `done` counts capped shares; `own` is the member's own, uncapped."""

    key: str
    name: str
    why: str
    how: str
    kind: str
    goal: int
    done: int
    left: int
    percent: int
    own: int
    own_most: int | None
    people: int
    starts_on: date
    ends_on: date
    days_left: int
    final_on: date
    state: ChallengeState
    next_act: str
    reward: str
    can_join: bool
    can_leave: bool
    is_joined: bool
    group_name: str


@dataclass(frozen=True, slots=True)
class ChallengesView:
    active: tuple[ChallengeView, ...]
    to_join: tuple[ChallengeView, ...]
    past: tuple[ChallengeView, ...]


@dataclass(frozen=True, slots=True)
class WallPost:
    """One achievement. `thanked_by`: first names, only on the member's own posts."""

    id: int
    member_id: int
    name: str
    is_me: bool
    kind: str
    icon: str
    words: str
    at: datetime
    thanks: int
    is_thanked: bool
    can_thank: bool
    thanked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wall:
    """`more`: give it as `before` to read on; None at the end."""

    posts: tuple[WallPost, ...]
    is_on_wall: bool
    more: int | None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a mentor's people achieved: not congratulated yet, and congratulated."""

    waiting: tuple[WallPost, ...]
    done: tuple[WallPost, ...]


@dataclass(frozen=True, slots=True)
class VisibilityView:
    nickname: str
    on_boards: bool
    on_wall: bool


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm of a board's control group: who could be followed to the day, and who was still active then."""

    name: str
    people: int
    kept: int
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Retention:
    """Both arms at one day of the path. `difference`: treated minus control, −1…1; None without enough people."""

    day: int
    treated: ArmResult
    control: ArmResult
    difference: float | None
    interval: Interval | None
    is_enough: bool


@dataclass(frozen=True, slots=True)
class BoardReport:
    key: str
    holdout: int
    """Ten-thousandths of the members who don't see the board."""
    retention: tuple[Retention, ...]
