from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from qadam.people import operations as people
from qadam.surveys import operations, queries, results
from qadam.surveys.models import Request
from qadam.surveys.tests.factories import a_request, a_survey, an_answer, an_expectation
from tests.cast import NOW, a_company, a_member, days

pytestmark = pytest.mark.django_db
PERIOD = {"since": NOW - days(365), "until": NOW + days(365)}


@pytest.fixture(autouse=True)
def _company() -> None:
    a_company()


def test_open_questions_and_the_answer_just_given() -> None:
    a_survey()
    a_survey("easy", "ces", open_days=3)
    member = a_member()
    first, second = a_request(member), a_request(member, "easy")
    cards = queries.open_requests_of(member, NOW, "ru")
    assert [card.survey for card in cards] == ["easy", "nps-quarter"]
    assert (cards[0].question, cards[0].low, len(cards[0].choices)) == ("Question of easy? ru", "Not at all ru", 7)
    operations.record_answer(request_id=first.id, answer=9, via="cabinet", now=NOW)
    answered, _ = queries.open_requests_of(member, NOW + timedelta(minutes=9), "ru")
    assert (answered.survey, answered.chosen, answered.is_open) == ("nps-quarter", "9", True)
    assert [card.request_id for card in queries.open_requests_of(member, NOW + timedelta(minutes=10), "ru")] == [
        second.id
    ]
    assert queries.open_requests_of(member, NOW + days(8), "ru") == []
    late = queries.get_card(second.id, NOW + days(8), "ru")
    assert late is not None
    assert not late.is_open


def test_a_check_shows_what_was_chosen_on_day_0() -> None:
    operations.publish_survey(document=an_expectation(), actor=None, now=NOW)
    a_survey("hopes-45", "expectation", checks="hopes")
    member = a_member()
    an_answer(member, "health", "hopes")
    card = queries.get_card(a_request(member, "hopes-45", now=NOW + days(45)).id, NOW + days(45), "en")
    assert card is not None
    assert (card.earlier, [choice.value for choice in card.choices]) == ("Health", list("12345"))
    assert queries.missing_check("hopes-45") == ""


def test_measured_emotion_is_by_stage_touchpoint_and_people() -> None:
    a_survey("live", "csat", stage="s4", touchpoint="zoom")
    a_survey("order", "csat", stage="s4", touchpoint="orders")
    a_survey("nps-quarter", "nps", stage="s5")
    happy, sad, staff = a_member(), a_member(), a_member(is_test=True)
    for member, score in ((happy, 5), (sad, 2), (staff, 1)):
        an_answer(member, score, "live")
    an_answer(happy, 3, "order")
    an_answer(happy, 10)
    found = queries.measured_emotions(["s4", "s5", "s1"], **PERIOD)
    assert (found["s4"].n, found["s4"].mean) == (3, pytest.approx(1 / 3))
    assert (found["s5"].n, found["s5"].mean, found["s5"].low) == (1, 2, None)
    assert "s1" not in found
    assert queries.measured_emotions(["s4"], touchpoints=["orders"], **PERIOD)["s4"].n == 1
    assert queries.measured_emotions(["s4"], member_ids=[sad.id], **PERIOD)["s4"].mean == -1
    assert queries.measured_emotions(["s4"], since=NOW + days(1), until=NOW + days(2)) == {}


def test_results_have_the_response_rate_beside_the_score() -> None:
    a_survey()
    for at, score in ((NOW - days(40), 10), (NOW - days(39), 9), (NOW, 3), (NOW, None)):
        member = a_member(now=NOW - days(60))
        stay = people.Stay(member.id, "stage", "start/s5" if at < NOW else "start/s4", NOW - days(50))
        people.enter_memberships([stay], now=NOW - days(50))
        request = an_answer(member, score, now=at) if score is not None else a_request(member, now=at)
    an_answer(a_member(is_test=True), 0)
    operations.add_comment(request_id=Request.objects.get(score=3).id, comment="Too many letters", now=NOW)
    row = results.list_surveys(**PERIOD, now=NOW, language="en")[0]
    assert (row.tally.asked, row.tally.answered, row.tally.still_open, row.tally.rate) == (4, 3, 1, 0.75)
    assert row.tally.summary is not None
    assert row.tally.summary.value == pytest.approx(100 / 3)
    found = results.results_of("nps-quarter", **PERIOD, now=NOW, zone=ZoneInfo("Asia/Almaty"), language="en")
    assert [(bar.value, bar.count) for bar in found.bars if bar.count] == [("3", 1), ("9", 1), ("10", 1)]
    assert [(month.first_day.month, month.tally.answered) for month in found.months] == [(1, 2), (3, 1)]
    assert {key: tally.asked for key, tally in found.by_stage.items()} == {"start/s5": 2, "start/s4": 2}
    page = results.comments_of("nps-quarter", **PERIOD, language="en")
    assert [(each.answer, each.words) for each in page.rows] == [("3", "Too many letters")]
    assert (found.comments, page.next_before, request.score) == (1, None, None)


def test_of_recommendations_the_latest_of_each_person_counts() -> None:
    a_survey()
    member = a_member()
    for at, score in ((NOW - days(200), 0), (NOW - days(100), 10)):
        an_answer(member, score, now=at)
    (row,) = results.list_surveys(**PERIOD, now=NOW, language="en")
    assert row.tally.summary is not None
    assert (row.tally.answered, row.tally.summary.n, row.tally.summary.value) == (2, 1, 100)
