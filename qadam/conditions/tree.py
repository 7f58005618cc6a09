"""The shape of a condition: a tree of frozen dataclasses, made valid in documents.py. No Django, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
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


@dataclass(frozen=True, slots=True)
class Followed:
    """An occurrence counts once it is known that `event` didn't come after it, within a length or at any time.

    `same` "" means that any such event follows; otherwise only one with the same value of that property.
    """

    event: str
    same: str = ""
    within: timedelta | None = None


DAY = "day"
"""The value of `distinct` that counts local days."""
NO_TIME = timedelta()


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
    not_followed_by: Followed | None = None
    same: str = ""
    """The property whose value has to be the key of the entry; "" where any value will do."""
    per: str = ""
    """The property by whose values occurrences are counted, each value on its own; true if it is for any of them."""
    before: timedelta = NO_TIME
    """How long before `now` the window `within` ends. Documents have no key for it: `rate` and `running` set it."""


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
    where: Where = ()


class Circle(StrEnum):
    FRONTLINE = "frontline"
    DOWNLINE = "downline"
    MENTEES = "mentees"


@dataclass(frozen=True, slots=True)
class Team:
    of: Circle
    where: Condition
    count: Count = Count()


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted: occurrences, local days or values (`distinct`), or the sum of a property.

    With `by`, the occurrences are those of the people of that circle instead of the member's own.
    """

    events: tuple[str, ...]
    where: Where = ()
    distinct: str = ""
    sum: str = ""
    unless: Unless | None = None
    by: Circle | None = None

    @property
    def event_types(self) -> frozenset[str]:
        return frozenset((*self.events, self.unless.event) if self.unless else self.events)

    def within(self, length: timedelta | None, before: timedelta = NO_TIME) -> Did:
        """Return the occurrences of the window of this length that ends `before` ago."""
        return Did(self.events, self.where, Count(), self.distinct, within=length, unless=self.unless, before=before)


Shares: TypeAlias = tuple[tuple[Comparison, Fraction], ...]
"""Bounds of a quotient; all of them hold."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One's own rate in the window `within`, as a share of one's own rate in an earlier window.

    The earlier window is `against` long and ends `before` ago. Nothing in it: no rate to compare with, so false.
    """

    of: Tally
    within: timedelta
    before: timedelta
    against: timedelta
    limits: Shares


@dataclass(frozen=True, slots=True)
class Goal:
    """The newest value of a property of an event. Its period begins with the event and ends at the instant `until`."""

    event: str
    property: str
    where: Where = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """What was counted in the period of one's own goal, as a share of that goal, from the share `at` of its period on.

    False without a goal above 0, and with `at` where the goal has no end.
    """

    of: Tally
    to: Goal
    limits: Shares
    at: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The condition holds in each of the last `times` periods of the length `each`: its occurrences lie in that period.

    Its leaves are occurrences without a window of their own.
    """

    times: int
    each: timedelta
    where: Condition

    def periods(self) -> list[Condition]:
        """Return the condition once for each period, the newest first."""
        return [_in_window(self.where, self.each, self.each * number) for number in range(self.times)]


def _in_window(condition: Condition, within: timedelta, before: timedelta) -> Condition:
    match condition:
        case All(parts):
            return All(tuple(_in_window(part, within, before) for part in parts))
        case Any_(parts):
            return Any_(tuple(_in_window(part, within, before) for part in parts))
        case Not(part):
            return Not(_in_window(part, within, before))
        case Did():
            return replace(condition, within=within, before=before)
    raise AssertionError(condition)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is typing's
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Leaf: TypeAlias = Did | Is | Day | In | Elapsed | Last | Team | Rate | Ratio | Running
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


def _types_of(leaf: Leaf) -> Iterator[str]:
    match leaf:
        case Did():
            yield from _types_of_did(leaf)
        case Elapsed(since=anchor):
            yield from _types_of_anchor(anchor)
        case Last(event=event):
            yield event
        case In(kind=kind):
            yield from (f"{kind}.entered", f"{kind}.left")
        case Is(fields):
            names = {name for name, _values in fields}
            yield from ("member.left" if name == "left" else "member.registered" for name in names)
            if names & {"kind", "language", "sponsor", "mentor"}:
                yield "member.changed"
        case Day():
            yield "member.registered"
        case Rate(of=tally):
            yield from tally.event_types
        case Ratio(of=tally, to=goal):
            yield goal.event
            yield from () if tally.by else tally.event_types
        case Running(where=inner):
            yield from own_event_types(inner)


def _types_of_did(did: Did) -> Iterator[str]:
    yield from did.events
    if did.unless:
        yield did.unless.event
    if did.not_followed_by:
        yield did.not_followed_by.event
    yield from _types_of_anchor(did.since)
    if did.days is not None:
        yield "member.registered"


def _types_of_anchor(anchor: Anchor | None) -> Iterator[str]:
    if isinstance(anchor, EventAnchor):
        yield from anchor.events
    elif anchor is Fixed.DAY_ZERO:
        yield "member.registered"
