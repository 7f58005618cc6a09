"""The semantics of journeys, one by one, on both databases (numbers: the scenarios of the design)."""

from datetime import UTC, datetime, timedelta

import pytest

from qadam.events.consumers import advance_to_end
from qadam.events.models import Event
from qadam.journeys import engine, operations
from qadam.journeys.models import Enrollment, Transition
from qadam.lib.documents import FaultyDocument
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Outbox
from qadam.messaging.operations import publish_template
from qadam.people import consumer as people
from tests.cast import NOW, a_company, a_member, an_event, days

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]

WORDS = {"kk": "Сәлем", "ru": "Привет", "en": "Hello"}


@pytest.fixture(autouse=True)
def company(settings):
    settings.MESSAGING_CHANNEL = "null"
    a_company()
    document = {
        "template": "hello",
        "channel": "email",
        "category": "service",
        "variables": [],
        "subject": WORDS,
        "body": WORDS,
    }
    publish_template(document=document, actor=None, now=NOW)


def run_once(now):
    """The part of the engine's round that journeys need: activity, journeys, dispatch, until nothing is left."""
    while advance_to_end(people.NAME, people.handle, now=now) + engine.tick(now) + dispatch_due(now=now):
        pass


def publish(*steps, **rest):
    document = {"journey": "test", "name": WORDS, "entry": {"event": "member.registered"}, "steps": list(steps), **rest}
    return operations.publish_journey(document, actor=None, now=NOW)


SEND = {"id": "send", "send": {"channel": "email", "template": "hello"}}
DAY = {"id": "day", "wait": {"for": "P1D"}}
ORDER = {"id": "order", "wait": {"event": "order.paid", "timeout": "P3D", "on_timeout": "late"}}
GLAD = {"id": "glad", "exit": "glad"}
LATE = {"id": "late", "exit": "late"}


def the_one() -> Enrollment:
    return Enrollment.objects.get()


def test_a_member_walks_through_send_wait_and_exit():
    publish(SEND, DAY, GLAD)
    a_member(now=NOW)
    run_once(NOW)
    assert the_one().step == "day"
    assert Outbox.objects.get().status == "sent"
    run_once(NOW + days(1) - timedelta(seconds=1))
    assert the_one().step == "day"
    run_once(NOW + days(1))
    assert the_one().exit_reason == "glad"
    assert [t.edge for t in Transition.objects.order_by("visit")] == ["sent", "due", "glad"]
    types = Event.objects.filter(type__startswith="journey.").order_by("id").values_list("type", flat=True)
    assert list(types) == ["journey.entered", "journey.left"]


def test_the_same_tick_twice_changes_nothing():
    publish(SEND, DAY, GLAD)
    a_member(now=NOW)
    run_once(NOW)
    before = list(Enrollment.objects.values()), list(Outbox.objects.values()), Event.objects.count()
    run_once(NOW)
    assert before == (list(Enrollment.objects.values()), list(Outbox.objects.values()), Event.objects.count())


def test_registering_before_the_launch_starts_nobody():
    a_member(now=NOW - days(1), registered_at=NOW - days(1))
    publish(SEND)
    run_once(NOW)
    assert not Enrollment.objects.exists()


def test_once_means_once():
    publish(GLAD, entry={"event": "order.paid"})
    member = a_member()
    an_event("order.paid", member, order="1")
    run_once(NOW)
    an_event("order.paid", member, NOW + days(1), order="2")
    run_once(NOW + days(1))
    assert Enrollment.objects.count() == 1


def test_an_awaited_event_ends_the_wait_and_its_timer():
    publish(ORDER, GLAD, LATE)
    member = a_member()
    run_once(NOW)
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1))
    assert the_one().exit_reason == "glad"
    run_once(NOW + days(9))
    assert the_one().exit_reason == "glad"


@pytest.mark.parametrize(("after", "reason"), [(timedelta(), "glad"), (timedelta(microseconds=1), "late")])
def test_at_exactly_the_deadline_the_event_wins(after, reason):
    publish(ORDER, GLAD, LATE)
    member = a_member()
    run_once(NOW)
    an_event("order.paid", member, NOW + days(3) + after, order="1")
    run_once(NOW + days(3) + after)
    assert the_one().exit_reason == reason


def test_8_an_event_just_before_the_enrolling_tick_counts_since_entry():
    publish(ORDER, GLAD, LATE)
    member = a_member(now=NOW)
    an_event("order.paid", member, NOW + timedelta(seconds=10), order="1")
    run_once(NOW + timedelta(seconds=20))
    assert the_one().exit_reason == "glad"


def test_8_but_not_since_the_arming():
    publish({"id": "order", "wait": {**ORDER["wait"], "since": "arm"}}, GLAD, LATE)
    member = a_member(now=NOW)
    an_event("order.paid", member, NOW + timedelta(seconds=10), order="1")
    run_once(NOW + timedelta(seconds=20))
    assert the_one().phase == "waiting"


def test_the_event_that_began_the_journey_does_not_end_its_wait():
    publish(ORDER, GLAD, LATE, entry={"event": "order.paid"})
    member = a_member()
    an_event("order.paid", member, order="1")
    run_once(NOW)
    assert the_one().phase == "waiting"


def test_a_branch_takes_the_first_way_that_holds():
    fork = {
        "id": "fork",
        "branch": [
            {"when": {"did": "order.paid", "since": "entry"}, "goto": "glad"},
            {"when": {"is": {"language": "ru"}}, "goto": "late"},
        ],
        "else": "other",
    }
    publish(DAY, fork, GLAD, LATE, {"id": "other", "exit": "other"})
    buyer, russian, other = a_member(), a_member(language="ru"), a_member()
    run_once(NOW)
    an_event("order.paid", buyer, NOW + timedelta(hours=1), order="1")
    run_once(NOW + days(1))
    reasons = dict(Enrollment.objects.values_list("member_id", "exit_reason"))
    assert reasons == {buyer.id: "glad", russian.id: "late", other.id: "other"}


def test_12_a_goal_ends_a_long_wait_at_once():
    publish({"id": "long", "wait": {"for": "P30D"}}, goal={"did": "order.paid", "since": "entry"})
    member = a_member()
    run_once(NOW)
    an_event("order.paid", member, NOW + days(1), order="1")
    run_once(NOW + days(1))
    enrollment = the_one()
    assert (enrollment.exit_reason, enrollment.due_at, enrollment.left_at) == ("goal", None, NOW + days(1))
    assert Event.objects.get(type="journey.goal_reached").occurred_at == NOW + days(1)


def test_a_goal_cancels_a_letter_that_is_not_out_yet():
    publish(SEND, goal={"did": "order.paid", "since": "entry"})
    member = a_member()
    engine.tick(NOW)
    assert Outbox.objects.get().status == "pending"
    an_event("order.paid", member, NOW + timedelta(seconds=5), order="1")
    run_once(NOW + timedelta(seconds=5))
    assert Outbox.objects.get().status == "suppressed"
    assert the_one().exit_reason == "goal"


def test_the_horizon_ends_what_nothing_else_ended():
    publish({"id": "long", "wait": {"for": "P30D"}}, horizon="P5D")
    a_member()
    run_once(NOW)
    run_once(NOW + days(5))
    assert the_one().exit_reason == "horizon"


def test_a_goal_that_time_alone_made_true_belongs_to_the_horizon_however_late_the_engine_looks():
    publish({"id": "long", "wait": {"for": "P30D"}}, horizon="P5D", goal={"elapsed": "P4D", "since": "entry"})
    a_member()
    run_once(NOW)
    run_once(NOW + days(5) + timedelta(hours=9))
    assert the_one().exit_reason == "goal"
    assert Event.objects.get(type="journey.goal_reached").occurred_at == NOW + days(5)


def test_17_a_local_time_is_the_member_s_own():
    publish({"id": "nine", "wait": {"until": {"at": "09:00"}}}, GLAD)
    tokyo, berlin = a_member(zone="Asia/Tokyo"), a_member(zone="Europe/Berlin")
    run_once(NOW)
    due = dict(Enrollment.objects.values_list("member_id", "due_at"))
    assert due[tokyo.id] == datetime(2026, 3, 3, 0, tzinfo=UTC)
    assert due[berlin.id] == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["", "GMT+3", "Mars/Olympus"])
def test_20_a_bad_zone_falls_back_to_the_company_s(zone):
    publish({"id": "nine", "wait": {"until": {"at": "09:00"}}}, GLAD)
    a_member(zone=zone)
    run_once(NOW)
    assert the_one().due_at == datetime(2026, 3, 3, 4, tzinfo=UTC)


def test_a_published_version_stays_with_those_under_way():
    first = publish(DAY, GLAD)
    old = a_member()
    run_once(NOW)
    second = publish(DAY, LATE)
    assert (first.number, second.number) == (1, 2)
    new = a_member(now=NOW + timedelta(hours=1))
    run_once(NOW + timedelta(hours=1))
    run_once(NOW + days(2))
    reasons = dict(Enrollment.objects.values_list("member_id", "exit_reason"))
    assert reasons == {old.id: "glad", new.id: "late"}


def test_publishing_the_same_again_makes_no_version():
    assert publish(DAY, GLAD) == publish(DAY, GLAD)


def test_a_template_that_does_not_exist_is_refused():
    with pytest.raises(FaultyDocument, match="missing"):
        publish({"id": "send", "send": {"channel": "email", "template": "missing"}})


def test_every_live_enrollment_waits_for_exactly_one_thing():
    publish(SEND, DAY, ORDER, GLAD, LATE)
    for _ in range(5):
        a_member()
    for hours in (0, 24, 30, 48, 96, 200):
        engine.tick(NOW + timedelta(hours=hours))
        for each in Enrollment.objects.filter(left_at__isnull=True):
            sending = each.phase == "sending"
            timed = each.due_at is not None
            assert sending != timed, (hours, each.phase, each.due_at)
        run_once(NOW + timedelta(hours=hours))
