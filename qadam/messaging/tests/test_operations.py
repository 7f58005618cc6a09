from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.lib.documents import FaultyDocument
from qadam.messaging import operations, queries
from qadam.messaging.errors import FaultyTemplate
from qadam.messaging.models import Outbox, Status, Template
from qadam.messaging.operations import NewMessage
from qadam.messaging.tests.factories import a_message, a_template, a_template_document, in_three
from qadam.people.models import AuditEntry
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db


def test_publishing_the_same_document_again_changes_nothing():
    first = a_template()
    assert a_template() == first
    second = a_template(subject=in_three("Good morning"))
    assert (second.version, Template.objects.count()) == (2, 2)
    assert AuditEntry.objects.filter(action="template.published").count() == 2


def test_going_back_to_an_older_text_is_a_new_version():
    a_template()
    a_template(subject=in_three("Good morning"))
    assert a_template().version == 3
    assert "Welcome" in queries.newest_templates(["welcome"])["welcome"].subject.en


def test_a_faulty_document_is_not_published():
    with pytest.raises(FaultyDocument):
        operations.publish_template(document=a_template_document(subject={"kk": "x"}), actor=None, now=NOW)
    assert not Template.objects.exists()


def test_a_refusal_names_template_language_and_line():
    document = a_template_document(body={**in_three("x"), "ru": "Привет\n\n{{ mentor.name }}"})
    with pytest.raises(FaultyTemplate) as refusal:
        operations.publish_template(document=document, actor=None, now=NOW)
    for part in ("welcome", "body.ru", "line 3", "mentor.name"):
        assert part in str(refusal.value)


def test_a_key_is_queued_once():
    member = a_member()
    message = NewMessage(key="j:1:2:0", member_id=member.id, template="welcome", due_at=NOW)
    operations.queue_messages([message, message], now=NOW)
    operations.queue_messages([message], now=NOW)
    assert Outbox.objects.count() == 1


def test_the_category_comes_from_the_template():
    a_template(category="advertising")
    member = a_member()
    assert a_message(member).category == "advertising"
    assert a_message(member, category="service").category == "service"


def test_claims_are_in_order_and_exclusive():
    member = a_member()
    late = a_message(member, due_at=NOW)
    early = a_message(member, due_at=NOW - timedelta(hours=1))
    future = a_message(member, due_at=NOW + timedelta(seconds=1))
    claimed = operations.claim_messages(channel="email", now=NOW, limit=10)
    assert [row.id for row in claimed] == [early.id, late.id]
    assert operations.claim_messages(channel="email", now=NOW, limit=10) == []
    assert Outbox.objects.get(id=future.id).status == Status.PENDING


def test_a_result_after_a_lost_claim_is_not_stored():
    a_company()
    message = a_message(a_member())
    [slow] = operations.claim_messages(channel="email", now=NOW, limit=1)
    later = NOW + timedelta(minutes=6)
    operations.recover_lost_claims(channel="email", is_idempotent=True, now=later)
    [quick] = operations.claim_messages(channel="email", now=later, limit=1)
    operations.record_results([operations.Result(slow, Status.FAILED, "smtp_550")], now=later)
    assert Outbox.objects.get(id=message.id).status == Status.CLAIMED
    assert operations.record_results([], now=later, next_up=[slow]) == set()
    operations.record_results([operations.Result(quick, Status.SENT)], now=later)
    assert Outbox.objects.get(id=message.id).status == Status.SENT
    assert list(Event.objects.filter(type__startswith="message.").values_list("type", flat=True)) == ["message.sent"]


def test_lost_claims():
    a_company()
    member = a_member()
    untouched, handed = a_message(member), a_message(member)
    claimed = operations.claim_messages(channel="email", now=NOW, limit=2)
    operations.record_results([], now=NOW, next_up=claimed[1:])
    assert operations.recover_lost_claims(channel="email", is_idempotent=False, now=NOW + timedelta(minutes=5)) == 0
    assert operations.recover_lost_claims(channel="email", is_idempotent=False, now=NOW + timedelta(minutes=6)) == 2
    statuses = dict(Outbox.objects.values_list("id", "status"))
    assert statuses == {untouched.id: Status.PENDING, handed.id: Status.UNKNOWN}
    assert Event.objects.get(type="message.unknown").props["reason"] == "lease"


def test_leaving_a_journey_cancels_what_waits():
    member = a_member()
    mine = a_message(member, enrollment_id=7, visit=2, due_at=NOW + timedelta(days=1))
    on_its_way = a_message(member, enrollment_id=7, visit=1)
    others = a_message(member, enrollment_id=8, visit=1, due_at=NOW + timedelta(days=1))
    operations.claim_messages(channel="email", now=NOW, limit=5)
    assert operations.cancel_messages(enrollment_ids=[7], reason="exit", now=NOW) == 1
    statuses = dict(Outbox.objects.values_list("id", "status"))
    assert statuses == {mine.id: "suppressed", on_its_way.id: "claimed", others.id: "pending"}
    event = Event.objects.get(type="message.suppressed")
    assert event.props == {
        "template": "welcome",
        "channel": "email",
        "category": "service",
        "enrollment": 7,
        "visit": 2,
        "reason": "exit",
    }


def test_a_template_whose_provider_is_gone_is_unusable_and_no_more():
    Template.objects.create(
        slug="old", version=1, document=a_template_document(variables=["gone.x"]), content_hash="h", published_at=NOW
    )
    assert queries.newest_templates(["old"]) == {}
