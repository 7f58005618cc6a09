"""The instants on which the truth of a leaf hangs, as columns of a row, and how the next flip follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, CharField, DateTimeField, Field, QuerySet, Subquery

from qadam.conditions import tree
from qadam.conditions.expressions import InstantCompared, Microseconds, PropertyInstant
from qadam.conditions.frames import Frame
from qadam.conditions.occurrences import anchor_instant, occurrences
from qadam.conditions.tallies import ENDLESS, newest_goal
from qadam.conditions.tree import NO_TIME, Condition, Count, Did, Fixed
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people.models import Member

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Read = Callable[[Sequence[Any], str], Iterator[datetime]]
"""From the values of the columns and the company's zone to instants, of which those gone by don't matter."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What one leaf needs of a row, and the instants that follow from it."""

    columns: tuple[tuple[Any, Field[Any, Any]], ...]
    read: Read


def clocks_of(condition: Condition, frame: Frame) -> Iterator[Clock]:
    """Yield the clocks of all leaves, except what lies with other people (`team`)."""
    for leaf in tree.leaves(condition):
        match leaf:
            case Did():
                yield from _of_did(leaf, frame)
            case tree.Elapsed(length, since):
                if since is not Fixed.ENTRY or frame.entry is not None:
                    yield _shifted(anchor_instant(since, frame), length)
            case tree.Is(fields):
                for name in ("left", "registered"):
                    if any(name == field for field, _values in fields):
                        yield _shifted(_of_member(f"{name}_at", frame), NO_TIME)
            case tree.Day():
                yield _of_day(leaf, frame)
            case tree.Rate(of=tally, within=within, before=before, against=against):
                yield from _boundaries(tally.within(None), {within, before, before + against}, frame)
            case tree.Running(times, each, where):
                for did in tree.leaves(where):
                    assert isinstance(did, Did)
                    yield from _of_period(did, {each * number for number in range(1, times + 1)}, frame)
            case tree.Ratio(at=at, to=goal):
                if at is not None:
                    yield _of_goal(goal, at, frame)
            case tree.Team():
                if frame.entry is not None:
                    yield from (_shifted(frame.entry.at(), length) for length in _entry_lengths(leaf.where))


def _entry_lengths(condition: Condition) -> Iterator[timedelta]:
    for leaf in tree.leaves(condition):
        match leaf:
            case tree.Elapsed(length, Fixed.ENTRY):
                yield length
            case tree.Team(where=inner):
                yield from _entry_lengths(inner)


def _shifted(column: Any, length: timedelta) -> Clock:
    def read(values: Sequence[Any], _zone: str) -> Iterator[datetime]:
        if values[0] is not None:
            yield values[0] + length

    return Clock(((column, DateTimeField()),), read)


def _of_member(column: str, frame: Frame) -> Subquery:
    return Subquery(Member.objects.filter(id=frame.member.at(1)).values(column)[:1])


def _of_did(did: Did, frame: Frame) -> Iterator[Clock]:
    did = _without_unknown_entry(did, frame)
    yield from _of_maturing(did, frame)
    if did.within is None:
        return
    found = occurrences(replace(did, days=None, distinct="", sum=None, per=""), frame)
    if did.distinct or did.sum or did.days or did.per:
        yield _shifted(_nth(found, "occurred_at", 1), did.within)
    else:
        for number in _turning_points(did.count):
            yield _shifted(_nth(found, "-occurred_at", number), did.within)


def _without_unknown_entry(did: Did, frame: Frame) -> Did:
    """Inside a team the entry isn't at hand: look at more occurrences, and at the oldest of them."""
    if did.since is Fixed.ENTRY and frame.entry is None:
        did = replace(did, since=None, distinct=tree.DAY)
    if did.same and frame.key is None:
        did = replace(did, same="", distinct=tree.DAY)
    return did


def _of_maturing(did: Did, frame: Frame) -> Iterator[Clock]:
    """Yield when the next occurrence begins to count: it is past, or known not to be followed."""
    found = occurrences(_without_number(replace(did, past=None, not_followed_by=None)), frame)
    followed, past = did.not_followed_by, did.past
    if followed is not None and followed.within is not None:
        yield _next_after(found, followed.within, frame)
    if past is not None and not past.of:
        yield _next_after(found, past.by, frame)
    elif past is not None:
        instant = PropertyInstant(past.of, did.events)
        found = found.filter(InstantCompared(instant, ">", frame.now - past.by)).annotate(instant=instant)
        yield _shifted(Subquery(found.order_by("instant").values("instant")[:1]), past.by)


def _of_period(did: Did, boundaries: set[timedelta], frame: Frame) -> Iterator[Clock]:
    did = _without_unknown_entry(did, frame)
    yield from _of_maturing(did, frame)
    yield from _boundaries(did, boundaries, frame)


def _boundaries(did: Did, boundaries: set[timedelta], frame: Frame) -> Iterator[Clock]:
    """Yield when the next occurrence passes from one window to another; the windows end so long ago."""
    found = occurrences(_without_number(replace(did, past=None, not_followed_by=None, within=None)), frame)
    return (_next_after(found, boundary, frame) for boundary in sorted(boundaries))


def _without_number(did: Did) -> Did:
    """Return every occurrence that may count, one by one."""
    return replace(did, count=Count(), days=None, distinct="", sum=None, per="")


def _next_after(found: QuerySet[Event], length: timedelta, frame: Frame) -> Clock:
    return _shifted(_nth(found.filter(occurred_at__gt=frame.now - length), "occurred_at", 1), length)


def _nth(found: QuerySet[Event], order: str, number: int) -> Subquery:
    return Subquery(found.order_by(order).values("occurred_at")[number - 1 : number])


def _turning_points(count: Count) -> list[int]:
    """Return which occurrences, from the newest, change the truth when they leave the window."""
    points = [count.at_least] if count.at_least else []
    return points if count.at_most is None else [*points, count.at_most + 1]


def _of_day(day: tree.Day, frame: Frame) -> Clock:
    turns = [] if day.at_least is None else [day.at_least]
    turns += [] if day.at_most is None else [day.at_most + 1]

    def read(values: Sequence[Any], company_zone: str) -> Iterator[datetime]:
        name, zero = values
        if zero is None:
            return
        yield zero
        zone = clock.zone_of(name or "", company_zone)
        first = clock.local_date(zero, zone)
        yield from (_start_of_day(first, turn, zone.key) for turn in turns)

    zone, zero = _of_member("zone", frame), _of_member("day_zero_at", frame)
    return Clock(((zone, CharField()), (zero, DateTimeField())), read)


@lru_cache(maxsize=10_000)
def _start_of_day(first: date, turn: int, zone: str) -> datetime:
    return clock.start_of_day(first + timedelta(days=turn), ZoneInfo(zone))


def _of_goal(goal: tree.Goal, at: Fraction, frame: Frame) -> Clock:
    found = newest_goal(goal, frame).annotate(start=Microseconds("occurred_at"))

    def read(values: Sequence[Any], _zone: str) -> Iterator[datetime]:
        start, end = values
        if start is not None and end < ENDLESS:
            yield EPOCH + timedelta(microseconds=start + ceil((end - start) * at))

    field = BigIntegerField()
    return Clock(((Subquery(found.values("start")), field), (Subquery(found.values("ends")), field)), read)
