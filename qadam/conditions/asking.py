"""Ask a rule about many members in one statement: for whom it is true, and when to ask again.

What `matching_members` and `next_flips` say, without building a query each time: the ORM's part is kept in memory.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import DateTimeField

from qadam.conditions.flips import Ahead, Timer, begin_to_count, next_flips, plan_of, read_ahead, read_timers
from qadam.conditions.lists import IDS, as_instant, plain
from qadam.conditions.needs import circle_of, event_types
from qadam.conditions.prepared import MEMBER, Prepared
from qadam.conditions.sql import matching_members, prepare_matching, refuse_without_entry
from qadam.conditions.tree import Condition, leaves
from qadam.conditions.zones import Zones

ID = '"asked"."id"'


@dataclass(frozen=True, slots=True)
class Answer:
    """For whom a condition is true, and from when on time alone may change that."""

    true_for: set[int]
    flips: dict[int, datetime]


def ask(
    condition: Condition,
    *,
    now: datetime,
    among: Collection[int],
    zones: Zones | None = None,
    ahead: Ahead | None = None,
) -> Answer:
    """Return for whom of these members the condition is true at `now`, and their next flips.

    Raises:
        EntryNeeded: the condition says `entry`.
    """
    refuse_without_entry(condition, None, None)
    if not among:
        return Answer(set(), {})
    ahead = read_ahead(event_types(condition), now=now) if ahead is None else ahead
    prepared = prepare_matching(condition, now=now, zones=zones)
    if prepared is None or any(map(circle_of, leaves(condition))):
        true_for = matching_members(condition, now=now, among=among, zones=zones).values_list("id", flat=True)
        flips = next_flips(condition, now=now, among=among, zones=zones, ahead=ahead)
        return Answer(set(true_for), flips)
    plan = plan_of(condition)
    fresh = begin_to_count(condition, ahead)
    answer = Answer(set(), {})
    company_zone = zones.default if zones else ""
    for member_id, is_true, values in _read_rows(prepared, plan, now, among):
        if is_true:
            answer.true_for.add(member_id)
        first = min((instant for instant in read_timers(plan, values, company_zone) if instant > now), default=None)
        if member_id in fresh:
            first = min(first or fresh[member_id], fresh[member_id])
        if first is not None:
            answer.flips[member_id] = first
    return answer


def _read_rows(
    truth: Prepared, plan: tuple[Timer, ...], now: datetime, among: Collection[int]
) -> Iterator[tuple[int, bool, list[Any]]]:
    columns = tuple(column for timer in plan for column, _field in timer.columns)
    fields = [isinstance(field, DateTimeField) for timer in plan for _column, field in timer.columns]
    adapt = connection.ops.adapt_datetimefield_value
    params = [param for column in (truth, *columns) for param in column.params_at(now, adapt)]
    with connection.cursor() as cursor:
        cursor.execute(_statement(truth, columns, tuple(fields), connection.vendor), [*params, json.dumps(list(among))])
        rows = cursor.fetchall()
    for member_id, is_true, *values in rows:
        yield (
            member_id,
            is_true,
            [as_instant(each) if is_at else each for each, is_at in zip(values, fields, strict=True)],
        )


@lru_cache(maxsize=512)
def _statement(truth: Prepared, columns: tuple[Prepared, ...], fields: tuple[bool, ...], vendor: str) -> str:
    told = [plain(column.sql) if is_at else column.sql for column, is_at in zip(columns, fields, strict=True)]
    listed = ", ".join(sql.replace(MEMBER, ID) for sql in (truth.sql, *told))
    return f'SELECT {ID}, {listed} FROM people_member "asked" WHERE {ID} IN ({IDS[vendor]})'
