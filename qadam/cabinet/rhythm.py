"""The strip of home: what carries a person through this part of the path.

The mechanic changes with the path (recognition.md: the effect of novelty falls from week 4): to day 27 the daily rhythm
of learning and points; to day 90 the weekly rhythm and the team's challenge; afterwards points fade, the level and what
others recognise stay.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qadam.people.models import Member
from qadam.recognition import challenge_queries
from qadam.recognition import queries as recognition
from qadam.recognition.shapes import Standing, StreakView
from qadam.recognition.social_shapes import ChallengeState, ChallengeView
from qadam.tasks.rules import PATH_DAYS

CHANGE_DAY = 28
SHOWN = {"kept", "frozen", "paused"}
"""A row of nothing but gaps says nothing good about anybody, so it isn't drawn."""


@dataclass(frozen=True, slots=True)
class StreakLine:
    """A rhythm in words, with the marks of its last periods (kept, frozen, paused, open), the present one last."""

    words: str
    note: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """One line about the rhythm, one about the team where there is one, one about level and points."""

    streak: StreakLine | None
    team: ChallengeView | None
    level: str
    points: str


def strip_of(member: Member, day: int | None, now: datetime, language: str) -> Strip | None:
    """Return the strip; None before the path begins."""
    if day is None:
        return None
    standing = recognition.standing_of(member, now, language)
    is_after, is_weekly = day > PATH_DAYS, day >= CHANGE_DAY
    team = _team_challenge(member, now, language) if is_weekly and not is_after else None
    return Strip(
        streak=streak_line(_streak(standing, "week" if is_weekly else "day")),
        team=team,
        level=standing.level.name if standing.level else "",
        points="" if is_after else _points_words(standing),
    )


def _streak(standing: Standing, period: str) -> StreakView | None:
    return next((streak for streak in standing.streaks if streak.period == period), None)


def streak_line(streak: StreakView | None) -> StreakLine | None:
    """Say a rhythm. A break is silent: what was best stays, and the next day counts again."""
    if streak is None:
        return None
    if streak.length == 0:
        words = _("Your rhythm begins with one lesson") if streak.period == "day" else _("A new week, a new rhythm")
    elif streak.period == "day":
        words = ngettext("%(n)d day in a row", "%(n)d days in a row", streak.length) % {"n": streak.length}
    else:
        words = ngettext("%(n)d week in a row", "%(n)d weeks in a row", streak.length) % {"n": streak.length}
    has_begun = bool(SHOWN & set(streak.marks))
    return StreakLine(words, _note(streak), streak.marks if has_begun else ())


def _note(streak: StreakView) -> str:
    if streak.is_paused:
        return _("paused, nothing is lost")
    if streak.is_kept_now:
        return _("today counts already") if streak.period == "day" else _("this week counts already")
    return ""


def _team_challenge(member: Member, now: datetime, language: str) -> ChallengeView | None:
    active = challenge_queries.challenges_of(member, now=now, language=language).active
    return next((each for each in active if each.kind == "team" and each.state is ChallengeState.OPEN), None)


def _points_words(standing: Standing) -> str:
    """Say the week's points; a week without any is a beginning, not a nought."""
    if standing.week <= 0:
        return ""
    return ngettext("%(n)d point this week", "%(n)d points this week", standing.week) % {"n": standing.week}
