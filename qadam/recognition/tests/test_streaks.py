"""Streaks on the database: acts of a batch, late ones, pauses, the closing of days, what the log is told."""

import pytest

from qadam.events.models import Event
from qadam.people import pausing, preferences
from qadam.people.models import Pause
from qadam.recognition import queries, streaks
from qadam.recognition.models import StreakState
from qadam.recognition.tests.world import DAY, HOUR, START, a_badge, a_streak, hear, held
from tests.cast import NOW, a_company, a_member, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def me():
    a_company()
    a_streak()
    return a_member(now=START)


def learn(member, *days, start=START):
    for number in days:
        an_event("lesson.completed", member, start + number * DAY, lesson=f"l{number}")


def standing(member, day):
    return queries.standing_of(member, START + day * DAY, "en").streaks[0]


@pytest.mark.parametrize("batches", [[[0, 1, 2, 4]], [[0], [1], [2], [4]], [[4, 2], [0, 1]], [[4], [2], [1], [0]]])
def test_the_order_in_which_acts_become_known_doesnt_matter(me, batches):
    for batch in batches:
        learn(me, *batch)
        hear()
    found = standing(me, 5)
    assert (found.length, found.best, found.freezes, found.is_kept_now) == (4, 4, 0, False)
    assert found.marks[-6:] == ("kept", "kept", "kept", "frozen", "kept", "open")


def test_the_days_are_closed_once_and_a_break_is_silent(me):
    learn(me, 0, 1)
    hear()
    told = Event.objects.count()
    assert [streaks.close_days(now=START + 2 * DAY) for _ in range(2)] == [0, 0]
    assert [streaks.close_days(now=START + 3 * DAY) for _ in range(2)] == [1, 0]
    assert StreakState.objects.get().freezes == 0
    assert [streaks.close_days(now=START + 9 * DAY) for _ in range(2)] == [1, 0]
    found = standing(me, 9)
    assert (found.length, found.best) == (0, 2)
    assert Event.objects.count() == told
    learn(me, 10)
    hear()
    assert standing(me, 10).length == 1


@pytest.mark.parametrize(("period", "day", "missed"), [("day", 2, 0), ("day", 3, 1), ("week", 10, 0), ("week", 11, 1)])
def test_only_streaks_with_something_open_are_read_and_few_at_once(monkeypatch, period, day, missed):
    """Learned on a Thursday and on the Friday: a day is missed by that Sunday, a week by the Monday after the next."""
    a_company()
    a_streak(period=period, needed=1)
    for each in [a_member(now=START) for _ in range(5)]:
        learn(each, 0, 1)
    hear()
    chunks, close_rows = [], streaks._close_rows
    monkeypatch.setattr(streaks, "CLOSED_AT_ONCE", 2)
    monkeypatch.setattr(streaks, "_close_rows", lambda rows, *rest: chunks.append(len(rows)) or close_rows(rows, *rest))
    at = START + day * DAY
    assert [streaks.close_days(now=at) for _ in range(2)] == [5 * missed, 0]
    assert chunks == [2, 2, 1] * missed


def test_a_pause_neither_breaks_nor_grows(me):
    learn(me, 0, 1, 4, 8)
    first = (START + 2 * DAY).date()
    Pause.objects.create(member=me, first_on=first, last_on=first + 5 * DAY, asked_at=START)
    hear()
    assert pausing.paused_days_of([me.id], first, first + 9 * DAY)
    found = standing(me, 8)
    assert (found.length, found.freezes) == (3, 1)


def test_what_badges_ask_for_is_told_to_the_log_once(me):
    a_badge({"did": "streak.grown", "where": {"streak": "learning", "length": {"at_least": 5}}})
    learn(me, *range(7), *range(7))
    for _ in range(2):
        hear()
    lengths = Event.objects.filter(type="streak.grown").order_by("id").values_list("props__length", flat=True)
    assert list(lengths) == [3, 5, 6, 7]
    assert held(me) == {("badge", "one")}


def test_changing_the_zone_gains_no_second_day(me):
    at = NOW + 11 * HOUR  # 22:00 in Almaty
    an_event("lesson.completed", me, at, lesson="a")
    preferences.change_zone(member=me, zone="Pacific/Kiritimati", now=at + HOUR)
    an_event("lesson.completed", me, at + 2 * HOUR, lesson="b")  # 09:00 of the next day in Kiritimati
    hear(at + 3 * HOUR)
    assert StreakState.objects.get().length == 1


def test_a_week_is_kept_with_three_different_acts():
    a_company()
    a_streak(streak="work", period="week", needed=3, acts=[{"did": ["customer.checked_in", "lesson.completed"]}])
    me, other = a_member(now=START), a_member(now=START)
    for week in range(2):
        for number in range(3):
            an_event("lesson.completed", me, START + 7 * week * DAY + number * HOUR, lesson=f"l{number}")
            an_event("lesson.completed", other, START + 7 * week * DAY + number * HOUR, lesson="same")
    hear()
    assert [found.length for found in queries.standing_of(me, START + 8 * DAY, "en").streaks] == [2]
    assert [found.length for found in queries.standing_of(other, START + 8 * DAY, "en").streaks] == [0]
