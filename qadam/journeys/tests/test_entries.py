"""Who comes into a journey, by which event or condition, how often, and who of those that were there before."""

from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.journeys import engine
from qadam.journeys.models import Backfill, Enrollment
from qadam.journeys.operations import Backlog
from qadam.journeys.tests.stage import (
    BOUGHT,
    DAY,
    GLAD,
    HOUR,
    MINUTE,
    SECOND,
    SEND,
    assert_sound,
    of,
    publish,
    reasons,
    run_once,
    the_one,
)
from qadam.lib.documents import FaultyDocument
from qadam.messaging.models import Outbox
from tests.cast import NOW, a_member, a_prospect, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

PAID = {"event": "order.paid"}
QUIET = {"did_not": "order.paid", "within": "P3D"}


# By an event


def test_an_event_its_filter_and_a_condition():
    publish(GLAD, entry={**PAID, "where": {"amount": {"at_least": 10}}, "if": {"is": {"language": "ru"}}})
    fitting, poor, kazakh = a_member(language="ru"), a_member(language="ru"), a_member(language="kk")
    for member, amount in ((fitting, 10), (poor, 9), (kazakh, 10)):
        an_event("order.paid", member, order=str(member.id), amount=amount)
    run_once(NOW)
    assert reasons() == {fitting.id: "glad"}
    assert the_one().entered_at == NOW
    assert Event.objects.get(type="journey.entered").member_id == fitting.id


def test_the_entry_is_when_it_happened_not_when_it_was_read():
    publish(DAY, GLAD, now=NOW - days(1))
    a_member(now=NOW)
    run_once(NOW + HOUR)
    assert (the_one().entered_at, the_one().due_at) == (NOW, NOW + HOUR + days(1))


@pytest.mark.parametrize(("at", "enters"), [(NOW - SECOND, False), (NOW, True), (NOW + SECOND, True)])
def test_events_before_the_launch_start_nobody(at, enters):
    member = a_member(now=NOW - days(5))
    publish(GLAD, entry=PAID)
    an_event("order.paid", member, at, now=NOW + SECOND, order="1")
    run_once(NOW + SECOND)
    assert Enrollment.objects.exists() is enters


def test_events_of_nobody_start_nobody():
    publish(GLAD, entry=PAID)
    an_event("order.paid", None, order="1")
    run_once(NOW)
    assert not Enrollment.objects.exists()


def test_a_goal_that_is_reached_already_ends_it_at_the_door():
    publish(SEND, GLAD, goal={"is": {"kind": "distributor"}})
    a_member()
    run_once(NOW)
    assert (the_one().exit_reason, the_one().visit) == ("goal", 1)
    assert not Outbox.objects.exists()


# By a condition that turns true


def test_a_condition_that_an_event_makes_true_and_false_and_true_again():
    # Two orders within three days.
    often = {"did": "order.paid", "within": "P3D", "count": {"at_least": 2}}
    publish(GLAD, entry={"when": often}, reentry={"after_exit": "P1D"})
    member, other = a_member(), a_member()
    entered = []
    for day in (0, 1, 2, 7, 8):
        an_event("order.paid", member, NOW + days(day), order=str(day))
        run_once(NOW + days(day))
        entered.append(Enrollment.objects.filter(member=member).count())
    assert entered == [0, 1, 1, 1, 2]
    assert not Enrollment.objects.filter(member=other).exists()
    assert of_newest(member).entered_at == NOW + days(8)


def of_newest(member):
    return Enrollment.objects.filter(member=member).latest("id")


def test_a_condition_that_time_alone_makes_true():
    publish(GLAD, entry={"when": {"all": [{"did": "order.paid"}, QUIET]}})
    quiet, busy = a_member(), a_member()
    for member in (quiet, busy):
        an_event("order.paid", member, NOW, order=str(member.id))
    run_once(NOW)
    an_event("order.paid", busy, NOW + days(2), order="3")
    run_once(NOW + days(2))
    run_once(NOW + days(3))
    assert reasons() == {quiet.id: "glad"}
    assert of(quiet).entered_at == NOW + days(3)
    run_once(NOW + days(5))
    assert reasons() == {quiet.id: "glad", busy.id: "glad"}


def test_leaving_and_returning_inside_one_batch_is_no_change():
    """An order and its refund in one batch: the condition was true only in between."""
    unrefunded = {"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}}
    publish(GLAD, entry={"when": unrefunded}, reentry={"after_exit": "PT1S"})
    member = a_member()
    run_once(NOW)
    an_event("order.paid", member, NOW + HOUR, order="1")
    an_event("order.refunded", member, NOW + HOUR, order="1")
    run_once(NOW + HOUR)
    assert not Enrollment.objects.exists()
    an_event("order.paid", member, NOW + days(1), order="2")
    run_once(NOW + days(1))
    assert Enrollment.objects.count() == 1
    # Refunded and paid anew within one batch: it never was seen false.
    an_event("order.refunded", member, NOW + days(2), order="2")
    an_event("order.paid", member, NOW + days(2), order="3")
    run_once(NOW + days(2))
    assert Enrollment.objects.count() == 1


@pytest.mark.parametrize("entry", [{"when": BOUGHT}, {**PAID, "if": BOUGHT}])
def test_a_condition_of_the_entry_can_t_count_from_it(entry):
    with pytest.raises(FaultyDocument, match="nobody has entered yet"):
        publish(GLAD, entry=entry)


def test_two_journeys_with_conditions_don_t_hear_each_other():
    publish(GLAD, journey="buyers", entry={"when": {"did": "order.paid"}})
    publish(GLAD, journey="learners", entry={"when": {"did": "lesson.completed"}})
    buyer, learner = a_member(), a_member()
    an_event("order.paid", buyer, NOW + HOUR, order="1")
    an_event("lesson.completed", learner, NOW + HOUR, lesson="1")
    run_once(NOW + HOUR)
    assert set(Enrollment.objects.values_list("journey__slug", "member_id")) == {
        ("buyers", buyer.id),
        ("learners", learner.id),
    }


# How often


def pay(member, at, order):
    an_event("order.paid", member, at, order=order)
    run_once(at)
    return Enrollment.objects.filter(member=member).count()


def test_once_is_once_for_good():
    publish(GLAD, entry=PAID)
    member = a_member()
    assert [pay(member, NOW + days(day), str(day)) for day in (0, 1, 400)] == [1, 1, 1]


def test_once_per_key_and_several_at_the_same_time():
    publish(DAY, SEND, GLAD, entry=PAID, reentry={"per_key": "order"})
    member = a_member()
    counts = [pay(member, NOW + hour * HOUR, order) for hour, order in enumerate("abacb")]
    assert counts == [1, 2, 2, 3, 3]
    keys = Enrollment.objects.order_by("id").values_list("entry_key", "entered_at")
    assert list(keys) == [("a", NOW), ("b", NOW + HOUR), ("c", NOW + 3 * HOUR)]
    for hour in range(5):
        run_once(NOW + days(1) + hour * HOUR)
    assert Outbox.objects.filter(status="sent").count() == 3
    assert pay(member, NOW + days(9), "a") == 3


def test_of_two_entries_in_one_batch_the_first_counts():
    publish(DAY, GLAD, entry=PAID, reentry={"after_exit": "PT1S"})
    member = a_member()
    an_event("order.paid", member, NOW, order="1")
    an_event("order.paid", member, NOW + SECOND, now=NOW + SECOND, order="2")
    run_once(NOW + MINUTE)
    assert the_one().entered_at == NOW


def test_who_left_in_this_tick_does_not_come_back_in_it():
    publish(DAY, GLAD, entry=PAID, reentry={"after_exit": "PT1S"}, exit={"did": "lesson.completed", "since": "entry"})
    member = a_member()
    pay(member, NOW, "1")
    an_event("lesson.completed", member, NOW + HOUR, lesson="1")
    assert pay(member, NOW + HOUR, "2") == 1
    assert the_one().exit_reason == "exit"
    assert pay(member, NOW + HOUR + SECOND, "3") == 2


# Who was there before the launch


def people_before(number):
    return [a_member(now=NOW - days(10) + timedelta(hours=hour)) for hour in range(number)]


def test_a_launch_without_a_backlog_takes_nobody_from_before():
    people_before(3)
    publish(GLAD, now=NOW)
    run_once(NOW)
    assert not Enrollment.objects.exists()
    assert engine.next_due() is None


def test_a_backlog_of_everybody_throttled():
    members = people_before(7)
    publish(SEND, GLAD, now=NOW, backlog=Backlog(per_minute=3))
    counts = []
    for minute in range(4):
        run_once(NOW + minute * MINUTE)
        run_once(NOW + minute * MINUTE)
        counts.append(Enrollment.objects.count())
    assert counts == [3, 6, 7, 7]
    assert Outbox.objects.filter(status="sent").count() == 7
    assert set(Enrollment.objects.values_list("member_id", flat=True)) == {member.id for member in members}
    assert (Backfill.objects.get().entered, Backfill.objects.get().next_at) == (7, None)
    assert engine.next_due() is None


def test_a_backlog_since_an_instant():
    people_before(7)
    publish(GLAD, now=NOW, backlog=Backlog(since=NOW - days(10) + 4 * HOUR))
    run_once(NOW)
    assert Enrollment.objects.count() == 3


def test_newcomers_enter_at_once_while_the_backlog_waits_its_turn():
    people_before(5)
    publish(GLAD, now=NOW, backlog=Backlog(per_minute=2))
    newcomer = a_member(now=NOW)
    run_once(NOW)
    assert Enrollment.objects.filter(member=newcomer).exists()
    for minute in range(5):
        run_once(NOW + minute * MINUTE)
    assert Enrollment.objects.count() == 6
    assert_sound(NOW + 5 * MINUTE)


@pytest.mark.parametrize("since", [None, NOW - days(2)])
def test_a_backlog_of_a_condition(since):
    """Inside at the launch; the moment is when the last order made it true."""
    early, late, never = (a_member(now=NOW - days(9)) for _ in range(3))
    an_event("order.paid", early, NOW - days(5), order="1")
    an_event("order.paid", late, NOW - days(1), order="2")
    run_once(NOW - SECOND)
    publish(GLAD, entry={"when": {"did": "order.paid"}}, now=NOW, backlog=Backlog(since=since))
    run_once(NOW)
    assert reasons() == ({early.id: "glad", late.id: "glad"} if since is None else {late.id: "glad"})
    an_event("order.paid", never, NOW + HOUR, order="3")
    run_once(NOW + HOUR)
    assert of(never).exit_reason == "glad"


def test_a_condition_s_launch_without_a_backlog_takes_only_who_turns_true_later():
    inside, later = a_member(now=NOW - days(9)), a_member(now=NOW - days(9))
    an_event("order.paid", inside, NOW - days(5), order="1")
    run_once(NOW - SECOND)
    publish(GLAD, entry={"when": {"did": "order.paid"}}, now=NOW)
    run_once(NOW)
    assert not Enrollment.objects.exists()
    an_event("order.paid", later, NOW + HOUR, order="2")
    run_once(NOW + HOUR)
    assert reasons() == {later.id: "glad"}


def test_a_backlog_asks_the_entry_s_filter_and_condition_as_of_now():
    prospects = [a_prospect(now=NOW - days(9), language=language) for language in ("ru", "kk")]
    for prospect in prospects:
        an_event("order.paid", prospect, NOW - days(5), order=str(prospect.id), amount=5)
    run_once(NOW - SECOND)
    entry = {**PAID, "where": {"amount": {"at_least": 5}}, "if": {"is": {"language": "ru"}}}
    publish(GLAD, entry=entry, now=NOW, backlog=Backlog())
    run_once(NOW)
    assert reasons() == {prospects[0].id: "glad"}
