"""Keep the scores of boards: in the transaction that posts points, with the counts that stand beside them.

A row that isn't shown (opted out, control group, staff) is in no histogram and no team's total, so that nobody can be
told from a difference.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.recognition import board_counts
from qadam.recognition.board_definitions import BoardInForce, boards_in_force
from qadam.recognition.board_rules import Change, start_of_period, visible
from qadam.recognition.seats import ScoreKey, Seat, take_seats
from qadam.recognition.shapes import Posted
from qadam.recognition.social import Correction

SCORE_COLUMNS = {
    "board_id": "bigint",
    "starts_on": "date",
    "member_id": "bigint",
    "group_key": "bigint",
    "points": "integer",
    "reached_at": "timestamptz",
    "is_shown": "boolean",
    "can_be_shown": "boolean",
}
KEEP_NEWEST = """ON CONFLICT (board_id, starts_on, member_id)
DO UPDATE SET points = excluded.points, reached_at = excluded.reached_at, is_shown = excluded.is_shown"""


KEEP_OPEN = "SELECT id FROM recognition_board WHERE id IN ({boards}) ORDER BY id FOR KEY SHARE"
CLOSED = "SELECT board_id, starts_on, id FROM recognition_closing WHERE board_id IN ({boards}) AND starts_on >= %s"


@dataclass(frozen=True, slots=True)
class Gain:
    """Points that a score wins or loses, and when the last act was done that scored (None: nothing but losses)."""

    points: int
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """A stored score."""

    seat: Seat
    points: int
    reached_at: datetime


@write()
def note_points(posted: Sequence[Posted], *, now: datetime) -> None:
    """Add points that began to count, or were taken back, to the scores of the boards in force.

    Points belong to the period of their local day. For a period that is closed nothing changes but the note that
    stands beside the snapshot.
    """
    boards = {board.id: board for board in boards_in_force() if board.document.measure is None}
    if posted and boards:
        add_gains(_gains_of(posted, boards.values()), boards, now=now)


def _gains_of(posted: Sequence[Posted], boards: Iterable[BoardInForce]) -> dict[ScoreKey, Gain]:
    found: dict[ScoreKey, Gain] = {}
    for board in boards:
        for each in posted:
            if board.document.counts(each.rule):
                key = (board.id, start_of_period(each.local_day, board.document.period), each.member_id)
                reached_at = each.occurred_at if each.points > 0 else None
                found[key] = _sum_of(found.get(key), each.points, reached_at)
    return found


def _sum_of(gain: Gain | None, points: int, reached_at: datetime | None) -> Gain:
    if gain is None:
        return Gain(points, reached_at)
    instants = [at for at in (gain.reached_at, reached_at) if at is not None]
    return Gain(gain.points + points, max(instants, default=None))


@write()
def add_gains(gains: Mapping[ScoreKey, Gain], boards: Mapping[int, BoardInForce], *, now: datetime) -> None:
    """Change scores by these gains, and the counts with them; what comes for a closed period becomes a note."""
    open_ones = _note_corrections(gains, now) if gains else {}
    if not open_ones:
        return
    rows = read_rows(open_ones)
    ordered = sorted(open_ones, key=lambda key: (open_ones[key].reached_at or now, key))
    seats = take_seats([key for key in ordered if key not in rows], boards, now=now)
    changed: dict[ScoreKey, tuple[Row | None, Row]] = {}
    for key, gain in open_ones.items():
        old = rows.get(key)
        changed[key] = (old, _grown(old, gain, seats[key] if old is None else old.seat, now))
    store(changed, boards)


def _grown(old: Row | None, gain: Gain, seat: Seat, now: datetime) -> Row:
    instants = [at for at in (old.reached_at if old else None, gain.reached_at) if at is not None]
    return Row(seat, (old.points if old else 0) + gain.points, max(instants, default=now))


def _note_corrections(gains: Mapping[ScoreKey, Gain], now: datetime) -> dict[ScoreKey, Gain]:
    """Write down what came too late, and return the gains of periods that are open."""
    closed = _closed({key[:2] for key in gains})
    if not closed:
        return dict(gains)
    Correction.objects.bulk_create(
        [
            Correction(closing_id=closed[key[:2]], member_id=key[2], points=gain.points, at=now)
            for key, gain in gains.items()
            if key[:2] in closed and gain.points
        ]
    )
    return {key: gain for key, gain in gains.items() if key[:2] not in closed}


def _closed(periods: Collection[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """Return {(board, period): its close} of those that are closed. Who closes one waits for the open transaction."""
    boards, first = sorted({board_id for board_id, _on in periods}), min(on for _id, on in periods)
    places = ", ".join(["%s"] * len(boards))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(KEEP_OPEN.format(boards=places), boards)
        cursor.execute(CLOSED.format(boards=places), [*boards, first.isoformat()])
        return {(board_id, as_date(on)): closing for board_id, on, closing in cursor.fetchall()}


def as_date(value: date | str) -> date:
    """Return a date of a raw row: SQLite may give its text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def read_rows(keys: Collection[ScoreKey]) -> dict[ScoreKey, Row]:
    """Return the stored scores of these keys, locked until the end of the transaction."""
    if not keys:
        return {}
    wanted = set(keys)
    statement, params = _select(wanted)
    found: dict[ScoreKey, Row] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for board_id, on, member_id, group_key, points, at, is_shown, can_be_shown in cursor.fetchall():
            key = (board_id, as_date(on), member_id)
            if key in wanted:
                found[key] = Row(Seat(group_key, bool(can_be_shown), bool(is_shown)), points, sql.read_instant(at))
    return found


def _select(keys: Collection[ScoreKey]) -> tuple[str, list[Any]]:
    """Return the statement for these keys: one for all boards and periods, as a batch seldom has more than two."""
    boards, periods = sorted({key[0] for key in keys}), sorted({key[1].isoformat() for key in keys})
    listed, params = sql.ids_in(sorted({key[2] for key in keys}))
    places = [", ".join(["%s"] * len(each)) for each in (boards, periods)]
    statement = _SELECT.format(
        at=sql.raw_instant("reached_at"), boards=places[0], periods=places[1], members=listed, lock=_lock()
    )
    return statement, [*boards, *periods, *params]


_SELECT = """
SELECT board_id, starts_on, member_id, group_key, points, {at}, is_shown, can_be_shown FROM recognition_score
WHERE board_id IN ({boards}) AND starts_on IN ({periods}) AND member_id IN {members}
ORDER BY board_id, starts_on, member_id {lock}
"""


def _lock() -> str:
    return "FOR UPDATE" if connection.vendor == "postgresql" else ""


@write()
def store(changed: Mapping[ScoreKey, tuple[Row | None, Row]], boards: Mapping[int, BoardInForce]) -> None:
    """Write scores, each with the row it replaces, and bring the histogram and the teams' totals along."""
    rows: list[list[Any]] = []
    changes: list[Change] = []
    for (board_id, starts_on, member_id), (old, new) in sorted(changed.items()):
        seat = new.seat
        key = [board_id, starts_on.isoformat(), member_id]
        rows.append([*key, seat.group_key, new.points, new.reached_at, seat.is_shown, seat.can_be_shown])
        before = visible(old.points, old.seat.is_shown) if old else None
        after = visible(new.points, seat.is_shown)
        if before != after:
            changes.append(Change(board_id, starts_on, seat.group_key, before, after))
    sql.insert_many("recognition_score", SCORE_COLUMNS, rows, conflict=KEEP_NEWEST)
    board_counts.change_histogram(changes)
    board_counts.change_teams([each for each in changes if boards[each.board_id].document.is_normalised])
