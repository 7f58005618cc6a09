"""The SMTP channel against a real server on the loopback."""

import contextlib
import socket
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.messaging.channels.protocol import Fate, Letter
from qadam.messaging.channels.smtp.channel import SmtpChannel, outcome_of
from qadam.messaging.channels.smtp.mime import Mailbox, compose, mailbox_of
from qadam.messaging.tests.smtp_server import ACCEPTED, MailServer, free_port
from tests.cast import NOW


def a_letter(to="aigul@example.com", **changes):
    letter = {
        "outbox_id": 1,
        "member_id": 1,
        "message_id": "<abc@qadam>",
        "to_name": "Айгүл Серікқызы",
        "to_address": to,
        "language": "kk",
        "subject": "3-күн: бірінші мақсат",
        "html": "<p>Сәлем, Айгүл</p>",
        "text": "Сәлем, Айгүл\n.\n..жұлдыз\n",
        "at": NOW,
        **changes,
    }
    return Letter(**letter)


@pytest.fixture
def connect(settings):
    """Return a function that opens a channel to a server."""
    with contextlib.ExitStack() as stack:

        def open_to(server):
            settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
            settings.MAIL_FROM = "Dala Wellness <noreply@dala.example>"
            channel = SmtpChannel()
            stack.callback(channel.close)
            return channel

        yield open_to


def test_the_letter_arrives_as_it_was_written(connect):
    with MailServer() as server:
        assert connect(server).send(a_letter()).fate is Fate.SENT
    [letter] = server.letters
    assert letter["Message-ID"] == "<abc@qadam>"
    assert letter["Subject"] == "3-күн: бірінші мақсат"
    assert letter["To"].addresses[0].display_name == "Айгүл Серікқызы"
    assert letter["From"].addresses[0].addr_spec == "noreply@dala.example"
    text, html = letter.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == ["Сәлем, Айгүл", ".", "..жұлдыз"]
    assert html.get_content().strip() == "<p>Сәлем, Айгүл</p>"
    assert server.raw[0].isascii()


def test_one_connection_carries_many(connect):
    with MailServer() as server:
        channel = connect(server)
        for number in range(5):
            channel.send(a_letter(message_id=f"<{number}@qadam>"))
    assert [letter["Message-ID"] for letter in server.letters] == [f"<{number}@qadam>" for number in range(5)]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "fate", "reason"),
    [
        ("550 No such user", Fate.PERMANENT, "smtp_550"),
        ("451 Try later", Fate.TEMPORARY, "smtp_451"),
        ("452 Mailbox full", Fate.TEMPORARY, "smtp_452"),
    ],
)
@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
@pytest.mark.parametrize("pipelines", [False, True])
def test_refusals_concern_one_letter(connect, stage, answer, fate, reason, pipelines):
    answers = {stage: lambda address: answer if address == "bad@example.com" else ACCEPTED}
    with MailServer(pipelines=pipelines, **answers) as server:
        channel = connect(server)
        outcomes = [channel.send(a_letter(to)) for to in ("a@example.com", "bad@example.com", "b@example.com")]
    assert [outcome.fate for outcome in outcomes] == [Fate.SENT, fate, Fate.SENT]
    assert outcomes[1].reason == reason
    assert len(server.letters) == 2
    assert server.connections == 1


def test_nobody_listens(connect):
    server = MailServer()
    server.host, server.port = "127.0.0.1", free_port()
    outcome = connect(server).send(a_letter())
    assert (outcome.fate, outcome.reason) == (Fate.UNREACHABLE, "unreachable")


def test_a_refused_password_is_not_the_letters_fault(connect, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "wrong"
    with MailServer() as server:
        assert connect(server).send(a_letter()).fate is Fate.UNREACHABLE


def test_a_dropped_idle_connection_is_opened_again(connect):
    with MailServer() as server:
        channel = connect(server)
        channel.send(a_letter())
        channel._connection.sock.shutdown(socket.SHUT_RDWR)
        assert channel.send(a_letter(message_id="<2@qadam>")).fate is Fate.SENT
    assert len(server.letters) == 2
    assert server.connections == 2


@pytest.mark.parametrize("pipelines", [False, True])
def test_a_server_that_hangs_up_before_the_letter_may_be_tried_again(connect, pipelines):
    with MailServer(
        pipelines=pipelines, at_rcpt=lambda address: "hang up" if address == "bad@example.com" else ACCEPTED
    ) as server:
        channel = connect(server)
        assert channel.send(a_letter("bad@example.com")).fate is Fate.TEMPORARY
        assert channel.send(a_letter()).fate is Fate.SENT


def test_a_server_that_takes_the_text_of_a_refused_letter_is_left(connect):
    """Pipelined, a server may refuse the address and wait for the text all the same (RFC 2920, 3.1)."""

    class Careless(MailServer):
        async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
            envelope.rcpt_tos.append(address)
            return self.at_rcpt(address)

    answers = {"at_rcpt": lambda address: "550 No" if address == "bad@example.com" else ACCEPTED}
    with Careless(pipelines=True, **answers) as server:
        channel = connect(server)
        outcomes = [channel.send(a_letter(to)) for to in ("a@example.com", "bad@example.com", "b@example.com")]
    assert [outcome.fate for outcome in outcomes] == [Fate.SENT, Fate.PERMANENT, Fate.SENT]
    assert [letter["To"].addresses[0].addr_spec for letter in server.letters] == ["a@example.com", "b@example.com"]
    assert server.connections == 2


@pytest.mark.parametrize("pipelines", [False, True])
def test_a_server_that_is_shutting_down_may_be_tried_again(connect, pipelines):
    with MailServer(pipelines=pipelines, at_rcpt=lambda address: "421 Going down") as server:
        assert connect(server).send(a_letter()).fate is Fate.TEMPORARY


def test_a_server_that_hangs_up_after_the_letter_leaves_its_fate_open(connect):
    with MailServer(at_data=lambda address: "hang up") as server:
        outcome = connect(server).send(a_letter())
    assert (outcome.fate, outcome.reason) == (Fate.UNKNOWN, "no_answer")
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    "address", ["not an address", "a@b@c", "әлия@example.com", "x@example.com\nBcc: y@example.com"]
)
def test_an_impossible_address_fails_alone(connect, address):
    with MailServer() as server:
        channel = connect(server)
        outcome = channel.send(a_letter(address))
        assert (outcome.fate, outcome.reason) == (Fate.PERMANENT, "address")
        assert channel.send(a_letter()).fate is Fate.SENT


def test_a_domain_of_another_alphabet_is_written_in_ascii(connect):
    with MailServer() as server:
        assert connect(server).send(a_letter("info@қадам.қаз")).fate is Fate.SENT
    assert server.letters[0]["To"].addresses[0].domain.startswith("xn--")


@pytest.mark.parametrize("name", ['Quote " and \\', "Comma, Semi;", "Line\nBreak: x", "<angle@example.com>", "Ә" * 150])
def test_no_name_breaks_the_headers(connect, name):
    with MailServer() as server:
        assert connect(server).send(a_letter(to_name=name)).fate is Fate.SENT
    [letter] = server.letters
    assert [each.addr_spec for each in letter["To"].addresses] == ["aigul@example.com"]
    assert letter["Line"] is None


@given(st.text(max_size=200))
def test_any_subject_comes_back(subject):
    letter = a_letter(subject=subject, to_name=subject)
    raw = compose(letter, Mailbox("", "a@example.com"), mailbox_of(letter.to_name, letter.to_address))
    read = message_from_bytes(raw, policy=policy.default)
    assert "".join(str(read["Subject"]).split()) == "".join(subject.split())
    assert [each.addr_spec for each in read["To"].addresses] == ["aigul@example.com"]
    assert all(len(line) <= 78 for line in raw.splitlines())


def test_answers_without_a_number():
    assert outcome_of(-1, b"?").fate is Fate.UNKNOWN
