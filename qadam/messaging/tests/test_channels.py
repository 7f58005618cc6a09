"""What every channel promises. One suite; a new channel adds one line to CARRIERS."""

import re
from contextlib import contextmanager

import pytest
from django.conf import settings

from qadam.messaging import channels
from qadam.messaging.channels.protocol import Fate, Letter
from qadam.messaging.models import LocalMail
from qadam.messaging.tests.factories import a_message
from qadam.messaging.tests.smtp_server import MailServer
from qadam.messaging.tests.webhook_server import WebhookServer
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db

CARRIERS = ("null", "mailbox", "smtp", "webhook")


@contextmanager
def carried_by(name, settings):
    settings.MESSAGING_CHANNEL = name
    settings.PRIVATE_WEBHOOKS = True
    with MailServer() as server, WebhookServer() as web:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        settings.HOOK_URL = web.url
        channel = channels.open_channel("webhook" if name == "webhook" else "email")
        try:
            yield channel
        finally:
            channel.close()


def a_letter(member, number=1):
    message = a_message(member)
    return Letter(
        outbox_id=message.id,
        member_id=member.id,
        message_id=f"<{number}@qadam>",
        to_name="Әлия",
        to_address=member.email,
        language="kk",
        subject="Бірінші қадам",
        html="<p>Сәлем</p>",
        text="Сәлем\n.\n..жұлдыз\n",
        at=NOW,
        url=getattr(settings, "HOOK_URL", ""),
    )


@pytest.fixture
def member():
    a_company()
    return a_member()


@pytest.mark.parametrize("name", CARRIERS)
def test_it_sends_and_says_so(name, settings, member):
    with carried_by(name, settings) as channel:
        assert channel.send(a_letter(member)).fate is Fate.SENT
        assert channel.send(a_letter(member, 2)).fate is Fate.SENT


@pytest.mark.parametrize("name", CARRIERS)
def test_it_describes_itself(name, settings, member):
    with carried_by(name, settings) as channel:
        assert isinstance(channel.is_idempotent, bool)
        assert isinstance(channel.reads_letter, bool)
        assert 0 < channel.batch_size <= 5_000


@pytest.mark.parametrize("name", CARRIERS)
def test_closing_twice_is_harmless(name, settings, member):
    with carried_by(name, settings) as channel:
        channel.send(a_letter(member))
        channel.close()
        channel.close()


@pytest.mark.parametrize("name", CARRIERS)
def test_an_idempotent_channel_keeps_one_of_two(name, settings, member):
    with carried_by(name, settings) as channel:
        letter = a_letter(member)
        if channel.is_idempotent:
            assert [channel.send(letter).fate, channel.send(letter).fate] == [Fate.SENT, Fate.SENT]
    assert LocalMail.objects.filter(message_id=letter.message_id).count() <= 1


@pytest.mark.parametrize("name", CARRIERS)
def test_reasons_are_codes_without_personal_data(name, settings, member):
    with carried_by(name, settings) as channel:
        assert re.fullmatch(r"[a-z0-9_]*", channel.send(a_letter(member)).reason)


def test_which_channel_carries_mail(settings):
    settings.EMAIL_HOST = ""
    assert channels.carrier_of("email") == "mailbox"
    settings.EMAIL_HOST = "mail.example.com"
    assert channels.carrier_of("email") == "smtp"
    settings.MESSAGING_CHANNEL = "null"
    assert channels.carrier_of("email") == "null"
    assert channels.carrier_of("webhook") == "null"
    settings.MESSAGING_CHANNEL = "smtp"
    assert channels.carrier_of("webhook") == "webhook"
