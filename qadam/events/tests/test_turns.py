"""The queue of SQLite's writers: everything that writes takes its turn, nothing writes around it, nobody starves."""

import sqlite3
import threading
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction

from qadam.events import operations
from qadam.events.models import Cursor, Event
from qadam.events.tests.databases import Threads
from qadam.jobs.sqlite.base import Turn
from qadam.jobs.transactions import write

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def path(shared_database):
    if shared_database is None:
        pytest.skip("SQLite only")
    Cursor.objects.bulk_create([Cursor(name="to change"), Cursor(name="to delete")])
    connection.close()
    return shared_database


def in_transaction():
    with transaction.atomic():
        Cursor.objects.create(name="transaction")


def in_unit():
    with write():
        Cursor.objects.create(name="unit")


def by_hand():
    with connection.cursor() as cursor:
        cursor.execute("\n  insert into events_cursor (name, position) values ('by hand', 1)")


def many_by_hand():
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO events_cursor (name, position) VALUES (%s, 1)", [("many",), ("more",)])


def a_table():
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE fresh (id integer)")


WRITES = [
    lambda: SessionStore().save(),
    lambda: operations.record(type="cabinet.opened", member_id=1, occurred_at=NOW, key="1", now=NOW),
    lambda: Cursor.objects.create(name="created"),
    lambda: Cursor.objects.get_or_create(name="got or created"),
    lambda: Cursor.objects.bulk_create([Cursor(name="bulk")]),
    lambda: Cursor.objects.filter(name="to change").update(position=5),
    lambda: Cursor.objects.filter(name="to delete").delete(),
    in_transaction,
    in_unit,
    by_hand,
    many_by_hand,
    a_table,
]


def look_around(path):
    """Return what another program sees of the database."""
    with sqlite3.connect(path) as other:
        names = sorted(name for (name,) in other.execute("SELECT name FROM events_cursor WHERE position < 5"))
        tables = other.execute("SELECT count(*) FROM sqlite_master WHERE name = 'fresh'").fetchone()[0]
        sessions = other.execute("SELECT count(*) FROM django_session").fetchone()[0]
    other.close()
    return names, tables + sessions


def test_every_write_waits_for_its_turn(path):
    turn = Turn(f"{path}.turn")
    turn.take()
    before = look_around(path)
    writers = Threads(WRITES)
    writers.wait_a_moment()
    assert writers.alive() == len(WRITES)
    assert look_around(path) == before
    turn.close()
    writers.join()
    assert Cursor.objects.count() == 9
    assert Event.objects.count() == 1


def test_reading_needs_no_turn(path):
    turn = Turn(f"{path}.turn")
    turn.take()
    readers = Threads(
        [lambda: Cursor.objects.count(), lambda: list(Event.objects.all()), lambda: SessionStore("x").load()]
    )
    readers.join()
    turn.close()


def test_a_transaction_holds_the_turn_until_its_end(path):
    with transaction.atomic():
        Cursor.objects.create(name="first")
        other = Threads([lambda: Cursor.objects.create(name="second")])
        other.wait_a_moment()
        assert other.alive()
        assert Cursor.objects.count() == 3
    other.join()
    assert Cursor.objects.count() == 4


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failing_transaction_gives_the_turn_back(path, failure):
    def fail():
        with transaction.atomic():
            Cursor.objects.create(name="undone")
            raise failure

    with pytest.raises(failure):
        fail()
    Threads([lambda: Cursor.objects.create(name="next")]).join()
    assert not Cursor.objects.filter(name="undone").exists()


def test_a_failing_statement_gives_the_turn_back(path):
    with pytest.raises(Exception, match="UNIQUE"):
        Cursor.objects.bulk_create([Cursor(name="to change")])
    Threads([lambda: Cursor.objects.create(name="next")]).join()


def test_a_closed_connection_gives_the_turn_back(path):
    def leave():
        transaction.set_autocommit(False)
        Cursor.objects.create(name="left behind")

    Threads([leave]).join()
    Threads([lambda: Cursor.objects.create(name="next")]).join()
    assert not Cursor.objects.filter(name="left behind").exists()


def test_a_busy_writer_starves_nobody(path):
    rare_done = threading.Event()
    rounds = []

    def busy():
        while not rare_done.is_set() and len(rounds) < 5_000:
            Cursor.objects.update_or_create(name="busy", defaults={"position": len(rounds)})
            rounds.append(1)

    def rare():
        for number in range(30):
            Cursor.objects.create(name=f"rare {number}")
        rare_done.set()

    Threads([busy, busy, rare]).join()
    assert len(rounds) < 5_000
