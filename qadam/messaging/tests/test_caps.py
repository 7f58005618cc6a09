"""Caps: the rule in rolling seconds, and who gets the slots at dispatch."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st

from qadam.messaging import jobs, operations
from qadam.messaging.channels.mailbox.channel import MailboxChannel
from qadam.messaging.channels.protocol import Fate, Outcome
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import LocalMail, Outbox
from qadam.messaging.operations import NewMessage
from qadam.messaging.rules import Cap, Taken, slot_free_at
from qadam.messaging.tests.factories import a_message, a_template
from qadam.messaging.tests.webhook_server import WebhookServer
from qadam.people import operations as people
from qadam.people.models import ConsentKind
from tests.cast import NOW, a_company, a_member

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

# The rule


def sent(*hours_ago, channel="email", category="advertising"):
    return [Taken(channel, category, NOW - timedelta(hours=hours)) for hours in hours_ago]


MAIL = Taken("email", "advertising", NOW)


@pytest.mark.parametrize(
    ("caps", "taken", "free_in_hours"),
    [
        ([], sent(1), None),
        ([Cap(1, DAY)], [], None),
        ([Cap(1, DAY)], sent(1), 23),
        ([Cap(1, DAY)], sent(24), None),
        ([Cap(2, DAY)], sent(1), None),
        ([Cap(2, DAY)], sent(1, 20), 4),
        ([Cap(2, DAY)], sent(1, 2, 20), 22),
        ([Cap(1, DAY), Cap(2, 7 * DAY)], sent(25, 30), 7 * 24 - 30),
        ([Cap(1, DAY, category="service")], sent(1), None),
        ([Cap(1, DAY, category="advertising")], sent(1, category="service"), None),
        ([Cap(1, DAY, channel="webhook")], sent(1), None),
        ([Cap(1, DAY, channel="email")], sent(1, channel="webhook"), None),
        ([Cap(1, DAY)], sent(1, channel="webhook", category="service"), 23),
    ],
)
def test_when_a_slot_is_free(caps, taken, free_in_hours):
    expected = None if free_in_hours is None else NOW + timedelta(hours=free_in_hours)
    assert slot_free_at(caps, taken, MAIL) == expected


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(1, 4), st.integers(1, 100))
def test_never_more_than_the_limit_in_any_window(hours_ago, limit, within):
    """Sending at the told moment keeps every window of the cap's length at its limit, where it was kept before."""
    cap, history = Cap(limit, timedelta(hours=within)), []
    for hours in sorted(hours_ago, reverse=True):
        wanted = Taken("email", "advertising", NOW - timedelta(hours=hours))
        if slot_free_at([cap], history, wanted) is None:
            history.append(wanted)
    free_at = slot_free_at([cap], history, MAIL) or NOW
    times = sorted([*(each.at for each in history), free_at])
    for first in times:
        assert sum(first <= time < first + cap.within for time in times) <= limit


# The dispatcher

ONE_A_DAY = {"caps": [{"limit": 1, "within": "P1D"}]}


@pytest.fixture
def office(db, settings):
    settings.EMAIL_HOST = ""
    a_company()
    a_template()
    return settings


def policy(*caps):
    operations.set_policy(document={"caps": list(caps)}, actor=None, now=NOW)


def end_of(message):
    message.refresh_from_db()
    return (message.status, message.reason)


def test_a_rolling_day_knows_no_midnight(office):
    """Scenario 24: sent at 23:00 local, the next due at 00:10; a transactional one passes and doesn't count."""
    policy({"limit": 1, "within": "P1D"})
    almaty = ZoneInfo("Asia/Almaty")
    evening = datetime(2026, 3, 2, 23, 0, tzinfo=almaty).astimezone(UTC)
    after_midnight = evening + timedelta(minutes=70)
    member = a_member()
    receipt = a_message(member, due_at=evening - MINUTE, obeys_caps=False, counts_caps=False)
    first = a_message(member, due_at=evening)
    dispatch_due(now=evening - MINUTE)
    dispatch_due(now=evening)
    second = a_message(member, due_at=after_midnight)
    another_receipt = a_message(member, due_at=after_midnight, obeys_caps=False, counts_caps=False)
    dispatch_due(now=after_midnight)
    assert [end_of(each) for each in (receipt, first, another_receipt)] == [("sent", "")] * 3
    assert end_of(second) == ("pending", "cap")
    assert jobs.next_due() == evening + DAY
    assert dispatch_due(now=evening + DAY) == 1
    assert end_of(second) == ("sent", "")


def test_two_flags(office):
    """What counts without obeying goes out and takes the slot; what obeys without counting takes none."""
    policy({"limit": 1, "within": "P1D"})
    member, other = a_member(), a_member()
    insisting = [a_message(member, obeys_caps=False) for _ in range(2)]
    modest = a_message(member, counts_caps=False)
    free = [a_message(other, counts_caps=False) for _ in range(2)]
    dispatch_due(now=NOW)
    assert [end_of(each) for each in (*insisting, *free)] == [("sent", "")] * 4
    assert end_of(modest) == ("pending", "cap")


def test_past_its_deadline_a_slot_is_of_no_use(office):
    policy({"limit": 1, "within": "P1D"})
    member = a_member()
    a_message(member)
    hurried = a_message(member, deadline_at=NOW + DAY - MINUTE)
    patient = a_message(member, deadline_at=NOW + DAY)
    dispatch_due(now=NOW)
    assert end_of(hurried) == ("suppressed", "cap")
    assert end_of(patient) == ("pending", "cap")


def test_a_cap_of_one_category(office):
    policy({"limit": 1, "within": "P7D", "category": "advertising"})
    a_template(template="offer", category="advertising")
    member = a_member()
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW)
    service = [a_message(member) for _ in range(3)]
    offers = [a_message(member, template="offer") for _ in range(2)]
    dispatch_due(now=NOW)
    assert [end_of(each)[0] for each in (*service, *offers)] == ["sent"] * 4 + ["pending"]


def test_a_template_that_became_advertising_counts_as_such(office):
    policy({"limit": 1, "within": "P7D", "category": "advertising"})
    member = a_member()
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="cabinet", now=NOW)
    messages = [a_message(member) for _ in range(2)]
    a_template(category="advertising")
    dispatch_due(now=NOW)
    assert [end_of(each)[0] for each in messages] == ["sent", "pending"]
    assert messages[0].category == "advertising"


def test_a_cap_of_one_channel_and_one_over_all(office):
    policy({"limit": 1, "within": "P1D", "channel": "email"}, {"limit": 2, "within": "P1D"})
    office.PRIVATE_WEBHOOKS = True
    with WebhookServer() as server:
        document = {"template": "crm", "channel": "webhook", "category": "service", "url": server.url, "body": {}}
        operations.publish_template(document=document, actor=None, now=NOW)
        member = a_member()
        mails = [a_message(member) for _ in range(2)]
        hooks = [a_message(member, template="crm", channel="webhook") for _ in range(2)]
        dispatch_due(now=NOW)
    assert [end_of(each)[0] for each in mails] == ["sent", "pending"]
    assert [end_of(each)[0] for each in hooks] == ["sent", "pending"]


def test_what_matters_more_gets_the_slot(office):
    """Priority, then due time, then the order of queueing; through all channels."""
    policy({"limit": 1, "within": "P1D"})
    office.PRIVATE_WEBHOOKS = True
    member, other, third = a_member(), a_member(), a_member()
    with WebhookServer() as server:
        document = {"template": "crm", "channel": "webhook", "category": "service", "url": server.url, "body": {}}
        operations.publish_template(document=document, actor=None, now=NOW)
        usual = a_message(member, due_at=NOW - 5 * MINUTE)
        urgent = a_message(member, priority=1)
        later, earlier = a_message(other, due_at=NOW), a_message(other, due_at=NOW - MINUTE)
        mail, hook = a_message(third), a_message(third, template="crm", channel="webhook", priority=2)
        dispatch_due(now=NOW)
    assert (end_of(urgent)[0], end_of(usual)[0]) == ("sent", "pending")
    assert (end_of(earlier)[0], end_of(later)[0]) == ("sent", "pending")
    assert (end_of(hook)[0], end_of(mail)[0]) == ("sent", "pending")


@pytest.mark.parametrize(
    ("fate", "status"), [(Fate.PERMANENT, "sent"), (Fate.TEMPORARY, "sent"), (Fate.UNKNOWN, "pending")]
)
@pytest.mark.parametrize("is_idempotent", [True, False])
def test_a_failure_gives_its_slot_back(office, monkeypatch, fate, status, is_idempotent):
    """What failed took no slot; of what may have arrived we assume that it did."""
    policy({"limit": 1, "within": "P1D"})
    script = [Outcome(fate, "x")]

    class Scripted(MailboxChannel):
        def send(self, letter):
            return script.pop() if script else super().send(letter)

    Scripted.is_idempotent = is_idempotent
    monkeypatch.setattr("qadam.messaging.channels.open_channel", lambda kind: Scripted())
    member = a_member()
    first = a_message(member)
    dispatch_due(now=NOW)
    second = a_message(member)
    dispatch_due(now=NOW)
    assert end_of(first)[0] != "sent"
    assert end_of(second)[0] == status


def test_a_lost_claim_gives_its_slot_back_unless_it_may_have_arrived(office):
    policy({"limit": 1, "within": "P1D"})
    caps = [Cap(1, DAY)]
    member, other = a_member(), a_member()
    messages = [a_message(member), a_message(other)]
    claimed = operations.claim_messages(channel="email", now=NOW, limit=2)
    assert operations.record_results([], now=NOW, next_up=claimed, caps=caps) == {each.id for each in messages}
    assert Outbox.objects.filter(counted_at=NOW).count() == 2
    Outbox.objects.filter(id=messages[0].id).update(handed_at=None)
    later = NOW + 6 * MINUTE
    operations.recover_lost_claims(channel="email", is_idempotent=False, now=later)
    assert dict(Outbox.objects.values_list("status", "counted_at")) == {"pending": None, "unknown": NOW}


def test_a_cap_of_tomorrow_counts_what_went_out_today(office):
    member = a_member()
    a_message(member)
    dispatch_due(now=NOW)
    policy({"limit": 1, "within": "P1D"})
    second = a_message(member)
    dispatch_due(now=NOW + MINUTE)
    assert end_of(second) == ("pending", "cap")


def run_alone(number):
    try:
        return dispatch_due(now=NOW)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_never_exceed_a_cap(settings):
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite has one writer and no waiting; its queue of writers is tested in jobs")
    settings.EMAIL_HOST = ""
    a_company()
    a_template()
    policy({"limit": 2, "within": "P1D"})
    rows = [people.NewMember(name=f"M {n}", email=f"m{n}@example.com", registered_at=NOW) for n in range(60)]
    members = people.add_members(rows, now=NOW)
    messages = [NewMessage(f"t:{m.id}:{n}", m.id, "welcome", NOW) for n in range(6) for m in members]
    operations.queue_messages(messages, now=NOW)
    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(run_alone, range(3))) == 360
    assert LocalMail.objects.count() == 120
    sent_to = [member_id for (member_id,) in LocalMail.objects.values_list("member_id")]
    assert {sent_to.count(member.id) for member in members} == {2}
    assert Outbox.objects.filter(status="pending", reason="cap", due_at=NOW + DAY).count() == 240
