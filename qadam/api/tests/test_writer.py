"""Group commit, and many senders at once on a database file."""

import json
import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from qadam.api import writer
from qadam.api.errors import Refusal
from qadam.api.tests.conftest import an_order, basic
from qadam.events import ingest
from qadam.events.models import Cursor, Event, Quarantined
from qadam.events.tests.databases import Threads
from qadam.jobs.sqlite.base import Turn
from qadam.jobs.transactions import write
from qadam.people.models import Member
from tests.cast import a_company, a_member

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def group_writer(shared_database, monkeypatch):
    fresh = writer.GroupWriter()
    monkeypatch.setattr(writer, "_writer", fresh)
    yield fresh
    fresh.close()


@pytest.fixture
def held_turn(group_writer, shared_database):
    """The turn of writers, taken, so that work piles up; `close()` lets it go on."""
    if shared_database is None:
        pytest.skip("SQLite only")
    turn = Turn(f"{shared_database}.turn")
    turn.take()
    yield turn
    turn.close()


def store(name):
    def work():
        with write() as unit:
            Cursor.objects.create(name=name)
            return id(unit)

    return work


def test_work_that_waits_is_committed_together(group_writer, held_turn):
    units: list[int] = []
    waiting = Threads([lambda n=number: units.append(group_writer.run(store(f"{n}"))) for number in range(12)])
    waiting.wait_a_moment()
    assert waiting.alive() == 12
    held_turn.close()
    waiting.join()
    assert Cursor.objects.count() == 12
    assert len(units) == 12
    assert len(set(units)) <= 3


def test_what_fails_is_undone_alone(group_writer, held_turn):
    def fail():
        store("half")()
        raise LookupError

    outcomes: list[object] = []

    def run_failing():
        try:
            group_writer.run(fail)
        except LookupError:
            outcomes.append("refused")

    waiting = Threads([lambda: group_writer.run(store("a")), run_failing, lambda: group_writer.run(store("b"))])
    waiting.wait_a_moment()
    held_turn.close()
    waiting.join()
    assert outcomes == ["refused"]
    assert set(Cursor.objects.values_list("name", flat=True)) == {"a", "b"}


def test_who_spoils_the_commit_spoils_only_the_own_work(group_writer, held_turn):
    def refuse(rows):
        raise LookupError

    def spoil():
        with write() as unit:
            unit.buffer("spoiled", refuse).append(1)

    outcomes: list[object] = []

    def run_spoiling():
        try:
            group_writer.run(spoil)
        except LookupError:
            outcomes.append("refused")

    waiting = Threads([lambda: group_writer.run(store("a")), run_spoiling, lambda: group_writer.run(store("b"))])
    waiting.wait_a_moment()
    held_turn.close()
    waiting.join()
    assert outcomes == ["refused"]
    assert set(Cursor.objects.values_list("name", flat=True)) == {"a", "b"}


def test_who_waits_too_long_is_asked_to_come_again(group_writer, held_turn, monkeypatch):
    monkeypatch.setattr(writer, "PATIENCE", 0.05)
    with pytest.raises(Refusal) as refusal:
        group_writer.run(store("late"))
    answer = refusal.value.as_response()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_the_writer_can_be_closed_and_used_again(group_writer):
    group_writer.run(store("one"))
    group_writer.close()
    group_writer.run(store("two"))
    assert Cursor.objects.count() == 2


def post(key, document):
    answer = Client().post(
        "/v1/batch", json.dumps(document), content_type="application/json", headers={"Authorization": basic(key)}
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def shop_key(group_writer):
    a_company()
    a_member(external_id="A-1")
    ingest.ensure_default_mappings(now=NOW)
    key = ingest.create_write_key(source="shop", now=NOW)
    connection.close()
    return key


@pytest.mark.two_databases
def test_the_same_messages_three_times_at_once_are_there_once(shop_key):
    messages = [an_order(str(number)) for number in range(40)]
    Threads([lambda: post(shop_key, {"batch": messages})] * 3).join()
    assert Event.objects.filter(source="shop").count() == 40


@pytest.mark.two_databases
def test_a_person_and_the_own_events_at_once(shop_key):
    """Whoever comes first: an event is never left in the quarantine when its person has arrived."""
    start = threading.Barrier(2)

    def identify(number):
        start.wait()
        post(shop_key, {"batch": [{"type": "identify", "userId": f"N-{number}", "messageId": f"i-{number}"}]})

    def track(number):
        start.wait()
        post(shop_key, {"batch": [an_order(f"{number}", userId=f"N-{number}")]})

    for number in range(15):
        Threads([lambda n=number: identify(n), lambda n=number: track(n)]).join()
    assert Member.objects.filter(external_id__startswith="N-").count() == 15
    assert not Quarantined.objects.filter(resolved_at=None).exists()
    assert Event.objects.filter(type="order.paid").count() == 15


@pytest.mark.two_databases
def test_the_same_new_person_from_two_senders_at_once(shop_key):
    start = threading.Barrier(3)

    def identify(number):
        start.wait()
        person = {"type": "identify", "userId": "N-1", "messageId": f"i-{number}", "traits": {"sponsor": "A-1"}}
        assert post(shop_key, {"batch": [person]})["accepted"] == 1

    Threads([lambda n=number: identify(n) for number in range(3)]).join()
    assert Member.objects.filter(external_id="N-1").count() == 1
