"""Scenarios 4 and 6: several engines at once over the same database, each with a connection of its own."""

import threading

import pytest

from qadam.events.models import Cursor, Event
from qadam.events.tests.databases import Threads
from qadam.journeys import engine
from qadam.journeys.models import Enrollment, Transition, Trouble
from qadam.journeys.operations import Backlog
from qadam.journeys.tests.stage import DAY, GLAD, HOUR, SEND, assert_sound, publish, reasons, run_once
from qadam.messaging.models import Outbox
from qadam.people import operations as people
from tests.cast import NOW, a_member, an_event, days

pytestmark = pytest.mark.two_databases
MANY = 300


def many_members():
    rows = [people.NewMember(name=f"M {n}", email=f"m{n}@example.com", registered_at=NOW) for n in range(MANY)]
    return people.add_members(rows, now=NOW)


def at_once(work, workers=3):
    """Let several threads begin the same work at the same moment; raise what any of them raises."""
    together = threading.Barrier(workers)

    def begin():
        together.wait()
        work()

    Threads([begin] * workers).join()


def edges_of_each():
    found = {}
    for row_id, edge in Transition.objects.order_by("enrollment_id", "visit").values_list("enrollment_id", "edge"):
        found.setdefault(row_id, []).append(edge)
    return list(found.values())


def test_4_two_ticks_at_once_over_the_same_due_set(shared):
    publish(DAY, SEND, {**DAY, "id": "next-day"}, GLAD)
    many_members()
    at_once(lambda: engine.tick(NOW))
    assert Enrollment.objects.count() == MANY
    at_once(lambda: engine.tick(NOW + days(1)))
    assert edges_of_each() == [["due"]] * MANY
    assert Outbox.objects.count() == MANY
    assert_sound(NOW + days(1))
    at_once(lambda: run_once(NOW + days(1)))
    run_once(NOW + days(1))
    at_once(lambda: run_once(NOW + days(2)))
    run_once(NOW + days(2))
    assert edges_of_each() == [["due", "sent", "due", "glad"]] * MANY
    assert not Trouble.objects.exists()


def test_4_a_tick_inside_another_s_look_at_the_clock(played, monkeypatch):
    """The slower one has looked up who is due; before it writes, the faster one has done it all."""
    publish(DAY, SEND, GLAD)
    for _ in range(5):
        a_member()
    run_once(NOW)
    real = engine._read_due
    looks = []

    def look_and_be_overtaken(now):
        found = real(now)
        looks.append(len(found))
        if len(looks) == 1:
            engine.fire_due(now)
        return found

    monkeypatch.setattr(engine, "_read_due", look_and_be_overtaken)
    engine.tick(NOW + days(1))
    assert looks[0] == 5
    assert edges_of_each() == [["due"]] * 5
    assert Outbox.objects.count() == 5
    assert_sound(NOW + days(1))


def test_4_one_backfill_handful_per_minute_however_many_workers(shared):
    many_members()
    publish(DAY, GLAD, now=NOW + HOUR, backlog=Backlog(per_minute=100))
    at_once(lambda: engine.tick(NOW + HOUR))
    assert Enrollment.objects.count() == 100


def test_4_the_log_and_the_clock_at_once(shared):
    """An event that comes at the deadline wins, or time does; never both, and nobody is left behind."""
    publish({"id": "order", "wait": {"event": "order.paid", "timeout": "P1D", "on_timeout": "late"}}, GLAD, SEND_LATE)
    members = many_members()
    run_once(NOW)
    for member in members[::2]:
        an_event("order.paid", member, NOW + days(1), order=str(member.id))
    together = threading.Barrier(2)

    def read_the_log():
        together.wait()
        engine.tick(NOW + days(1))

    def look_at_the_clock():
        together.wait()
        engine.fire_due(NOW + days(1))

    Threads([read_the_log, look_at_the_clock]).join()
    run_once(NOW + days(1))
    ends = reasons()
    assert {ends[member.id] for member in members[::2]} == {"glad"}
    assert {ends[member.id] for member in members[1::2]} == {"late"}
    assert_sound(NOW + days(1))


SEND_LATE = {"id": "late", "exit": "late"}


def test_6_the_same_event_from_several_doors_at_once(shared):
    publish(
        GLAD,
        entry={"event": "order.paid"},
        reentry={"after_exit": "PT1S"},
        conversion={"event": "bonus.credited", "from": "entry", "within": "P7D"},
    )
    member = a_member()

    def knock():
        an_event("order.paid", member, key="order-1", order="1")
        run_once(NOW)
        an_event("bonus.credited", member, NOW + HOUR, key="bonus-1", amount=5)
        run_once(NOW + HOUR)

    at_once(knock)
    run_once(NOW + HOUR)
    # After a restart everything comes once more, and the engine reads on where it stood.
    knocked = Cursor.objects.get(name=engine.NAME).position
    knock()
    assert Cursor.objects.get(name=engine.NAME).position == knocked
    assert Enrollment.objects.count() == 1
    assert Event.objects.filter(type="journey.entered").count() == 1
    assert Event.objects.filter(type="journey.converted").count() == 1


def test_6_the_registration_of_many_read_by_several_workers(shared):
    publish(SEND, GLAD)
    many_members()
    at_once(lambda: run_once(NOW))
    run_once(NOW)
    assert Enrollment.objects.count() == Outbox.objects.filter(status="sent").count() == MANY
    assert edges_of_each() == [["sent", "glad"]] * MANY
