"""Fill leagues one by one: whoever acts first in a period stands in the next free seat among similar pace and zone."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from django.db import connection

from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people.queries import get_company
from qadam.recognition.board_definitions import BoardInForce
from qadam.recognition.board_rules import ANYWHERE, PaceLine, cell_of, hours_east, period_before, score_of_share
from qadam.recognition.social import Board, League, Pace

Cell = tuple[int, int]
"""(hours east of UTC or ANYWHERE, band of pace)."""

POINTS_BY_ZONE = """
SELECT m.zone, s.points, count(*) FROM recognition_score s JOIN people_member m ON m.id = s.member_id
WHERE s.board_id = %s AND s.starts_on = %s AND s.is_shown AND s.points > 0 GROUP BY m.zone, s.points
"""


LAST_POINTS = """
SELECT member_id, points FROM recognition_score WHERE board_id = %s AND starts_on = %s AND member_id IN {members}
"""
OPEN_LEAGUE = """
SELECT id, people FROM recognition_league
WHERE board_id = %s AND starts_on = %s AND zone = %s AND band = %s AND people < %s ORDER BY id LIMIT 1
"""


@write()
def fill(board: BoardInForce, starts_on: date, zones: Mapping[int, int]) -> dict[int, int]:
    """Give each of {member: hours east of UTC} a league of this period, in the order given; return {member: league}.

    A league that is full is followed by the next; the board's row is locked, so that no seat is given twice.
    """
    if not zones:
        return {}
    if connection.vendor == "postgresql":  # on SQLite the writer's queue is held
        Board.objects.select_for_update(no_key=True).get(id=board.id)
    paces = _read_paces(board, starts_on)
    points = _last_points(board, starts_on, list(zones))
    waiting: dict[Cell, list[int]] = defaultdict(list)
    for member_id, zone in zones.items():
        waiting[cell_of(points.get(member_id, 0), zone, paces, board.document.league_size)].append(member_id)
    found: dict[int, int] = {}
    for cell, member_ids in waiting.items():
        found |= _seat(board, starts_on, cell, member_ids)
    return found


def _last_points(board: BoardInForce, starts_on: date, member_ids: list[int]) -> dict[int, int]:
    """Return the points of the period before."""
    before = period_before(starts_on, board.document.period)
    listed, params = sql.ids_in(member_ids)
    with connection.cursor() as cursor:
        cursor.execute(LAST_POINTS.format(members=listed), [board.id, before.isoformat(), *params])
        return dict(cursor.fetchall())


def _seat(board: BoardInForce, starts_on: date, cell: Cell, member_ids: list[int]) -> dict[int, int]:
    size = board.document.league_size
    with connection.cursor() as cursor:
        cursor.execute(OPEN_LEAGUE, [board.id, starts_on.isoformat(), *cell, size])
        row = cursor.fetchone()
    found: dict[int, int] = {}
    while member_ids:
        league_id, people = row or (_new_league(board, starts_on, cell), 0)
        seated, member_ids = member_ids[: size - people], member_ids[size - people :]
        found |= dict.fromkeys(seated, league_id)
        sql.update_many("recognition_league", ("people",), [(people + len(seated), league_id)])
        row = None
    return found


def _new_league(board: BoardInForce, starts_on: date, cell: Cell) -> int:
    zone, band = cell
    return League.objects.create(board_id=board.id, starts_on=starts_on, zone=zone, band=band, people=0).id


def _read_paces(board: BoardInForce, starts_on: date) -> dict[int, PaceLine]:
    """Return how the period before went, worked out at the first act of a period and kept."""
    with connection.cursor() as cursor:
        cursor.execute(PACES, [board.id, starts_on.isoformat()])
        known = {zone: PaceLine(people, median, quarter) for zone, people, median, quarter in cursor.fetchall()}
    if known:
        return known
    found = _work_out(board.id, period_before(starts_on, board.document.period))
    Pace.objects.bulk_create(
        [Pace(board_id=board.id, starts_on=starts_on, zone=zone, **asdict(pace)) for zone, pace in found.items()]
    )
    return found


PACES = "SELECT zone, people, median, quarter FROM recognition_pace WHERE board_id = %s AND starts_on = %s"


def _work_out(board_id: int, before: date) -> dict[int, PaceLine]:
    company = get_company()
    everybody: Counter[int] = Counter()
    by_zone: dict[int, Counter[int]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(POINTS_BY_ZONE, [board_id, before.isoformat()])
        for name, points, people in cursor.fetchall():
            zone = clock.zone_of(name, company.zone)
            everybody[points] += people
            by_zone[hours_east(zone, before)][points] += people
    found: dict[int, PaceLine] = {zone: _pace(counts) for zone, counts in by_zone.items()}
    return found | {ANYWHERE: _pace(everybody)}


def _pace(histogram: Mapping[int, int]) -> PaceLine:
    people = sum(histogram.values())
    if not people:
        return PaceLine(0, 0, 0)
    return PaceLine(people, score_of_share(histogram, 50), score_of_share(histogram, 25))
