"""Member-days: on which local days each member did what, as bits; a small file beside each segment, and disposable.

A day file has a line for each member and month (`month` = year·12 + month − 1), a column of bits for each type of
event in the segment and one for any type ("*"); bit 0 is the first of the month. Days are those of the company's
zone. Metrics that ask who acted on which days read some megabytes of these instead of the log and get the same
answer: what no day file covers (the tail, a fresh segment, one that reaches past the instant of looking, days of
another zone) is taken from the events themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from qadam.lib.clock import local_date, start_of_day
from qadam.metrics import files, primitives
from qadam.metrics.kernels import MemberDays, day_number, month_of
from qadam.metrics.periods import LocalDays, as_datetime, as_instant
from qadam.metrics.rules import DAY_US, Ids

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ANY = "*"
ORDERS, REFUNDS = "order.paid", "order.refunded"
FILES_AT_A_TIME = 16


@dataclass(frozen=True, slots=True)
class Question:
    """Days of which events (none named: of any), by the calendar of which zone, from which day on."""

    event_types: Sequence[str]
    zone: ZoneInfo
    since: date
    min_order: int = 0
    """Smaller purchases (minor units) are none."""


def write_days(segment: Path, path: Path, zone: ZoneInfo) -> None:
    """Write the day file of a segment to `path`, safely on disk before it has its name."""
    db = files.new_duckdb()
    try:
        events = f"SELECT member_id, type, occurred_at FROM {_parquet([str(segment)])} WHERE member_id IS NOT NULL"
        types = [kind for (kind,) in db.execute(f"SELECT DISTINCT type FROM ({events}) ORDER BY 1").fetchall()]
        columns = [f"bit_or(bit) AS {_name(ANY)}", *(_column(kind) for kind in types)]
        rows = f"{_bits(db, events, columns, zone)} ORDER BY month, member_id"
        files.save(path, lambda partial: db.execute(f"COPY ({rows}) TO {files.quoted([partial])} ({files.FORMAT})"))
    finally:
        db.close()


def _column(kind: str) -> str:
    return f"CAST(bit_or(CASE WHEN type = {_text(kind)} THEN bit ELSE 0 END) AS UINTEGER) AS {_name(kind)}"


def read_days(db: DuckDBPyConnection, members: Ids, question: Question) -> MemberDays:
    """Return the local days on which each of `members` (ascending ids) acted, from `question.since` up to `as_of`.

    A purchase that was paid back is no action, just as in `primitives.actions`. Days before `since` may be missing.
    """
    now = as_datetime(np.datetime64(db.execute("SELECT as_of FROM log").fetchall()[0][0], "us"))
    first, last = month_of(question.since), month_of(local_date(now, question.zone))
    found = MemberDays.empty(members, first, max(first, last))
    source = _find_source(db, question.zone)
    is_netted = ORDERS in question.event_types and _note_looked_at(db, source, question)
    for statement in _statements(db, source, question, is_netted):
        found.add(*primitives.columns_of(db, statement))
    if is_netted:
        _add_net_purchases(db, found, question)
    return found


@dataclass(frozen=True, slots=True)
class Source:
    """The day files that may be used, the types they have columns for, and all other events as a table."""

    files: Sequence[str]
    types: frozenset[str]
    loose: str


def _find_source(db: DuckDBPyConnection, zone: ZoneInfo) -> Source:
    rows = db.execute(
        "SELECT path, days, coalesce(zone = $zone AND until <= (SELECT as_of FROM log), false) FROM segment_file",
        {"zone": zone.key},
    ).fetchall()
    usable = [days for _path, days, is_usable in rows if is_usable]
    others = [path for path, _days, is_usable in rows if not is_usable]
    columns = "SELECT member_id, type, occurred_at FROM"
    parts = [f"{columns} tail", *([f"{columns} {_parquet(others)}"] if others else [])]
    loose = f"({' UNION ALL '.join(parts)}) WHERE member_id IS NOT NULL AND occurred_at <= (SELECT as_of FROM log)"
    names = f"SELECT DISTINCT name FROM parquet_schema([{files.quoted(usable)}])" if usable else "SELECT ''"
    return Source(usable, frozenset(name for (name,) in db.execute(names).fetchall()), f"SELECT * FROM {loose}")


def _statements(db: DuckDBPyConnection, source: Source, question: Question, is_netted: bool) -> list[str]:
    """Return the statements that together give (member, month, bits); a pair may come several times."""
    wanted = list(question.event_types)
    kept = [kind for kind in wanted or [ANY] if kind in source.types]
    statements = []
    for begin in range(0, len(source.files) if kept else 0, FILES_AT_A_TIME):
        bits = " | ".join(_stored(kind, is_netted) for kind in kept)
        statements.append(
            f"SELECT * FROM (SELECT member_id, month, {bits} AS bits"
            f" FROM {_parquet(source.files[begin : begin + FILES_AT_A_TIME])}"
            f" WHERE month >= {month_of(question.since)}) WHERE bits <> 0"
        )
    loose = source.loose
    if wanted:
        loose += f" AND type IN ({', '.join(map(_text, wanted))})"
    if is_netted:
        loose += f" AND NOT (type = {_text(ORDERS)} AND member_id IN (SELECT id FROM looked_at))"
    return [*statements, _bits(db, loose, ["bit_or(bit) AS bits"], question.zone)]


def _stored(kind: str, is_netted: bool) -> str:
    column = f"coalesce({_name(kind)}, 0::UINTEGER)"
    if kind == ORDERS and is_netted:
        return f"CASE WHEN member_id IN (SELECT id FROM looked_at) THEN 0::UINTEGER ELSE {column} END"
    return column


def _note_looked_at(db: DuckDBPyConnection, source: Source, question: Question) -> bool:
    """Keep in the table `looked_at` those whose purchases must be looked at one by one: whoever has a refund.

    With a least amount that is everybody: days don't know amounts.
    """
    parts = [f"SELECT member_id FROM ({source.loose} AND type = {_text(REFUNDS)})"]
    if REFUNDS in source.types:
        parts.append(f"SELECT member_id FROM {_parquet(source.files)} WHERE {_name(REFUNDS)} <> 0")
    if question.min_order:
        parts = ["SELECT id AS member_id FROM members"]
    found = f"SELECT DISTINCT member_id AS id FROM ({' UNION ALL '.join(parts)})"
    db.execute(f"CREATE OR REPLACE TEMP TABLE looked_at AS {found}")
    return bool(db.execute("SELECT count(*) FROM looked_at").fetchall()[0][0])


def _add_net_purchases(db: DuckDBPyConnection, found: MemberDays, question: Question) -> None:
    """Add the purchases of those who are looked at: the statement of `primitives.actions`, asked of them only."""
    people = "members AS (SELECT * FROM main.members WHERE id IN (SELECT id FROM looked_at))"
    statement = f"WITH {people}, {primitives.ACTIONS.lstrip().removeprefix('WITH ')}"
    since = as_instant(start_of_day(question.since, question.zone))
    params = {"types": [ORDERS], "since": str(since), "min_order": question.min_order}
    members, times = primitives.columns_of(db, statement, **params)
    if len(members):
        days = LocalDays.covering(as_datetime(times.min()), as_datetime(times.max()), question.zone)
        found.add_days(members, days.places(times) + day_number(days.first))


def _bits(db: DuckDBPyConnection, events: str, columns: Sequence[str], zone: ZoneInfo) -> str:
    """Return a statement that groups events (member_id, type, occurred_at) by member and local month."""
    first, last = db.execute(f"SELECT min(occurred_at), max(occurred_at) FROM ({events})").fetchall()[0]
    day = "0" if first is None else _day_expression(LocalDays.covering(_aware(first), _aware(last), zone))
    return (
        f"SELECT member_id, month, {', '.join(columns)} FROM ("
        "SELECT member_id, type, CAST(year(day) * 12 + month(day) - 1 AS INTEGER) AS month,"
        " CAST(1 << (day(day) - 1) AS UINTEGER) AS bit"
        f" FROM (SELECT member_id, type, DATE '1970-01-01' + CAST({day} AS INTEGER) AS day"
        f" FROM (SELECT member_id, type, epoch_us(occurred_at) AS moment FROM ({events})))"
        ") GROUP BY member_id, month"
    )


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _day_expression(days: LocalDays) -> str:
    """Say in SQL which local day the column `moment` (microseconds) lies in, by the midnights of `days`.

    Stretches of days of 24 hours are counted by division; a day of another length is a stretch of its own.
    """
    midnights = days.midnights.astype(np.int64)
    is_even = np.append(np.diff(midnights) == DAY_US, True)
    begins = [place for place in range(len(midnights)) if place == 0 or not (is_even[place] and is_even[place - 1])]
    first = day_number(days.first)
    cases = [
        f"WHEN moment >= {midnights[place]} THEN {first + place}"
        + (f" + (moment - {midnights[place]}) // {DAY_US}" if is_even[place] else "")
        for place in reversed(begins)
    ]
    return f"CASE {' '.join(cases)} END"


def _parquet(paths: Sequence[str]) -> str:
    return f"read_parquet([{files.quoted(paths)}], union_by_name = true)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
