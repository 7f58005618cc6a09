"""The folder of segments: an engine for Parquet, files that are safe on disk before they have a name, and their end.

Nothing here knows the database but `clean_orphans`, which asks the manifest whose turn it is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
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
FORMAT = "FORMAT parquet, COMPRESSION zstd"

Columns = Mapping[str, NDArray[Any]]
"""Equally long column arrays; instants are UTC datetime64[us] with NaT for null."""

EVENTS = "seq BIGINT, member_id BIGINT, type VARCHAR, occurred_at TIMESTAMP, props JSON"


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


def new_duckdb() -> DuckDBPyConnection:
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


def quoted(files: Sequence[Path | str]) -> str:
    return ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)


def make_columns(schema: str, rows: Sequence[tuple[Any, ...]]) -> Columns:
    """Turn rows into one array for each column of a schema such as "id BIGINT, kind VARCHAR"."""
    fields = [field.split() for field in schema.split(", ")]
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(fields)
    return {name: _array(kind, column) for (name, kind), column in zip(fields, values, strict=True)}


def _array(kind: str, values: Sequence[Any]) -> NDArray[Any]:
    if kind == "TIMESTAMP":
        return np.array(values, dtype="datetime64[us]")
    if kind == "VARCHAR":
        # Few words, millions of times: one object for each word.
        return np.array([sys.intern(value) for value in values], dtype=object)
    if kind != "BIGINT":
        return np.array(values, dtype=object)
    # Nulls as None: DuckDB 1 doesn't look at the mask of a masked array and would take 0 for null.
    return np.array(values, dtype=object if None in values else np.int64)


def load(db: DuckDBPyConnection, table: str, schema: str, columns: Columns) -> None:
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
    path = folder() / new_name(first_seq, last_seq)
    save(path, lambda partial: _write_parquet(rows, partial))
    occurred = rows["occurred_at"]
    return SealedFile(
        first_seq=first_seq,
        last_seq=last_seq,
        row_count=len(rows["seq"]),
        min_occurred_at=as_datetime(occurred.min()),
        max_occurred_at=as_datetime(occurred.max()),
        file_name=path.name,
        size=path.stat().st_size,
        sha256=digest(path),
    )


def merge_segments(run: Sequence[Segment]) -> SealedFile:
    """Write the rows of neighbouring segments into one new file, sorted by (member_id, occurred_at, seq)."""
    return _write_from(run, "*", "member_id, occurred_at, seq")


def rekey_segment(segment: Segment, member_id: int, replacement: int | None) -> SealedFile:
    """Write a segment anew, its order kept, with another member id in place of one."""
    other = "NULL" if replacement is None else str(int(replacement))
    columns = f"* REPLACE (CASE WHEN member_id = {int(member_id)} THEN {other} ELSE member_id END AS member_id)"
    return _write_from([segment], columns, "member_id, occurred_at, seq" if segment.is_sorted else "seq")


def holds_member(segment: Segment, member_id: int) -> bool:
    db = new_duckdb()
    try:
        source = f"read_parquet({quoted([folder() / segment.file_name])})"
        return bool(db.execute(f"SELECT 1 FROM {source} WHERE member_id = ? LIMIT 1", [member_id]).fetchall())
    finally:
        db.close()


def _write_from(run: Sequence[Segment], columns: str, order: str) -> SealedFile:
    path = folder() / new_name(run[0].first_seq, run[-1].last_seq)
    sources = quoted([folder() / segment.file_name for segment in run])
    db = new_duckdb()
    try:
        rows = f"SELECT {columns} FROM read_parquet([{sources}]) ORDER BY {order}"
        save(path, lambda partial: db.execute(f"COPY ({rows}) TO {quoted([partial])} ({FORMAT})"))
    finally:
        db.close()
    return SealedFile(
        first_seq=run[0].first_seq,
        last_seq=run[-1].last_seq,
        row_count=sum(segment.row_count for segment in run),
        min_occurred_at=min(segment.min_occurred_at for segment in run),
        max_occurred_at=max(segment.max_occurred_at for segment in run),
        file_name=path.name,
        size=path.stat().st_size,
        sha256=digest(path),
    )


def new_name(first_seq: int, last_seq: int, suffix: str = "") -> str:
    """Return the name of a new file: names are never used again, so a reader never finds something else in its file."""
    return f"{first_seq:012d}-{last_seq:012d}-{secrets.token_hex(4)}{suffix}.parquet"


def save(path: Path, write_to: Callable[[Path], object]) -> None:
    """Let a file be written beside its place, see it on disk, and only then give it its name."""
    partial = path.with_suffix(".partial")
    write_to(partial)
    _sync(partial)
    partial.rename(path)
    _sync(path.parent)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_parquet(rows: Columns, path: Path) -> None:
    db = new_duckdb()
    try:
        load(db, "tail", EVENTS, rows)
        db.execute(f"COPY (SELECT * FROM tail ORDER BY seq) TO {quoted([path])} ({FORMAT})")
    finally:
        db.close()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def begin_grace(file_names: Collection[str]) -> None:
    """Let the grace of files that leave the manifest begin now: it is counted from the time of the file."""
    for name in file_names:
        with suppress(FileNotFoundError):
            os.utime(folder() / name)


def clean_orphans(*, now: datetime) -> int:
    """Remove the files that no line of the manifest names and that are older than the grace. Return how many.

    `now` is compared with the times of files, so it must be the clock's, not a simulation's.
    """
    known = {name for names in Segment.objects.values_list("file_name", "days_name") for name in names}
    removed = 0
    for path in folder().iterdir():
        is_ours = path.suffix in (".parquet", ".partial")
        if is_ours and path.name not in known and _age(path, now) > GRACE:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
