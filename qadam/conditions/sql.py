"""Compile a condition to SQL: a filter made of Exists subqueries, so that truth is always yes or no, never null."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import Exact, IsNull, LessThanOrEqual

from qadam.conditions import tree
from qadam.conditions.errors import EntryNeeded
from qadam.conditions.expressions import (
    InstantCompared,
    LocalDay,
    PropertyInstant,
    PropertyNumber,
    PropertyPasses,
    PropertyValue,
    ids_in,
)
from qadam.conditions.prepared import ENTRY, MEMBER, Truth, prepare
from qadam.conditions.tree import Condition, Did
from qadam.conditions.zones import EARLIEST, Zones, read_zones
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people.models import Member, Membership


class Moment:
    """The instant a condition is asked at, and the zones in use, read once where a local day is needed."""

    def __init__(self, now: datetime, zones: Zones | None = None) -> None:
        self.now = now
        self._given = zones

    @cached_property
    def zones(self) -> Zones:
        return self._given or read_zones()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a query that stands `outside` levels out of the one being built."""

    name: str
    outside: int = 0

    def at(self, level: int = 0) -> Any:
        """Refer to the column from `level` subqueries further in."""
        reference: Any = self.name
        for _step in range(self.outside + level):
            reference = OuterRef(reference)
        return F(reference) if isinstance(reference, str) else reference

    def out(self, levels: int) -> Column:
        return replace(self, outside=self.outside + levels)


@dataclass(frozen=True, slots=True)
class Frame:
    """Who is asked about: the columns of the member's id and of the entry, seen from the query being built."""

    moment: Moment
    member: Column
    entry: Column | None = None

    @property
    def now(self) -> datetime:
        return self.moment.now

    def inside(self, levels: int, member: Column) -> Frame:
        """Return the frame `levels` subqueries further in, about `member`; the entry stays whose it was."""
        return replace(self, member=member, entry=self.entry.out(levels) if self.entry else None)


def matching(
    condition: Condition, *, now: datetime, member: str = "id", entry: str | None = None, zones: Zones | None = None
) -> Q:
    """Return the condition at `now` as a filter for any model with a column of member ids.

    `member` names that column, `entry` a column of aware instants (never null) that `since: entry` counts from.

    Raises:
        EntryNeeded: the condition says `entry` and there is none.
    """
    if entry is None and tree.uses_entry(condition):
        raise EntryNeeded
    prepared = prepare(condition, _build, now=now, zones=zones)
    if prepared is not None:
        return Q(Truth(prepared, now, member, *([entry] if entry else [])))
    return compile_condition(condition, Frame(Moment(now, zones), Column(member), Column(entry) if entry else None))


class _Place(Column):
    """A place in prepared SQL, for a column that isn't known yet."""

    def at(self, level: int = 0) -> Any:
        return RawSQL(self.name, ())

    def out(self, levels: int) -> Column:
        return self


def _build(condition: Condition, now: datetime, zones: Zones | None) -> Q:
    return compile_condition(condition, Frame(Moment(now, zones), _Place(MEMBER), _Place(ENTRY)))


def matching_members(
    condition: Condition, *, now: datetime, among: Collection[int] | None = None, zones: Zones | None = None
) -> QuerySet[Member]:
    """Return the members for whom the condition is true at `now`, of all or of those ids."""
    members = Member.objects.filter(matching(condition, now=now, zones=zones))
    return members if among is None else members.filter(id__in=ids_in(list(among)))


def compile_condition(condition: Condition, frame: Frame) -> Q:
    match condition:
        case tree.All(parts):
            return reduce(and_, (compile_condition(part, frame) for part in parts))
        case tree.Any_(parts):
            return reduce(or_, (compile_condition(part, frame) for part in parts))
        case tree.Not(part):
            return ~compile_condition(part, frame)
        case Did():
            return _did(condition, frame)
        case tree.Elapsed():
            return _elapsed(condition, frame)
        case tree.Last():
            return _last(condition, frame)
        case tree.Team():
            return _team(condition, frame)
    return _about_member(condition, frame)


def _about_member(leaf: tree.Is | tree.Day | tree.In, frame: Frame) -> Q:
    if isinstance(leaf, tree.In):
        stays = Membership.objects.filter(member_id=frame.member.at(1), kind=leaf.kind, left_at__isnull=True)
        return Q(Exists(stays.filter(key__in=leaf.keys)))
    members = Member.objects.filter(id=frame.member.at(1))
    if isinstance(leaf, tree.Day):
        return Q(Exists(members.filter(_on_day(leaf, frame.moment))))
    tests = (reduce(or_, (_field(name, value, frame.now) for value in values)) for name, values in leaf.fields)
    return Q(Exists(members.filter(*tests)))


def _field(name: str, value: tree.Value, now: datetime) -> Q:
    if name in ("sponsor", "mentor"):
        return Q(**{f"{name}_id__isnull": value == "absent"})
    if name in ("left", "registered"):
        happened = Q(**{f"{name}_at__isnull": False, f"{name}_at__lte": now})
        return happened if value else Q(**{f"{name}_at__isnull": True}) | Q(**{f"{name}_at__gt": now})
    return Q(**{name: value})


def _on_day(day: tree.Day, moment: Moment) -> Q:
    """Say that the day of the path lies in the bounds: that day 0 began in a range, which is the zone's own."""
    zones = moment.zones
    groups = zones.groups(lambda name: _day_zero_range(day, moment.now, name))
    ranges = [Q(zone__in=names, **dict(limits)) for limits, names in groups.items()]
    ranges.append(~Q(zone__in=zones.others) & Q(**dict(_day_zero_range(day, moment.now, zones.default))))
    return Q(day_zero_at__lte=moment.now) & reduce(or_, ranges)


def _day_zero_range(day: tree.Day, now: datetime, zone_name: str) -> tuple[tuple[str, datetime], ...]:
    """Return the limits of `day_zero_at` in a zone, as lookups."""
    zone = ZoneInfo(zone_name)
    today = clock.local_date(now, zone)
    limits = []
    if day.at_least is not None:
        limits.append(("day_zero_at__lt", _day_start(today, 1 - day.at_least, zone)))
    if day.at_most is not None:
        limits.append(("day_zero_at__gte", _day_start(today, -day.at_most, zone)))
    return tuple(limits)


def _day_start(today: date, days: int, zone: ZoneInfo) -> datetime:
    return clock.start_of_day(today + timedelta(days=days), zone)


def _did(did: Did, frame: Frame) -> Q:
    if not tree.uses_days(did):
        return _is_counted(did, occurrences(did, frame))
    outer = Member.objects.filter(id=frame.member.at(1))
    inner = frame.inside(1, Column("id"))
    return Q(Exists(outer.filter(_is_counted(did, occurrences(did, inner, is_in_member=True)))))


def _is_counted(did: Did, found: QuerySet[Event]) -> Q:
    truth = _is_many_distinct(found, did.count) if did.distinct else _is_many(found, did.count)
    if did.sum is not None:
        total = found.order_by().values("member_id").annotate(total=Sum(PropertyNumber(did.sum.of)))
        truth &= Q(Exists(total.filter(total__gte=did.sum.at_least)))
    return truth


def _is_many(found: QuerySet[Any], count: tree.Count) -> Q:
    """Say how many rows there are by asking for the n-th one: the database stops there and adds nothing up."""
    truth = Q()
    if count.at_least:
        truth &= Q(Exists(found[count.at_least - 1 : count.at_least] if count.at_least > 1 else found))
    if count.at_most is not None:
        truth &= ~Q(Exists(found[count.at_most : count.at_most + 1] if count.at_most else found))
    return truth


def _is_many_distinct(found: QuerySet[Any], count: tree.Count) -> Q:
    """Say how many values of `counted` there are.

    By counting, because SQLite forgets DISTINCT inside EXISTS even where an OFFSET makes it matter.
    """
    numbers = found.order_by().values("member_id").annotate(number=Count("counted", distinct=True))
    truth = Q()
    if count.at_least:
        truth &= Q(Exists(numbers.filter(number__gte=count.at_least) if count.at_least > 1 else found))
    if count.at_most is not None:
        truth &= ~Q(Exists(numbers.filter(number__gt=count.at_most)))
    return truth


def occurrences(did: Did, frame: Frame, *, is_in_member: bool = False) -> QuerySet[Event]:
    """Return the occurrences that count, as a subquery of the frame's; `counted` is annotated where it is distinct.

    `is_in_member`: the query outside is one of members, so that their zone and day 0 can be read.
    """
    found = _events(did.events, did.where, frame, level=1)
    if did.within is not None:
        found = found.filter(occurred_at__gt=frame.now - did.within)
    if did.since is not None:
        found = found.filter(occurred_at__gt=_anchor(did.since, frame, level=1))
    if did.past is not None:
        found = _filter_past(found, did, frame.now)
    if did.unless is not None:
        found = found.filter(~Exists(_voiding(did.unless, frame)))
    if is_in_member:
        found = _filter_days(found, did, frame.moment)
    if did.distinct and did.distinct != tree.DAY:
        value = PropertyValue(did.distinct)
        found = found.annotate(counted=value).filter(IsNull(value, False))
    return found


def _events(names: tuple[str, ...], where: tree.Where, frame: Frame, level: int) -> QuerySet[Event]:
    found = Event.objects.filter(member_id=frame.member.at(level), occurred_at__lte=frame.now)
    found = found.filter(type=names[0]) if len(names) == 1 else found.filter(type__in=names)
    return found.filter(*(PropertyPasses(name, test) for name, test in where))


def _filter_past(found: QuerySet[Event], did: Did, now: datetime) -> QuerySet[Event]:
    assert did.past is not None
    limit = now - did.past.by
    if not did.past.of:
        return found.filter(occurred_at__lte=limit)
    return found.filter(InstantCompared(PropertyInstant(did.past.of, did.events), "<=", limit))


def _voiding(unless: tree.Unless, frame: Frame) -> QuerySet[Event]:
    """Return the events that void an occurrence; a subquery of the one of occurrences."""
    same = Exact(PropertyValue(unless.same), PropertyValue(unless.same, OuterRef("props")))
    return _events((unless.event,), (), frame, level=2).filter(same)


def _filter_days(found: QuerySet[Event], did: Did, moment: Moment) -> QuerySet[Event]:
    """Keep the occurrences on days of the path, and number their days. The query outside is one of members."""
    start = EARLIEST if did.within is None else moment.now - did.within
    day = LocalDay(F("occurred_at"), OuterRef("zone"), zones=moment.zones, start=start, end=moment.now)
    if did.days is not None:
        zero = LocalDay(OuterRef("day_zero_at"), OuterRef("zone"), zones=moment.zones, start=EARLIEST, end=moment.now)
        found = found.alias(day_of_path=day - zero).filter(day_of_path__range=did.days)
    return found.annotate(counted=day) if did.distinct == tree.DAY else found


def _anchor(anchor: tree.Anchor, frame: Frame, level: int) -> Any:
    """Return the anchor's instant, seen from `level` subqueries in; null where it doesn't exist."""
    if anchor is tree.Fixed.ENTRY:
        assert frame.entry is not None
        return frame.entry.at(level)
    if isinstance(anchor, tree.EventAnchor):
        found = _events(anchor.events, anchor.where, frame, level + 1)
        return Subquery(found.order_by("-occurred_at" if anchor.is_last else "occurred_at").values("occurred_at")[:1])
    return Subquery(Member.objects.filter(id=frame.member.at(level + 1)).values("day_zero_at")[:1])


def anchor_instant(anchor: tree.Anchor, frame: Frame) -> Any:
    """Return the anchor's instant as an expression of the frame's own query."""
    return _anchor(anchor, frame, level=0)


def _elapsed(leaf: tree.Elapsed, frame: Frame) -> Q:
    limit = frame.now - leaf.length
    if leaf.since is tree.Fixed.ENTRY:
        assert frame.entry is not None
        return Q(LessThanOrEqual(frame.entry.at(), Value(limit, DateTimeField())))
    if not isinstance(leaf.since, tree.EventAnchor):
        return Q(Exists(Member.objects.filter(id=frame.member.at(1), day_zero_at__lte=limit)))
    found = _events(leaf.since.events, leaf.since.where, frame, level=1)
    truth = Q(Exists(found.filter(occurred_at__lte=limit)))
    return truth & ~Q(Exists(found.filter(occurred_at__gt=limit))) if leaf.since.is_last else truth


def _last(leaf: tree.Last, frame: Frame) -> Q:
    carrying = _events((leaf.event,), (), frame, level=2).filter(IsNull(PropertyValue(leaf.property), False))
    newest = Subquery(carrying.order_by("-occurred_at", "-id").values("id")[:1])
    return Q(Exists(Event.objects.filter(PropertyPasses(leaf.property, leaf.test), id=newest)))


def _team(leaf: tree.Team, frame: Frame) -> Q:
    if leaf.of is tree.Circle.FRONTLINE:
        others = Member.objects.filter(sponsor_id=frame.member.at(1))
        return _is_many(others.filter(compile_condition(leaf.where, frame.inside(1, Column("id")))), leaf.count)
    leader = Member.objects.filter(id=frame.member.at(1))
    below = Member.objects.filter(tin__gt=OuterRef("tin"), tin__lt=OuterRef("tin") + OuterRef("size"))
    below = below.filter(compile_condition(leaf.where, frame.inside(2, Column("id"))))
    return Q(Exists(leader.filter(_is_many(below, leaf.count))))
