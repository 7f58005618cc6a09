"""Addresses in letters: the way out of advertising at one click (RFC 8058), and the dot that tells of the opening."""

import pytest

from qadam.messaging import operations, signed_links
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.tests.factories import a_message, a_template
from qadam.messaging.tests.smtp_server import MailServer
from qadam.people import operations as people
from qadam.people.models import ConsentKind
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db


def letter_of(category, settings):
    a_company()
    a_template(category=category)
    member = a_member()
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW)
    a_message(member)
    with MailServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        dispatch_due(now=NOW)
    return member, server.letters[0]


def test_advertising_carries_the_button_and_the_link(settings):
    settings.BASE_URL = "https://qadam.example"
    member, letter = letter_of("advertising", settings)
    address = str(letter["List-Unsubscribe"]).strip("<>")
    assert address == signed_links.stop_url(member.id)
    assert address.startswith("https://qadam.example/letters/stop/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = letter.iter_parts()
    assert address in text.get_content()
    assert f'href="{address}"' in html.get_content()


def test_service_letters_have_none(settings):
    settings.BASE_URL = "https://qadam.example"
    _, letter = letter_of("service", settings)
    assert letter["List-Unsubscribe"] is None
    assert letter["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "https://localhost", "https://10.0.0.5", "http://a.example"])
def test_nothing_is_promised_that_nobody_could_reach(settings, base):
    settings.BASE_URL = base
    _, letter = letter_of("advertising", settings)
    assert letter["List-Unsubscribe"] is None
    assert f"{base}/me/" in letter.get_body(("plain",)).get_content()


def test_tokens():
    stop = signed_links.STOP
    token = signed_links.token_of(stop, 12)
    assert signed_links.number_of(stop, token) == 12
    assert signed_links.number_of(signed_links.SEEN, token) is None
    for wrong in ("", "12", token[:-1], f"1{token}", "x.y", token.replace("12.", "13.")):
        assert signed_links.number_of(stop, wrong) is None


@pytest.mark.parametrize("opens", [True, False])
def test_letters_tell_of_their_opening_unless_the_policy_says_no(settings, opens):
    settings.BASE_URL = "https://qadam.example"
    operations.set_policy(document={"opens": opens}, actor=None, now=NOW)
    _, letter = letter_of("service", settings)
    html = letter.get_body(("html",)).get_content()
    assert ('<img src="https://qadam.example/letters/seen/' in html) is opens
    assert "letters/seen" not in letter.get_body(("plain",)).get_content()
