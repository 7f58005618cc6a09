"""Stopping a journey's clock and letting it go on."""

from datetime import datetime, timedelta

from qadam.jobs import sql
from qadam.jobs.sql import CHUNK
from qadam.journeys.models import Enrollment, Journey, Phase
from qadam.journeys.standings import Moves, Standing, read_standings
from qadam.journeys.steps import OnResume
from qadam.journeys.transfers import MINUTE, PER_MINUTE

STILL = "e.journey_id = %s AND e.left_at IS NULL AND e.id > %s AND e.id <= %s"


def hold_timers(journey: Journey) -> None:
    """Take a journey's timers out of the engine's sight; `ends_at` keeps when they were to fire."""
    Enrollment.objects.filter(journey=journey, due_at__isnull=False).update(due_at=None)


def release_timers(journey: Journey, paused_at: datetime, on_resume: OnResume, moves: Moves) -> None:
    """Let everybody of a journey be looked at: what happened while it stood still counts now.

    SHIFT moves ends and horizons by the length of the pause; DROP ends those whose timer is over.
    """
    pause = moves.now - paused_at if on_resume is OnResume.SHIFT else timedelta()
    live = Enrollment.objects.filter(journey=journey, left_at__isnull=True).order_by("id")
    after = overdue = 0
    while ids := list(live.filter(id__gt=after).values_list("id", flat=True)[:CHUNK]):
        where = [journey.id, after, ids[-1]]
        standings = read_standings(STILL, where, moves.company)
        overdue = _release(standings, pause, on_resume, moves, overdue=overdue)
        after = ids[-1]


def _release(standings: list[Standing], pause: timedelta, on_resume: OnResume, moves: Moves, *, overdue: int) -> int:
    """Give everybody a moment at which to be looked at. Return how many timers were over so far.

    Those fire `PER_MINUTE` a minute, so that the end of a long pause floods nobody.
    """
    looked_at = []
    for standing in standings:
        is_over = standing.ends_at is not None and standing.ends_at <= moves.now
        if on_resume is OnResume.DROP and standing.phase == Phase.WAITING and is_over:
            moves.leave(standing, "dropped")
        elif standing.phase in (Phase.WAITING, Phase.READY):
            ends_at = standing.ends_at + pause if standing.ends_at else None
            horizon_at = standing.horizon_at + pause if standing.horizon_at else None
            is_over = ends_at is not None and ends_at <= moves.now
            look_at = moves.now + MINUTE * (overdue // PER_MINUTE) if is_over else moves.now
            overdue += is_over
            looked_at.append((look_at, ends_at, horizon_at, standing.id, standing.visit))
    instants = dict.fromkeys(("due_at", "ends_at", "horizon_at"), "timestamptz")
    guard = {"id": "bigint", "visit": "integer"}
    sql.change_many("journeys_enrollment", instants, guard, looked_at, only="old.left_at IS NULL")
    return overdue
