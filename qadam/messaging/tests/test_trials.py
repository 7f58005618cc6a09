"""What staff see of a template before anybody else does."""

import json

import pytest

from qadam.events.models import Event
from qadam.lib.documents import FaultyDocument
from qadam.messaging.channels.protocol import Fate
from qadam.messaging.errors import NoSuchTemplate
from qadam.messaging.models import LocalMail, Outbox
from qadam.messaging.queries import mail_page
from qadam.messaging.tests.factories import a_template, a_template_document, in_three
from qadam.messaging.tests.smtp_server import MailServer
from qadam.messaging.tests.test_webhook import a_webhook_document
from qadam.messaging.tests.webhook_server import WebhookServer
from qadam.messaging.trials import preview, send_test
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(settings):
    settings.EMAIL_HOST = ""
    return a_company()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_preview_with_examples(language):
    shown = preview(a_template_document(), language=language, now=NOW)
    assert shown.subject == f"Welcome, Айгүл {language}"
    assert "welcome to Dala Wellness" in shown.text
    assert f'lang="{language}"' in shown.html
    assert shown.fault == ""


def test_a_preview_with_a_members_values():
    shown = preview(a_template_document(), language="en", member=a_member(name="Dana Omarova"), now=NOW)
    assert shown.subject == "Welcome, Dana en"


def test_every_variable_has_an_example():
    names = ["member.name", "mentor.first_name", "day", "links.plan", "company.name"]
    body = in_three(" ".join(f"{{{{ {name} }}}}" for name in names))
    shown = preview(a_template_document(variables=names, subject=in_three("x"), body=body), language="en", now=NOW)
    assert shown.fault == ""
    assert "Марат 3 http://127.0.0.1:8000/plan/ Dala Wellness" in shown.text


def test_a_fault_is_shown_with_its_place():
    shown = preview(a_template_document(body={**in_three("x"), "ru": "a\n{{ x"}), language="en", now=NOW)
    assert "body.ru: line 2" in shown.fault
    mentor = a_template_document(variables=["mentor.name"], subject=in_three("x"), body=in_three("{{ mentor.name }}"))
    assert "mentor.name" in preview(mentor, language="en", member=a_member(), now=NOW).fault


def test_a_webhook_shows_its_json():
    shown = preview(a_webhook_document(), language="ru", now=NOW)
    assert shown.url == "https://crm.example.com/hook"
    assert json.loads(shown.text)["data"]["text"] == "Call Айгүл ru"


def test_a_slug_is_its_newest_version():
    a_template()
    assert preview("welcome", language="en", now=NOW).subject == "Welcome, Айгүл en"
    with pytest.raises(NoSuchTemplate):
        preview("ghost", language="en", now=NOW)


def test_a_letter_to_oneself(settings):
    asel = a_user(roles=("editor",), email="asel@example.com")
    with MailServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        outcome = send_test(a_template_document(category="advertising"), to=asel, language="en", now=NOW)
    assert outcome.fate is Fate.SENT
    [letter] = server.letters
    assert letter["Subject"] == "[test] Welcome, Айгүл en"
    assert letter["To"].addresses[0].addr_spec == "asel@example.com"
    assert letter["List-Unsubscribe"] is None
    assert not Outbox.objects.exists()
    assert not Event.objects.filter(type__startswith="message.").exists()


def test_a_letter_to_oneself_without_a_mail_server():
    send_test(a_template_document(), to=a_user(email="asel@example.com"), language="en", now=NOW)
    mail = LocalMail.objects.get()
    assert (mail.outbox, mail.member, mail.to) == (None, None, "asel@example.com")
    [row] = mail_page().rows
    assert (row.member_id, row.template, row.member_name) == (None, "", "")


def test_a_webhook_says_that_it_is_a_test(settings):
    settings.PRIVATE_WEBHOOKS = True
    with WebhookServer() as server:
        outcome = send_test(a_webhook_document(server.url), to=a_user(), language="en", now=NOW)
    assert outcome.fate is Fate.SENT
    assert json.loads(server.requests[0].body)["type"] == "message.test"


def test_what_cant_be_sent():
    with pytest.raises(FaultyDocument):
        send_test(a_template_document(subject="x"), to=a_user(), language="en", now=NOW)
    mentor = a_template_document(variables=["mentor.name"], subject=in_three("x"), body=in_three("{{ mentor.name }}"))
    outcome = send_test(mentor, to=a_user(), language="en", member=a_member(), now=NOW)
    assert (outcome.fate, outcome.reason) == (Fate.PERMANENT, "template")
