"""The mentor's desk: whom it shows, why, and what the two buttons do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qadam.cases.models import CaseFile
from qadam.cases.operations import publish_case, save_case
from qadam.cases.tests.content import a_case, a_suggestion, say
from qadam.cases.tests.engine import catch_up
from qadam.events.models import Event
from qadam.people.models import Member, User
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


@pytest.fixture
def mentor() -> Member:
    a_company()
    return a_member(name="Aigerim", now=NOW - days(90))


def publish(**changes: Any) -> None:
    changes = {"name": say("Said no"), "measures": [a_suggestion()], "sla": "PT24H", **changes}
    publish_case(save_case(a_case(**changes), actor=None, now=NOW - days(9)), actor=None, now=NOW - days(9))


def declined(since: float = 2, **changes: Any) -> Member:
    member = a_prospect(now=NOW - days(9), **changes)
    an_event("presentation.declined", member, NOW - days(since))
    catch_up(NOW - days(since))
    return member


def page(client: Client) -> str:
    response = client.get("/desk/")
    assert response.status_code == 200
    return response.content.decode()


def test_nobody_waits(mentor: Member, enter: Enter) -> None:
    assert "Nobody waits for you now" in page(enter(a_user(member=mentor)))


def test_people_with_why_until_when_and_what_to_say(mentor: Member, enter: Enter) -> None:
    publish()
    declined(name="Saule", mentor_id=mentor.id, phone="+77010000001", email="saule@example.com")
    declined(name="Timur", sponsor_id=mentor.id, since=0.5)
    client = enter(a_user(member=mentor))
    html = page(client)
    for part in (
        "Saule", "Timur", "Said no", "2 people wait for a word from you", "declined after a presentation",
        "Ask how it is going.", "was due", 'href="tel:+77010000001"', 'href="mailto:saule@example.com"',
    ):  # fmt: skip
        assert part in html, part
    assert html.index("Saule") < html.index("Timur")
    assert 'href="/desk/"' in html


def test_only_the_people_one_answers_for(mentor: Member, enter: Enter) -> None:
    publish()
    other = a_member(now=NOW - days(80), sponsor_id=mentor.id)
    declined(name="Elsewhere")
    declined(name="Deeper", sponsor_id=other.id)
    declined(name="Mentored", sponsor_id=mentor.id, mentor_id=other.id)
    assert "Nobody waits for you now" in page(enter(a_user(member=mentor)))
    assert "2 people wait" in page(enter(a_user(member=other)))


def test_nobody_of_a_control_group(mentor: Member, enter: Enter) -> None:
    publish(holdout=100)
    declined(mentor_id=mentor.id)
    assert "Nobody waits for you now" in page(enter(a_user(member=mentor)))


def test_i_did_it(mentor: Member, enter: Enter) -> None:
    publish()
    declined(name="Saule", mentor_id=mentor.id)
    file, user = CaseFile.objects.get(), a_user(member=mentor)
    response = enter(user).post(f"/desk/{file.id}/done/", {"measure": "call"}, follow=True)
    html = response.content.decode()
    assert "It is noted for Saule." in html
    assert "Nobody waits for you now" in html
    file.refresh_from_db()
    assert (file.first_response_at, file.runs.get().started_by) == (NOW, user)
    again = enter(user).post(f"/desk/{file.id}/done/", {"measure": "call"}, follow=True)
    assert "begun already" in again.content.decode()


@pytest.mark.parametrize(
    ("reason", "note", "kept", "is_off", "silent"),
    [
        ("talked", "", "We have talked about it already", True, 0),
        ("later", "In May", "Not the right moment. In May", True, 0),
        ("no_contact", "", "They asked not to be contacted", True, 1),
        ("other", "On holiday", "On holiday", True, 0),
        ("other", "", "", False, 0),
        ("", "", "", False, 0),
    ],
)
def test_not_now(mentor: Member, enter: Enter, reason: str, note: str, kept: str, is_off: bool, silent: int) -> None:
    publish()
    declined(mentor_id=mentor.id)
    file = CaseFile.objects.get()
    client = enter(a_user(member=mentor))
    html = client.post(f"/desk/{file.id}/not-now/", {"reason": reason, "note": note}, follow=True).content.decode()
    file.refresh_from_db()
    assert file.dismissed_reason == kept
    assert ("Nobody waits for you now" in html) is is_off
    assert Event.objects.filter(type="contact.refused").count() == silent


def test_others_are_kept_out(mentor: Member, enter: Enter) -> None:
    publish()
    declined(mentor_id=mentor.id)
    file = CaseFile.objects.get()
    stranger = enter(a_user(member=a_member()))
    assert stranger.post(f"/desk/{file.id}/done/", {"measure": "call"}).status_code == 404
    assert stranger.post(f"/desk/{file.id}/not-now/", {"reason": "later"}).status_code == 404
    assert stranger.get(f"/desk/{file.id}/done/").status_code == 405
    assert enter(a_user(roles=("owner",))).get("/desk/").status_code == 403
    assert Client().get("/desk/").status_code == 302


def test_the_page_costs_the_same_however_many_wait(mentor: Member, enter: Enter) -> None:
    publish()
    declined(mentor_id=mentor.id)
    client = enter(a_user(member=mentor))
    with CaptureQueriesContext(connection) as few:
        page(client)
    for _number in range(4):
        declined(mentor_id=mentor.id)
    with CaptureQueriesContext(connection) as many:
        page(client)
    assert len(many) == len(few)
