"""Compiled conditions, kept: building nested Exists takes milliseconds each time, filling in the moment hardly any."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, Field, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from qadam.conditions.needs import uses_day_of_path, uses_days
from qadam.conditions.tree import Condition
from qadam.conditions.zones import Zones, offsets_between
from qadam.lib import clock
from qadam.people.models import Member

MARK = 123_457
"""Microseconds of the moment at which a condition is compiled: a parameter that ends so follows the moment, for all
lengths in conditions are whole seconds."""
MEMBER, ENTRY, KEY = "@member@", "@entry@", "@key@"
INSTANT = re.compile(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.{MARK}")
"""Such a parameter as SQLite gets it."""
ALIAS = re.compile(r"\b([T-Z])(\d+)\b")


@dataclass(frozen=True, slots=True)
class Prepared:
    """SQL with places for the columns of the member and the entry; a parameter is a value, or how long before `now`."""

    sql: str
    params: tuple[Any, ...]

    def params_at(self, now: datetime, adapt: Callable[[datetime], Any]) -> tuple[Any, ...]:
        return tuple(adapt(now - each) if isinstance(each, timedelta) else each for each in self.params)


class Asked(Func):
    """Prepared SQL about a row: `columns` are those of the member's id, and of the entry and its key where given."""

    def __init__(self, prepared: Prepared, now: datetime, columns: Mapping[str, str], field: Field[Any, Any]) -> None:
        super().__init__(*map(F, columns.values()), output_field=field)
        self.prepared, self.now, self.places = prepared, now, tuple(columns)

    def as_sql(self, compiler: SQLCompiler, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        sql = self.prepared.sql
        for place, column in zip(self.places, self.source_expressions, strict=True):
            sql = sql.replace(place, compiler.compile(column)[0])
        return sql, self.prepared.params_at(self.now, compiler.connection.ops.adapt_datetimefield_value)


def places_of(member: str, entry: str | None, key: str | None) -> dict[str, str]:
    """Return which columns stand for the places of prepared SQL."""
    places = {MEMBER: member, ENTRY: entry, KEY: key}
    return {place: column for place, column in places.items() if column is not None}


Build = Callable[[Condition, datetime, Zones | None], Q]


def prepare(condition: Condition, build: Build, *, now: datetime, zones: Zones | None) -> Prepared | None:
    """Return the condition compiled, from memory where it was before; None where it can't be kept.

    What asks for the day of the path is good only while it is the same day everywhere; what numbers the local days of
    events, while the zones keep their offsets.
    """
    if not uses_days(condition):
        return _compile(Same(condition), build, None, (), _Moment(now))
    if zones is None:
        return None
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    era = _local_dates(zones, quarter) if uses_day_of_path(condition) else _offsets(zones, quarter)
    return _compile(Same(condition), build, zones, era, _Moment(now))


class Same:
    """A condition by identity: equal ones may differ in their values (1 and true)."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def __hash__(self) -> int:
        return id(self.condition)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.condition is self.condition


class _Moment:
    """A moment that is no part of the key: any moment of the same local days compiles to the same."""

    def __init__(self, now: datetime) -> None:
        self.now = mark(now)

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Moment)


@lru_cache(maxsize=256)
def _local_dates(zones: Zones, quarter: datetime) -> tuple[date, ...]:
    """Return the local dates of a quarter of an hour: every offset of today's zones is a multiple of it."""
    return tuple(clock.local_date(quarter, ZoneInfo(name)) for name in (zones.default, *zones.others))


@lru_cache(maxsize=256)
def _offsets(zones: Zones, quarter: datetime) -> tuple[object, ...]:
    """Return the month, and the newest change of offset that SQL compiled then knows of, for each zone.

    Within the month the earliest day that is numbered moves by less than the margin of `occurrences.local_day`.
    """
    until = quarter + timedelta(days=1)
    newest = (offsets_between(name, until, until)[0] for name in (zones.default, *zones.others))
    return (quarter.year, quarter.month, *newest)


@lru_cache(maxsize=512)
def _compile(
    same: Same, build: Build, zones: Zones | None, era: tuple[object, ...], moment: _Moment
) -> Prepared | None:
    query = Member.objects.filter(build(same.condition, moment.now, zones)).query
    try:
        sql, params = query.where.as_sql(query.get_compiler(DEFAULT_DB_ALIAS), connections[DEFAULT_DB_ALIAS])
    except (EmptyResultSet, FullResultSet):
        return None
    return _keep(sql, params, moment.now)


def prepare_value(expression: Any, at: datetime) -> Prepared:
    """Return one expression about a row compiled, built for the moment `at`, which ends in `MARK`."""
    query = Member.objects.annotate(value=expression).query
    sql, params = query.get_compiler(DEFAULT_DB_ALIAS).compile(query.annotations["value"])
    return _keep(sql, params, at)


def mark(now: datetime) -> datetime:
    """Return a moment near `now` that can be told from every other instant."""
    return now.replace(microsecond=MARK)


def _keep(sql: str, params: Iterable[Any], at: datetime) -> Prepared:
    # Aliases of our own, so that nothing is captured where the outer query is a subquery itself.
    adapt = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value
    return Prepared(ALIAS.sub(r"c\1\2", sql), tuple(_relative(each, at, adapt) for each in params))


def _relative(param: Any, now: datetime, adapt: Callable[[datetime], Any]) -> Any:
    if isinstance(param, datetime) and param.microsecond == MARK:
        return now - param
    if isinstance(param, str) and INSTANT.fullmatch(param):
        length = now - datetime.fromisoformat(param).replace(tzinfo=UTC)
        assert adapt(now - length) == param
        return length
    return param
