"""When a condition's truth may change although nothing happens: an occurrence leaves its window, an anchor grows old
enough, a local day begins. Too early is harmless (the rule is asked once more); too late would be a bug."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, Q, QuerySet, Subquery

from qadam.conditions import tree
from qadam.conditions.errors import EntryNeeded
from qadam.conditions.expressions import InstantCompared, PropertyInstant, ids_in
from qadam.conditions.sql import Column, Frame, Moment, anchor_instant, occurrences
from qadam.conditions.tree import Condition, Count, Did, Fixed
from qadam.conditions.zones import Zones
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people.models import Member

MANY_BRANCHES = 200
"""From so many separate branches on, the whole network is read instead of each branch."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What one leaf needs of a row, and the instants that follow from it; None and instants gone by don't matter."""

    columns: tuple[Any, ...]
    read: Callable[..., Iterator[datetime | None]]


def next_flips(
    condition: Condition, *, now: datetime, among: Collection[int], zones: Zones | None = None
) -> dict[int, datetime]:
    """Return {member id: the earliest instant after `now` at which the truth may change without a new event}.

    Members for whom there is none are left out.

    Raises:
        EntryNeeded: the condition says `entry`; ask `next_flips_of`.
    """
    if tree.uses_entry(condition):
        raise EntryNeeded
    rows = Member.objects.filter(id__in=ids_in(list(among)))
    return _flips_of(rows, condition, Frame(Moment(now, zones), Column("id")))


def next_flips_of(
    rows: QuerySet[Any], condition: Condition, *, now: datetime, member: str = "id", entry: str | None = None
) -> dict[int, datetime]:
    """Return the same for the rows of any model, by primary key; `member` and `entry` name columns as in `matching`."""
    if entry is None and tree.uses_entry(condition):
        raise EntryNeeded
    return _flips_of(rows, condition, Frame(Moment(now), Column(member), Column(entry) if entry else None))


def is_timed(condition: Condition) -> bool:
    """Tell whether time alone can change the truth."""
    return any(_is_leaf_timed(leaf) for leaf in tree.leaves(condition))


def _is_leaf_timed(leaf: tree.Leaf) -> bool:
    match leaf:
        case Did(within=None, past=None) | tree.Last() | tree.In():
            return False
        case tree.Is(fields):
            return any(name in ("left", "registered") for name, _values in fields)
        case tree.Team(where=inner):
            return is_timed(inner)
    return True


def _flips_of(rows: QuerySet[Any], condition: Condition, frame: Frame) -> dict[int, datetime]:
    clocks = list(_clocks(condition, frame, rows))
    fresh = _future_events(condition, frame.now)
    if not clocks and not fresh:
        return {}
    columns = [column for each in clocks for column in each.columns]
    found: dict[int, datetime] = {}
    for pk, member_id, *values in rows.values_list("pk", F(frame.member.name), *columns).iterator():
        instants = [*_read(clocks, values), fresh.get(member_id)]
        later = [instant for instant in instants if instant is not None and instant > frame.now]
        if later:
            found[pk] = min(later)
    return found


def _read(clocks: list[Clock], values: list[Any]) -> Iterator[datetime | None]:
    place = 0
    for each in clocks:
        yield from each.read(*values[place : place + len(each.columns)])
        place += len(each.columns)


def _future_events(condition: Condition, now: datetime) -> dict[int, datetime]:
    """Find events dated a little ahead (a sender's clock runs fast): they begin to count when their instant comes."""
    ahead = Event.objects.filter(
        type__in=tree.own_event_types(condition), occurred_at__gt=now, occurred_at__lte=now + clock.CLOCK_SKEW
    )
    rows = ahead.order_by().values_list("member_id").annotate(first=Min("occurred_at"))
    return {member_id: first for member_id, first in rows if member_id is not None}


def _clocks(condition: Condition, frame: Frame, rows: QuerySet[Any]) -> Iterator[Clock]:
    for leaf in tree.leaves(condition):
        match leaf:
            case Did():
                yield from _did_clocks(leaf, frame)
            case tree.Elapsed(length, since):
                if since is not Fixed.ENTRY or frame.entry is not None:
                    yield _shifted(anchor_instant(since, frame), length)
            case tree.Is(fields):
                yield from (
                    _shifted(_of_member(f"{name}_at", frame), timedelta())
                    for name, _values in fields
                    if name in ("left", "registered")
                )
            case tree.Day():
                yield _day_clock(leaf, frame)
            case tree.Team():
                yield from _team_clocks(leaf, frame, rows)


def _shifted(column: Any, length: timedelta) -> Clock:
    def read(instant: datetime | None) -> Iterator[datetime | None]:
        yield instant + length if instant is not None else None

    return Clock((column,), read)


def _of_member(column: str, frame: Frame) -> Subquery:
    return Subquery(Member.objects.filter(id=frame.member.at(1)).values(column)[:1])


def _did_clocks(did: Did, frame: Frame) -> Iterator[Clock]:
    if did.since is Fixed.ENTRY and frame.entry is None:
        # Inside a team the entry isn't at hand: look at more occurrences, and at the oldest of them.
        did = replace(did, since=None, distinct=tree.DAY)
    if did.past is not None:
        yield _past_clock(did, frame)
    if did.within is None:
        return
    found = occurrences(replace(did, days=None, distinct="", sum=None), frame)
    if did.distinct or did.sum or did.days:
        yield _shifted(_nth(found, "occurred_at", 1), did.within)
    else:
        for number in _turning_points(did.count):
            yield _shifted(_nth(found, "-occurred_at", number), did.within)


def _turning_points(count: Count) -> list[int]:
    """Return which occurrences, from the newest, change the truth when they leave the window."""
    points = [count.at_least] if count.at_least else []
    return points if count.at_most is None else [*points, count.at_most + 1]


def _nth(found: QuerySet[Event], order: str, number: int) -> Subquery:
    return Subquery(found.order_by(order).values("occurred_at")[number - 1 : number])


def _past_clock(did: Did, frame: Frame) -> Clock:
    assert did.past is not None
    found = occurrences(replace(did, past=None, days=None, distinct="", sum=None), frame)
    limit = frame.now - did.past.by
    if not did.past.of:
        return _shifted(_nth(found.filter(occurred_at__gt=limit), "occurred_at", 1), did.past.by)
    instant = PropertyInstant(did.past.of, did.events)
    found = found.filter(InstantCompared(instant, ">", limit)).annotate(instant=instant).order_by("instant")
    return _shifted(Subquery(found.values("instant")[:1]), did.past.by)


def _day_clock(day: tree.Day, frame: Frame) -> Clock:
    turns = [] if day.at_least is None else [day.at_least]
    turns += [] if day.at_most is None else [day.at_most + 1]
    company_zone = frame.moment.zones.default
    known: dict[tuple[str, Any, int], datetime] = {}

    def read(name: str | None, zero: datetime | None) -> Iterator[datetime | None]:
        if zero is None:
            return
        yield zero
        zone = clock.zone_of(name or "", company_zone)
        first = clock.local_date(zero, zone)
        for turn in turns:
            key = (zone.key, first, turn)
            if key not in known:
                known[key] = clock.start_of_day(first + timedelta(days=turn), zone)
            yield known[key]

    return Clock((_of_member("zone", frame), _of_member("day_zero_at", frame)), read)


def _team_clocks(team: tree.Team, frame: Frame, rows: QuerySet[Any]) -> Iterator[Clock]:
    if frame.entry is not None:
        yield from (_shifted(frame.entry.at(), length) for length in _entry_lengths(team.where))
    leaders = set(rows.values_list(frame.member.name, flat=True))
    inner = Frame(frame.moment, Column("id"))
    read_team = _frontline_flips if team.of is tree.Circle.FRONTLINE else _downline_flips
    flips = read_team(leaders, team.where, inner)

    def read(member_id: int) -> Iterator[datetime | None]:
        yield flips.get(member_id)

    yield Clock((F(frame.member.name),), read)


def _entry_lengths(condition: Condition) -> Iterator[timedelta]:
    for leaf in tree.leaves(condition):
        match leaf:
            case tree.Elapsed(length, Fixed.ENTRY):
                yield length
            case tree.Team(where=inner):
                yield from _entry_lengths(inner)


def _frontline_flips(leaders: Collection[int], condition: Condition, frame: Frame) -> dict[int, datetime]:
    others = Member.objects.filter(sponsor_id__in=ids_in(list(leaders)))
    flips = _flips_of(others, condition, frame)
    found: dict[int, datetime] = {}
    for member_id, sponsor_id in others.values_list("id", "sponsor_id"):
        if member_id in flips and sponsor_id is not None:
            found[sponsor_id] = min(flips[member_id], found.get(sponsor_id, flips[member_id]))
    return found


def _downline_flips(leaders: Collection[int], condition: Condition, frame: Frame) -> dict[int, datetime]:
    places = list(Member.objects.filter(id__in=ids_in(list(leaders)), size__gt=1).values_list("id", "tin", "size"))
    others = Member.objects.filter(_below([(tin, tin + size) for _id, tin, size in places]))
    flips = _flips_of(others, condition, frame)
    order = [(tin, flips[pk]) for pk, tin in others.order_by("tin").values_list("id", "tin") if pk in flips]
    tins = [tin for tin, _flip in order]
    found = {}
    for member_id, tin, size in places:
        inside = order[bisect_right(tins, tin) : bisect_right(tins, tin + size - 1)]
        if inside:
            found[member_id] = min(flip for _tin, flip in inside)
    return found


def _below(intervals: list[tuple[int, int]]) -> Q:
    """Return who stands below any of the heads of these intervals of the preorder index."""
    branches: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if not branches or start >= branches[-1][1]:
            branches.append((start, end))
    if not branches:
        return Q(id__in=[])
    if len(branches) > MANY_BRANCHES:
        return Q(id__isnull=False)
    below = Q()
    for start, end in branches:
        below |= Q(tin__gt=start, tin__lt=end)
    return below
