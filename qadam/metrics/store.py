"""The log for analysis: sealed Parquet segments and the unsealed tail, read at one moment, as views of a DuckDB.

Segments are immutable and disposable; the log in the operational database is the truth. This module reads the
database and writes files; the manifest is written by `operations`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from qadam.metrics.models import Segment
from qadam.metrics.periods import as_datetime

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SEGMENT_ROWS = 50_000
GRACE = timedelta(hours=1)
"""How long a file outlives its place in the manifest: a reader that took the list just before may still open it."""
MEMORY_LIMIT = "512MB"
THREADS = 2

Columns = Mapping[str, NDArray[Any]]
"""Equally long column arrays; instants are UTC datetime64[us] with NaT for null."""

EVENTS = "seq BIGINT, member_id BIGINT, type VARCHAR, occurred_at TIMESTAMP, props JSON"
MEMBERS = (
    "id BIGINT, kind VARCHAR, language VARCHAR, zone VARCHAR, sponsor_id BIGINT, mentor_id BIGINT,"
    " registered_at TIMESTAMP, day_zero_at TIMESTAMP, left_at TIMESTAMP, tin BIGINT, size BIGINT, depth BIGINT"
)
MEMBERSHIP = "member_id BIGINT, kind VARCHAR, key VARCHAR, entered_at TIMESTAMP, left_at TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the operational database held at one moment: the files that stand, and what is in no file."""

    files: Sequence[Path]
    sealed_seq: int
    tail: Columns
    members: Columns
    membership: Columns

    @property
    def watermark(self) -> int:
        """The newest `seq` in the snapshot; 0 for an empty log."""
        return max(self.sealed_seq, int(self.tail["seq"].max(initial=0)))


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A Parquet file that is safely on disk and waits for its line in the manifest."""

    first_seq: int
    last_seq: int
    row_count: int
    min_occurred_at: datetime
    max_occurred_at: datetime
    file_name: str
    size: int
    sha256: str


def folder() -> Path:
    path = Path(settings.SEGMENTS_FOLDER)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def open_log(now: datetime) -> Iterator[DuckDBPyConnection]:
    """Open the log as it stands, as of `now`: `with store.open_log(now) as db:`. One cursor per thread.

    Views: `events(seq, member_id, type, occurred_at, props)`, `members(id, kind, …)` (counted people only),
    `membership(member_id, kind, key, entered_at, left_at)`, `log(watermark, as_of)`; instants are UTC timestamps.
    What is dated after `now` has not happened: such events are absent, such departures are null.
    """
    with connect(read_snapshot(), now) as db:
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
    try:
        return (folder() / segment.file_name).stat().st_size == segment.size
    except FileNotFoundError:
        return False


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
    rows = _fetch(statement + (f" LIMIT {int(limit)}" if limit is not None else ""), [after])
    return make_columns(EVENTS, rows)


def _read_members() -> Columns:
    rows = _fetch(
        "SELECT id, kind, language, zone, sponsor_id, mentor_id,"
        f" {_instant('registered_at')}, {_instant('day_zero_at')}, {_instant('left_at')}, tin, size, depth"
        f" FROM people_member WHERE {'NOT is_test' if connection.vendor == 'postgresql' else 'is_test = 0'}"
    )
    return make_columns(MEMBERS, rows)


def _read_membership() -> Columns:
    rows = _fetch(
        f"SELECT member_id, kind, key, {_instant('entered_at')}, {_instant('left_at')} FROM people_membership"
    )
    return make_columns(MEMBERSHIP, rows)


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


def make_columns(schema: str, rows: Sequence[tuple[Any, ...]]) -> Columns:
    """Turn rows into one array for each column of a schema such as "id BIGINT, kind VARCHAR"."""
    fields = [field.split() for field in schema.split(", ")]
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(fields)
    return {name: _array(kind, column) for (name, kind), column in zip(fields, values, strict=True)}


def _array(kind: str, values: Sequence[Any]) -> NDArray[Any]:
    if kind == "TIMESTAMP":
        return np.array(values, dtype="datetime64[us]")
    if kind != "BIGINT":
        return np.array(values, dtype=object)
    # Nulls as None: DuckDB 1 doesn't look at the mask of a masked array and would take 0 for null.
    return np.array(values, dtype=object if None in values else np.int64)


@contextmanager
def connect(snapshot: Snapshot, now: datetime) -> Iterator[DuckDBPyConnection]:
    """Give a snapshot to a fresh in-memory DuckDB, seen as of `now`; see `open_log`."""
    db = _new_duckdb()
    try:
        _make_views(db, snapshot, now)
        yield db
    finally:
        db.close()


def _new_duckdb() -> DuckDBPyConnection:
    # The web process answers most requests without DuckDB, so it isn't paid for until it is needed.
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "temp_directory": str(folder() / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )


def _make_views(db: DuckDBPyConnection, snapshot: Snapshot, now: datetime) -> None:
    _load(db, "tail", EVENTS, snapshot.tail)
    _load(db, "all_members", MEMBERS, snapshot.members)
    _load(db, "all_membership", MEMBERSHIP, snapshot.membership)
    as_of = f"TIMESTAMP '{now.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
    names = {
        name: f"CASE WHEN {name} <= {as_of} THEN {name} END AS {name}"
        for name in ("registered_at", "day_zero_at", "left_at")
    }
    db.execute(f"CREATE VIEW events AS SELECT * FROM ({_all_events(snapshot)}) WHERE occurred_at <= {as_of}")
    db.execute(f"CREATE VIEW members AS SELECT {_select(MEMBERS, names)} FROM all_members")
    db.execute(
        f"CREATE VIEW membership AS SELECT {_select(MEMBERSHIP, names)} FROM all_membership WHERE entered_at <= {as_of}"
    )
    db.execute(f"CREATE VIEW log AS SELECT {snapshot.watermark} AS watermark, {as_of} AS as_of")


def _all_events(snapshot: Snapshot) -> str:
    columns = _select(EVENTS, {})
    if not snapshot.files:
        return f"SELECT {columns} FROM tail"
    return f"SELECT {columns} FROM read_parquet([{_quoted(snapshot.files)}]) UNION ALL SELECT {columns} FROM tail"


def _quoted(files: Sequence[Path]) -> str:
    return ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)


def _select(schema: str, instead: Mapping[str, str]) -> str:
    names = [field.split()[0] for field in schema.split(", ")]
    return ", ".join(instead.get(name, name) for name in names)


def _load(db: DuckDBPyConnection, table: str, schema: str, columns: Columns) -> None:
    """Copy column arrays into a table, which, unlike a registered array, every cursor sees."""
    fields = [field.split() for field in schema.split(", ")]
    # A document that DuckDB can't read becomes null rather than stopping every query.
    casts = ", ".join(f"TRY_CAST({name} AS {kind})" for name, kind in fields)
    db.execute(f"CREATE TABLE {table} ({schema})")
    if len(next(iter(columns.values()))):
        db.register("columns_of_a_table", dict(columns))
        db.execute(f"INSERT INTO {table} SELECT {casts} FROM columns_of_a_table")
        db.unregister("columns_of_a_table")


def write_segment(rows: Columns, first_seq: int) -> SealedFile:
    """Write rows of the log into a new immutable Parquet file and see it safely on disk.

    `first_seq` is where the range of the file begins (gaps of the log included); it ends at the last row.
    A file of which the manifest never hears is an orphan: ignored by readers, removed by `clean_orphans`.
    """
    last_seq = int(rows["seq"][-1])
    file_name = f"{first_seq:012d}-{last_seq:012d}-{secrets.token_hex(4)}.parquet"
    path = folder() / file_name
    partial = path.with_suffix(".partial")
    _write_parquet(rows, partial)
    _sync(partial)
    partial.rename(path)
    _sync(path.parent)
    occurred = rows["occurred_at"]
    return SealedFile(
        first_seq=first_seq,
        last_seq=last_seq,
        row_count=len(rows["seq"]),
        min_occurred_at=as_datetime(occurred.min()),
        max_occurred_at=as_datetime(occurred.max()),
        file_name=file_name,
        size=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _write_parquet(rows: Columns, path: Path) -> None:
    db = _new_duckdb()
    try:
        _load(db, "tail", EVENTS, rows)
        db.execute(f"COPY (SELECT * FROM tail ORDER BY seq) TO {_quoted([path])} (FORMAT parquet, COMPRESSION zstd)")
    finally:
        db.close()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clean_orphans(*, now: datetime) -> int:
    """Remove the files that no line of the manifest names and that are older than the grace. Return how many.

    `now` is compared with the times of files, so it must be the clock's, not a simulation's.
    """
    known = set(Segment.objects.values_list("file_name", flat=True))
    removed = 0
    for path in folder().iterdir():
        is_ours = path.suffix in (".parquet", ".partial")
        if is_ours and path.name not in known and _age(path, now) > GRACE:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
