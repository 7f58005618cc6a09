"""Scenario 4: two dispatchers at once over the same due messages."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from qadam.events.models import Event
from qadam.messaging import operations
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import LocalMail, Outbox
from qadam.messaging.operations import NewMessage
from qadam.messaging.tests.factories import a_template
from qadam.people import operations as people
from tests.cast import NOW, a_company


def run_alone(limit: int) -> int:
    try:
        return dispatch_due(now=NOW, limit=limit)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_each_message_is_sent_once(settings):
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite has one writer and no waiting; its queue of writers is tested in jobs")
    settings.EMAIL_HOST = ""
    a_company()
    a_template()
    rows = [people.NewMember(name=f"M {n}", email=f"m{n}@example.com", registered_at=NOW) for n in range(400)]
    members = people.add_members(rows, now=NOW)
    operations.queue_messages([NewMessage(f"t:{m.id}", m.id, "welcome", NOW) for m in members], now=NOW)
    with ThreadPoolExecutor(3) as pool:
        dealt_with = sum(pool.map(run_alone, [1_000] * 3))
    assert dealt_with == 400
    assert LocalMail.objects.count() == 400
    assert Outbox.objects.filter(status="sent", attempts=1).count() == 400
    assert Event.objects.filter(type="message.sent").count() == 400
