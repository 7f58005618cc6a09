"""Bulk statements that the ORM is slow at (its bulk_update is 15 times slower than these, measured).

SQLite takes an executemany, PostgreSQL one JSON parameter for all rows: each is the fast way there (bench/engine.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from django.db import connection

T = TypeVar("T")
CHUNK = 5_000

Columns = Mapping[str, str]
"""{column: its type on PostgreSQL}."""


def insert_many(table: str, columns: Columns, rows: Sequence[Sequence[Any]], *, conflict: str = "") -> None:
    """Insert rows that hold the values of `columns` in order. `conflict`: an ON CONFLICT clause."""
    if not rows:
        return
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"INSERT INTO {table} ({names}) {_select(columns)} {conflict}", [_json(rows)])
        else:
            places = ", ".join(["%s"] * len(columns))
            sql = f"INSERT INTO {table} ({names}) VALUES ({places}) {conflict}"
            cursor.executemany(sql, _sqlite_rows(rows, list(columns.values())))


def change_many(table: str, changed: Columns, guard: Columns, rows: Sequence[Sequence[Any]], *, only: str = "") -> None:
    """Update rows one by one: each holds the new values of `changed` and then those of `guard`, which must match.

    `only` is a further condition on `old`, the row as it is (`old.left_at IS NULL`).
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_change_postgresql(table, changed, guard, only), [_json(rows)])
        else:
            values = ", ".join(f"{name} = %s" for name in changed)
            where = " AND ".join(f"{name} = %s" for name in guard) + (f" AND {only}" if only else "")
            sql = f"UPDATE {table} AS old SET {values} WHERE {where}"
            cursor.executemany(sql, _sqlite_rows(rows, [*changed.values(), *guard.values()]))


def _change_postgresql(table: str, changed: Columns, guard: Columns, only: str) -> str:
    names = [f"new_{name}" for name in changed] + [f"at_{name}" for name in guard]
    kinds = [*changed.values(), *guard.values()]
    values = ", ".join(f"{name} = new_{name}" for name in changed)
    where = " AND ".join(f"old.{name} = at_{name}" for name in guard) + (f" AND {only}" if only else "")
    given = _select(dict(zip(names, kinds, strict=True)))
    return f"UPDATE {table} AS old SET {values} FROM ({given}) AS given({', '.join(names)}) WHERE {where}"


def _select(columns: Columns) -> str:
    taken = ", ".join(_take(place, kind) for place, kind in enumerate(columns.values()))
    return f"SELECT {taken} FROM jsonb_array_elements(%s::jsonb) AS rows(r)"


def _take(place: int, kind: str) -> str:
    return f"r->{place}" if kind == "jsonb" else f"(r->>{place})::{kind}"


def _json(rows: Sequence[Sequence[Any]]) -> str:
    return msgspec.json.encode(rows, enc_hook=dict).decode()


def _sqlite_rows(rows: Sequence[Sequence[Any]], kinds: Sequence[str]) -> list[list[Any]]:
    """Return rows as Django stores them on SQLite: instants as UTC text without the offset, documents as JSON."""
    special = [(place, _TEXT_OF[kind]) for place, kind in enumerate(kinds) if kind in _TEXT_OF]
    found = [list(row) for row in rows]
    for values in found:
        for place, text_of in special:
            if values[place] is not None:
                values[place] = text_of(values[place])
    return found


@lru_cache(maxsize=4096)
def instant_text(instant: datetime) -> str:
    """Return an instant as Django stores it on SQLite. Kept: a tick writes the same few moments many times."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat(" ")[:-6]


def instant_param(instant: datetime) -> Any:
    """Return an instant as a parameter of raw SQL."""
    return instant if connection.vendor == "postgresql" else instant_text(instant)


_TEXT_OF: Mapping[str, Callable[[Any], str]] = {
    "timestamptz": instant_text,
    "jsonb": lambda document: msgspec.json.encode(document, enc_hook=dict).decode(),
}


def raw_instant(column: str) -> str:
    """Return a column of instants as SQL that `read_instant` understands fastest.

    On SQLite Django's driver turns each into a naive datetime by a function in Python, before anybody asks; an
    expression comes as text instead.
    """
    return column if connection.vendor == "postgresql" else f"{column} || '+00:00'"


def read_instant(value: Any) -> datetime:
    """Return the aware UTC instant that `raw_instant` has read."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def reserve_ids(table: str, number: int) -> list[int]:
    """Return `number` fresh primary keys of a table, for rows that other rows of the same write refer to."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sql, [table, number])
            return [row[0] for row in cursor.fetchall()]
        # The writer's queue is held, so nobody else counts on.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return list(range(first, first + number))


def ids_in(ids: Sequence[int]) -> tuple[str, list[Any]]:
    """Return (SQL, parameters) for `… IN` with any number of ids in one parameter."""
    if connection.vendor == "postgresql":
        return "(SELECT unnest(%s::bigint[]))", [list(ids)]
    return "(SELECT value FROM json_each(%s))", [msgspec.json.encode(list(ids)).decode()]


def update_many(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set `columns` of `table` row by row: each row holds the new values and, last, the id. In the open transaction."""
    if not rows:
        return
    assignments = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", rows)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
