"""How a streak grows, rests and begins again, in plain Python. A period is a day, or the Monday of an ISO week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from qadam.recognition.documents import StreakDocument, Unit
from qadam.recognition.periods import A_DAY, monday_of

WEEK_RESTS_FROM = 4
"""A week with so many days of pause and holiday is none that can be missed."""
MILESTONES = {Unit.DAY: (3, 7, 14, 21, 30, 60, 90, 180, 365), Unit.WEEK: (2, 4, 8, 12, 26, 52)}
"""Lengths that are facts of the log of their own; others are told where a badge asks for them."""

Rests = Callable[[date], bool]
"""Tells whether a period can't be missed: a pause or a holiday."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a streak stands. `kept_on` is the last period kept, `closed_on` the last one that is over and settled."""

    length: int = 0
    best: int = 0
    freezes: int = 0
    earned: int = 0
    kept_on: date | None = None
    closed_on: date | None = None

    @property
    def settled_on(self) -> date | None:
        """The last period about which nothing is open."""
        return max((day for day in (self.kept_on, self.closed_on) if day is not None), default=None)


def start(streak: StreakDocument) -> Run:
    return Run(freezes=streak.freezes_at_start)


def period_of(streak: StreakDocument, day: date) -> date:
    return day if streak.unit is Unit.DAY else monday_of(day)


def step_of(streak: StreakDocument) -> timedelta:
    return A_DAY if streak.unit is Unit.DAY else 7 * A_DAY


def rests_of(streak: StreakDocument, paused: frozenset[date]) -> Rests:
    """Return which periods can't be missed, by a member's pauses and the company's holidays."""
    free = paused | streak.holidays
    if streak.unit is Unit.DAY:
        return free.__contains__
    return lambda monday: sum(monday + A_DAY * number in free for number in range(7)) >= WEEK_RESTS_FROM


def keep(run: Run, streak: StreakDocument, period: date, rests: Rests) -> Run:
    """Return the run after `period` was kept, which is later than all that is settled."""
    run = close(run, streak, period - step_of(streak), rests)
    earned, freezes = run.earned + 1, run.freezes
    if earned >= streak.earn_every:
        earned, freezes = 0, min(freezes + 1, streak.freezes)
    length = run.length + 1
    return Run(length, max(run.best, length), freezes, earned, period, run.closed_on)


def close(run: Run, streak: StreakDocument, through: date, rests: Rests) -> Run:
    """Return the run once everything up to `through` is over: misses take freezes, or end it. Again changes nothing.

    Who misses more periods than there are freezes begins anew, with the freezes of a beginner.
    """
    settled = run.settled_on
    if settled is None or through <= settled:
        return run
    if run.length == 0:
        return replace(run, closed_on=through)
    missed = sum(not rests(period) for period in _between(settled, through, step_of(streak)))
    if missed > run.freezes:
        return replace(run, length=0, earned=0, freezes=streak.freezes_at_start, closed_on=through)
    return replace(run, freezes=run.freezes - missed, closed_on=through)


def _between(settled: date, through: date, step: timedelta) -> Iterator[date]:
    """Yield the periods after `settled` up to `through`."""
    period = settled + step
    while period <= through:
        yield period
        period += step


def replay(streak: StreakDocument, kept: Iterable[date], paused: frozenset[date], through: date | None) -> Run:
    """Return the run of all kept periods from the first on, in whichever order they became known.

    A day of a pause neither breaks a streak of days nor makes it longer.
    """
    run, rests = start(streak), rests_of(streak, paused)
    for period in sorted(set(kept) - paused if streak.unit is Unit.DAY else set(kept)):
        run = keep(run, streak, period, rests)
    return close(run, streak, through, rests) if through is not None else run


def crossed(before: int, after: int, milestones: Iterable[int]) -> list[int]:
    """Return the milestones that a run has come to, from one length to another; from 0 where it began anew."""
    start_at = before if before < after else 0
    return sorted(each for each in set(milestones) if start_at < each <= after)


def marks(
    streak: StreakDocument, kept: frozenset[date], paused: frozenset[date], periods: Iterable[date], now_in: date
) -> list[str]:
    """Tell each period in a word: kept, paused, frozen, missed, open (still on), ahead."""
    return [_mark(streak, kept, paused, period, now_in) for period in periods]


def _mark(streak: StreakDocument, kept: frozenset[date], paused: frozenset[date], period: date, now_in: date) -> str:
    if period in kept:
        return "kept"
    if rests_of(streak, paused)(period):
        return "paused"
    if period >= now_in:
        return "open" if period == now_in else "ahead"
    earlier = [each for each in kept if each < period]
    if not earlier:
        return "missed"
    at_end = replay(streak, earlier, paused, period)
    return "frozen" if at_end.length else "missed"
