"""The log for analysis: sealed Parquet segments and the unsealed tail, read at one moment, as views of a DuckDB.

Segments are immutable and disposable; the log in the operational database is the truth. This module reads the
database; files are written by `files`, the manifest by `operations`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection, transaction

from qadam.metrics.files import EVENTS, Columns, folder, load, make_columns, new_duckdb, quoted
from qadam.metrics.models import Segment

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FETCH_ROWS = 20_000
"""So many rows of the database are Python objects at a time; the rest are arrays."""

MEMBERS = (
    "id BIGINT, kind VARCHAR, language VARCHAR, zone VARCHAR, sponsor_id BIGINT, mentor_id BIGINT,"
    " registered_at TIMESTAMP, day_zero_at TIMESTAMP, left_at TIMESTAMP, tin BIGINT, size BIGINT, depth BIGINT"
)
MEMBERSHIP = "member_id BIGINT, kind VARCHAR, key VARCHAR, entered_at TIMESTAMP, left_at TIMESTAMP"


@dataclass(frozen=True, slots=True)
class DayFile:
    """The member-days of one segment, see `rollup`: by the days of `zone`, with nothing later than `until`."""

    path: Path
    zone: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the operational database held at one moment: the files that stand, and what is in no file."""

    files: Sequence[Path]
    sealed_seq: int
    tail: Columns
    members: Columns
    membership: Columns
    days: Mapping[Path, DayFile] = field(default_factory=dict)
    """The day files of those segments that have one."""

    @property
    def watermark(self) -> int:
        """The newest `seq` in the snapshot; 0 for an empty log."""
        return max(self.sealed_seq, int(self.tail["seq"].max(initial=0)))


@contextmanager
def open_log(now: datetime, among: Collection[int] | None = None) -> Iterator[DuckDBPyConnection]:
    """Open the log as it stands, as of `now`: `with store.open_log(now) as db:`. One cursor per thread.

    Views: `events(seq, member_id, type, occurred_at, props)`, `everybody(id, kind, …)` (counted people only),
    `members` (those of them whose id is `among` these; all of them without it),
    `membership(member_id, kind, key, entered_at, left_at)`, `log(watermark, as_of)`; instants are UTC timestamps.
    What is dated after `now` has not happened: such events are absent, such departures are null.
    """
    with connect(read_snapshot(), now, among) as db:
        yield db


def read_snapshot() -> Snapshot:
    """Read manifest, tail, members and stays at one moment, and let go of the database."""
    with _one_moment():
        segments = standing_segments()
        sealed_seq = segments[-1].last_seq if segments else 0
        return Snapshot(
            files=[folder() / segment.file_name for segment in segments],
            sealed_seq=sealed_seq,
            tail=read_tail(sealed_seq),
            members=_read_members(),
            membership=_read_membership(),
            days={folder() / segment.file_name: day for segment in segments if (day := day_file_of(segment))},
        )


def standing_segments() -> list[Segment]:
    """Return the manifest up to the first file that is missing or cut short: the rows from there on are in the log."""
    standing = []
    for segment in Segment.objects.order_by("first_seq"):
        if not _is_intact(segment):
            break
        standing.append(segment)
    return standing


def _is_intact(segment: Segment) -> bool:
    return _has_size(segment.file_name, segment.size)


def _has_size(file_name: str, size: int) -> bool:
    try:
        return (folder() / file_name).stat().st_size == size
    except FileNotFoundError:
        return False


def day_file_of(segment: Segment) -> DayFile | None:
    """Return the segment's day file, if it has one that is whole."""
    if not segment.days_name or not _has_size(segment.days_name, segment.days_size):
        return None
    return DayFile(folder() / segment.days_name, segment.days_zone, segment.max_occurred_at)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let all reads inside see one moment of the database, without a place in the queue of writers.

    Inside a transaction of the caller the reads are the caller's. Even then nothing is lost or counted twice:
    the manifest is read first, segments never change, and the tail begins where the manifest ends.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Django would BEGIN IMMEDIATE, which is a writer's; a deferred transaction in WAL blocks nobody.
        _execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            _execute("ROLLBACK")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def newest_seq() -> int:
    """Return the `seq` of the newest event in the log; 0 for an empty one."""
    return int(_fetch("SELECT coalesce(max(id), 0) FROM events_event")[0][0])


def read_tail(after: int, limit: int | None = None) -> Columns:
    """Read the events with `seq` > `after`, in order, at most `limit` of them, as columns."""
    statement = (
        f"SELECT id, member_id, type, {_instant('occurred_at')}, {_text('props')}"
        " FROM events_event WHERE id > %s ORDER BY id"
    )
    return _read(EVENTS, statement + (f" LIMIT {int(limit)}" if limit is not None else ""), [after])


def _read_members() -> Columns:
    return _read(
        MEMBERS,
        "SELECT id, kind, language, zone, sponsor_id, mentor_id,"
        f" {_instant('registered_at')}, {_instant('day_zero_at')}, {_instant('left_at')}, tin, size, depth"
        f" FROM people_member WHERE {'NOT is_test' if connection.vendor == 'postgresql' else 'is_test = 0'}",
    )


def _read_membership() -> Columns:
    return _read(
        MEMBERSHIP,
        f"SELECT member_id, kind, key, {_instant('entered_at')}, {_instant('left_at')} FROM people_membership",
    )


def _read(schema: str, statement: str, params: Sequence[int] = ()) -> Columns:
    """Read rows as columns, a few at a time: a million rows of Python objects would take more memory than the rest."""
    parts = []
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        while rows := cursor.fetchmany(FETCH_ROWS):
            parts.append(make_columns(schema, rows))
    if not parts:
        return make_columns(schema, [])
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _fetch(statement: str, params: Sequence[int] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _instant(column: str) -> str:
    """An instant in each database's cheapest form: microseconds, or text (an expression escapes Django's parsing)."""
    if connection.vendor == "postgresql":
        return f"(extract(epoch FROM {column}) * 1000000)::bigint"
    return f"{column} || ''"


def _text(column: str) -> str:
    return f"{column}::text" if connection.vendor == "postgresql" else column


@contextmanager
def connect(snapshot: Snapshot, now: datetime, among: Collection[int] | None = None) -> Iterator[DuckDBPyConnection]:
    """Give a snapshot to a fresh in-memory DuckDB, seen as of `now`; see `open_log`."""
    db = new_duckdb()
    try:
        _make_views(db, snapshot, now, among)
        yield db
    finally:
        db.close()


def _make_views(db: DuckDBPyConnection, snapshot: Snapshot, now: datetime, among: Collection[int] | None) -> None:
    load(db, "tail", EVENTS, snapshot.tail)
    load(db, "all_members", MEMBERS, snapshot.members)
    load(db, "all_membership", MEMBERSHIP, snapshot.membership)
    as_of = f"TIMESTAMP '{now.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
    names = {
        name: f"CASE WHEN {name} <= {as_of} THEN {name} END AS {name}"
        for name in ("registered_at", "day_zero_at", "left_at")
    }
    db.execute(f"CREATE VIEW events AS SELECT * FROM ({_all_events(snapshot)}) WHERE occurred_at <= {as_of}")
    db.execute(f"CREATE VIEW everybody AS SELECT {_select(MEMBERS, names)} FROM all_members")
    restrict(db, among)
    db.execute(
        f"CREATE VIEW membership AS SELECT {_select(MEMBERSHIP, names)} FROM all_membership WHERE entered_at <= {as_of}"
    )
    db.execute(f"CREATE VIEW log AS SELECT {snapshot.watermark} AS watermark, {as_of} AS as_of")
    _list_files(db, snapshot)


def restrict(db: DuckDBPyConnection, member_ids: Collection[int] | None) -> None:
    """Let the view `members` show only these of the counted people; None: everybody."""
    db.execute("DROP TABLE IF EXISTS among")
    if member_ids is None:
        db.execute("CREATE OR REPLACE VIEW members AS SELECT * FROM everybody")
        return
    load(db, "among", "id BIGINT", {"id": np.fromiter(member_ids, np.int64, len(member_ids))})
    db.execute("CREATE OR REPLACE VIEW members AS SELECT * FROM everybody WHERE id IN (SELECT id FROM among)")


def _list_files(db: DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Say what the files are, for those who read them themselves (`rollup`)."""
    db.execute("CREATE TABLE segment_file (path VARCHAR, days VARCHAR, zone VARCHAR, until TIMESTAMP)")
    for path in snapshot.files:
        day = snapshot.days.get(path)
        row = [str(day.path), day.zone, day.until.astimezone(UTC).replace(tzinfo=None)] if day else [None, None, None]
        db.execute("INSERT INTO segment_file VALUES (?, ?, ?, ?)", [str(path), *row])


def _all_events(snapshot: Snapshot) -> str:
    columns = _select(EVENTS, {})
    if not snapshot.files:
        return f"SELECT {columns} FROM tail"
    return f"SELECT {columns} FROM read_parquet([{quoted(snapshot.files)}]) UNION ALL SELECT {columns} FROM tail"


def _select(schema: str, instead: Mapping[str, str]) -> str:
    names = [field.split()[0] for field in schema.split(", ")]
    return ", ".join(instead.get(name, name) for name in names)
