"""Sealed segments and the tail are together the log: through appends, crashes, lost files and rebuilding."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from qadam.events.models import Event
from qadam.metrics import files as segment_files
from qadam.metrics import segment_operations as operations
from qadam.metrics import store
from qadam.metrics.models import Segment
from tests.cast import NOW, a_company, a_member, a_prospect, an_event

LATER = NOW + timedelta(days=1)


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(operations, "SEGMENT_ROWS", 4)


def append(count, start=0):
    for number in range(start, start + count):
        at = NOW + timedelta(minutes=number)
        an_event("lesson.completed", number % 3 + 1, at, lesson=f"лекция {number}", now=LATER)


def seal(min_rows=4):
    return operations.seal_log(now=LATER, min_rows=min_rows)


def log_in_database():
    rows = Event.objects.order_by("id").values_list("id", "member_id", "type", "occurred_at", "props")
    return [(*row[:3], row[3].astimezone(UTC).replace(tzinfo=None), row[4]["lesson"]) for row in rows]


def log_in_store(now=LATER):
    with store.open_log(now) as db:
        statement = "SELECT seq, member_id, type, occurred_at, props->>'$.lesson' FROM events ORDER BY seq"
        return db.execute(statement).fetchall()


def files():
    return sorted(path.name for path in store.folder().iterdir() if path.is_file())


def test_an_empty_log_is_empty(db):
    assert log_in_store() == []
    assert seal(min_rows=0) == 0


def test_seal_moves_full_segments_and_leaves_the_rest_in_the_tail(db):
    append(10)
    assert [seal(), seal(), seal()] == [4, 4, 0]
    assert store.read_snapshot().tail["seq"].size == 2
    assert log_in_store() == log_in_database()


def test_manifest_says_what_the_file_holds(db):
    append(4)
    seal()
    segment = Segment.objects.get()
    first, last = Event.objects.order_by("id").first(), Event.objects.order_by("id").last()
    assert (segment.last_seq, segment.row_count) == (last.id, 4)
    assert (segment.min_occurred_at, segment.max_occurred_at) == (first.occurred_at, last.occurred_at)
    assert (store.folder() / segment.file_name).stat().st_size == segment.size


def test_a_segment_begins_where_the_one_before_ended(db):
    append(8)
    Event.objects.filter(id=Event.objects.order_by("id")[4].id).delete()
    seal()
    seal(min_rows=1)
    first, second = Segment.objects.order_by("first_seq")
    assert second.first_seq == first.last_seq + 1
    assert log_in_store() == log_in_database()


@pytest.mark.parametrize("at_point", ["_write_parquet", "_sync", "manifest"])
def test_a_crash_at_any_point_of_a_seal_loses_and_doubles_nothing(db, monkeypatch, at_point):
    append(6)

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        if at_point == "manifest":
            patch.setattr(Segment.objects, "create", die)
        else:
            patch.setattr(segment_files, at_point, die)
        with pytest.raises(Killed):
            seal()
    orphans = files()
    assert log_in_store() == log_in_database()
    assert seal() == 4
    assert log_in_store() == log_in_database()
    segment_files.clean_orphans(now=datetime.now(UTC))
    assert set(orphans) < set(files()) or not orphans
    segment_files.clean_orphans(now=datetime.now(UTC) + 2 * segment_files.GRACE)
    assert files() == [Segment.objects.get().file_name]


@pytest.mark.parametrize("harm", ["missing", "cut"])
def test_a_lost_file_is_read_from_the_log_and_sealed_again(db, harm):
    append(13)
    for _ in range(3):
        seal()
    path = store.folder() / Segment.objects.order_by("first_seq")[1].file_name
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    assert log_in_store() == log_in_database()
    assert [seal(), seal(), seal()] == [4, 4, 0]
    assert log_in_store() == log_in_database()


def test_rebuilding_gives_the_same_log_in_new_files(db):
    append(10)
    seal()
    before = log_in_store()
    old = set(files())
    assert operations.rebuild_segments(now=LATER) == 8
    assert log_in_store() == before
    assert old < set(files())
    segment_files.clean_orphans(now=datetime.now(UTC) + 2 * segment_files.GRACE)
    assert not old & set(files())


def test_a_second_sealer_gives_way(db, monkeypatch):
    append(4)
    write = segment_files.write_segment

    def while_another_seals(rows, first_seq):
        with monkeypatch.context() as patch:
            patch.setattr(segment_files, "write_segment", write)
            assert seal() == 4
        return write(rows, first_seq)

    monkeypatch.setattr(segment_files, "write_segment", while_another_seals)
    assert seal() == 0
    assert Segment.objects.count() == 1
    assert log_in_store() == log_in_database()


@pytest.mark.parametrize("meanwhile", ["append", "seal", "rebuild"])
def test_a_read_between_two_writes_sees_each_event_once(db, monkeypatch, meanwhile):
    """Inside the caller's transaction: the manifest is read first, and the tail begins where it ends."""
    append(10)
    seal()
    read = store.standing_segments

    def and_then():
        segments = read()
        monkeypatch.setattr(store, "standing_segments", read)
        {"append": lambda: append(3, 10), "seal": seal, "rebuild": lambda: operations.rebuild_segments(now=LATER)}[
            meanwhile
        ]()
        return segments

    monkeypatch.setattr(store, "standing_segments", and_then)
    assert log_in_store() == log_in_database()


@pytest.mark.django_db(transaction=True)
def test_readers_see_whole_prefixes_of_the_log_while_others_append_and_seal():
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("an in-memory SQLite has no readers beside a writer")
    stop = threading.Event()

    def write():
        try:
            for start in range(0, 60, 3):
                append(3, start)
                seal()
        finally:
            stop.set()
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not stop.is_set():
        seen.append([row[0] for row in log_in_store()])
    writer.join()
    everything = [row[0] for row in log_in_database()]
    assert len(everything) == 60
    assert Segment.objects.exists()
    assert all(found == everything[: len(found)] for found in seen)
    assert log_in_store() == log_in_database()


def test_views_show_counted_people_as_of_the_instant(db):
    a_company()
    member = a_member(registered_at=NOW - timedelta(days=10))
    a_member(is_test=True)
    prospect = a_prospect()
    member.left_at = NOW
    member.save(update_fields=["left_at"])
    with store.open_log(NOW - timedelta(days=1)) as db:
        rows = db.execute("SELECT id, kind, registered_at IS NULL, left_at FROM members ORDER BY id").fetchall()
    assert rows == [(member.id, "distributor", False, None), (prospect.id, "prospect", True, None)]
    with store.open_log(NOW) as db:
        assert db.execute("SELECT count(left_at), max(left_at) FROM members").fetchall() == [
            (1, NOW.replace(tzinfo=None))
        ]


def test_every_thread_takes_its_own_cursor_of_one_log(db):
    append(5)
    seal()
    found = []
    with store.open_log(LATER) as db:
        cursors = [db.cursor() for _ in range(2)]
        threads = [
            threading.Thread(target=lambda c=c: found.extend(c.execute("SELECT count(*) FROM events").fetchall()))
            for c in cursors
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert found == [(5,), (5,)]


def test_documents_come_through_with_their_letters_and_nulls(db):
    an_event("bonus.credited", None, NOW, amount=5)
    an_event("lesson.completed", 1, NOW, lesson="Әңгіме «№1» 'х'")
    operations.seal_log(now=LATER, min_rows=1)
    with store.open_log(LATER) as db:
        rows = db.execute(
            "SELECT member_id, props->>'$.lesson', props->>'$.amount' FROM events ORDER BY seq"
        ).fetchall()
    assert rows == [(None, None, "5"), (1, "Әңгіме «№1» 'х'", None)]
