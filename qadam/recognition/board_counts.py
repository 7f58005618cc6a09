"""The counts beside the scores: the histogram of a whole board, and the totals of its teams."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from qadam.jobs import sql
from qadam.recognition.board_rules import (
    HUNDREDTHS,
    SMALLEST_GROUP,
    Change,
    histogram_deltas,
    team_average,
    team_deltas,
)

COUNT_COLUMNS = {"board_id": "bigint", "starts_on": "date", "points": "integer", "people": "integer"}
ADD_PEOPLE = """ON CONFLICT (board_id, starts_on, points)
DO UPDATE SET people = recognition_scorecount.people + excluded.people"""
TEAM_COLUMNS = {
    "board_id": "bigint",
    "starts_on": "date",
    "leader_id": "bigint",
    "points": "bigint",
    "people": "integer",
    "average": "bigint",
}
ADD_TEAM = f"""ON CONFLICT (board_id, starts_on, leader_id) DO UPDATE SET
points = recognition_teamscore.points + excluded.points, people = recognition_teamscore.people + excluded.people,
average = CASE WHEN recognition_teamscore.people + excluded.people >= {SMALLEST_GROUP}
THEN (recognition_teamscore.points + excluded.points) * {HUNDREDTHS}
 / (recognition_teamscore.people + excluded.people) END"""


def change_histogram(changes: Sequence[Change]) -> None:
    """Move people from bucket to bucket, in the order of buckets, so that two writers never wait for each other."""
    rows = [
        [board, on.isoformat(), points, people] for (board, on, points), people in histogram_deltas(changes).items()
    ]
    sql.insert_many("recognition_scorecount", COUNT_COLUMNS, rows, conflict=ADD_PEOPLE)


def change_teams(changes: Sequence[Change]) -> None:
    """Change the totals of teams and their averages."""
    rows = [
        [board, on.isoformat(), leader, points, people, team_average(points, people)]
        for (board, on, leader), (points, people) in team_deltas(changes).items()
    ]
    sql.insert_many("recognition_teamscore", TEAM_COLUMNS, rows, conflict=ADD_TEAM)


COUNT_AGAIN = """
INSERT INTO recognition_scorecount (board_id, starts_on, points, people)
SELECT board_id, starts_on, points, count(*) FROM recognition_score
WHERE board_id = %s AND starts_on = %s AND is_shown AND points > 0 GROUP BY board_id, starts_on, points
"""
TEAMS_AGAIN = f"""
INSERT INTO recognition_teamscore (board_id, starts_on, leader_id, points, people, average)
SELECT board_id, starts_on, group_key, sum(points), count(*),
CASE WHEN count(*) >= {SMALLEST_GROUP} THEN sum(points) * {HUNDREDTHS} / count(*) END
FROM recognition_score WHERE board_id = %s AND starts_on = %s AND is_shown AND points > 0
GROUP BY board_id, starts_on, group_key
"""


def count_again(board_id: int, starts_on: date, *, has_teams: bool) -> None:
    """Make the counts of a period anew from its scores: after two records became one, and every night."""
    period: list[Any] = [board_id, starts_on.isoformat()]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM recognition_scorecount WHERE board_id = %s AND starts_on = %s", period)
        cursor.execute(COUNT_AGAIN, period)
        if has_teams:
            cursor.execute("DELETE FROM recognition_teamscore WHERE board_id = %s AND starts_on = %s", period)
            cursor.execute(TEAMS_AGAIN, period)
