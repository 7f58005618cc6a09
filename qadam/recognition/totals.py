"""Totals of weeks, months and lives beside the ledger, kept in its transaction, and the check that they agree."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.people import operations as people
from qadam.recognition import leveling
from qadam.recognition.ledger import Period, PointEntry, PointTotal
from qadam.recognition.periods import LIFE_STARTS_ON, monday_of, month_of
from qadam.recognition.shapes import Posted

log = logging.getLogger("qadam.recognition")

COLUMNS = {"member_id": "bigint", "period": "text", "starts_on": "date", "points": "integer"}
ADD = """
ON CONFLICT (member_id, period, starts_on) DO UPDATE SET points = recognition_pointtotal.points + excluded.points
"""
SET = "ON CONFLICT (member_id, period, starts_on) DO UPDATE SET points = excluded.points"
FIRST_DAYS = {
    "sqlite": {"week": "date(local_day, '-6 days', 'weekday 1')", "month": "date(local_day, 'start of month')"},
    "postgresql": {
        "week": "date_trunc('week', local_day::timestamp)::date",
        "month": "date_trunc('month', local_day::timestamp)::date",
    },
}


HOLD = """
SELECT id FROM recognition_pointtotal WHERE period = %s AND member_id IN {members} ORDER BY member_id FOR UPDATE
"""


def lock_earners(member_ids: Collection[int]) -> None:
    """Let nobody else post for these members until the end of the transaction: caps are counted behind this lock.

    SQLite has one writer at a time anyway.
    """
    if connection.vendor != "postgresql" or not member_ids:
        return
    life = LIFE_STARTS_ON.isoformat()
    rows = [(each, Period.LIFE.value, life, 0) for each in sorted(member_ids)]
    sql.insert_many("recognition_pointtotal", COLUMNS, rows, conflict="ON CONFLICT DO NOTHING")
    about, params = sql.ids_in(sorted(member_ids))
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(members=about), [Period.LIFE.value, *params])


def add_posted(posted: Sequence[Posted], *, now: datetime) -> None:
    """Add what began to count to the totals, and bring the levels up to date."""
    sums: Counter[tuple[int, str, str]] = Counter()
    for each in posted:
        for period, starts_on in periods_of(each.local_day):
            sums[each.member_id, period, starts_on.isoformat()] += each.points
    sql.insert_many("recognition_pointtotal", COLUMNS, [(*key, points) for key, points in sums.items()], conflict=ADD)
    marks = {each.member_id: (each.entry_id, each.occurred_at) for each in posted}
    leveling.follow_points(read_lives(marks), marks, now=now)


def periods_of(day: date) -> tuple[tuple[str, date], ...]:
    """Return the periods that a day belongs to, each with its first day."""
    return (
        (Period.WEEK.value, monday_of(day)),
        (Period.MONTH.value, month_of(day)),
        (Period.LIFE.value, LIFE_STARTS_ON),
    )


def read_lives(member_ids: Collection[int]) -> dict[int, int]:
    """Return {member id: points of their life}; members without any are left out."""
    rows = PointTotal.objects.filter(period=Period.LIFE, member_id__in=list(member_ids))
    return dict(rows.values_list("member_id", "points"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A total that isn't what the ledger adds up to."""

    member_id: int
    period: str
    starts_on: date
    kept: int
    right: int


def find_differences(member_ids: Sequence[int] | None = None) -> list[Difference]:
    """Add the ledger up anew and return every total that differs, of everybody or of these members."""
    return [each for period in Period.values for each in _find_in_period(str(period), member_ids)]


def _find_in_period(period: str, member_ids: Sequence[int] | None) -> list[Difference]:
    first = FIRST_DAYS[connection.vendor].get(period, f"'{LIFE_STARTS_ON}'")
    about, params = sql.ids_in(member_ids) if member_ids is not None else ("", [])
    only = f"AND member_id IN {about}" if about else ""
    starts = "date" if connection.vendor == "postgresql" else "text"
    statement = f"""
        WITH ledger AS (
            SELECT member_id, CAST({first} AS {starts}) AS starts_on, SUM(points) AS points
            FROM recognition_pointentry
            WHERE (held_until IS NULL OR released_at IS NOT NULL) {only} GROUP BY 1, 2
        ), kept AS (
            SELECT member_id, starts_on, points FROM recognition_pointtotal WHERE period = %s {only}
        )
        SELECT ledger.member_id, ledger.starts_on, COALESCE(kept.points, 0), ledger.points FROM ledger
        LEFT JOIN kept ON kept.member_id = ledger.member_id AND kept.starts_on = ledger.starts_on
        WHERE COALESCE(kept.points, 0) <> ledger.points
        UNION ALL
        SELECT kept.member_id, kept.starts_on, kept.points, 0 FROM kept
        LEFT JOIN ledger ON kept.member_id = ledger.member_id AND kept.starts_on = ledger.starts_on
        WHERE ledger.member_id IS NULL AND kept.points <> 0
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, period, *params])
        rows = cursor.fetchall()
    return [Difference(who, period, _date(starts_on), int(kept), int(right)) for who, starts_on, kept, right in rows]


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


@write()
def check_totals(*, now: datetime) -> int:
    """Compare every total with the ledger; set right what differs, with an alarm and a line of the audit for each.

    Return how many differed: 0, unless something went wrong.
    """
    found = find_differences()
    for each in found:
        log.error("points of member %s differ from the ledger: %s", each.member_id, each)
        detail = {"period": each.period, "starts_on": f"{each.starts_on}", "from": each.kept, "to": each.right}
        people.write_audit(
            actor=None, action="points.repaired", target=f"member:{each.member_id}", detail=detail, now=now
        )
    _set_right(found, now)
    return len(found)


@write()
def rebuild_totals(member_ids: Sequence[int], *, now: datetime) -> None:
    """Add up anew what two records of one human have together."""
    _set_right(find_differences(member_ids), now)


def _set_right(found: Sequence[Difference], now: datetime) -> None:
    if not found:
        return
    rows = [(each.member_id, each.period, each.starts_on.isoformat(), each.right) for each in found]
    sql.insert_many("recognition_pointtotal", COLUMNS, rows, conflict=SET)
    ids = [each.member_id for each in found]
    newest = PointEntry.objects.filter(member_id__in=ids).order_by("id").values_list("member_id", "id", "occurred_at")
    marks = {member_id: (entry_id, at) for member_id, entry_id, at in newest}
    leveling.follow_points({who: points for who, points in read_lives(ids).items() if who in marks}, marks, now=now)
