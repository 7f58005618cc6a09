"""Compile a condition to SQL: a filter made of Exists subqueries, so that truth is always yes or no, never null."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Count, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.lookups import IsNull, LessThanOrEqual

from qadam.conditions import tree
from qadam.conditions.errors import EntryNeeded
from qadam.conditions.expressions import PropertyNumber, PropertyPasses, PropertyValue
from qadam.conditions.frames import Column, Frame, Moment, frame_of_places, frame_of_row
from qadam.conditions.lists import ids_in
from qadam.conditions.needs import uses_days, uses_entry_instant, uses_entry_key
from qadam.conditions.occurrences import events_of, occurrences
from qadam.conditions.prepared import Asked, Prepared, places_of, prepare
from qadam.conditions.tallies import ABOVE, rate_holds, ratio_holds
from qadam.conditions.tree import Condition, Did
from qadam.conditions.zones import Zones
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people.models import Member, Membership


def matching(
    condition: Condition,
    *,
    now: datetime,
    member: str = "id",
    entry: str | None = None,
    entry_key: str | None = None,
    zones: Zones | None = None,
) -> Q:
    """Return the condition at `now` as a filter for any model with a column of member ids.

    `member` names that column, `entry` a column of aware instants (never null) that `since: entry` counts from,
    `entry_key` a column of texts that `same: {…, as: entry}` compares with.

    Raises:
        EntryNeeded: the condition says `entry` and there is none.
    """
    refuse_without_entry(condition, entry, entry_key)
    prepared = prepare_matching(condition, now=now, zones=zones)
    if prepared is not None:
        return Q(Asked(prepared, now, places_of(member, entry, entry_key), BooleanField()))
    return compile_condition(condition, frame_of_row(Moment(now, zones), member, entry, entry_key))


def prepare_matching(condition: Condition, *, now: datetime, zones: Zones | None) -> Prepared | None:
    """Return the condition as SQL about a row to be named; None where it has to be built for the moment."""
    return prepare(condition, _build, now=now, zones=zones)


def refuse_without_entry(condition: Condition, entry: str | None, key: str | None) -> None:
    if (entry is None and uses_entry_instant(condition)) or (key is None and uses_entry_key(condition)):
        raise EntryNeeded


def _build(condition: Condition, now: datetime, zones: Zones | None) -> Q:
    return compile_condition(condition, frame_of_places(Moment(now, zones)))


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
        case tree.Rate():
            return rate_holds(condition, frame)
        case tree.Ratio():
            return ratio_holds(condition, frame)
        case tree.Running():
            return reduce(and_, (compile_condition(part, frame) for part in condition.periods()))
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
    if not uses_days(did):
        return _is_counted(did, occurrences(did, frame))
    outer = Member.objects.filter(id=frame.member.at(1))
    return Q(Exists(outer.filter(_is_counted(did, occurrences(did, frame.in_member())))))


def _is_counted(did: Did, found: QuerySet[Event]) -> Q:
    if did.per:
        return _is_counted_per_key(did, found)
    truth = _is_many_distinct(found, did.count) if did.distinct else _is_many(found, did.count)
    if did.sum is not None:
        total = found.order_by().values("member_id").annotate(total=Sum(PropertyNumber(did.sum.of)))
        truth &= Q(Exists(total.filter(total__gte=did.sum.at_least)))
    return truth


def _is_counted_per_key(did: Did, found: QuerySet[Any]) -> Q:
    """Say that the occurrences of one key are as many as they have to be. A key has at least one occurrence."""
    if did.count == tree.Count() and did.sum is None:
        return Q(Exists(found))
    number = Count("counted", distinct=True) if did.distinct else Count("id")
    keys = found.order_by().values("key").annotate(number=number).filter(number__gte=max(did.count.at_least, 1))
    if did.count.at_most is not None:
        keys = keys.filter(number__lte=did.count.at_most)
    if did.sum is not None:
        keys = keys.annotate(total=Sum(PropertyNumber(did.sum.of))).filter(total__gte=did.sum.at_least)
    return Q(Exists(keys))


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


def _elapsed(leaf: tree.Elapsed, frame: Frame) -> Q:
    limit = frame.now - leaf.length
    if leaf.since is tree.Fixed.ENTRY:
        assert frame.entry is not None
        return Q(LessThanOrEqual(frame.entry.at(), Value(limit, DateTimeField())))
    if not isinstance(leaf.since, tree.EventAnchor):
        return Q(Exists(Member.objects.filter(id=frame.member.at(1), day_zero_at__lte=limit)))
    found = events_of(leaf.since.events, leaf.since.where, frame)
    truth = Q(Exists(found.filter(occurred_at__lte=limit)))
    return truth & ~Q(Exists(found.filter(occurred_at__gt=limit))) if leaf.since.is_last else truth


def _last(leaf: tree.Last, frame: Frame) -> Q:
    carrying = events_of((leaf.event,), leaf.where, frame, level=2).filter(IsNull(PropertyValue(leaf.property), False))
    newest = Subquery(carrying.order_by("-occurred_at", "-id").values("id")[:1])
    return Q(Exists(Event.objects.filter(PropertyPasses(leaf.property, leaf.test), id=newest)))


def _team(leaf: tree.Team, frame: Frame) -> Q:
    if leaf.of is not tree.Circle.DOWNLINE:
        others = Member.objects.filter(**{ABOVE[leaf.of]: frame.member.at(1)})
        return _is_many(others.filter(compile_condition(leaf.where, frame.inside(1, Column("id")))), leaf.count)
    leader = Member.objects.filter(id=frame.member.at(1))
    below = Member.objects.filter(tin__gt=OuterRef("tin"), tin__lt=OuterRef("tin") + OuterRef("size"))
    below = below.filter(compile_condition(leaf.where, frame.inside(2, Column("id"))))
    return Q(Exists(leader.filter(_is_many(below, leaf.count))))
