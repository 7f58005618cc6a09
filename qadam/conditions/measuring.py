"""How far members are on the way to a condition: for each of its leaves a number they have and one they need.

The numbers come from the same occurrences that decide the truth, so that a full bar and an award never disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Subquery

from qadam.conditions import tree
from qadam.conditions.explaining import explain
from qadam.conditions.expressions import Total
from qadam.conditions.frames import Column, Frame, Moment, frame_of_row
from qadam.conditions.lists import ids_in
from qadam.conditions.occurrences import occurrences
from qadam.conditions.sql import compile_condition
from qadam.conditions.tallies import ABOVE, total_of
from qadam.conditions.tree import Circle, Condition, Count, Did, Tally, leaves
from qadam.conditions.zones import Zones
from qadam.lib import clock
from qadam.people.models import Member


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf in words, with its numbers; `have` is never more than `need`. What is only true or false has 0 or 1."""

    words: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one member is; of alternatives, the one that is nearest."""

    is_met: bool
    parts: tuple[Part, ...]

    @property
    def farthest(self) -> Part | None:
        """The part that needs most still."""
        return min(self.parts, key=lambda part: part.have / part.need, default=None)


def progress(
    conditions: Sequence[Condition], *, member_id: int, now: datetime, language: str, zones: Zones | None = None
) -> list[Progress]:
    """Return how far a member is with each of these conditions, in two queries for all of them together."""
    frame = frame_of_row(Moment(now, zones), "id")
    asked = {leaf: None for condition in conditions for leaf in leaves(condition)}
    columns: dict[str, Any] = {}
    for number, leaf in enumerate(asked):
        for name, column in _columns_of(leaf, frame).items():
            columns[f"{name}{number}"] = column
    row = Member.objects.filter(id=member_id).annotate(**columns).values(*columns, "day_zero_at", "zone").first() or {}
    known = _Known(list(asked), row, frame.moment, language)
    return [Progress(known.is_true(condition), tuple(known.parts_of(condition))) for condition in conditions]


def _columns_of(leaf: tree.Leaf, frame: Frame) -> dict[str, Any]:
    """Return what to read for a leaf: `count` and `sum` where it counts, `truth` where it doesn't."""
    match leaf:
        case Did(per=""):
            found = {"count": _count_of(leaf, frame)}
            if leaf.sum is not None:
                found["sum"] = total_of(_occurrences(leaf, frame), Tally(leaf.events, sum=leaf.sum.of))
            return found
        case Did(sum=None, count=Count(at_most=None)):
            keys = _occurrences(leaf, frame).order_by().values("key")
            number = Total("COUNT(DISTINCT x)", "counted") if leaf.distinct else Total("COUNT(*)")
            return {"count": Subquery(keys.annotate(number=number).order_by("-number").values("number")[:1])}
        case tree.Team(count=Count(at_most=None)):
            return {"count": _people_of(leaf, frame)}
        case tree.Day():
            return {}
    return {"truth": ExpressionWrapper(compile_condition(leaf, frame), BooleanField())}


def _occurrences(did: Did, frame: Frame) -> Any:
    return occurrences(did, Frame(frame.moment, frame.member, zone=Column("zone")))


def _count_of(did: Did, frame: Frame) -> Subquery:
    return total_of(_occurrences(did, frame), Tally(did.events, distinct=did.distinct))


def _people_of(team: tree.Team, frame: Frame) -> Subquery:
    """Return how many people of a circle a team's condition is true for."""
    if team.of is Circle.DOWNLINE:
        others = Member.objects.filter(tin__gt=Column("tin").at(1), tin__lt=Column("tin").at(1) + Column("size").at(1))
    else:
        others = Member.objects.filter(**{ABOVE[team.of]: frame.member.at(1)})
    others = others.filter(compile_condition(team.where, frame.inside(1, Column("id"))))
    return Subquery(others.order_by().annotate(number=Total("COUNT(*)")).values("number"))


class _Known:
    """What was read about one member, and how leaves are told and judged by it."""

    def __init__(self, asked: Sequence[tree.Leaf], row: Mapping[str, Any], moment: Moment, language: str) -> None:
        self._places: dict[Condition, int] = {leaf: number for number, leaf in enumerate(asked)}
        self._row, self._moment, self._language = row, moment, language

    def is_true(self, condition: Condition) -> bool:
        match condition:
            case tree.All(parts):
                return all(map(self.is_true, parts))
            case tree.Any_(parts):
                return any(map(self.is_true, parts))
            case tree.Not(part):
                return not self.is_true(part)
            case tree.Day(least, most):
                day = self._day()
                return day is not None and (least is None or day >= least) and (most is None or day <= most)
            case Did() | tree.Team() if self._read("count", condition) is not None:
                return self._is_counted(condition)
        return bool(self._read("truth", condition))

    def _is_counted(self, leaf: Did | tree.Team) -> bool:
        number = int(self._read("count", leaf))
        is_enough = number >= leaf.count.at_least and (leaf.count.at_most is None or number <= leaf.count.at_most)
        has_sum = isinstance(leaf, Did) and leaf.sum is not None
        return is_enough and (not has_sum or self._read("sum", leaf) >= leaf.sum.at_least)  # type: ignore[union-attr]

    def _read(self, name: str, leaf: Condition) -> Any:
        value = self._row.get(f"{name}{self._places.get(leaf)}")
        is_per_key = isinstance(leaf, Did) and bool(leaf.per) and leaf.sum is None and leaf.count.at_most is None
        return 0 if value is None and name == "count" and is_per_key else value

    def _day(self) -> int | None:
        zero = self._row.get("day_zero_at")
        if zero is None or zero > self._moment.now:
            return None
        zone = clock.zone_of(self._row["zone"], self._moment.zones.default)
        return (clock.local_date(self._moment.now, zone) - clock.local_date(zero, zone)).days

    def parts_of(self, condition: Condition) -> Iterator[Part]:
        match condition:
            case tree.All(parts):
                for part in parts:
                    yield from self.parts_of(part)
            case tree.Any_(parts):
                yield from max((tuple(self.parts_of(part)) for part in parts), key=_nearness)
            case tree.Did(count=Count(at_most=None)) | tree.Team(count=Count(at_most=None)) | tree.Day(at_most=None):
                yield self._part(condition)
            case _:
                yield Part(self._told(condition), int(self.is_true(condition)), 1)

    def _part(self, leaf: Did | tree.Team | tree.Day) -> Part:
        if isinstance(leaf, tree.Day):
            have, need = self._day() or 0, leaf.at_least or 0
        elif isinstance(leaf, Did) and leaf.sum is not None and leaf.count == Count():
            have, need = int(self._read("sum", leaf) or 0), -int(-leaf.sum.at_least // 1)
        elif (number := self._read("count", leaf)) is not None:
            have, need = int(number), leaf.count.at_least
        else:
            have, need = int(self.is_true(leaf)), 1
        return Part(self._told(leaf), max(min(have, need), 0), need) if need > 0 else Part(self._told(leaf), 1, 1)

    def _told(self, condition: Condition) -> str:
        return explain(condition, self._language)


def _nearness(parts: tuple[Part, ...]) -> float:
    return min((part.have / part.need for part in parts), default=1.0)


def amounts(
    tally: Tally, *, among: Collection[int], since: datetime, until: datetime, voids_until: datetime | None = None
) -> dict[int, int]:
    """Return {member id: what a tally counts in (since, until]} of these members; whoever has nothing is left out.

    `voids_until`: up to when refunds and the like are looked at, where that is later than `until`.
    """
    frame = Frame(Moment(until, voids_until=voids_until), Column("id"), zone=Column("zone"))
    found = occurrences(tally.within(until - since), frame)
    people = Member.objects.filter(id__in=ids_in(list(among))).annotate(amount=total_of(found, tally))
    rows = people.filter(~Q(amount=0)).values_list("id", F("amount"))
    return {member_id: int(amount) for member_id, amount in rows if amount is not None}


def keeps_true(condition: Condition, *, among: Collection[int], asked_at: datetime, now: datetime) -> set[int]:
    """Return for whom of these members a condition was true at `asked_at`, as far as is known by `now`.

    What came to be known since counts: facts of that time that arrived late, and everything that has voided some.
    """
    frame = frame_of_row(Moment(asked_at, voids_until=now), "id")
    members = Member.objects.filter(compile_condition(condition, frame), id__in=ids_in(list(among)))
    return set(members.values_list("id", flat=True))
