from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.people.models import AuditEntry
from qadam.surveys import operations
from qadam.surveys.errors import (
    AnswerStands,
    CommentTooLong,
    NotAnAnswer,
    NotAnsweredYet,
    NothingToCheck,
    RequestExpired,
    UnknownRequest,
    UnknownSurvey,
)
from qadam.surveys.jobs import next_due
from qadam.surveys.models import Request, SurveyVersion
from qadam.surveys.operations import Ask, ask_members, record_answer, settle_answers
from qadam.surveys.rules import CORRECTION
from qadam.surveys.tests.factories import a_request, a_survey, a_survey_document, an_answer, an_expectation
from tests.cast import NOW, a_company, a_member, days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company() -> None:
    a_company()


def test_publishing_the_same_again_changes_nothing() -> None:
    first = a_survey()
    assert a_survey() == first
    second = a_survey(open_days=3)
    assert (second.number, SurveyVersion.objects.count()) == (2, 2)
    assert AuditEntry.objects.filter(action="survey.published").count() == 2


def test_a_check_of_what_is_no_expectation_is_refused() -> None:
    a_survey()
    with pytest.raises(NothingToCheck):
        a_survey("hopes-45", "expectation", checks="nps-quarter")


def test_asks_once_and_passes_over_whom_it_must() -> None:
    a_survey(stage="s5")
    old, gone, fresh = a_member(), a_member(), a_member()
    a_request(old, now=NOW - days(89))
    type(gone).objects.filter(id=gone.id).update(left_at=NOW)
    asks = [Ask(f"e:{each.id}", each.id, each.id, 1) for each in (old, gone, fresh)] + [Ask("twice", fresh.id)]
    asked = ask_members(survey="nps-quarter", asks=asks, now=NOW)
    assert asked == {f"e:{fresh.id}": NOW + days(7)}
    assert ask_members(survey="nps-quarter", asks=asks[1:3], now=NOW + days(1)) == asked
    event = Event.objects.get(type="survey.asked", member_id=fresh.id)
    request = Request.objects.get(key=f"e:{fresh.id}")
    assert event.props == {"survey": "nps-quarter", "kind": "nps", "request": request.id, "stage": "s5"}
    assert ask_members(survey="nps-quarter", asks=[Ask("later", old.id)], now=NOW + days(1))
    with pytest.raises(UnknownSurvey):
        ask_members(survey="none", asks=[], now=NOW)


def test_a_check_asks_those_who_chose_something() -> None:
    operations.publish_survey(document=an_expectation(), actor=None, now=NOW)
    a_survey("hopes-45", "expectation", checks="hopes")
    chose, silent = a_member(), a_member()
    an_answer(chose, "income", "hopes")
    a_request(silent, "hopes")
    asks = [Ask(f"c:{each.id}", each.id) for each in (chose, silent)]
    assert list(ask_members(survey="hopes-45", asks=asks, now=NOW + days(45))) == [f"c:{chose.id}"]
    answered = Event.objects.get(type="survey.answered")
    assert answered.props["option"] == "income"
    assert "score" not in answered.props


def test_an_answer_is_recorded_once_when_it_stands() -> None:
    a_survey()
    member = a_member()
    request = a_request(member)

    def answer(score: int, after: timedelta) -> Request:
        return record_answer(request_id=request.id, answer=score, via="letter", now=NOW + after, member_id=member.id)

    answer(3, timedelta())
    answer(3, timedelta(minutes=1))
    assert next_due() == NOW + CORRECTION
    assert settle_answers(now=NOW + timedelta(minutes=9, seconds=59)) == 0
    answer(9, timedelta(minutes=9))
    assert settle_answers(now=NOW + CORRECTION) == 1
    assert settle_answers(now=NOW + days(1)) == 0
    assert next_due() is None
    event = Event.objects.get(type="survey.answered")
    assert (event.occurred_at, event.props["score"], event.props["request"]) == (NOW, 9, request.id)
    assert answer(9, days(1)).score == 9
    with pytest.raises(AnswerStands):
        answer(3, days(1))


def test_refuses_what_is_no_answer_foreign_or_late() -> None:
    a_survey()
    request = a_request(a_member())
    for wrong in (11, -1, "9", True):
        with pytest.raises(NotAnAnswer):
            record_answer(request_id=request.id, answer=wrong, via="letter", now=NOW)
    for stranger in ({"request_id": request.id, "member_id": a_member().id}, {"request_id": 0}):
        with pytest.raises(UnknownRequest):
            record_answer(**stranger, answer=9, via="cabinet", now=NOW)
    with pytest.raises(RequestExpired):
        record_answer(request_id=request.id, answer=9, via="letter", now=NOW + days(7) + timedelta(seconds=1))
    assert record_answer(request_id=request.id, answer=9, via="letter", now=NOW + days(7)).score == 9


def test_a_new_version_leaves_what_was_asked_as_it_was() -> None:
    operations.publish_survey(document=an_expectation(), actor=None, now=NOW)
    request = a_request(a_member(), "hopes")
    options = [{"key": key, "name": a_survey_document()["name"]} for key in ("friends", "health")]
    operations.publish_survey(document=an_expectation(options=options), actor=None, now=NOW)
    with pytest.raises(NotAnAnswer):
        record_answer(request_id=request.id, answer="friends", via="letter", now=NOW)
    assert record_answer(request_id=request.id, answer="income", via="letter", now=NOW).option == "income"


def test_words_stay_beside_the_answer_and_out_of_the_log() -> None:
    a_survey()
    request = a_request(a_member())
    with pytest.raises(NotAnsweredYet):
        operations.add_comment(request_id=request.id, comment="Hm", now=NOW)
    record_answer(request_id=request.id, answer=9, via="letter", now=NOW)
    operations.add_comment(request_id=request.id, comment="  Good people \x00 ", now=NOW)
    assert Request.objects.get().comment == "Good people"
    with pytest.raises(CommentTooLong):
        operations.add_comment(request_id=request.id, comment="x" * 2_001, now=NOW)
    with pytest.raises(RequestExpired):
        operations.add_comment(request_id=request.id, comment="late", now=NOW + days(8))
    settle_answers(now=NOW + days(1))
    assert "Good" not in str(list(Event.objects.values_list("props", flat=True)))
