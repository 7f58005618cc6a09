"""The shape of a condition: a tree of frozen dataclasses, made valid in documents.py. No Django, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool


class Comparison(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A property equals one of these values."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """A property's number lies within these bounds; all of them hold."""

    limits: tuple[tuple[Comparison, int | float], ...]


Test: TypeAlias = OneOf | Bounds
Where: TypeAlias = tuple[tuple[str, Test], ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there may be, both ends included; `at_most` None is any number."""

    at_least: int = 1
    at_most: int | None = None


class Fixed(StrEnum):
    """The anchors that are not events."""

    ENTRY = "entry"
    DAY_ZERO = "day_zero"


@dataclass(frozen=True, slots=True)
class EventAnchor:
    """The instant of the newest (or first) occurrence of some events."""

    events: tuple[str, ...]
    is_last: bool
    where: Where = ()


Anchor: TypeAlias = Fixed | EventAnchor


@dataclass(frozen=True, slots=True)
class Unless:
    """An occurrence doesn't count where `event` exists with the same value of `same`."""

    event: str
    same: str


@dataclass(frozen=True, slots=True)
class Past:
    """An occurrence counts once the instant in the property `of` ("": the occurrence itself) is `by` ago."""

    of: str = ""
    by: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Sum:
    of: str
    at_least: int | float


DAY = "day"
"""The value of `distinct` that counts local days."""


@dataclass(frozen=True, slots=True)
class Did:
    events: tuple[str, ...]
    where: Where = ()
    count: Count = Count()
    distinct: str = ""
    sum: Sum | None = None
    within: timedelta | None = None
    since: Anchor | None = None
    days: tuple[int, int] | None = None
    unless: Unless | None = None
    past: Past | None = None


@dataclass(frozen=True, slots=True)
class Is:
    """The member's fields have one of these values. Presence and truth are kept as "present", "absent", True, False."""

    fields: tuple[tuple[str, tuple[Value, ...]], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The day of the path lies within these bounds, both included."""

    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class In:
    """The member has an open stay in one of these."""

    kind: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elapsed:
    length: timedelta
    since: Anchor


@dataclass(frozen=True, slots=True)
class Last:
    """The newest value of an event's property passes the test."""

    event: str
    property: str
    test: Test


class Circle(StrEnum):
    FRONTLINE = "frontline"
    DOWNLINE = "downline"


@dataclass(frozen=True, slots=True)
class Team:
    of: Circle
    where: Condition
    count: Count = Count()


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is typing's
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Leaf: TypeAlias = Did | Is | Day | In | Elapsed | Last | Team
Condition: TypeAlias = All | Any_ | Not | Leaf


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the leaves about the member; what stands inside a `team` belongs to its leaf and isn't yielded."""
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


def own_event_types(condition: Condition) -> frozenset[str]:
    """Return the types of the member's own events that may change the truth."""
    return frozenset(name for leaf in leaves(condition) for name in _types_of(leaf))


def event_types(condition: Condition) -> frozenset[str]:
    """Return the types of all events that may change the truth: the member's own, and the team's."""
    teams = (leaf for leaf in leaves(condition) if isinstance(leaf, Team))
    return own_event_types(condition).union(*(team_event_types(team) for team in teams))


def team_event_types(team: Team) -> frozenset[str]:
    """Return the types of a teammate's events that may change the truth; joining and leaving are among them."""
    return event_types(team.where) | {"member.registered", "member.left"}


def uses_days(condition: Condition) -> bool:
    """Tell whether the condition asks for local days, so that zones matter."""
    return any(_leaf_uses_days(leaf) for leaf in leaves(condition))


def _leaf_uses_days(leaf: Leaf) -> bool:
    match leaf:
        case Did(days=days, distinct=distinct):
            return days is not None or distinct == DAY
        case Team(where=inner):
            return uses_days(inner)
    return isinstance(leaf, Day)


def uses_entry(condition: Condition) -> bool:
    """Tell whether the condition needs an entry instant to be asked."""
    return any(_leaf_uses_entry(leaf) for leaf in leaves(condition))


def _leaf_uses_entry(leaf: Leaf) -> bool:
    match leaf:
        case Did(since=anchor) | Elapsed(since=anchor):
            return anchor is Fixed.ENTRY
        case Team(where=inner):
            return uses_entry(inner)
        case _:
            return False


def _types_of(leaf: Leaf) -> Iterator[str]:
    match leaf:
        case Did(events=events, unless=unless, since=since):
            yield from events
            if unless:
                yield unless.event
            yield from _anchor_types(since)
        case Elapsed(since=anchor):
            yield from _anchor_types(anchor)
        case Last(event=event):
            yield event
        case In(kind=kind):
            yield from (f"{kind}.entered", f"{kind}.left")
        case Is(fields):
            for name, _values in fields:
                yield "member.left" if name == "left" else "member.registered"
        case Day():
            yield "member.registered"
        case Team():
            pass
    if isinstance(leaf, Did) and leaf.days is not None:
        yield "member.registered"


def _anchor_types(anchor: Anchor | None) -> Iterator[str]:
    if isinstance(anchor, EventAnchor):
        yield from anchor.events
    elif anchor is Fixed.DAY_ZERO:
        yield "member.registered"
