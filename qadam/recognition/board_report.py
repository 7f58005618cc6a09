"""Does a board keep people here? Retention at day 30 and 90 of those who see it, beside those who don't.

Everybody gets the arm at their first act on the board, before seeing it, so both arms are alike by lot; all of them are
counted whatever they did afterwards (intention to treat). Not clicks, not points: who is still active.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count

from qadam.experiments.models import Assignment
from qadam.experiments.rules import CONTROL, TREATED
from qadam.jobs import sql
from qadam.lib.intervals import newcombe_interval, wilson_interval
from qadam.recognition.board_definitions import find_board
from qadam.recognition.errors import UnknownDefinition
from qadam.recognition.social_shapes import ArmResult, BoardReport, Retention

DAYS = (30, 90)
LEAST = 30
"""People in each arm below which no difference is told: "not enough data"."""
ACTIVE_BEFORE = timedelta(days=14)
"""Active at day N: an own act in the 14 days before the N-th day ended."""
ACTS = ("cabinet.opened", "task.done", "lesson.completed", "order.paid", "customer.checked_in", "live.attended")

FOLLOWED = """
SELECT a.arm, count(*), sum(CASE WHEN m.left_at IS NULL OR m.left_at > {end} THEN
    CASE WHEN EXISTS (
        SELECT 1 FROM events_event e WHERE e.member_id = m.id AND e.type IN ({acts})
        AND e.occurred_at > {start} AND e.occurred_at <= {end}
    ) THEN 1 ELSE 0 END ELSE 0 END)
FROM experiments_assignment a
JOIN experiments_layer l ON l.id = a.layer_id JOIN people_member m ON m.id = a.member_id
WHERE l.key = %s AND NOT m.is_test AND m.day_zero_at <= %s AND a.at < {start}
GROUP BY a.arm
"""


def report_of(key: str, *, now: datetime) -> BoardReport:
    """Return what a board does for retention, in the arms of its control group.

    Counted at day N are those who got their arm before the 14 days that are looked at began, and whose day N is over.
    Difference and interval by Newcombe (method 10), told from 30 people in each arm on.

    Raises:
        UnknownDefinition: there is no such board in force.
    """
    board = find_board(key)
    if board is None:
        raise UnknownDefinition(key=key)
    return BoardReport(key, board.document.holdout, tuple(_retention(board.layer, day, now) for day in DAYS))


def _retention(layer: str, day: int, now: datetime) -> Retention:
    counts = _count(layer, day, now)
    treated, control = (counts.get(arm, (0, 0)) for arm in (TREATED, CONTROL))
    is_enough = min(treated[1], control[1]) >= LEAST
    difference = treated[0] / treated[1] - control[0] / control[1] if is_enough else None
    return Retention(
        day=day,
        treated=_arm(TREATED, treated),
        control=_arm(CONTROL, control),
        difference=difference,
        interval=newcombe_interval(treated, control) if is_enough else None,
        is_enough=is_enough,
    )


def _arm(name: str, counts: tuple[int, int]) -> ArmResult:
    kept, people = counts
    return ArmResult(name, people, kept, wilson_interval(kept, people))


def _count(layer: str, day: int, now: datetime) -> dict[str, tuple[int, int]]:
    """Return {arm: (kept, people)} at the end of day `day`, counted in days of 24 hours from day 0."""
    length = timedelta(days=day)
    statement = FOLLOWED.format(
        start=_later("m.day_zero_at", length - ACTIVE_BEFORE),
        end=_later("m.day_zero_at", length),
        acts=", ".join(f"'{name}'" for name in ACTS),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [layer, sql.instant_param(now - length)])
        return {arm: (int(kept), people) for arm, people, kept in cursor.fetchall()}


def _later(column: str, length: timedelta) -> str:
    """Return SQL for an instant some whole days after a column's."""
    if connection.vendor == "postgresql":
        return f"({column} + interval '{length.days} days')"
    # Instants are texts with six decimals where there are any; both are ordered as texts.
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%S', {column}, '+{length.days} days')"


def people_in_arms(key: str) -> dict[str, int]:
    """Return {arm: people} of a board's control group, all that were ever drawn."""
    rows = Assignment.objects.filter(layer__key=f"board:{key}").order_by().values("arm")
    found = dict(rows.annotate(people=Count("member")).values_list("arm", "people"))
    return {arm: found.get(arm, 0) for arm in (TREATED, CONTROL)}
