"""The pages of surveys: the score never without its response rate, words only for whom they are meant."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.http import QueryDict
from django.test import Client

from qadam.journeys import operations as journeys
from qadam.office.journey_forms import read_step
from qadam.people.models import User
from qadam.surveys import operations
from qadam.surveys.models import Request
from qadam.surveys.tests.factories import a_request, a_survey, an_answer, an_expectation, in_three
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _answers(set_clock: Callable[[datetime], None]) -> Iterator[None]:
    """Twelve of fifteen have answered, two of them critics, one with words."""
    set_clock(NOW)
    a_company()
    a_survey()
    a_survey("easy", "ces")
    operations.publish_survey(document=an_expectation(), actor=None, now=NOW - days(50))
    for score in (10,) * 6 + (9, 8, 8, 7, 3, 0):
        an_answer(a_member(), score, now=NOW - days(40))
    for _ in range(3):
        a_request(a_member(), now=NOW - days(1))
    an_answer(a_member(), 6, "easy", now=NOW - days(2))
    an_answer(a_member(), "health", "hopes", now=NOW - days(2))
    operations.add_comment(
        request_id=Request.objects.get(score=0).id, comment="<b>Too many</b> letters", now=NOW - days(40)
    )
    return


def test_every_score_has_its_response_rate(enter: Enter) -> None:
    html = enter(a_user(roles=("analyst",))).get("/office/surveys/").content.decode()
    assert "+42" in html
    assert "7 of 12 would recommend (9–10), 2 would not (0–6)" in html
    assert "12 of 15 answered (80\N{NARROW NO-BREAK SPACE}%)" in html
    assert "3 may still answer" in html
    assert "1 of 1 answered" in html


def test_one_survey_shows_answers_months_and_words(enter: Enter) -> None:
    client = enter(a_user(roles=("retention",)))
    html = client.get("/office/surveys/nps-quarter/").content.decode()
    assert "&lt;b&gt;Too many&lt;/b&gt; letters" in html
    assert html.count('class="survey-bar"') == 6
    assert "January 2026" in html
    assert "By month" in html
    assert "More income" in client.get("/office/surveys/hopes/").content.decode()
    assert client.get("/office/surveys/none/").status_code == 404
    recent = client.get("/office/surveys/nps-quarter/", {"days": "90"})
    assert recent.context["page"].results.row.tally.asked == 15


def test_words_are_for_those_who_may_see_people(enter: Enter) -> None:
    html = enter(a_user(roles=("editor",))).get("/office/surveys/nps-quarter/").content.decode()
    assert "letters" not in html.split("Answers")[1]
    assert "1 comment. It is open to those who may see people's records." in html
    assert enter(a_user(roles=("integrator",))).get("/office/surveys/").status_code == 403
    assert enter(a_user(member=a_member())).get("/office/surveys/").status_code == 403


def test_queries_do_not_grow(enter: Enter, django_assert_max_num_queries) -> None:
    client = enter(a_user(roles=("retention",)))
    client.get("/office/surveys/")
    with django_assert_max_num_queries(16):
        client.get("/office/surveys/nps-quarter/")


def test_the_editor_offers_surveys_and_tells_the_step(enter: Enter) -> None:
    steps = [{"id": "ask", "send": {"channel": "survey", "survey": "nps-quarter"}}]
    document = {"journey": "ask", "name": in_three("Ask"), "entry": {"event": "order.paid"}, "steps": steps}
    journeys.publish_journey(document, actor=None, now=NOW)
    client = enter(a_user(roles=("retention",)))
    html = client.get("/office/journeys/ask/edit/steps/ask/").content.decode()
    assert '<option value="easy"' in html
    assert "Ask “Survey nps-quarter”, by e-mail and in the cabinet" in html
    assert "Control group of this step" not in html
    letter = client.get("/office/journeys/templates/survey:nps-quarter/html/?language=en").content.decode()
    assert "10 — Very much" in letter
    assert "/s/" not in letter


def test_the_form_of_a_step_forgets_what_another_channel_had() -> None:
    old = {"id": "a", "send": {"channel": "email", "template": "hello"}, "holdout": 5}
    step = read_step(QueryDict("channel=survey&survey=nps-quarter&holdout=5"), old)
    assert step == {"id": "a", "send": {"channel": "survey", "survey": "nps-quarter"}}
