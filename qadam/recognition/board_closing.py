"""Close the periods of boards: a snapshot of places that never changes, read by prizes; clear old scores away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people.queries import get_company
from qadam.recognition import calling
from qadam.recognition.board_definitions import BoardInForce, read_boards
from qadam.recognition.board_rules import (
    SMALLEST_GROUP,
    Standing,
    end_of_period,
    period_before,
    place,
    start_of_period,
)
from qadam.recognition.periods import beginning_of, day_in
from qadam.recognition.social import Board, ClosedPlace, Closing, Correction, Score
from qadam.recognition.standings import NO_TIME, ClosedRows

GRACE = timedelta(hours=48)
"""Facts that come late count for so long after the last day (company zone), then the places are final."""
KEPT = timedelta(days=70)
"""Scores of closed periods are kept so long: leagues of the next period look at them."""

PLACES = """
INSERT INTO recognition_closedplace (closing_id, member_id, group_key, place, position, points)
SELECT %s, member_id, group_key, place, position, points FROM (
    SELECT member_id, group_key, points,
        rank() OVER (PARTITION BY group_key ORDER BY points DESC) AS place,
        row_number() OVER (PARTITION BY group_key ORDER BY points DESC, reached_at, member_id) AS position,
        count(*) OVER (PARTITION BY group_key) AS people
    FROM recognition_score
    WHERE board_id = %s AND starts_on = %s AND is_shown AND points > 0
) AS ranked WHERE people >= %s
"""
TEAM_PLACES = """
INSERT INTO recognition_closedplace (closing_id, member_id, group_key, place, position, points)
SELECT %s, leader_id, 0, rank() OVER (ORDER BY average DESC),
    row_number() OVER (ORDER BY average DESC, leader_id), average
FROM recognition_teamscore WHERE board_id = %s AND starts_on = %s AND average > 0
AND (SELECT count(*) FROM recognition_teamscore WHERE board_id = %s AND starts_on = %s AND average > 0) >= %s
"""


def close_due(*, now: datetime) -> int:
    """Close every period that is over and has had its grace. Return how many were closed; again changes nothing.

    A board that was retired meanwhile closes the periods in which somebody scored.
    """
    due = [
        (board, starts_on)
        for board, is_retired in read_boards()
        for starts_on in _open_periods(board, now, is_retired=is_retired)
    ]
    return sum(close_period(board=board, starts_on=starts_on, now=now) for board, starts_on in due)


def _open_periods(board: BoardInForce, now: datetime, *, is_retired: bool) -> Iterator[date]:
    """Yield the periods with scores that could be closed, oldest first: the newest, and what was missed before it."""
    zone = clock.zone_of(get_company().zone, "UTC")
    newest = period_before(start_of_period(day_in(now, zone), board.document.period), board.document.period)
    rows = Score.objects.filter(board_id=board.id, starts_on__lte=newest).values_list("starts_on", flat=True)
    starts_on = rows.order_by("starts_on").first()
    if starts_on is None:
        return
    if is_retired:
        newest = rows.order_by("-starts_on")[0]
    closed = set(Closing.objects.filter(board_id=board.id).values_list("starts_on", flat=True))
    while starts_on <= newest:
        end = end_of_period(starts_on, board.document.period) + timedelta(days=1)
        if starts_on not in closed and beginning_of(end, zone) + GRACE <= now:
            yield starts_on
        starts_on = end


@write()
def close_period(*, board: BoardInForce, starts_on: date, now: datetime) -> bool:
    """Take the snapshot of a period: places in every group of at least five. False where it is closed already."""
    Board.objects.select_for_update().get(id=board.id)
    closing, is_new = Closing.objects.get_or_create(
        board_id=board.id, starts_on=starts_on, defaults={"closed_at": now, "people": 0}
    )
    if not is_new:
        return False
    period: list[Any] = [board.id, starts_on.isoformat()]
    with connection.cursor() as cursor:
        if board.document.is_normalised:
            cursor.execute(TEAM_PLACES, [closing.id, *period, *period, SMALLEST_GROUP])
        else:
            cursor.execute(PLACES, [closing.id, *period, SMALLEST_GROUP])
        Closing.objects.filter(id=closing.id).update(people=cursor.rowcount)
    return True


@dataclass(frozen=True, slots=True)
class Winner:
    """Who has a prize's place in a group of a closed period."""

    member_id: int
    group_key: int
    place: int
    points: int


def winners_of(closing: Closing, *, places: int = 3) -> list[Winner]:
    """Return who stands on the first `places` of each group, from the snapshot alone: ties share a place."""
    rows = ClosedPlace.objects.filter(closing=closing, place__lte=places).order_by("group_key", "position")
    return [Winner(row.member_id, row.group_key, row.place, row.points) for row in rows]


def closings_of(key: str) -> list[Closing]:
    """Return the closed periods of a board, newest first."""
    return list(Closing.objects.filter(board__key=key).order_by("-starts_on"))


EXPORTED = ("group", "place", "name", "points", "corrected")


def export_rows(closing: Closing) -> Iterator[tuple[object, ...]]:
    """Yield the lines of a closed period (see EXPORTED), group by group, of those only who want to be seen.

    Groups of which fewer than five are left to show are left out as a whole. Places are those of who is shown, so that
    no gap betrays anybody; prizes go by `winners_of`.
    """
    notes: dict[int, int] = {}
    for member_id, points in Correction.objects.filter(closing=closing).values_list("member_id", "points"):
        notes[member_id] = notes.get(member_id, 0) + points
    groups = ClosedPlace.objects.filter(closing=closing).order_by("group_key")
    for group_key in groups.values_list("group_key", flat=True).distinct():
        rows = list(ClosedRows(closing.id, group_key).places().order_by("position"))
        if len(rows) < SMALLEST_GROUP:
            continue
        names = calling.names_of([row.member_id for row in rows])
        for each in place([Standing(row.member_id, row.points, NO_TIME) for row in rows], 1, 1):
            member_id, points = each.standing.member_id, each.standing.points
            yield group_key, each.place, names[member_id], points, notes.get(member_id, 0)


@write()
def clear_old(*, now: datetime) -> int:
    """Delete the scores of periods that were closed long ago; snapshots, notes and histograms stay."""
    rows = Closing.objects.filter(closed_at__lt=now - KEPT)
    return sum(
        Score.objects.filter(board_id=board_id, starts_on=starts_on).delete()[0]
        for board_id, starts_on in rows.values_list("board_id", "starts_on")
    )
