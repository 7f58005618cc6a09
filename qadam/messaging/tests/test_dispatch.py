from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.jobs import transactions
from qadam.messaging import jobs, queries, variables
from qadam.messaging.channels.mailbox.channel import MailboxChannel
from qadam.messaging.channels.protocol import Fate, Outcome
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import LocalMail, Outbox, Status
from qadam.messaging.tests.factories import a_message, a_template, in_three
from qadam.messaging.tests.smtp_server import ACCEPTED, MailServer, free_port
from qadam.people import operations as people
from qadam.people.models import ConsentKind, Member
from tests.cast import NOW, a_company, a_member, an_event

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def company(settings):
    settings.EMAIL_HOST = ""
    a_template()
    return a_company()


def ends():
    """Return {outbox id: (status, reason)}."""
    return {row.id: (row.status, row.reason) for row in Outbox.objects.all()}


def events_of(message):
    return list(Event.objects.filter(external_id=f"message:{message.key}").values_list("type", flat=True))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_letter_reaches_the_mailbox_in_the_members_language(language):
    message = a_message(a_member(name="Aigul Serikkyzy", language=language), enrollment_id=5, visit=2)
    assert dispatch_due(now=NOW) == 1
    mail = LocalMail.objects.get()
    assert mail.subject == f"Welcome, Aigul {language}"
    assert "welcome to Dala Wellness" in mail.text
    assert ends() == {message.id: ("sent", "")}
    event = Event.objects.get(type="message.sent")
    assert (event.occurred_at, event.member_id) == (NOW, message.member_id)
    assert event.props == {
        "template": "welcome",
        "channel": "email",
        "category": "service",
        "enrollment": 5,
        "visit": 2,
    }


def test_what_is_not_due_waits():
    message = a_message(a_member(), due_at=NOW + timedelta(seconds=1))
    assert dispatch_due(now=NOW) == 0
    assert jobs.next_due() == NOW + timedelta(seconds=1)
    assert dispatch_due(now=NOW + timedelta(seconds=1)) == 1
    assert events_of(message) == ["message.sent"]
    assert jobs.next_due() is None


def test_a_second_run_sends_nothing():
    a_message(a_member())
    assert [jobs.run(NOW), jobs.run(NOW + MINUTE)] == [1, 0]
    assert LocalMail.objects.count() == 1


def test_the_limit_holds():
    member = a_member()
    for _ in range(3):
        a_message(member)
    assert [dispatch_due(now=NOW, limit=2), dispatch_due(now=NOW, limit=2)] == [2, 1]


def test_past_its_deadline_a_message_expires():
    message = a_message(a_member(), deadline_at=NOW)
    in_time = a_message(a_member(), deadline_at=NOW + MINUTE)
    dispatch_due(now=NOW + MINUTE)
    assert ends() == {message.id: ("expired", "deadline"), in_time.id: ("sent", "")}
    assert events_of(message) == ["message.expired"]


def test_nothing_is_written_to_who_has_left():
    member = a_member()
    message = a_message(member)
    people.leave_company(member=member, reason="own wish", at=NOW, now=NOW)
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("suppressed", "left")}


def test_without_an_address():
    message = a_message(a_member(email=""))
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("suppressed", "address")}


def test_advertising_needs_consent_at_the_moment_of_sending():
    """Scenario 25: withdrawn between outbox and dispatch."""
    a_template(template="offer", category="advertising")
    asked, given, withdrawn = a_member(), a_member(), a_member()
    messages = [a_message(member, template="offer") for member in (asked, given, withdrawn)]
    for member in (given, withdrawn):
        people.give_consent(
            member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW - MINUTE
        )
    people.withdraw_consent(member=withdrawn, kind=ConsentKind.ADVERTISING, now=NOW)
    dispatch_due(now=NOW)
    assert [ends()[message.id] for message in messages] == [
        ("suppressed", "consent"),
        ("sent", ""),
        ("suppressed", "consent"),
    ]


def test_a_template_that_became_advertising_needs_consent_too():
    message = a_message(a_member())
    a_template(category="advertising")
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("suppressed", "consent")}


def test_service_letters_need_no_consent():
    message = a_message(a_member())
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("sent", "")}


BOUGHT = {"did": "order.paid", "since": "entry"}


def test_a_reached_goal_stops_the_letter():
    buyer, early_buyer, other = a_member(), a_member(), a_member()
    since = NOW - timedelta(days=2)
    an_event("order.paid", buyer, NOW - timedelta(days=1), order="1")
    an_event("order.paid", early_buyer, NOW - timedelta(days=3), order="2")
    messages = [a_message(member, stop_when=BOUGHT, since=since) for member in (buyer, early_buyer, other)]
    dispatch_due(now=NOW)
    assert [ends()[message.id] for message in messages] == [("suppressed", "stopped"), ("sent", ""), ("sent", "")]


def test_an_unreadable_stop_condition_fails_alone():
    broken = a_message(a_member(), stop_when={"did": "no.such.event"})
    sound = a_message(a_member(), stop_when=BOUGHT, since=NOW)
    dispatch_due(now=NOW)
    assert ends() == {broken.id: ("failed", "stop_when"), sound.id: ("sent", "")}


def test_an_unknown_value_fails_alone_with_its_name():
    a_template(
        template="mentor",
        variables=["mentor.first_name"],
        subject=in_three("x"),
        body=in_three("{{ mentor.first_name }}"),
        button=None,
    )
    mentor = a_member(name="Marat")
    with_mentor, without = a_member(mentor_id=mentor.id), a_member()
    good, bad = a_message(with_mentor, template="mentor"), a_message(without, template="mentor")
    dispatch_due(now=NOW)
    assert ends() == {good.id: ("sent", ""), bad.id: ("failed", "template")}
    assert "mentor.first_name" in Outbox.objects.get(id=bad.id).detail
    assert events_of(bad) == ["message.failed"]


def test_a_template_that_nobody_published():
    message = a_message(a_member(), template="ghost")
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("failed", "template")}


def test_a_failing_provider_delays_only_who_needs_it(monkeypatch):
    def fail(member_ids, now, language):
        raise RuntimeError("no figures")

    monkeypatch.setattr(variables, "_known", dict(variables._known))
    variables.add_provider("points", fail, ("total",))
    a_template(
        template="points", variables=["points.total"], subject=in_three("x"), body=in_three("{{ points.total }}")
    )
    needs, sound = a_message(a_member(), template="points"), a_message(a_member())
    dispatch_due(now=NOW)
    assert ends() == {needs.id: ("pending", "variables"), sound.id: ("sent", "")}
    assert Outbox.objects.get(id=needs.id).due_at == NOW + MINUTE


def test_the_day_of_the_path_and_links():
    a_template(
        template="day",
        variables=["day", "links.plan"],
        subject=in_three("Day {{ day }}"),
        body=in_three("{{ links.plan }}"),
    )
    member = a_member(now=NOW - timedelta(days=3))
    a_message(member, template="day")
    dispatch_due(now=NOW)
    mail = LocalMail.objects.get()
    assert mail.subject == "Day 3 kk"
    assert "http://127.0.0.1:8000/plan/" in mail.text


def test_many_letters_ask_few_questions(django_assert_max_num_queries):
    for _ in range(30):
        a_message(a_member())
    dispatch_due(now=NOW - MINUTE)
    with django_assert_max_num_queries(30 * 3 + 25):  # a row of the mailbox each in its savepoint, 25 for the batch
        assert dispatch_due(now=NOW) == 30


class Scripted(MailboxChannel):
    """A channel that does what the test says, and can't tell a double."""

    is_idempotent = False

    def __init__(self, *script):
        self.script = list(script)
        self.seen = []

    def send(self, letter):
        self.seen.append(letter.outbox_id)
        assert transactions._open_unit.get() is None, "sending inside a transaction"
        act = self.script.pop(0) if self.script else Outcome(Fate.SENT)
        if isinstance(act, BaseException):
            raise act
        return act


@pytest.fixture
def scripted(monkeypatch):
    def use(*script):
        channel = Scripted(*script)
        monkeypatch.setattr("qadam.messaging.channels.open_channel", lambda kind: channel)
        return channel

    return use


def test_a_permanent_refusal_ends_at_once(scripted):
    scripted(Outcome(Fate.PERMANENT, "smtp_550", "<x@example.com>: no such user"))
    bad, good = a_message(a_member()), a_message(a_member())
    dispatch_due(now=NOW)
    assert ends() == {bad.id: ("failed", "smtp_550"), good.id: ("sent", "")}
    event = Event.objects.get(type="message.failed")
    assert event.props["reason"] == "smtp_550"
    assert "x@example.com" not in str(event.props)


def test_temporary_refusals_are_tried_again_until_the_tries_end(scripted):
    message = a_message(a_member())
    scripted(*[Outcome(Fate.TEMPORARY, "smtp_451")] * 50)
    tries = 0
    while (due := jobs.next_due()) is not None:
        tries += dispatch_due(now=due)
    assert tries == 12
    assert ends() == {message.id: ("failed", "smtp_451")}
    assert events_of(message) == ["message.failed"]


def test_temporary_refusals_end_with_the_deadline(scripted):
    message = a_message(a_member(), deadline_at=NOW + timedelta(minutes=10))
    scripted(*[Outcome(Fate.TEMPORARY, "smtp_451")] * 50)
    tries = 0
    while (due := jobs.next_due()) is not None:
        tries += dispatch_due(now=due)
    assert tries == 3
    assert ends() == {message.id: ("failed", "smtp_451")}


def test_a_channel_that_is_down_stops_the_run_and_loses_nothing(scripted):
    messages = [a_message(a_member()) for _ in range(3)]
    channel = scripted(Outcome(Fate.SENT), Outcome(Fate.UNREACHABLE, "unreachable"))
    dispatch_due(now=NOW)
    assert channel.seen == [messages[0].id, messages[1].id]
    assert [ends()[message.id][0] for message in messages] == ["sent", "pending", "pending"]
    assert jobs.next_due() == NOW + MINUTE
    scripted()
    dispatch_due(now=NOW + MINUTE)
    assert {status for status, _reason in ends().values()} == {"sent"}


def test_a_channel_that_is_down_is_asked_once_a_minute(scripted):
    for _ in range(250):
        a_message(a_member())
    channel = scripted(*[Outcome(Fate.UNREACHABLE, "unreachable")] * 9)
    assert [dispatch_due(now=NOW), dispatch_due(now=NOW), dispatch_due(now=NOW + MINUTE / 2)] == [100, 0, 0]
    assert len(channel.seen) == 1
    channel.script.clear()
    assert dispatch_due(now=NOW + MINUTE) == 250


def test_a_faulty_channel_spoils_one_letter(scripted):
    scripted(RuntimeError("boom"))
    bad, good = a_message(a_member()), a_message(a_member())
    dispatch_due(now=NOW)
    assert ends() == {bad.id: ("unknown", "channel"), good.id: ("sent", "")}


def test_a_process_that_is_stopped_gives_back_what_it_had_not_begun(scripted):
    messages = [a_message(a_member()) for _ in range(3)]
    scripted(Outcome(Fate.SENT), KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        dispatch_due(now=NOW)
    assert [ends()[message.id][0] for message in messages] == ["sent", "claimed", "pending"]
    scripted()
    dispatch_due(now=NOW + 6 * MINUTE)
    assert [ends()[message.id] for message in messages] == [("sent", ""), ("unknown", "lease"), ("sent", "")]


def test_a_process_that_is_killed_after_the_claim_sends_once(monkeypatch, settings):
    """Scenario 1: the claim is there, nobody sent; the next process sends, with the same key."""
    message = a_message(a_member())
    monkeypatch.setattr("qadam.messaging.dispatch.prepare", lambda *args, **kwargs: exec("raise SystemExit"))
    with pytest.raises(SystemExit):
        dispatch_due(now=NOW)
    monkeypatch.undo()
    settings.EMAIL_HOST = ""
    assert dispatch_due(now=NOW + MINUTE) == 0
    assert dispatch_due(now=NOW + 6 * MINUTE) == 1
    assert ends() == {message.id: ("sent", "")}
    assert LocalMail.objects.count() == 1


def test_a_mailbox_that_was_lost_sight_of_is_written_once():
    message = a_message(a_member())
    dispatch_due(now=NOW)
    Outbox.objects.update(status=Status.CLAIMED, lease_until=NOW)
    Event.objects.filter(type="message.sent").delete()
    dispatch_due(now=NOW + MINUTE)
    assert LocalMail.objects.count() == 1
    assert events_of(message) == ["message.sent"]


def test_the_null_channel_needs_no_rendering(settings):
    settings.MESSAGING_CHANNEL = "null"
    message = a_message(a_member(), template="ghost")
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("sent", "")}
    assert not LocalMail.objects.exists()


def test_poison_in_a_batch_over_smtp(settings):
    """Scenario 5: one address is refused, one letter can't be rendered; the others are sent once."""
    messages = [a_message(a_member()) for _ in range(20)]
    Member.objects.filter(id=messages[7].member_id).update(email="bad@example.com")
    Member.objects.filter(id=messages[3].member_id).update(name="")
    with MailServer(at_rcpt=lambda address: "554 No" if address == "bad@example.com" else ACCEPTED) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        assert [dispatch_due(now=NOW), dispatch_due(now=NOW + MINUTE)] == [20, 0]
    assert len(server.letters) == 18
    assert len({letter["Message-ID"] for letter in server.letters}) == 18
    assert server.connections == 1
    assert ends()[messages[7].id] == ("failed", "smtp_554")
    assert ends()[messages[3].id] == ("failed", "template")


def test_nobody_listens(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    message = a_message(a_member())
    dispatch_due(now=NOW)
    assert ends() == {message.id: ("pending", "unreachable")}
    with MailServer() as server:
        settings.EMAIL_PORT = server.port
        dispatch_due(now=NOW + MINUTE)
    assert len(server.letters) == 1


def test_the_mailbox_pages():
    aigul, dana = a_member(name="Aigul"), a_member(name="Dana")
    for minute, member in enumerate((aigul, dana, aigul)):
        a_message(member, due_at=NOW + minute * MINUTE)
        dispatch_due(now=NOW + minute * MINUTE)
    page = queries.mail_page(size=2)
    assert [row.member_name for row in page.rows] == ["Aigul", "Dana"]
    assert (page.total, page.next_before) == (3, page.rows[1].id)
    rest = queries.mail_page(size=2, before=page.next_before)
    assert ([row.member_name for row in rest.rows], rest.next_before) == (["Aigul"], None)
    assert queries.mail_page(member_id=dana.id).total == 1
    mail = queries.get_mail(page.rows[0].id)
    assert mail.row.to == f"Aigul <{aigul.email}>"
    assert "<html" in mail.html
    assert queries.count_by_status() == {"sent": 3}
    with pytest.raises(Exception, match="no letter"):
        queries.get_mail(0)
