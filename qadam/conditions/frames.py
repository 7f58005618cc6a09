"""Who is asked about and when, seen from a query: the columns of the member and of the entry, and the moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import F, OuterRef
from django.db.models.expressions import RawSQL

from qadam.conditions.prepared import ENTRY, KEY, MEMBER
from qadam.conditions.zones import Zones, read_zones


class Moment:
    """The instant a condition is asked at, and the zones in use, read once where a local day is needed.

    `voids_until`, later than `now`: up to when what voids occurrences is known, to ask again about a past moment.
    """

    def __init__(self, now: datetime, zones: Zones | None = None, voids_until: datetime | None = None) -> None:
        self.now = now
        self.voids_until = voids_until or now
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


class Place(Column):
    """A place in prepared SQL, for a column that isn't known yet."""

    def at(self, level: int = 0) -> Any:
        return RawSQL(self.name, ())

    def out(self, levels: int) -> Column:
        return self


@dataclass(frozen=True, slots=True)
class Frame:
    """Who is asked about: the columns of the member's id, the entry and its key, seen from the query being built.

    `zone` is the column of the member's zone, where the query outside is one of members.
    """

    moment: Moment
    member: Column
    entry: Column | None = None
    key: Column | None = None
    zone: Column | None = None

    @property
    def now(self) -> datetime:
        return self.moment.now

    def inside(self, levels: int, member: Column) -> Frame:
        """Return the frame `levels` subqueries further in, about `member`; the entry stays whose it was."""
        return replace(
            self,
            member=member,
            entry=self.entry.out(levels) if self.entry else None,
            key=self.key.out(levels) if self.key else None,
            zone=None,
        )

    def in_member(self) -> Frame:
        """Return the frame of a subquery of the member's own row, in which zone and day 0 can be read."""
        return replace(self.inside(1, Column("id")), zone=Column("zone"))

    def deeper(self) -> Frame:
        """Return the frame seen from a subquery, about the same member."""
        inner = self.inside(1, self.member.out(1))
        return replace(inner, zone=self.zone.out(1) if self.zone else None)


def frame_of_row(moment: Moment, member: str, entry: str | None = None, key: str | None = None) -> Frame:
    """Return the frame of a query's own row, by names of its columns."""
    return Frame(moment, Column(member), Column(entry) if entry else None, Column(key) if key else None)


def frame_of_places(moment: Moment) -> Frame:
    """Return the frame of a query that isn't known yet."""
    return Frame(moment, Place(MEMBER), Place(ENTRY), Place(KEY))
