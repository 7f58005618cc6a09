"""How a member's streaks stand on a day."""

from __future__ import annotations

from datetime import date

from qadam.people.pausing import paused_days_of
from qadam.recognition.awards import StreakState
from qadam.recognition.documents import StreakDocument, Unit
from qadam.recognition.periods import A_DAY
from qadam.recognition.reading import read_book
from qadam.recognition.shapes import StreakView
from qadam.recognition.streak_rules import Run, close, marks, period_of, rests_of, start, step_of
from qadam.recognition.streaks import ALWAYS, read_periods, run_of

SHOWN = {Unit.DAY: 7, Unit.WEEK: 6}
LOOKED_AT = 12 * 7 * A_DAY
"""How far back acts are read to tell a frozen day from a missed one."""


def streaks_of(member_id: int, today: date, language: str) -> tuple[StreakView, ...]:
    """Return a member's streaks on a local day, with what is over counted although no job has settled it yet."""
    streaks = read_book().streaks
    if not streaks:
        return ()
    runs = {row.streak: run_of(row) for row in StreakState.objects.filter(member_id=member_id)}
    acts = read_periods([member_id], since=today - LOOKED_AT)
    paused = paused_days_of([member_id], ALWAYS, today + 7 * A_DAY).get(member_id, frozenset())
    return tuple(
        _view(streak, runs.get(streak.key), acts.get((member_id, streak.key), {}), paused, today, language)
        for streak in streaks
    )


def _view(
    streak: StreakDocument, run: Run | None, acts: dict[date, int], paused: frozenset[date], today: date, language: str
) -> StreakView:
    now_in, step = period_of(streak, today), step_of(streak)
    shown = [now_in - step * number for number in reversed(range(SHOWN[streak.unit]))]
    kept = frozenset(on for on, number in acts.items() if number >= streak.needed)
    at_now = close(run or start(streak), streak, now_in - step, rests_of(streak, paused))
    return StreakView(
        key=streak.key,
        name=streak.name.in_language(language),
        period=streak.unit.value,
        length=at_now.length,
        best=at_now.best,
        freezes=at_now.freezes,
        is_kept_now=now_in in kept,
        is_paused=today in paused,
        marks=tuple(marks(streak, kept, paused, shown, now_in)),
        kept_on=at_now.kept_on,
    )
