"""Control groups: a withheld message passes every gate as a real one does, and ends withheld instead of sent."""

from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.messaging import operations
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import LocalMail, Outbox, Status
from qadam.messaging.tests.factories import a_message, a_template
from qadam.messaging.tests.smtp_server import MailServer
from qadam.people import operations as people
from tests.cast import NOW, a_company, a_member, an_event

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BOUGHT = {"did": "order.paid", "since": "entry"}


@pytest.fixture(autouse=True)
def company(settings):
    settings.EMAIL_HOST = ""
    a_template()
    return a_company()


def end_of(message):
    message.refresh_from_db()
    return (message.status, message.reason)


def a_pair(member=None, **changes):
    """A real message and a withheld one, each to a member of its own unless one is given."""
    return [a_message(member or a_member(), is_withheld=withheld, **changes) for withheld in (False, True)]


def test_it_is_queued_and_ends_withheld_with_its_event():
    ghost = a_message(a_member(), is_withheld=True, enrollment_id=5, visit=2)
    assert ghost.status == Status.PENDING
    assert dispatch_due(now=NOW) == 1
    assert end_of(ghost) == ("withheld", "")
    assert (ghost.closed_at, ghost.sent_at, ghost.counted_at) == (NOW, None, None)
    assert not LocalMail.objects.exists()
    event = Event.objects.get(type="message.withheld")
    assert event.props == {
        "template": "welcome",
        "channel": "email",
        "category": "service",
        "enrollment": 5,
        "visit": 2,
    }


def test_nothing_reaches_the_server(settings):
    ghosts = [a_message(a_member(), is_withheld=True) for _ in range(3)]
    real = a_message(a_member())
    with MailServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        dispatch_due(now=NOW)
    assert len(server.letters) == 1
    assert [end_of(each)[0] for each in (*ghosts, real)] == ["withheld"] * 3 + ["sent"]


def test_the_same_gates():
    """Treated and control differ in nothing but the last step."""
    gone, without_address, buyer = a_member(), a_member(email=""), a_member()
    people.leave_company(member=gone, reason="own wish", at=NOW, now=NOW)
    an_event("order.paid", buyer, NOW - MINUTE, order="1")
    a_template(template="offer", category="advertising")
    pairs = [
        (a_pair(gone), ("suppressed", "left")),
        (a_pair(without_address), ("suppressed", "address")),
        (a_pair(buyer, stop_when=BOUGHT, since=NOW - DAY), ("suppressed", "stopped")),
        (a_pair(template="offer"), ("suppressed", "consent")),
        (a_pair(deadline_at=NOW - MINUTE), ("expired", "deadline")),
        (a_pair(quiet="10:00-12:00"), ("pending", "quiet")),
        (a_pair(quiet="10:00-12:00", deadline_at=NOW + MINUTE), ("expired", "quiet")),
    ]
    dispatch_due(now=NOW)
    assert [[end_of(each) for each in pair] for pair, _ in pairs] == [[end, end] for _, end in pairs]


def test_it_obeys_caps_and_takes_no_slot():
    operations.set_policy(document={"caps": [{"limit": 1, "within": "P1D"}]}, actor=None, now=NOW)
    member, other = a_member(), a_member()
    ghosts = [a_message(member, is_withheld=True) for _ in range(2)]
    real = a_message(member)
    a_message(other)
    late_ghost = a_message(other, is_withheld=True)
    dispatch_due(now=NOW)
    assert [end_of(each)[0] for each in (*ghosts, real)] == ["withheld", "withheld", "sent"]
    assert end_of(late_ghost) == ("pending", "cap")
    dispatch_due(now=NOW + DAY)
    assert end_of(late_ghost) == ("withheld", "")


def test_it_is_not_rendered():
    """A template that fails for one member concerns those alone who would read it."""
    real, ghost = a_pair(template="ghost")
    dispatch_due(now=NOW)
    assert end_of(real) == ("failed", "template")
    assert end_of(ghost) == ("withheld", "")


def test_leaving_the_journey_cancels_it():
    ghost = a_message(a_member(), is_withheld=True, enrollment_id=7, visit=1, due_at=NOW + DAY)
    assert operations.cancel_messages(enrollment_ids=[7], reason="exit", now=NOW) == 1
    assert end_of(ghost) == ("suppressed", "exit")


@pytest.mark.parametrize("is_handed", [False, True])
def test_a_lost_claim_of_one_is_never_in_doubt(is_handed, settings):
    settings.MESSAGING_CHANNEL = "smtp"
    ghost = a_message(a_member(), is_withheld=True)
    claimed = operations.claim_messages(channel="email", now=NOW, limit=1)
    operations.record_results([], now=NOW, next_up=claimed if is_handed else [])
    dispatch_due(now=NOW + 6 * MINUTE)
    assert end_of(ghost) == ("withheld", "")
    assert Outbox.objects.get().attempts == 2
