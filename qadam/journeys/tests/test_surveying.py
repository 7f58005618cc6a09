"""Surveys as steps: who is asked, what the letter holds, where its outcome leads, and what publishing refuses."""

from typing import Any

import pytest

from qadam.events.models import Event
from qadam.journeys.graphs import graph_of
from qadam.journeys.phrases import Names, tell_step
from qadam.journeys.simulation import Invented, simulate_member
from qadam.journeys.surveying import parse_survey_with_letter
from qadam.journeys.tests.stage import DAY, GLAD, LATE, a_journey, edges, publish, run_once, statuses
from qadam.lib.documents import FaultyDocument
from qadam.messaging.errors import FaultyTemplate
from qadam.messaging.models import LocalMail, Outbox
from qadam.messaging.operations import publish_template
from qadam.surveys import operations as surveys
from qadam.surveys.models import Request
from qadam.surveys.tests.factories import a_request, a_survey, a_survey_document, an_expectation, in_three
from tests.cast import NOW, a_member, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

ASK: dict[str, Any] = {
    "id": "ask",
    "send": {"channel": "survey", "survey": "nps-quarter"},
    "on": {"suppressed": "late"},
}


def test_asks_by_letter_and_in_the_cabinet_in_both_arms(settings: Any) -> None:
    settings.MESSAGING_CHANNEL = "mailbox"
    a_survey()
    publish(ASK, GLAD, LATE, holdout=100)
    with_address, without = a_member(), a_member(email="")
    run_once(NOW)
    assert set(Request.objects.values_list("member_id", "expires_at")) == {
        (with_address.id, NOW + days(7)),
        (without.id, NOW + days(7)),
    }
    assert statuses() == {with_address.id: "sent", without.id: "suppressed"}
    assert (edges(with_address)[0], edges(without)[0]) == ("sent", "suppressed")
    letter = LocalMail.objects.get()
    row = Outbox.objects.get(status="sent")
    request = Request.objects.get(member=with_address)
    assert (row.template, row.channel, row.key) == ("survey:nps-quarter", "email", request.key)
    assert letter.html.count("/s/") == letter.text.count("/s/") == 11
    assert "10 — Very much kk" in letter.html
    assert "/10/" in letter.text


def test_who_was_asked_lately_goes_on_at_once() -> None:
    a_survey()
    member = a_member()
    a_request(member)
    publish({**ASK, "on": {}}, DAY, GLAD)
    run_once(NOW)
    assert edges(member)[:1] == ["suppressed"]
    assert Request.objects.count() == 1
    assert not Outbox.objects.exists()


def test_a_letter_that_waits_is_pointless_once_the_question_is_answered() -> None:
    a_survey()
    publish(ASK, GLAD, LATE, quiet={"from": "00:00", "to": "23:59"})
    member = a_member()
    run_once(NOW)
    request = Request.objects.get()
    surveys.record_answer(request_id=request.id, answer=9, via="cabinet", now=NOW)
    surveys.settle_answers(now=NOW + days(0.1))
    run_once(NOW + days(1))
    assert list(Outbox.objects.values_list("status", "reason")) == [("suppressed", "stopped")]
    assert edges(member)[:1] == ["suppressed"]


def test_an_answer_ends_a_wait() -> None:
    a_survey()
    bad = {"id": "bad", "wait": {"event": "survey.answered", "where": {"survey": "nps-quarter"}, "timeout": "P7D"}}
    publish({**ASK, "on": {}}, bad, GLAD)
    member = a_member()
    run_once(NOW)
    surveys.record_answer(request_id=Request.objects.get().id, answer=2, via="letter", now=NOW + days(1))
    surveys.settle_answers(now=NOW + days(2))
    run_once(NOW + days(2))
    assert edges(member)[:2] == ["sent", "event"]


@pytest.mark.parametrize("step", [{"survey": "none"}, {"survey": "hopes-45"}])
def test_refuses_a_survey_that_is_not_there(step: dict[str, str]) -> None:
    a_survey("hopes-45", "expectation", checks="hopes")
    with pytest.raises(FaultyDocument) as refusal:
        publish({**ASK, "send": {"channel": "survey", **step}, "on": {}}, GLAD)
    assert refusal.value.faults[0].place == "steps.ask.send"
    surveys.publish_survey(document=an_expectation(), actor=None, now=NOW)
    publish({**ASK, "send": {"channel": "survey", "survey": "hopes-45"}, "on": {}}, GLAD)


def test_refuses_a_control_group_of_the_step() -> None:
    a_survey()
    with pytest.raises(FaultyDocument, match="holdout"):
        publish({**ASK, "holdout": 10}, GLAD, LATE)


def test_the_letters_liquid_is_checked_and_its_name_is_taken() -> None:
    words = {"subject": in_three("{{ member.shoe }}"), "body": in_three("Hi")}
    with pytest.raises(FaultyDocument) as refusal:
        parse_survey_with_letter(a_survey_document(letter=words))
    assert refusal.value.faults[0].place == "letter.subject.kk"
    letter = {"channel": "email", "category": "service", "subject": in_three("a"), "body": in_three("b")}
    with pytest.raises(FaultyTemplate):
        publish_template(document={"template": "survey:nps-quarter", **letter}, actor=None, now=NOW)


def test_tells_and_simulates_the_step() -> None:
    a_survey()
    version = publish({**ASK, "on": {}}, GLAD)
    told = simulate_member(
        a_journey({**ASK, "on": {}}, GLAD), member=Invented(), happenings=[], begin=NOW, until=NOW + days(1)
    )
    letter = next(line.letter for line in told.courses[0].lines if line.letter)
    assert "/s/" not in letter.html
    assert not Request.objects.exists()
    assert not Event.objects.filter(type="survey.asked").exists()
    names = Names(surveys={"nps-quarter": "Once a quarter"})
    step = graph_of(version).steps["ask"]
    assert tell_step(step, names).title == "Ask “Once a quarter”, by e-mail and in the cabinet"
