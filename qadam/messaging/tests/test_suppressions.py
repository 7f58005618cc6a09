"""Addresses that take nothing more."""

from datetime import timedelta

import pytest

from qadam.messaging import operations, queries
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Suppression
from qadam.messaging.tests.factories import a_message, a_template
from qadam.messaging.tests.smtp_server import ACCEPTED, MailServer
from qadam.messaging.tests.webhook_server import WebhookServer
from qadam.people.models import AuditEntry, Member
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def company():
    a_template()
    return a_company()


def end_of(message):
    message.refresh_from_db()
    return (message.status, message.reason)


def answering(**answers):
    return MailServer(**{stage: lambda address, said=said: said for stage, said in answers.items()})


def send_through(server, settings, message, now=NOW):
    with server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        dispatch_due(now=now)
    return end_of(message)


def test_a_permanent_failure_is_the_last_word_on_that_address(settings):
    """Scenario 26: a hard bounce, then three more mails: no retry, no connection; another channel still works."""
    settings.PRIVATE_WEBHOOKS = True
    member = a_member()
    first = a_message(member)
    with MailServer(at_rcpt=lambda address: "550 5.1.1 No such user") as server, WebhookServer() as web:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        document = {"template": "crm", "channel": "webhook", "category": "service", "url": web.url, "body": {}}
        operations.publish_template(document=document, actor=None, now=NOW)
        dispatch_due(now=NOW)
        connections = server.connections
        later = [a_message(member) for _ in range(3)]
        hook = a_message(member, template="crm", channel="webhook")
        dispatch_due(now=NOW + MINUTE)
        assert dispatch_due(now=NOW + 30 * DAY) == 0
    assert end_of(first) == ("failed", "smtp_550")
    assert [end_of(each) for each in later] == [("suppressed", "bounced")] * 3
    assert (end_of(hook), len(web.requests)) == (("sent", ""), 1)
    assert server.connections == connections
    [suppression] = queries.open_suppressions(member.id)
    assert (suppression.address, suppression.reason, suppression.at) == (member.email, "smtp_550", NOW)


@pytest.mark.parametrize(
    ("stage", "answer", "is_bounce"),
    [
        ("at_rcpt", "550 No such user", True),
        ("at_rcpt", "554 No", True),
        ("at_rcpt", "550 5.1.1 No such user", True),
        ("at_rcpt", "550 5.2.1 Mailbox closed", True),
        ("at_rcpt", "552 5.2.2 Mailbox full", False),
        ("at_rcpt", "550 5.7.1 Listed as a spammer", False),
        ("at_rcpt", "451 Later", False),
        ("at_data", "554 5.1.1 No such user", True),
        ("at_data", "554 Looks like spam", False),
    ],
)
def test_what_is_about_the_address(settings, stage, answer, is_bounce):
    member = a_member()
    send_through(answering(**{stage: answer}), settings, a_message(member))
    assert Suppression.objects.exists() is is_bounce


def test_another_address_is_another_matter(settings):
    member = a_member(email="Old@Example.com")
    send_through(answering(at_rcpt="550 Gone"), settings, a_message(member))
    Member.objects.filter(id=member.id).update(email="old@example.com")
    assert send_through(MailServer(), settings, a_message(member)) == ("suppressed", "bounced")
    Member.objects.filter(id=member.id).update(email="new@example.com")
    assert send_through(MailServer(), settings, a_message(member)) == ("sent", "")


def test_lifting_lets_mail_through_and_is_audited(settings):
    member, oleg = a_member(), a_user(roles=("retention",))
    send_through(answering(at_rcpt="550 Gone"), settings, a_message(member))
    [suppression] = queries.open_suppressions(member.id)
    for _ in range(2):
        operations.lift_suppression(suppression=suppression, actor=oleg, now=NOW + DAY)
    assert queries.open_suppressions(member.id) == []
    assert send_through(MailServer(), settings, a_message(member)) == ("sent", "")
    entry = AuditEntry.objects.get(action="suppression.lifted")
    assert (entry.actor, entry.target) == (oleg, f"member:{member.id}")
    send_through(answering(at_rcpt="550 Gone"), settings, a_message(member))
    assert Suppression.objects.count() == 2


def test_staff_may_stop_an_address_and_it_is_audited(settings):
    member, oleg = a_member(), a_user(roles=("retention",))
    for _ in range(2):
        operations.add_suppression(member=member, channel="email", reason="complaint", actor=oleg, now=NOW)
    assert AuditEntry.objects.get(action="suppression.added").detail == {"channel": "email", "reason": "complaint"}
    assert send_through(MailServer(), settings, a_message(member)) == ("suppressed", "bounced")


def test_two_bounces_in_one_batch_are_one_suppression(settings):
    member, other = a_member(), a_member()
    messages = [a_message(member), a_message(member), a_message(other)]
    server = MailServer(at_rcpt=lambda address: "550 No" if address == member.email else ACCEPTED)
    send_through(server, settings, messages[0])
    assert [end_of(each)[0] for each in messages] == ["failed", "failed", "sent"]
    assert Suppression.objects.count() == 1
