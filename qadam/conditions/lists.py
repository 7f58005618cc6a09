"""What raw statements need on both databases: lists of ids of any length as one parameter, instants as they come."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

IDS = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT value::bigint FROM jsonb_array_elements_text(%s::jsonb)",
}
"""A list of ids as a subquery; its parameter is the list as JSON."""


def ids_in(ids: Sequence[int]) -> RawSQL:
    """Return a list of ids of any length as a subquery with one parameter, for `…__in=`."""
    return RawSQL(IDS[connection.vendor], [json.dumps(list(ids))])


def select_about(ids: Sequence[int], statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a raw SELECT that ends in `IN`, about these ids."""
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} ({IDS[connection.vendor]})", [json.dumps(list(ids))])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def plain(column: str) -> str:
    """Return a column of timestamps as the driver had better give it: on SQLite as text, as Django reads it slowly."""
    return f"({column}) || ''" if connection.vendor == "sqlite" else column


def as_instant(value: Any) -> Any:
    """Return a timestamp of a raw row as an aware instant: SQLite's are texts in UTC, or read without a zone."""
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
