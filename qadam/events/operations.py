"""Record events into the log. Idempotent by (source, key); appended last in the transaction, in commit order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import msgspec
from django.db import connection

from qadam.events import catalogue
from qadam.events.errors import EventInFuture, FaultyEvent
from qadam.events.models import Event
from qadam.jobs.sql import instant_text
from qadam.jobs.transactions import write
from qadam.lib.clock import CLOCK_SKEW

OWN_SOURCE = "qadam"
APPEND_LOCK = 7_242_001
"""Key of the PostgreSQL advisory lock that makes id order commit order."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to record. `key` is unique within `source`: the same pair a second time adds nothing."""

    type: str
    member_id: int | None
    occurred_at: datetime
    key: str
    props: Mapping[str, Any]
    source: str = OWN_SOURCE


def record(
    *, type: str, member_id: int | None, occurred_at: datetime, key: str, now: datetime, **props: object
) -> None:
    """Record one event of our own (source "qadam"); properties as keyword arguments.

    Raises:
        FaultyEvent: the type or a property is not as the catalogue says.
        EventInFuture: `occurred_at` is more than 5 minutes after `now`.
    """
    record_many([NewEvent(type, member_id, occurred_at, key, props)], now=now)


def record_many(events: Iterable[NewEvent], *, now: datetime) -> None:
    """Record events in bulk, all or none. They reach the log just before COMMIT of the outermost `write()`.

    Raises: as `record`.
    """
    with write() as unit:
        buffer = unit.buffer("events", _append)
        for event in events:
            _refuse_faulty(event, now)
            buffer.append((event, now))


def sort_buffered() -> None:
    """Put what the open unit has recorded so far into the order of time.

    For history that is added in bulk: readers under a set clock stop at the first event that is later than it.
    """
    with write() as unit:
        buffer = cast("list[tuple[NewEvent, datetime]]", unit.buffer("events", _append))
        buffer.sort(key=lambda pair: pair[0].occurred_at)


def _refuse_faulty(event: NewEvent, now: datetime) -> None:
    fault = catalogue.find_fault(event.type, event.props)
    if fault is not None:
        raise FaultyEvent(type=event.type, code=fault.code, place=fault.place, detail=fault.detail)
    if event.occurred_at > now + CLOCK_SKEW:
        raise EventInFuture(type=event.type, occurred_at=event.occurred_at.isoformat())


def _append(rows: Sequence[object]) -> None:
    pairs = cast("Sequence[tuple[NewEvent, datetime]]", rows)
    if connection.vendor == "postgresql":
        _append_postgresql(pairs)
    else:
        _append_sqlite(pairs)


def _append_postgresql(pairs: Sequence[tuple[NewEvent, datetime]]) -> None:
    """One JSON parameter for the whole batch: the fastest way for small batches (measured in bench/ingest.py)."""
    document = msgspec.json.encode(
        [[e.type, e.member_id, e.occurred_at, now, e.source, e.key, dict(e.props)] for e, now in pairs]
    ).decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPEND_LOCK])
        cursor.execute(
            "INSERT INTO events_event (type, member_id, occurred_at, recorded_at, source, external_id, props)"
            " SELECT r->>0, (r->>1)::bigint, (r->>2)::timestamptz, (r->>3)::timestamptz, r->>4, r->>5, r->6"
            " FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS rows(r, place) ORDER BY place"
            " ON CONFLICT (source, external_id) DO NOTHING",
            [document],
        )


def _append_sqlite(pairs: Sequence[tuple[NewEvent, datetime]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO events_event (type, member_id, occurred_at, recorded_at, source, external_id, props)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (source, external_id) DO NOTHING",
            [
                (
                    e.type,
                    e.member_id,
                    instant_text(e.occurred_at),
                    instant_text(now),
                    e.source,
                    e.key,
                    msgspec.json.encode(dict(e.props)).decode(),
                )
                for e, now in pairs
            ],
        )


@write()
def give_events(*, from_member: int, to_member: int) -> None:
    """Let the events of one member be another's from now on: merged, or erased. The only change of the log.

    Also where a registration names the member as its sponsor. The caller writes the audit.
    """
    Event.objects.filter(member_id=from_member).update(member_id=to_member)
    for event in Event.objects.filter(type="member.registered", props__sponsor=from_member):
        Event.objects.filter(id=event.id).update(props=event.props | {"sponsor": to_member})
