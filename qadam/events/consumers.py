"""Read the log behind a cursor. The cursor moves in the same transaction as the effects, so a crash repeats nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgspec
from django.db import connection

from qadam.events.models import Cursor, Event
from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.lib.clock import CLOCK_SKEW

BATCH = 5_000
READ_AHEAD = 200
LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the log, as consumers see it."""

    seq: int
    type: str
    member_id: int | None
    occurred_at: datetime
    props: Mapping[str, Any]


Handler = Callable[[Sequence[EventRow], datetime], None]
"""Takes the batch, in log order, and `now`; its writes and the cursor commit together."""


@write()
def advance(name: str, handle: Handler, *, now: datetime, limit: int = BATCH, until: int | None = None) -> int:
    """Hand the next batch after the cursor `name` to `handle` and move the cursor. Return how many events it read.

    A batch ends before the first event later than `now` (plus clock skew), so that history can be played again
    under a set clock, and with `until` after that place of the log.
    """
    cursor = hold_cursor(name)
    batch = _read_batch(cursor.position, now, limit, until)
    if batch:
        handle(batch, now)
        Cursor.objects.filter(name=name).update(position=batch[-1].seq, moved_at=now)
    return len(batch)


@write()
def advance_together(consumers: Mapping[str, Handler], *, now: datetime, limit: int = BATCH) -> int:
    """Hand one batch to several consumers in turn, in one transaction. Return how many events it held.

    Saves a transaction and a reading of the log for each of them. It works only while all stand at the same place;
    -1 says that they don't, and each must go on its own.
    """
    held = Cursor.objects.select_for_update().filter(name__in=consumers).order_by("name")
    positions = list(held.values_list("position", flat=True))
    if len(positions) != len(consumers) or len(set(positions)) != 1:
        return -1
    batch = _read_batch(positions[0], now, limit)
    if batch:
        for handle in consumers.values():
            handle(batch, now)
        Cursor.objects.filter(name__in=consumers).update(position=batch[-1].seq, moved_at=now)
    return len(batch)


def advance_to_end(name: str, handle: Handler, *, now: datetime, limit: int = BATCH, until: int | None = None) -> int:
    """Read batch after batch, a transaction each, until nothing is left. Return how many events it read."""
    total = 0
    while count := advance(name, handle, now=now, limit=limit, until=until):
        total += count
        if count < limit:
            break
    return total


def find_behind(names: Sequence[str]) -> tuple[list[str], int]:
    """Return those consumers that haven't read the log to its end, in the given order, and the end: two reads."""
    end = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    positions = dict(Cursor.objects.values_list("name", "position"))
    return [name for name in names if positions.get(name, 0) < end], end


def hold_cursor(name: str) -> Cursor:
    """Lock a consumer's cursor until the end of the open transaction: one worker per consumer."""
    held = Cursor.objects.select_for_update().filter(name=name).first()
    if held is not None:
        return held
    Cursor.objects.get_or_create(name=name)
    return Cursor.objects.select_for_update().get(name=name)


def _read_batch(position: int, now: datetime, limit: int, until: int | None = None) -> list[EventRow]:
    """Read ahead in small pieces: a history that is played again lies there to its end, of which a moment needs few."""
    batch: list[EventRow] = []
    latest = now + CLOCK_SKEW
    piece = READ_AHEAD
    while len(batch) < limit:
        wanted = min(piece, limit - len(batch))
        rows = read_events("id > %s AND id <= %s", [position, until or LAST], limit=wanted)
        for row in rows:
            if row.occurred_at > latest:
                return batch
            batch.append(row)
        if len(rows) < wanted:
            break
        position, piece = rows[-1].seq, piece * 4
    return batch


def read_events(where: str, params: Sequence[Any], *, limit: int | None = None) -> list[EventRow]:
    """Read events in the order of the log, by SQL over the log's columns; ten times faster than the ORM's rows."""
    columns = f"id, type, member_id, {sql.raw_instant('occurred_at')}, {_raw_props()}"
    query = f"SELECT {columns} FROM events_event WHERE {where} ORDER BY id" + (f" LIMIT {limit}" if limit else "")
    with connection.cursor() as cursor:
        cursor.execute(query, list(params))
        return [
            EventRow(seq, kind, member_id, sql.read_instant(at), _read_props(props))
            for seq, kind, member_id, at, props in cursor.fetchall()
        ]


def _raw_props() -> str:
    return "props::text" if connection.vendor == "postgresql" else "props"


def _read_props(text: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", msgspec.json.decode(text)) if text != "{}" else {}
