from typing import Any

import pytest
from django.test import Client

from qadam.events.models import Event
from qadam.messaging import dispatch, signed_links
from qadam.messaging.tests.factories import a_message, a_template
from qadam.people import operations as people
from qadam.people import queries
from qadam.people.models import Consent, ConsentKind, Member
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    a_company()
    member = a_member(language="en")
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW)
    return member


def consents(member: Member) -> bool:
    return member.id in queries.members_with_consent(ConsentKind.ADVERTISING, among=[member.id])


def page_of(member: Member) -> str:
    return signed_links.path_of(signed_links.STOP, member.id)


def test_looking_asks_and_changes_nothing(client: Client, member: Member) -> None:
    response = client.get(page_of(member), headers={"accept-language": "kk"})
    assert "Stop news and offers?" in response.content.decode()
    assert consents(member)


def test_one_click_withdraws_the_consent_without_a_cookie(member: Member) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(page_of(member), "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert not consents(member)
    before = Consent.objects.get().withdrawn_at
    assert strict.post(page_of(member)).status_code == 200
    assert Consent.objects.get().withdrawn_at == before


def test_nobody_stops_the_letters_of_another(client: Client, member: Member) -> None:
    other = a_member()
    forged = page_of(other).replace(f"/{other.id}.", f"/{member.id}.")
    of_another_kind = signed_links.token_of(signed_links.SEEN, member.id)
    for path in (forged, "/letters/stop/1.x/", f"/letters/stop/{of_another_kind}/"):
        assert client.post(path).status_code == 404
    assert consents(member)


def test_an_opened_letter_is_noted_once(client: Client, member: Member, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    a_template()
    message = a_message(member, enrollment_id=3, visit=1)
    dispatch.dispatch_due(now=NOW)
    path = signed_links.path_of(signed_links.SEEN, message.id)
    client.head(path)
    message.refresh_from_db()
    assert message.opened_at is None
    response = client.get(path)
    assert (response["Content-Type"], "no-store" in response["Cache-Control"]) == ("image/gif", True)
    message.refresh_from_db()
    first = message.opened_at
    client.get(path)
    message.refresh_from_db()
    assert first is not None
    assert message.opened_at == first
    event = Event.objects.get(type="message.opened")
    assert (event.member_id, event.props["enrollment"]) == (member.id, 3)


def test_a_strange_dot_is_a_dot(client: Client, member: Member) -> None:
    assert client.get("/letters/seen/1.x/").status_code == 200
    assert client.get(signed_links.path_of(signed_links.SEEN, 99)).status_code == 200
