"""The log under concurrent writers: a reader that follows by its cursor sees every event once, in the order of ids."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from qadam.events import consumers, operations
from qadam.events.models import Cursor, Event
from qadam.events.operations import NewEvent
from qadam.events.tests.databases import Threads
from qadam.jobs.transactions import attempt, write

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
WRITERS, BATCHES, SIZE = 4, 40, 25

pytestmark = pytest.mark.two_databases


def a_batch(size=SIZE):
    return [NewEvent("order.paid", 1, NOW, str(uuid4()), {"order": "1"}, source="test") for _ in range(size)]


def test_a_polling_reader_misses_nothing(shared_database):
    seen: list[int] = []
    writing = threading.Barrier(WRITERS + 1)
    ended = threading.Event()

    def write_batches():
        writing.wait()
        for number in range(BATCHES):
            if number % 5:
                operations.record_many(a_batch(), now=NOW)
            else:
                _write_around_other_work()

    def read():
        writing.wait()
        while not ended.is_set():
            consumers.advance("reader", lambda batch, now: seen.extend(event.seq for event in batch), now=NOW, limit=70)

    reader = Threads([read])
    try:
        Threads([write_batches] * WRITERS).join()
    finally:
        ended.set()
    reader.join()
    consumers.advance_to_end("reader", lambda batch, now: seen.extend(event.seq for event in batch), now=NOW)
    assert seen == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert len(seen) == WRITERS * BATCHES * SIZE


def _write_around_other_work():
    """Record first, then do other work in the same transaction, part of which fails: the ids are drawn last."""
    with write():
        operations.record_many(a_batch(), now=NOW)
        Cursor.objects.create(name=str(uuid4())[:30])
        try:
            with attempt():
                operations.record_many(a_batch(3), now=NOW)
                raise LookupError
        except LookupError:
            pass


def test_the_same_events_from_many_writers_are_there_once(shared_database):
    batches = [a_batch() for _ in range(5)]

    def write_all():
        for batch in batches:
            operations.record_many(batch, now=NOW)

    Threads([write_all] * WRITERS).join()
    assert Event.objects.count() == 5 * SIZE


def test_a_failed_consumer_moves_no_cursor_and_leaves_nothing(shared_database):
    operations.record_many(a_batch(3), now=NOW)

    def fail(batch, now):
        Cursor.objects.create(name="half")
        raise LookupError

    with pytest.raises(LookupError):
        consumers.advance("reader", fail, now=NOW)
    assert not Cursor.objects.filter(position__gt=0).exists()
    assert not Cursor.objects.filter(name="half").exists()
    seen = []
    consumers.advance_to_end("reader", lambda batch, now: seen.extend(batch), now=NOW, limit=2)
    assert len(seen) == 3
