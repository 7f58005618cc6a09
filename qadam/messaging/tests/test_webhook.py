"""The webhook channel against a real server on the loopback."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.lib.documents import FaultyDocument
from qadam.messaging import operations, queries
from qadam.messaging.channels.protocol import Fate, Letter
from qadam.messaging.channels.webhook.channel import WebhookChannel
from qadam.messaging.channels.webhook.connections import is_public
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.documents import parse_template
from qadam.messaging.models import Outbox, Status
from qadam.messaging.tests.factories import a_message, a_template, in_three
from qadam.messaging.tests.smtp_server import free_port
from qadam.messaging.tests.webhook_server import WebhookServer
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def company(settings):
    settings.PRIVATE_WEBHOOKS = True
    return a_company()


def a_webhook_document(url="https://crm.example.com/hook", **changes):
    return {
        "template": "crm",
        "channel": "webhook",
        "category": "service",
        "variables": ["member.first_name"],
        "url": url,
        "body": {"source": "qadam", "text": in_three("Call {{ member.first_name }}")},
        **changes,
    }


def a_webhook(server, **changes):
    return operations.publish_template(document=a_webhook_document(server.url, **changes), actor=None, now=NOW)


def a_hook(member, **changes):
    return a_message(member, template="crm", channel="webhook", **changes)


def a_post(url, number=1):
    return Letter(
        outbox_id=1,
        member_id=1,
        message_id=f"<{number}@qadam>",
        to_name="",
        to_address="",
        language="en",
        subject="",
        html="",
        text='{"a": 1}',
        at=NOW,
        url=url,
    )


def send(*urls):
    channel = WebhookChannel()
    try:
        return [channel.send(a_post(url, number)) for number, url in enumerate(urls)]
    finally:
        channel.close()


def test_a_message_arrives_signed_with_its_key():
    member = a_member(name="Aigul Serikkyzy", language="en", email="")
    with WebhookServer() as server:
        a_webhook(server)
        message = a_hook(member, journey="start-90", enrollment_id=3, visit=1)
        dispatch_due(now=NOW)
    [request] = server.requests
    assert request.path == "/hook?a=1"
    document = json.loads(request.body)
    assert document["data"] == {"source": "qadam", "text": "Call Aigul en"}
    assert (document["type"], document["journey"], document["member"]) == ("message", "start-90", member.external_id)
    assert document["id"] == request.headers["idempotency-key"]
    timestamp = request.headers["qadam-timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    signed = hmac.new(queries.webhook_secret().encode(), timestamp.encode() + b"." + request.body, hashlib.sha256)
    assert request.headers["qadam-signature"] == f"v1={signed.hexdigest()}"
    message.refresh_from_db()
    assert message.status == Status.SENT
    assert Event.objects.get(type="message.sent").props["channel"] == "webhook"


def test_a_second_attempt_has_the_same_key_and_body():
    with WebhookServer(lambda request: 503 if len(server.requests) == 1 else 201) as server:
        a_webhook(server)
        a_hook(a_member())
        dispatch_due(now=NOW)
        dispatch_due(now=NOW + MINUTE)
    first, second = server.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body
    assert Outbox.objects.get().status == Status.SENT


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Fate.SENT),
        (204, Fate.SENT),
        (302, Fate.PERMANENT),
        (400, Fate.PERMANENT),
        (410, Fate.PERMANENT),
        (408, Fate.TEMPORARY),
        (429, Fate.TEMPORARY),
        (500, Fate.TEMPORARY),
        (503, Fate.TEMPORARY),
    ],
)
def test_answers(status, fate):
    with WebhookServer(lambda request: status) as server:
        outcome = send(server.url)[0]
    assert outcome.fate is fate
    assert outcome.reason == ("" if fate is Fate.SENT else f"http_{status}")
    assert len(server.requests) == 1


def test_one_connection_carries_many():
    with WebhookServer() as server:
        assert {outcome.fate for outcome in send(*[server.url] * 4)} == {Fate.SENT}
    assert (len(server.requests), server.connections) == (4, 1)


def test_a_connection_that_was_closed_meanwhile_is_opened_again():
    with WebhookServer(lambda request: 0 if len(server.requests) == 2 else 200) as server:
        assert [outcome.fate for outcome in send(*[server.url] * 2)] == [Fate.SENT, Fate.SENT]
    assert [request.headers["idempotency-key"] for request in server.requests] == ["0", "1", "1"]


def test_a_dead_address_delays_only_its_own():
    dead = f"http://127.0.0.1:{free_port()}/"
    with WebhookServer() as server:
        outcomes = send(dead, server.url, dead)
    assert [(outcome.fate, outcome.reason) for outcome in outcomes] == [
        (Fate.TEMPORARY, "unreachable"),
        (Fate.SENT, ""),
        (Fate.TEMPORARY, "unreachable"),
    ]


def test_an_answer_that_never_comes(monkeypatch):
    monkeypatch.setattr("qadam.messaging.channels.webhook.channel.TIMEOUT", 0.05)
    import threading

    release = threading.Event()
    with WebhookServer(lambda request: (release.wait(5) and 200) or 200) as server:
        outcome = send(server.url)[0]
        release.set()
    assert (outcome.fate, outcome.reason) == (Fate.TEMPORARY, "timeout")


def test_our_own_machines_are_not_called(settings):
    settings.PRIVATE_WEBHOOKS = False
    with WebhookServer() as server:
        outcomes = send(server.url, server.url.replace("127.0.0.1", "localhost"))
    assert {(outcome.fate, outcome.reason) for outcome in outcomes} == {(Fate.PERMANENT, "private_address")}
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


def test_a_template_of_another_channel_fails():
    a_template()
    message = a_message(a_member(), channel="webhook")
    dispatch_due(now=NOW)
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.FAILED, "template")


def test_a_good_document():
    template = parse_template(a_webhook_document())
    assert template.url == "https://crm.example.com/hook"
    assert template.fields["source"].kk == "qadam"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"url": "crm.example.com"}, {"url"}),
        ({"url": "file:///etc/passwd"}, {"url"}),
        ({"url": "https://user:secret@example.com/"}, {"url"}),
        ({"url": "https://example.com:99999/"}, {"url"}),
        ({"url": "https://exa mple.com/\nX: y"}, {"url"}),
        ({"body": None}, {"body"}),
        ({"body": {"text": {"kk": "a", "en": "b"}}}, {"body.text.ru"}),
        ({"body": {"text": "{{ mentor.name }}"}}, {"body.text.kk", "body.text.ru", "body.text.en"}),
        ({"subject": in_three("x")}, {"subject"}),
    ],
)
def test_faults_have_places(changes, places):
    with pytest.raises(FaultyDocument) as refusal:
        parse_template(a_webhook_document(**changes))
    assert {fault.place for fault in refusal.value.faults} == places
