"""Put rows into the outbox by the thousand: the engine queues in bulk, and the ORM would be its slowest part.

SQLite takes an executemany; PostgreSQL one JSON parameter for all rows, two to three times as fast there.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

COLUMNS = {
    "key": "text",
    "member_id": "bigint",
    "template": "text",
    "channel": "text",
    "category": "text",
    "status": "text",
    "due_at": "timestamptz",
    "deadline_at": "timestamptz",
    "stop_when": "jsonb",
    "since": "timestamptz",
    "enrollment_id": "bigint",
    "visit": "integer",
    "created_at": "timestamptz",
}
"""The columns that a new message brings, with their types on PostgreSQL."""

NAMES = ", ".join(COLUMNS)
INTO = f"INSERT INTO messaging_outbox ({NAMES}, attempts, reason, detail)"
ONCE = "ON CONFLICT (key) DO NOTHING"

Row = Mapping[str, Any]


def insert_messages(rows: Sequence[Row]) -> None:
    """Insert rows with a value for each of COLUMNS; a key that is there already adds nothing."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        _insert_postgresql(rows)
    else:
        _insert_sqlite(rows)


def _insert_postgresql(rows: Sequence[Row]) -> None:
    types = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    document = json.dumps(rows, ensure_ascii=False, default=datetime.isoformat)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{INTO} SELECT {NAMES}, 0, '', '' FROM jsonb_to_recordset(%s::jsonb) AS new({types}) {ONCE}", [document]
        )


def _insert_sqlite(rows: Sequence[Row]) -> None:
    places = ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{INTO} VALUES ({places}, 0, '', '') {ONCE}",
            [[_sqlite_value(row[name]) for name in COLUMNS] for row in rows],
        )


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value
