"""A leader is erased, two leaders or two of one team become one: boards and goals of the team stay whole."""

import pytest

from qadam.events.consumers import read_events
from qadam.people.identity import erase_member, merge_members
from qadam.people.models import Member
from qadam.recognition import board_closing, board_queries, together
from qadam.recognition.models import Attempt, ClosedPlace, Contribution, Score, TeamScore
from qadam.recognition.social_publishing import publish_challenge
from qadam.recognition.tests.social import MONDAY, a_board, a_team, post, words
from tests.cast import NOW, a_company, an_event, days

pytestmark = pytest.mark.django_db
LAST_MONDAY = MONDAY - days(7)


@pytest.fixture(autouse=True)
def company(db):
    return a_company()


def a_team_goal(goal):
    document = {
        "challenge": "march",
        **{name: words(name) for name in ("name", "why", "how")},
        "measure": {"did": "lesson.completed", "distinct": "lesson"},
        "for": "team",
        "goal": goal,
        "when": {"from": "2026-03-01", "until": "2026-03-31"},
    }
    publish_challenge(document=document, actor=None, now=NOW)


def learn(member, number):
    for each in range(number):
        an_event("lesson.completed", member, NOW, lesson=f"{member.name}-{each}")


def hear():
    together.handle(read_events("id > %s", [0]), NOW)


def sums():
    return list(Attempt.objects.values_list("group_key", "done", "people"))


def test_a_team_stays_one_when_its_leader_is_erased():
    board = a_board()
    a_team_goal(100)
    leader, *team = a_team(6)
    for each in team[:5]:
        post(each, 10, day=LAST_MONDAY)
        post(each, 10)
        learn(each, 1)
    hear()
    board_closing.close_period(board=board, starts_on=LAST_MONDAY, now=NOW)
    nameless = erase_member(member=leader, actor=None, now=NOW)
    last = Member.objects.get(id=team[5].id)
    post(last, 20)
    learn(last, 1)
    hear()
    assert set(Score.objects.values_list("group_key", flat=True)) == {nameless.id}
    assert set(ClosedPlace.objects.values_list("group_key", flat=True)) == {nameless.id}
    assert len(board_queries.boards_of(last, now=NOW, language="en")[0].rows) == 5, "six, the last of whom isn't shown"
    assert sums() == [(nameless.id, 6, 6)]


def test_two_leaders_who_are_one_have_one_team():
    board = a_board(board="teams", normalised=True)
    by_name = a_board()
    a_team_goal(100)
    (kept, *mine), (other, *others) = a_team(5), a_team(5)
    for each in mine + others:
        post(each, 10, day=LAST_MONDAY)
        post(each, 10)
        learn(each, 1)
    hear()
    board_closing.close_period(board=by_name, starts_on=LAST_MONDAY, now=NOW)
    closed = list(ClosedPlace.objects.order_by("member_id").values_list())
    merge_members(kept=kept, other=other, actor=None, now=NOW)
    post(others[0], 20)
    hear()
    this_week = TeamScore.objects.filter(board_id=board.id, starts_on=MONDAY)
    assert list(this_week.values_list("leader_id", "points", "people")) == [(kept.id, 120, 10)]
    assert sums() == [(kept.id, 10, 10)]
    assert list(ClosedPlace.objects.order_by("member_id").values_list()) == closed, "places are final"


def test_two_of_one_team_who_are_one_bring_one_share():
    a_team_goal(10)
    leader, *team = a_team(5)
    for each, number in zip(team, (3, 3, 2, 0, 0), strict=True):
        learn(each, number)
    hear()
    assert sums() == [(leader.id, 8, 3)]
    merge_members(kept=team[0], other=team[1], actor=None, now=NOW)
    learn(team[3], 2)
    hear()
    hear()
    assert sums() == [(leader.id, 8, 3)], "six lessons of one are worth four"
    assert sorted(Contribution.objects.values_list("amount", flat=True)) == [2, 2, 6]
    assert not Attempt.objects.get().closed_at
