"""The meaning of conditions once more, slow and plain: lists and loops over one small world. SQL has to agree."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from qadam.conditions import tree
from qadam.lib import clock


@dataclass(frozen=True)
class Person:
    id: int
    kind: str = "distributor"
    language: str = "kk"
    zone: str = ""
    sponsor_id: int | None = None
    mentor_id: int | None = None
    registered_at: datetime | None = None
    left_at: datetime | None = None
    day_zero_at: datetime | None = None


@dataclass(frozen=True)
class Fact:
    id: int
    type: str
    member_id: int
    occurred_at: datetime
    props: dict[str, Any]


@dataclass(frozen=True)
class World:
    zone: str
    people: dict[int, Person]
    facts: list[Fact]
    stays: set[tuple[int, str, str]] = field(default_factory=set)
    """Open stays: (member, kind, key)."""


def is_true(condition: tree.Condition, world: World, who: int, now: datetime, entry: datetime | None = None) -> bool:
    match condition:
        case tree.All(parts):
            return all(is_true(part, world, who, now, entry) for part in parts)
        case tree.Any_(parts):
            return any(is_true(part, world, who, now, entry) for part in parts)
        case tree.Not(part):
            return not is_true(part, world, who, now, entry)
        case tree.Did():
            return _did(condition, world, who, now, entry)
        case tree.Is(fields):
            return all(_field(name, world.people[who], now) in values for name, values in fields)
        case tree.Day(least, most):
            day = _day_of(now, world, who)
            zero = world.people[who].day_zero_at
            begun = day is not None and zero is not None and zero <= now
            return begun and (least is None or day >= least) and (most is None or day <= most)
        case tree.In(kind, keys):
            return any((who, kind, key) in world.stays for key in keys)
        case tree.Elapsed(length, since):
            start = _anchor(since, world, who, now, entry)
            return start is not None and start + length <= now
        case tree.Last(event, name, test):
            carrying = [fact for fact in _facts(world, who, (event,), now) if name in fact.props]
            newest = max(carrying, key=lambda fact: (fact.occurred_at, fact.id), default=None)
            return newest is not None and _passes(newest.props[name], test)
        case tree.Team(of, where, count):
            circle = [each for each in world.people if _is_in(of, world, who, each)]
            return _within(sum(is_true(where, world, each, now, entry) for each in circle), count)


def _facts(world: World, who: int, types: tuple[str, ...], now: datetime) -> list[Fact]:
    return [fact for fact in world.facts if fact.member_id == who and fact.type in types and fact.occurred_at <= now]


def _did(did: tree.Did, world: World, who: int, now: datetime, entry: datetime | None) -> bool:
    found = [fact for fact in _facts(world, who, did.events, now) if _counts(fact, did, world, who, now, entry)]
    counted: set[Any] | list[Fact] = found
    if did.distinct == tree.DAY:
        counted = {_local(fact.occurred_at, world, who) for fact in found}
    elif did.distinct:
        counted = {fact.props[did.distinct] for fact in found if did.distinct in fact.props}
    total = sum(fact.props.get(did.sum.of, 0) for fact in found) if did.sum else 0
    return _within(len(counted), did.count) and (did.sum is None or total >= did.sum.at_least)


def _counts(fact: Fact, did: tree.Did, world: World, who: int, now: datetime, entry: datetime | None) -> bool:
    if not _fits(fact, did.where) or (did.within is not None and not fact.occurred_at > now - did.within):
        return False
    if did.since is not None:
        start = _anchor(did.since, world, who, now, entry)
        if start is None or fact.occurred_at <= start:
            return False
    if did.days is not None:
        day = _day_of(fact.occurred_at, world, who)
        if day is None or not did.days[0] <= day <= did.days[1]:
            return False
    if did.past is not None and not _is_past(fact, did.past, now):
        return False
    return did.unless is None or not _is_void(fact, did.unless, world, who, now)


def _is_past(fact: Fact, past: tree.Past, now: datetime) -> bool:
    if past.of and past.of not in fact.props:
        return False
    instant = datetime.fromisoformat(fact.props[past.of]) if past.of else fact.occurred_at
    return instant + past.by <= now


def _is_void(fact: Fact, unless: tree.Unless, world: World, who: int, now: datetime) -> bool:
    if unless.same not in fact.props:
        return False
    others = _facts(world, who, (unless.event,), now)
    return any(other.props.get(unless.same) == fact.props[unless.same] for other in others)


def _fits(fact: Fact, where: tree.Where) -> bool:
    return all(name in fact.props and _passes(fact.props[name], test) for name, test in where)


def _passes(value: Any, test: tree.Test) -> bool:
    if isinstance(test, tree.OneOf):
        return value in test.values
    compare = {
        "at_least": lambda limit: value >= limit,
        "at_most": lambda limit: value <= limit,
        "above": lambda limit: value > limit,
        "below": lambda limit: value < limit,
    }
    return all(compare[comparison.value](limit) for comparison, limit in test.limits)


def _within(number: int, count: tree.Count) -> bool:
    return number >= count.at_least and (count.at_most is None or number <= count.at_most)


def _anchor(anchor: tree.Anchor, world: World, who: int, now: datetime, entry: datetime | None) -> datetime | None:
    if anchor is tree.Fixed.ENTRY:
        return entry
    if isinstance(anchor, tree.EventAnchor):
        times = [fact.occurred_at for fact in _facts(world, who, anchor.events, now) if _fits(fact, anchor.where)]
        return (max if anchor.is_last else min)(times, default=None)
    return world.people[who].day_zero_at


def _field(name: str, person: Person, now: datetime) -> tree.Value:
    if name in ("left", "registered"):
        at = getattr(person, f"{name}_at")
        return at is not None and at <= now
    if name in ("sponsor", "mentor"):
        return "absent" if getattr(person, f"{name}_id") is None else "present"
    return str(getattr(person, name))


def _local(instant: datetime, world: World, who: int) -> date:
    name = world.people[who].zone
    return instant.astimezone(ZoneInfo(name if clock.is_zone(name) else world.zone)).date()


def _day_of(instant: datetime, world: World, who: int) -> int | None:
    zero = world.people[who].day_zero_at
    return None if zero is None else (_local(instant, world, who) - _local(zero, world, who)).days


def _is_in(circle: tree.Circle, world: World, leader: int, other: int) -> bool:
    sponsor = world.people[other].sponsor_id
    if sponsor is None or circle is tree.Circle.FRONTLINE:
        return sponsor == leader and sponsor is not None
    return sponsor == leader or _is_in(circle, world, leader, sponsor)
