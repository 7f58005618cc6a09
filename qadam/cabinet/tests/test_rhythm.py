from datetime import date

import pytest

from qadam.cabinet import rhythm
from qadam.people.models import Member
from qadam.recognition import challenge_queries, queries
from qadam.recognition.shapes import LevelView, Standing, StreakView
from qadam.recognition.social_shapes import ChallengeState, ChallengesView, ChallengeView
from tests.cast import NOW


def a_streak(period: str, **changes: object) -> StreakView:
    row: dict[str, object] = {
        "key": period,
        "name": period,
        "period": period,
        "length": 3,
        "best": 5,
        "freezes": 1,
        "is_kept_now": True,
        "is_paused": False,
        "marks": ("kept", "open"),
        "kept_on": None,
        **changes,
    }
    return StreakView(**row)  # type: ignore[arg-type]


def a_challenge(kind: str, state: ChallengeState = ChallengeState.OPEN) -> ChallengeView:
    day = date(2026, 3, 2)
    return ChallengeView(
        kind, kind, "", "", kind, 10, 4, 6, 40, 1, 4, 3, day, day, 0, day, state, "", "", False, False, True, ""
    )  # fmt: skip


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    level = LevelView("doer", "Doer", 2, 60)
    standing = Standing(35, 90, 240, 0, level, (level,), (a_streak("day"), a_streak("week")))
    monkeypatch.setattr(queries, "standing_of", lambda *_: standing)
    active = (a_challenge("person"), a_challenge("team", ChallengeState.LATE), a_challenge("team"))
    found = ChallengesView(active=active, to_join=(), past=())
    monkeypatch.setattr(challenge_queries, "challenges_of", lambda *_, **__: found)


@pytest.mark.parametrize(
    ("day", "streak", "has_team", "points"),
    [
        (0, "3 days in a row", False, "35 points this week"),
        (27, "3 days in a row", False, "35 points this week"),
        (28, "3 weeks in a row", True, "35 points this week"),
        (90, "3 weeks in a row", True, "35 points this week"),
        (91, "3 weeks in a row", False, ""),
    ],
)
def test_the_mechanic_changes_on_day_28_and_points_fade_after_90(
    day: int, streak: str, has_team: bool, points: str
) -> None:
    strip = rhythm.strip_of(Member(), day, NOW, "en")
    assert strip is not None
    assert strip.streak is not None
    assert (strip.streak.words, strip.team is not None, strip.points) == (streak, has_team, points)
    assert strip.level == "Doer"


def test_before_the_first_day_there_is_no_strip() -> None:
    assert rhythm.strip_of(Member(), None, NOW, "en") is None


@pytest.mark.parametrize(
    ("changes", "words", "note"),
    [
        ({"length": 0, "is_kept_now": False}, "Your rhythm begins with one lesson", ""),
        ({"length": 1, "is_kept_now": False}, "1 day in a row", ""),
        ({"is_paused": True}, "3 days in a row", "paused, nothing is lost"),
    ],
)
def test_a_break_is_silent_and_a_pause_is_said(changes: dict[str, object], words: str, note: str) -> None:
    line = rhythm.streak_line(a_streak("day", **changes))
    assert line is not None
    assert (line.words, line.note) == (words, note)
