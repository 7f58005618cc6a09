"""Member-days: the day files, the loose rest and the raw events say the same; compaction and erasure lose nothing."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from qadam.events.models import Event
from qadam.lib.clock import local_date
from qadam.metrics import files as segment_files
from qadam.metrics import primitives, rollup, segment_operations, store
from qadam.metrics.kernels import day_number
from qadam.metrics.models import Segment
from qadam.metrics.tests.test_store import log_in_store
from tests.cast import NOW, a_company, a_member, an_event

ZONE = ZoneInfo("Asia/Almaty")
NEW_YORK = ZoneInfo("America/New_York")
TYPES = ["order.paid", "lesson.completed", "live.attended"]


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(segment_operations, "SEGMENT_ROWS", 10)


def seal_all(now=NOW):
    while segment_operations.seal_log(now=now, min_rows=10):
        pass


def random_log(members, seed=4, start=datetime(2024, 2, 20, 18, tzinfo=UTC), days=60):
    """Purchases, lessons and refunds over days on which two zones change their clocks; some arrive late."""
    draw, rows = random.Random(seed), []
    for number in range(64):
        kind = draw.choice([*TYPES, "order.refunded", "contact.recorded"])
        at = start + timedelta(minutes=draw.randrange(days * 1440))
        props = {"order": f"o{draw.randrange(6)}", "amount": draw.choice([5, 10])} if kind[:6] == "order." else {}
        member = draw.choice([*members, None])
        rows.append(Event(type=kind, member_id=member, occurred_at=at, recorded_at=at, external_id=number, props=props))
    Event.objects.bulk_create(rows)


def days_by_bits(db, members, types, zone, since):
    found = rollup.read_days(db, np.array(members), rollup.Question(types, zone, since))
    starts = found.starts
    return {
        (member, int(starts[month]) + bit)
        for month in range(len(found.bits))
        for place, member in enumerate(members)
        for bit in range(31)
        if found.bits[month, place] >> bit & 1
    }


def days_by_hand(db, types, zone):
    if types:
        acts = primitives.actions(db, types, np.datetime64("0001-01-01"))
        rows = zip(acts.members.tolist(), acts.times.astype(object), strict=True)
    else:
        rows = db.execute("SELECT member_id, occurred_at FROM events JOIN members ON id = member_id").fetchall()
    return {(member, day_number(local_date(at.replace(tzinfo=UTC), zone))) for member, at in rows}


def test_day_files_the_rest_and_the_events_say_the_same(db):
    a_company()
    members = sorted(a_member().id for _ in range(5))
    random_log(members)
    seal_all()
    cuts = [datetime(2024, 3, 10, 12, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)]
    for step in ("nothing rolled up", "some", "compacted", "all", "another zone"):
        if step == "some":
            segment_operations.roll_up(zone=ZONE)
            Segment.objects.filter(id=Segment.objects.first().id).update(days_name="")
        elif step == "compacted":
            assert segment_operations.compact(now=NOW, everything=True) == 1
        elif step == "all":
            assert segment_operations.roll_up(zone=ZONE) == 1
            assert segment_operations.roll_up(zone=ZONE) == 0
        for now in cuts:
            zone = NEW_YORK if step == "another zone" else ZONE
            with store.open_log(now) as log:
                for types in (TYPES, []) if now < cuts[1] else (["order.paid"],):
                    expected = days_by_hand(log, types, zone)
                    assert days_by_bits(log, members, types, zone, date(2024, 1, 1)) == expected, (step, now, types)


def test_closed_months_become_files_sorted_by_member_and_nothing_is_lost(db):
    for month in (1, 2, 3):
        now = datetime(2026, month, 20, tzinfo=UTC)
        for number in range(20):
            an_event("lesson.completed", number % 3 + 1, now - timedelta(minutes=number), lesson=f"{number}")
        seal_all(now)
    an_event("lesson.completed", 1, now, lesson="tail")
    before = log_in_store()
    old = set(Segment.objects.values_list("file_name", flat=True))
    assert segment_operations.compact(now=now) == 2
    assert [(each.row_count, each.is_sorted) for each in Segment.objects.all()] == [
        (20, True),
        (20, True),
        (10, False),
        (10, False),
    ]
    assert log_in_store() == before
    assert segment_operations.compact(now=now) == 0
    with segment_files.new_duckdb() as duck:
        path = segment_files.folder() / Segment.objects.first().file_name
        rows = duck.execute(f"SELECT member_id, occurred_at FROM '{path}'").fetchall()
    assert rows == sorted(rows)
    segment_files.clean_orphans(now=datetime.now(UTC))
    kept = {path.name for path in segment_files.folder().glob("*.parquet")}
    assert old <= kept, "a reader may just have opened them"
    segment_files.clean_orphans(now=datetime.now(UTC) + 2 * segment_files.GRACE)
    assert {path.name for path in segment_files.folder().glob("*.parquet")} == set(
        Segment.objects.values_list("file_name", flat=True)
    )


def test_compaction_gives_way_to_a_rebuild(db, monkeypatch):
    for number in range(20):
        an_event("lesson.completed", 1, NOW, lesson=f"{number}")
    seal_all()
    before = log_in_store()
    merge = segment_files.merge_segments

    def while_another_rebuilds(run):
        segment_operations.rebuild_segments(now=NOW)
        return merge(run)

    monkeypatch.setattr(segment_files, "merge_segments", while_another_rebuilds)
    assert segment_operations.compact(now=NOW, everything=True) == 0
    assert log_in_store() == before


def test_an_erased_member_leaves_the_segments_too(db):
    for number in range(20):
        an_event("lesson.completed", number // 5 + 1, NOW, lesson=f"{number}")
    seal_all()
    segment_operations.compact(now=NOW, everything=True)
    before = log_in_store()
    assert segment_operations.erase_member_from_segments(member_id=2, replacement=902) == 1
    assert segment_operations.erase_member_from_segments(member_id=2, replacement=902) == 0
    assert log_in_store() == [(seq, 902 if member == 2 else member, *rest) for seq, member, *rest in before]


def test_a_lost_day_file_is_made_again(db):
    for number in range(10):
        an_event("lesson.completed", 1, NOW, lesson=f"{number}")
    seal_all()
    assert segment_operations.roll_up(zone=ZONE) == 1
    (segment_files.folder() / Segment.objects.get().days_name).unlink()
    assert store.read_snapshot().days == {}
    assert segment_operations.roll_up(zone=ZONE) == 1


def test_a_log_among_some_shows_only_them_as_members(db):
    a_company()
    one, other = a_member(), a_member()
    with store.open_log(NOW, among=[one.id]) as log:
        assert log.execute("SELECT id FROM members").fetchall() == [(one.id,)]
        assert log.execute("SELECT count(*) FROM everybody").fetchall() == [(2,)]
        store.restrict(log, {other.id})
        assert log.execute("SELECT id FROM members").fetchall() == [(other.id,)]
        store.restrict(log, None)
        assert log.execute("SELECT count(*) FROM members").fetchall() == [(2,)]
