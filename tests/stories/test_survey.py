"""A survey from the step to the number: the letter, the tap, the answer in the log, the feeling on the map."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from qadam.events.models import Event
from qadam.journeys import operations as journeys
from qadam.messaging.models import LocalMail
from qadam.messaging.signed_links import ANSWER, SEEN, token_of
from qadam.people.models import Member
from qadam.site.engine import next_due, run_once
from qadam.surveys.models import Request
from qadam.surveys.queries import measured_emotions
from qadam.surveys.tests.factories import a_survey, in_three
from qadam.ui.tests.pages import enter, plain_static, set_clock
from tests.cast import NOW, a_company, a_member, a_user, days

__all__ = ["enter", "plain_static", "set_clock"]
pytestmark = pytest.mark.django_db
STEPS = [
    {"id": "ask", "send": {"channel": "survey", "survey": "live"}},
    {"id": "hear", "wait": {"event": "survey.answered", "where": {"survey": "live"}, "timeout": "P7D"}},
]


@pytest.fixture
def asked(settings: Any, set_clock: Callable[[datetime], None]) -> Member:
    """Somebody who got the letter with the five answers."""
    settings.MESSAGING_CHANNEL = "mailbox"
    a_company()
    a_survey("live", "csat", stage="s4", comment=in_three("What could be better?"))
    document = {"journey": "ask", "name": in_three("Ask"), "entry": {"event": "member.registered"}, "steps": STEPS}
    journeys.publish_journey(document, actor=None, now=NOW)
    member = a_member(language="en")
    set_clock(NOW)
    run_once(NOW)
    return member


def links() -> list[str]:
    """Return the paths of the letter's answers, lowest first."""
    return re.findall(r"http://[^/]+(/s/\S+)", LocalMail.objects.get().text)


def test_one_tap_in_the_letter_becomes_a_feeling(asked: Member, set_clock: Callable[[datetime], None]) -> None:
    mail_filter, phone = Client(), Client(enforce_csrf_checks=True)
    assert len(links()) == 5
    for link in links():
        assert "Send my answer" in mail_filter.get(link).content.decode()
    assert Request.objects.get().answered_at is None
    page = phone.get(links()[3]).content.decode()
    assert re.search(r'name="answer" value="4">Send my answer: 4<', page)
    action = re.search(r'action="(/s/[^"]+)"', page)
    assert action is not None
    answered = phone.post(action[1], {"answer": "4"}, follow=True).content.decode()
    assert "Thank you" in answered
    phone.post(action[1], {"comment": "Shorter, please"})
    assert "Shorter, please" in phone.get(links()[0]).content.decode()
    due = next_due()
    assert due == NOW + timedelta(minutes=10)
    run_once(due)
    assert Event.objects.get(type="survey.answered").props["score"] == 4
    assert measured_emotions(["s4"], since=NOW, until=NOW + days(1))["s4"].mean == 1
    assert Event.objects.filter(type="journey.left").exists()
    set_clock(NOW + days(1))
    refused = phone.post(action[1], {"answer": "1"})
    assert (refused.status_code, Request.objects.get().score) == (409, 4)


def test_nobody_answers_with_a_made_up_link(asked: Member, client: Client) -> None:
    own = links()[0].split("/")[2]
    other_number = own.replace(own.split(".")[0], "999", 1)
    for token in (other_number, token_of(SEEN, 1), token_of(ANSWER, 999), "1.x"):
        assert client.post(f"/s/{token}/", {"answer": "5"}).status_code == 404
    assert client.post(f"/s/{own}/", {"answer": "99"}).status_code == 422
    assert Request.objects.get().answered_at is None


def test_a_closed_question_says_so_without_reproach(asked: Member, set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW + days(8))
    page = Client().get(links()[0]).content.decode()
    assert "This question is closed" in page
    assert "<button" not in page.split('id="question"')[1].split("</section>")[0]


def test_the_cabinet_asks_the_same_question(asked: Member, enter: Callable[[Any], Client]) -> None:
    client = enter(a_user(member=asked))
    page = client.get("/today/").content.decode()
    assert "Question of live?" in page
    action = f"/today/questions/{Request.objects.get().id}/"
    headers = {"HX-Request": "true", "HX-Target": "question"}
    swapped = client.post(action, {"answer": "5"}, headers=headers).content.decode()
    assert swapped.lstrip().startswith("<section")
    assert "Choose another answer" in swapped
    assert client.post(action, {"answer": "2"}).url == "/today/"
    assert (Request.objects.get().score, Request.objects.get().via) == (2, "cabinet")
    stranger = enter(a_user(member=a_member()))
    assert stranger.post(action, {"answer": "1"}).status_code == 404
