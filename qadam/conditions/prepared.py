"""Compiled conditions, kept: building nested Exists takes milliseconds each time, filling in the moment hardly any."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, F, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from qadam.conditions import tree
from qadam.conditions.tree import Condition, Did
from qadam.conditions.zones import Zones
from qadam.lib import clock
from qadam.people.models import Member

MARK = 123_457
"""Microseconds of the moment at which a condition is compiled: a parameter that ends so follows the moment, for all
lengths in conditions are whole seconds."""
MEMBER, ENTRY = "@member@", "@entry@"
ALIAS = re.compile(r"\b([T-Z])(\d+)\b")


@dataclass(frozen=True, slots=True)
class Prepared:
    """SQL with places for the columns of the member and the entry; a parameter is a value, or how long before `now`."""

    sql: str
    params: tuple[Any, ...]

    def params_at(self, now: datetime, adapt: Callable[[datetime], Any]) -> tuple[Any, ...]:
        return tuple(adapt(now - each) if isinstance(each, timedelta) else each for each in self.params)


class Truth(Func):
    """A prepared condition about a row: the columns of the member's id and, where there is one, of the entry."""

    def __init__(self, prepared: Prepared, now: datetime, *columns: str) -> None:
        super().__init__(*map(F, columns), output_field=BooleanField())
        self.prepared, self.now = prepared, now

    def as_sql(self, compiler: SQLCompiler, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        sql = self.prepared.sql
        for place, column in zip((MEMBER, ENTRY), self.source_expressions, strict=False):
            sql = sql.replace(place, compiler.compile(column)[0])
        return sql, self.prepared.params_at(self.now, compiler.connection.ops.adapt_datetimefield_value)


Build = Callable[[Condition, datetime, Zones | None], Q]


def prepare(condition: Condition, build: Build, *, now: datetime, zones: Zones | None) -> Prepared | None:
    """Return the condition compiled, from memory where it was before; None where it can't be kept.

    Where local days matter, what is kept is good only while it is the same day everywhere.
    """
    is_daily = tree.uses_days(condition)
    if (is_daily and zones is None) or any(isinstance(leaf, Did) and leaf.past for leaf in tree.leaves(condition)):
        return None
    days = _local_dates(zones, now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)) if is_daily else ()
    return _compile(_Same(condition), build, zones if is_daily else None, days, _Moment(now))


class _Same:
    """A condition by identity: equal ones may differ in their values (1 and true)."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def __hash__(self) -> int:
        return id(self.condition)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.condition is self.condition


class _Moment:
    """A moment that is no part of the key: any moment of the same local days compiles to the same."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(microsecond=MARK)

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Moment)


@lru_cache(maxsize=256)
def _local_dates(zones: Zones, quarter: datetime) -> tuple[date, ...]:
    """Return the local dates of a quarter of an hour: every offset of today's zones is a multiple of it."""
    return tuple(clock.local_date(quarter, ZoneInfo(name)) for name in (zones.default, *zones.others))


@lru_cache(maxsize=512)
def _compile(
    same: _Same, build: Build, zones: Zones | None, days: tuple[date, ...], moment: _Moment
) -> Prepared | None:
    connection = connections[DEFAULT_DB_ALIAS]
    query = Member.objects.filter(build(same.condition, moment.now, zones)).query
    try:
        sql, params = query.where.as_sql(query.get_compiler(DEFAULT_DB_ALIAS), connection)
    except (EmptyResultSet, FullResultSet):
        return None
    # Aliases of our own, so that nothing is captured where the outer query is a subquery itself.
    sql = ALIAS.sub(r"c\1\2", sql)
    adapt = connection.ops.adapt_datetimefield_value
    return Prepared(sql, tuple(_relative(each, moment.now, adapt) for each in params))


def _relative(param: Any, now: datetime, adapt: Callable[[datetime], Any]) -> Any:
    if isinstance(param, datetime) and param.microsecond == MARK:
        return now - param
    if isinstance(param, str) and param.endswith(f".{MARK}"):
        length = now - datetime.fromisoformat(param).replace(tzinfo=UTC)
        assert adapt(now - length) == param
        return length
    return param
