"""The table of behavioural scenarios in the design, by number. 21 to 26 are in test_sending, 5 in test_poison,
4 and 6 with several workers in test_two_workers, 1 and 3 with real processes in tests/crash.
"""

from datetime import UTC, datetime, timedelta

import pytest

from qadam.events.models import Event
from qadam.journeys import engine, operations
from qadam.journeys.models import Enrollment, Journey, Transition
from qadam.journeys.operations import Migration
from qadam.journeys.tests.stage import (
    DAY,
    GLAD,
    HOUR,
    LATE,
    ORDER,
    SECOND,
    SEND,
    assert_sound,
    edges,
    of,
    publish,
    reasons,
    run_once,
    the_one,
)
from qadam.journeys.transfers import Target
from qadam.lib.documents import FaultyDocument
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import LocalMail, Outbox
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]


# 1 Crash after commit


@pytest.mark.parametrize("dies_at", ["qadam.messaging.dispatch.prepare", "qadam.messaging.dispatch._send_safely"])
def test_1_a_crash_after_the_tick_s_commit_sends_exactly_once_with_the_same_key(monkeypatch, settings, dies_at):
    settings.MESSAGING_CHANNEL = "mailbox"
    publish(SEND, DAY, GLAD)
    a_member()
    engine.tick(NOW)
    key = Outbox.objects.get().key
    with monkeypatch.context() as dying:
        dying.setattr(dies_at, lambda *args, **kwargs: exec("raise SystemExit"))
        with pytest.raises(SystemExit):
            dispatch_due(now=NOW)
    # A new process: the tick finds nothing to decide again, the dispatcher takes the message up when the lease is over.
    run_once(NOW)
    run_once(NOW + timedelta(minutes=6))
    assert [(row.key, row.status) for row in Outbox.objects.all()] == [(key, "sent")]
    assert LocalMail.objects.count() == 1
    assert the_one().step == "day"


def test_1_a_crash_before_the_commit_leaves_nothing(monkeypatch):
    publish(SEND, DAY, GLAD)
    a_member()
    with monkeypatch.context() as dying:
        dying.setattr("qadam.journeys.standings.Moves.store", lambda self: exec("raise SystemExit"))
        with pytest.raises(SystemExit):
            engine.tick(NOW)
    assert not Enrollment.objects.exists()
    assert not Outbox.objects.exists()
    run_once(NOW)
    assert Outbox.objects.count() == 1
    assert the_one().step == "day"


# 6 Duplicate event; concurrently: test_two_workers


def test_6_the_same_event_again_and_after_a_restart_counts_once():
    publish(
        GLAD,
        entry={"event": "order.paid"},
        reentry={"after_exit": "PT1S"},
        conversion={"event": "bonus.credited", "from": "entry", "within": "P7D"},
    )
    member = a_member()
    for _ in range(3):
        an_event("order.paid", member, key="order-1", order="1")
    run_once(NOW)
    for _ in range(3):
        an_event("bonus.credited", member, NOW + HOUR, key="bonus-1", amount=5)
    run_once(NOW + HOUR)
    # After a restart the sender repeats everything, a day late.
    an_event("order.paid", member, NOW + HOUR, key="order-1", now=NOW + days(1), order="1")
    an_event("bonus.credited", member, NOW + days(1), key="bonus-1", amount=5)
    run_once(NOW + days(1))
    assert Enrollment.objects.count() == 1
    assert the_one().converted_at == NOW + HOUR
    assert Event.objects.filter(type="journey.entered").count() == 1
    assert Event.objects.filter(type="journey.converted").count() == 1


# 8 Just before enrolment


@pytest.mark.parametrize(("since", "exit_reason"), [(None, "glad"), ("entry", "glad"), ("P3D", "glad"), ("arm", "")])
def test_8_an_event_between_the_entry_and_the_enrolling_tick(since, exit_reason):
    wait = {**ORDER["wait"], **({"since": since} if since else {})}
    publish({"id": "order", "wait": wait}, GLAD, LATE)
    member = a_member()
    an_event("order.paid", member, NOW + 10 * SECOND, order="1")
    run_once(NOW + 20 * SECOND)
    assert the_one().exit_reason == exit_reason
    assert edges()[:1] == (["event"] if exit_reason else [])


# 10 Pause over the due time


@pytest.mark.parametrize(
    ("on_resume", "deadline", "expected"),
    [
        ("fire", "P5D", ("glad", "sent")),
        ("fire", "P1D", ("late", "expired")),
        ("shift", "P1D", ("", None)),
        ("drop", "P5D", ("dropped", None)),
    ],
)
def test_10_a_pause_over_the_due_time(on_resume, deadline, expected):
    send = {"id": "send", "send": {**SEND["send"], "deadline": deadline}, "on": {"expired": "late"}}
    publish(DAY, send, GLAD, LATE, on_resume=on_resume)
    a_member()
    run_once(NOW)
    operations.pause_journey(slug="test", actor=None, now=NOW + HOUR)
    assert engine.next_due() is None
    run_once(NOW + days(2))
    assert the_one().step == "day"
    assert_sound(NOW + days(2))
    resumed_at = NOW + days(3)
    operations.resume_journey(slug="test", actor=None, now=resumed_at)
    run_once(resumed_at)
    exit_reason, status = expected
    assert the_one().exit_reason == exit_reason
    assert Outbox.objects.values_list("status", flat=True).first() == status
    if on_resume == "shift":
        pause = resumed_at - (NOW + HOUR)
        assert the_one().due_at == NOW + days(1) + pause
        run_once(NOW + days(1) + pause - SECOND)
        assert the_one().step == "day"
        run_once(NOW + days(1) + pause)
        assert the_one().exit_reason == "glad"


def test_10_who_is_not_due_yet_keeps_the_time_and_is_not_dropped():
    publish({"id": "long", "wait": {"for": "P9D"}}, GLAD, on_resume="drop")
    a_member()
    run_once(NOW)
    operations.pause_journey(slug="test", actor=None, now=NOW + HOUR)
    operations.resume_journey(slug="test", actor=None, now=NOW + days(3))
    run_once(NOW + days(3))
    assert the_one().due_at == NOW + days(9)


# 12 Exit in the middle of a wait


@pytest.mark.parametrize("rule", ["goal", "exit"])
def test_12_an_exit_ends_a_long_wait_at_that_tick(rule):
    publish({"id": "long", "wait": {"for": "P30D"}}, SEND, **{rule: {"did": "order.paid", "since": "entry"}})
    member, other = a_member(), a_member()
    run_once(NOW)
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1) + HOUR)
    left = of(member)
    assert (left.exit_reason, left.left_at, left.due_at) == (rule, NOW + days(1) + HOUR, None)
    run_once(NOW + days(31))
    assert [row.member_id for row in Outbox.objects.all()] == [other.id]
    assert edges(member) == [rule]


# 14, 15, 17 Clocks


def due_of(step, *, begins, zone):
    publish(step, GLAD, now=begins)
    a_member(zone=zone, now=begins)
    run_once(begins)
    return the_one().due_at


HALF_PAST_TWO = {"id": "wait", "wait": {"until": {"at": "02:30"}}}


@pytest.mark.parametrize(
    ("begins", "fires"),
    [
        pytest.param(datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC), id="14 gap"),
        pytest.param(datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="15 fold"),
    ],
)
def test_14_15_a_local_time_that_the_clock_skips_or_shows_twice_fires_once(begins, fires):
    # Round and round, so that a second firing on the same day would be seen.
    publish(
        HALF_PAST_TWO,
        {"id": "mark", "set": {"score": "night", "by": 1}},
        {"id": "rest", "wait": {"for": "PT1M"}},
        {"id": "again", "goto": "wait"},
        now=begins,
    )
    a_member(zone="Europe/Berlin", now=begins)
    run_once(begins)
    assert the_one().due_at == fires
    now = begins
    while (due := engine.next_due()) is not None and due < begins + days(1.5):
        now = due
        run_once(now)
    marks = Event.objects.filter(type="score.changed", occurred_at__lt=begins + days(1))
    assert list(marks.values_list("occurred_at", flat=True)) == [fires]


def test_14_a_day_s_length_over_the_gap_keeps_the_wall_time():
    begins = datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert due_of(DAY, zone="Europe/Berlin", begins=begins) == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_14_twenty_four_hours_over_the_gap_are_twenty_four_hours():
    begins = datetime(2026, 3, 28, 8, tzinfo=UTC)
    wait = {"id": "day", "wait": {"for": "PT24H"}}
    assert due_of(wait, zone="Europe/Berlin", begins=begins) == begins + days(1)


@pytest.mark.parametrize(
    ("zone", "until", "fires"),
    [
        ("Asia/Tokyo", {"at": "08:00", "weekday": ["mon"]}, datetime(2026, 1, 11, 23, tzinfo=UTC)),
        ("America/Los_Angeles", {"at": "18:00", "weekday": ["fri"]}, datetime(2026, 1, 10, 2, tzinfo=UTC)),
    ],
)
def test_17_a_weekday_is_the_local_one(zone, until, fires):
    begins = datetime(2026, 1, 7, 12, tzinfo=UTC)
    assert due_of({"id": "wait", "wait": {"until": until}}, zone=zone, begins=begins) == fires


# 18 The boundary of a second


def test_18_due_now_fires_and_due_in_a_second_does_not():
    publish({"id": "wait", "wait": {"for": "PT90S"}}, GLAD)
    first = a_member(now=NOW)
    run_once(NOW)
    second = a_member(now=NOW + SECOND)
    run_once(NOW + SECOND)
    run_once(NOW + 90 * SECOND)
    assert reasons() == {first.id: "glad", second.id: ""}
    assert of(second).due_at == NOW + 91 * SECOND


# 20 A bad zone


@pytest.mark.parametrize("zone", ["", "GMT+3", "Mars/Olympus", "../../etc/passwd", "Asia", "asia/\x7f"])
def test_20_a_bad_zone_is_the_company_s(zone):
    publish({"id": "nine", "wait": {"until": {"at": "09:00"}}}, SEND, GLAD)
    bad, good = a_member(zone=zone), a_member(zone="Asia/Almaty")
    run_once(NOW)
    assert of(bad).due_at == of(good).due_at == datetime(2026, 3, 3, 4, tzinfo=UTC)
    run_once(datetime(2026, 3, 3, 4, tzinfo=UTC))
    assert reasons() == {bad.id: "glad", good.id: "glad"}


# 27 Coming back


def test_27_coming_back_while_live_inside_the_gap_and_after_it():
    publish(DAY, GLAD, entry={"event": "order.paid"}, reentry={"after_exit": "PT72H"})
    member = a_member()
    orders = iter(range(9))

    def pay(at):
        an_event("order.paid", member, at, order=str(next(orders)))
        run_once(at)
        timers = Enrollment.objects.filter(due_at__isnull=False, left_at__isnull=True).count()
        assert timers <= 1
        return Enrollment.objects.count()

    assert pay(NOW) == 1
    assert pay(NOW + HOUR) == 1  # live
    run_once(NOW + days(1))
    assert the_one().left_at == NOW + days(1)
    assert pay(NOW + days(4) - SECOND) == 1  # inside the gap
    assert pay(NOW + days(4)) == 2  # after it
    assert pay(NOW + days(4) + HOUR) == 2
    assert_sound(NOW + days(4) + HOUR)


# 29 Live edit

SEVEN, FIVE = {"id": "pause", "wait": {"for": "P7D"}}, {"id": "pause", "wait": {"for": "P5D"}}


def seven_days_with_three_people():
    publish(SEVEN, SEND, GLAD)
    people = []
    for day in (0, 3, 6):
        people.append(a_member(now=NOW + days(day)))
        run_once(NOW + days(day))
    return people


def test_29_a_shortened_wait_with_recompute_fires_the_overdue_and_shortens_the_rest():
    old, middle, young = seven_days_with_three_people()
    edited_at = NOW + days(6) + HOUR
    publish(FIVE, SEND, GLAD, now=edited_at, migration=Migration({"pause": Target("pause", "recompute")}))
    run_once(edited_at)
    assert reasons() == {old.id: "glad", middle.id: "", young.id: ""}
    assert of(middle).due_at == NOW + days(8)
    assert of(young).due_at == NOW + days(11)
    run_once(NOW + days(11))
    assert set(reasons().values()) == {"glad"}
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {2}


def test_29_the_overdue_fire_throttled():
    publish(SEVEN, SEND, GLAD)
    for _ in range(7):
        a_member()
    run_once(NOW)
    edited_at = NOW + days(6)
    plan = Migration({"pause": Target("pause", "recompute")}, per_minute=3)
    publish(FIVE, SEND, GLAD, now=edited_at, migration=plan)
    counts = []
    for minute in range(4):
        run_once(edited_at + timedelta(minutes=minute))
        counts.append(Outbox.objects.count())
    assert counts == [3, 6, 7, 7]


def test_29_with_keep_nobody_s_time_changes():
    old, middle, young = seven_days_with_three_people()
    edited_at = NOW + days(6) + HOUR
    publish(FIVE, SEND, GLAD, now=edited_at, migration=Migration({"pause": Target("pause", "keep")}))
    run_once(edited_at)
    assert [of(each).due_at for each in (old, middle, young)] == [NOW + days(day) for day in (7, 10, 13)]
    newcomer = a_member(now=edited_at)
    run_once(edited_at)
    assert of(newcomer).due_at == edited_at + days(5)


def test_29_without_a_migration_everybody_stays_with_their_version():
    old, _middle, _young = seven_days_with_three_people()
    publish(FIVE, SEND, GLAD, now=NOW + days(6) + HOUR)
    run_once(NOW + days(6) + HOUR)
    assert of(old).due_at == NOW + days(7)
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {1}


def test_29_deleting_an_occupied_step_without_a_mapping_is_refused():
    seven_days_with_three_people()
    before = list(Enrollment.objects.order_by("id").values())
    with pytest.raises(FaultyDocument, match="pause"):
        publish(SEND, GLAD, now=NOW + days(6), migration=Migration({}))
    assert list(Enrollment.objects.order_by("id").values()) == before
    assert Journey.objects.get().current.number == 1
    publish(SEND, GLAD, now=NOW + days(6), migration=Migration({"pause": Target("send")}))
    run_once(NOW + days(6))
    assert set(reasons().values()) == {"glad"}
    assert Transition.objects.filter(edge="migrated").count() == 3
