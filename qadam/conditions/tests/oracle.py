"""The meaning of conditions once more, slow and plain: lists and loops over one small world. SQL has to agree."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from qadam.conditions import tree
from qadam.lib import clock

MICROSECOND = timedelta(microseconds=1)


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


@dataclass(frozen=True)
class Entry:
    at: datetime
    key: str = ""


def is_true(condition: tree.Condition, world: World, who: int, now: datetime, entry: Entry | None = None) -> bool:
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
        case tree.Last(event, name, test, where):
            newest = _newest(event, name, where, world, who, now)
            return newest is not None and _passes(newest.props[name], test)
        case tree.Team(of, where, count):
            circle = [each for each in world.people if _is_in(of, world, who, each)]
            return _within(sum(is_true(where, world, each, now, entry) for each in circle), count)
        case tree.Rate():
            return _rate(condition, world, who, now)
        case tree.Ratio():
            return _ratio(condition, world, who, now)
        case tree.Running(times, each, where):
            return all(_in_period(where, each, each * number, world, who, now, entry) for number in range(times))


def _newest(event: str, name: str, where: tree.Where, world: World, who: int, now: datetime) -> Fact | None:
    carrying = [fact for fact in _facts(world, who, (event,), now) if name in fact.props and _fits(fact, where)]
    return max(carrying, key=lambda fact: (fact.occurred_at, fact.id), default=None)


def _rate(rate: tree.Rate, world: World, who: int, now: datetime) -> bool:
    facts = [fact for fact in _facts(world, who, rate.of.events, now) if _is_tallied(fact, rate.of, world, now)]
    start = now - rate.before
    recent = _total([fact for fact in facts if fact.occurred_at > now - rate.within], rate.of, world)
    earlier = _total([fact for fact in facts if start - rate.against < fact.occurred_at <= start], rate.of, world)
    if earlier <= 0:
        return False
    quotient = Fraction(recent) / seconds(rate.within) / (Fraction(earlier) / seconds(rate.against))
    return _passes(quotient, tree.Bounds(rate.limits))


def seconds(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(seconds=1))


def _ratio(ratio: tree.Ratio, world: World, who: int, now: datetime) -> bool:
    goal = _newest(ratio.to.event, ratio.to.property, ratio.to.where, world, who, now)
    if goal is None or goal.props[ratio.to.property] <= 0:
        return False
    until = goal.props.get(ratio.to.until)
    end = datetime.fromisoformat(until) if until else None
    if ratio.at is not None and not (end and _is_gone(ratio.at, goal.occurred_at, end, now)):
        return False
    circle = ratio.of.by
    whose = [each for each in world.people if _is_in(circle, world, who, each)] if circle else [who]
    facts = [fact for each in whose for fact in _facts(world, each, ratio.of.events, now)]
    facts = [fact for fact in facts if fact.occurred_at > goal.occurred_at and (end is None or fact.occurred_at <= end)]
    total = _total([fact for fact in facts if _is_tallied(fact, ratio.of, world, now)], ratio.of, world)
    return _passes(Fraction(total) / goal.props[ratio.to.property], tree.Bounds(ratio.limits))


def _is_gone(share: Fraction, start: datetime, end: datetime, now: datetime) -> bool:
    return (now - start) // MICROSECOND >= (end - start) // MICROSECOND * share


def _is_tallied(fact: Fact, tally: tree.Tally, world: World, now: datetime) -> bool:
    is_void = tally.unless is not None and _is_void(fact, tally.unless, world, fact.member_id, now)
    return _fits(fact, tally.where) and not is_void


def _total(facts: list[Fact], tally: tree.Tally, world: World) -> int:
    if tally.sum:
        return sum(fact.props.get(tally.sum, 0) for fact in facts)
    if tally.distinct == tree.DAY:
        return len({_local(fact.occurred_at, world, fact.member_id) for fact in facts})
    if tally.distinct:
        return len({fact.props[tally.distinct] for fact in facts if tally.distinct in fact.props})
    return len(facts)


def _in_period(
    where: tree.Condition, length: timedelta, ago: timedelta, world: World, who: int, now: datetime, entry: Entry | None
) -> bool:
    """Ask a condition of occurrences about one period: only its occurrences exist, the rest of the world stays."""
    match where:
        case tree.All(parts):
            return all(_in_period(part, length, ago, world, who, now, entry) for part in parts)
        case tree.Any_(parts):
            return any(_in_period(part, length, ago, world, who, now, entry) for part in parts)
        case tree.Not(part):
            return not _in_period(part, length, ago, world, who, now, entry)
        case tree.Did():
            return _did(where, world, who, now, entry, (now - ago - length, now - ago))
    raise AssertionError(where)


def _facts(world: World, who: int, types: tuple[str, ...], now: datetime) -> list[Fact]:
    return [fact for fact in world.facts if fact.member_id == who and fact.type in types and fact.occurred_at <= now]


def _did(
    did: tree.Did,
    world: World,
    who: int,
    now: datetime,
    entry: Entry | None,
    period: tuple[datetime, datetime] | None = None,
) -> bool:
    found = [fact for fact in _facts(world, who, did.events, now) if _counts(fact, did, world, who, now, entry)]
    if period:
        found = [fact for fact in found if period[0] < fact.occurred_at <= period[1]]
    if did.per:
        keys = {fact.props[did.per] for fact in found if did.per in fact.props}
        return any(_are_enough([fact for fact in found if fact.props.get(did.per) == key], did, world) for key in keys)
    return _are_enough(found, did, world)


def _are_enough(found: list[Fact], did: tree.Did, world: World) -> bool:
    counted: set[Any] | list[Fact] = found
    if did.distinct == tree.DAY:
        counted = {_local(fact.occurred_at, world, fact.member_id) for fact in found}
    elif did.distinct:
        counted = {fact.props[did.distinct] for fact in found if did.distinct in fact.props}
    if did.per and not counted:
        return False
    total = sum(fact.props.get(did.sum.of, 0) for fact in found) if did.sum else 0
    return _within(len(counted), did.count) and (did.sum is None or total >= did.sum.at_least)


def _counts(fact: Fact, did: tree.Did, world: World, who: int, now: datetime, entry: Entry | None) -> bool:
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
    if did.same and (entry is None or fact.props.get(did.same) != entry.key):
        return False
    if did.not_followed_by is not None and not _stays_unfollowed(fact, did.not_followed_by, world, who, now):
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


def _stays_unfollowed(fact: Fact, followed: tree.Followed, world: World, who: int, now: datetime) -> bool:
    if followed.within is not None and fact.occurred_at + followed.within > now:
        return False
    for other in _facts(world, who, (followed.event,), now):
        is_same = not followed.same or (
            followed.same in fact.props and other.props.get(followed.same) == fact.props[followed.same]
        )
        gap = other.occurred_at - fact.occurred_at
        if is_same and gap > timedelta() and (followed.within is None or gap <= followed.within):
            return False
    return True


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


def _anchor(anchor: tree.Anchor, world: World, who: int, now: datetime, entry: Entry | None) -> datetime | None:
    if anchor is tree.Fixed.ENTRY:
        return entry.at if entry else None
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
    if circle is tree.Circle.MENTEES:
        return world.people[other].mentor_id == leader
    sponsor = world.people[other].sponsor_id
    if sponsor is None or circle is tree.Circle.FRONTLINE:
        return sponsor == leader and sponsor is not None
    return sponsor == leader or _is_in(circle, world, leader, sponsor)
