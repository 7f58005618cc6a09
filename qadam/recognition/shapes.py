"""What crosses modules of recognition."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """Points that began to count just now; negative where they were taken back."""

    member_id: int
    rule: str
    points: int
    occurred_at: datetime
    local_day: date
    entry_id: int


@dataclass(frozen=True, slots=True)
class LevelView:
    """A step of the scale; `number` counts from 1."""

    key: str
    name: str
    number: int
    starts_at: int


@dataclass(frozen=True, slots=True)
class StreakView:
    """A member's streak as it stands at a moment.

    `marks` are the last 7 days or 6 weeks, the present one last: kept, frozen, paused, missed, open, ahead.
    """

    key: str
    name: str
    period: str
    length: int
    best: int
    freezes: int
    is_kept_now: bool
    is_paused: bool
    marks: tuple[str, ...]
    kept_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member has: points of the present week, month and of life, those that wait; level and streaks.

    `level` is None and `levels` empty while the company has no scale.
    """

    week: int
    month: int
    life: int
    waiting: int
    level: LevelView | None
    levels: tuple[LevelView, ...]
    streaks: tuple[StreakView, ...]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of the ledger. `fact` tells what happened (“Lesson: claims”), `why` what else is to be known."""

    id: int
    words: str
    fact: str
    points: int
    at: datetime
    why: str
    state: str
    """posted, held (waits until `held_until`), released."""
    held_until: datetime | None
    is_reversal: bool
    reversed: bool
    """Whether it was taken back later."""


@dataclass(frozen=True, slots=True)
class BadgeView:
    """A badge that somebody has, or a tier that is open. `have` of `need` is the part that needs most still."""

    key: str
    name: str
    tier_name: str
    icon: str
    why: str
    how: str
    criteria: str
    kind: str
    awarded_at: datetime | None
    evidence: tuple[str, ...]
    have: int
    need: int
    parts: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Badges:
    """The highest tier of each badge that a member has, newest first, and the next tier of each that is open."""

    own: tuple[BadgeView, ...]
    open: tuple[BadgeView, ...]


@dataclass(frozen=True, slots=True)
class NominationView:
    """A nomination as the nominee's leader and the office see it."""

    id: int
    badge: str
    badge_name: str
    nominee_id: int
    nominee: str
    nominated_by_id: int
    nominated_by: str
    words: str
    created_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class RuleNumbers:
    """What a point rule did in a time: facts scored, points given and taken back, members, what waits."""

    entries: int
    points: int
    members: int
    held: int
    reversed: int
