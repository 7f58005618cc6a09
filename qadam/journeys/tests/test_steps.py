"""What each kind of step does, on each of its edges. Sending, waiting and splitting have files of their own."""

import pytest

from qadam.events.models import Event
from qadam.journeys import operations
from qadam.journeys.models import Enrollment, Transition
from qadam.journeys.tests.stage import (
    BOUGHT,
    DAY,
    GLAD,
    HOUR,
    LATE,
    SEND,
    a_journey,
    assert_sound,
    edges,
    of,
    publish,
    reasons,
    run_once,
    the_one,
)
from qadam.lib.documents import FaultyDocument
from qadam.messaging.models import Outbox
from qadam.people.models import AuditEntry, Membership
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

PAID = {"event": "order.paid", "timeout": "P1D"}
OTHER = {"id": "other", "exit": "other"}


def test_the_last_step_finishes():
    publish(DAY)
    a_member()
    run_once(NOW)
    run_once(NOW + days(1))
    assert (the_one().exit_reason, edges()) == ("finished", ["due"])


def test_transitions_say_from_where_to_where():
    publish(DAY, {"id": "skip", "goto": "glad"}, GLAD)
    a_member()
    run_once(NOW)
    run_once(NOW + days(1))
    path = Transition.objects.order_by("visit").values_list("visit", "from_step", "to_step", "edge", "at")
    at = NOW + days(1)
    assert list(path) == [
        (0, "day", "skip", "due", at),
        (1, "skip", "glad", "next", at),
        (2, "glad", "", "glad", at),
    ]


@pytest.mark.parametrize(
    ("language", "orders", "expected"),
    [("ru", 1, "glad"), ("ru", 0, "late"), ("kk", 1, "glad"), ("kk", 0, "other")],
)
def test_a_branch_takes_the_first_way_that_holds_else_the_last(language, orders, expected):
    fork = {
        "id": "fork",
        "branch": [{"when": BOUGHT, "goto": "glad"}, {"when": {"is": {"language": "ru"}}, "goto": "late"}],
        "else": "other",
    }
    publish(DAY, fork, GLAD, LATE, OTHER)
    member = a_member(language=language)
    for number in range(orders):
        an_event("order.paid", member, NOW + HOUR, order=str(number))
    run_once(NOW)
    run_once(NOW + HOUR)
    run_once(NOW + days(1))
    assert the_one().exit_reason == expected
    assert edges()[1] == {"glad": "branch:1", "late": "branch:2", "other": "else"}[expected]


def test_a_tag_puts_into_a_segment_and_takes_out_again():
    vip, plain = ({"id": f"tag-{to}".lower(), "set": {"tag": "vip", "to": to}} for to in (True, False))
    publish(vip, DAY, plain, {**DAY, "id": "next-day"}, {**plain, "id": "again"}, GLAD)
    member = a_member()
    run_once(NOW)
    stay = Membership.objects.get(key="vip")
    assert (stay.member_id, stay.entered_at, stay.left_at) == (member.id, NOW, None)
    run_once(NOW + days(1))
    assert Membership.objects.get(key="vip").left_at == NOW + days(1)
    run_once(NOW + days(2))
    assert the_one().exit_reason == "glad"
    assert list(Event.objects.filter(type__startswith="segment.").values_list("type", flat=True)) == [
        "segment.entered",
        "segment.left",
    ]


def test_attributes_and_scores_are_events_once_per_visit():
    attribute = {"id": "attribute", "set": {"attribute": "interest", "to": "retail"}}
    score = {"id": "score", "set": {"score": "engagement", "by": -5}}
    publish(attribute, score, {**score, "id": "more"}, GLAD)
    member = a_member()
    run_once(NOW)
    run_once(NOW + HOUR)
    facts = Event.objects.filter(type__in=["attribute.set", "score.changed"]).order_by("id")
    assert list(facts.values_list("type", "member_id", "props")) == [
        ("attribute.set", member.id, {"name": "interest", "value": "retail", "journey": "test"}),
        ("score.changed", member.id, {"name": "engagement", "by": -5, "journey": "test"}),
        ("score.changed", member.id, {"name": "engagement", "by": -5, "journey": "test"}),
    ]
    assert edges() == ["next", "next", "next", "glad"]


def test_a_tag_begins_another_journey():
    publish(
        GLAD,
        journey="second",
        entry={"event": "segment.entered", "where": {"key": "vip"}},
        reentry={"after_exit": "P1D"},
    )
    publish({"id": "tag", "set": {"tag": "vip"}}, DAY, GLAD)
    a_member()
    run_once(NOW)
    assert Enrollment.objects.get(journey__slug="second").exit_reason == "glad"


def test_enroll_starts_another_journey_and_goes_on():
    publish(SEND, GLAD, journey="second", entry={"event": "order.paid"})
    publish({"id": "start", "enroll": {"journey": "second"}}, DAY, GLAD)
    a_member()
    run_once(NOW)
    rows = dict(Enrollment.objects.values_list("journey__slug", "exit_reason"))
    assert rows == {"test": "", "second": "glad"}
    assert Outbox.objects.get().status == "sent"


def test_enroll_obeys_the_other_s_reentry_and_pause():
    publish(GLAD, journey="second", entry={"event": "order.paid"})
    publish(
        {"id": "start", "enroll": {"journey": "second"}},
        GLAD,
        entry={"event": "lesson.completed"},
        reentry={"per_key": "lesson"},
    )
    member = a_member()
    for number in range(3):
        an_event("lesson.completed", member, NOW + number * HOUR, lesson=str(number))
        run_once(NOW + number * HOUR)
    assert Enrollment.objects.filter(journey__slug="second").count() == 1
    operations.pause_journey(slug="second", actor=None, now=NOW + days(1))
    another = a_member(now=NOW + days(1))
    an_event("lesson.completed", another, NOW + days(1), lesson="1")
    run_once(NOW + days(1))
    assert list(Enrollment.objects.filter(member=another).values_list("journey__slug", flat=True)) == ["test"]


def test_enroll_may_start_its_own_journey_s_next_turn_only_after_it_left():
    publish({"id": "again", "enroll": {"journey": "test"}}, GLAD)
    a_member()
    run_once(NOW)
    assert Enrollment.objects.count() == 1
    assert the_one().exit_reason == "glad"


def test_stopping_another_journey_ends_its_wait_at_once():
    publish({**DAY, "wait": {"for": "P30D"}}, SEND, journey="second")
    stop = {"id": "stop", "enroll": {"journey": "second", "stop": True}}
    publish(DAY, stop, GLAD)
    a_member()
    run_once(NOW)
    run_once(NOW + days(1))
    second = Enrollment.objects.get(journey__slug="second")
    assert (second.exit_reason, second.left_at, second.due_at) == ("stopped", NOW + days(1), None)
    run_once(NOW + days(40))
    assert not Outbox.objects.exists()
    assert_sound(NOW + days(40))


def test_goto_goes_back_and_an_exit_says_why():
    fork = {"id": "fork", "branch": [{"when": BOUGHT, "goto": "glad"}], "else": "back"}
    publish(DAY, fork, {"id": "back", "goto": "day"}, GLAD)
    member = a_member()
    run_once(NOW)
    run_once(NOW + days(1))
    assert (the_one().step, the_one().due_at) == ("day", NOW + days(2))
    an_event("order.paid", member, NOW + days(1) + HOUR, order="1")
    run_once(NOW + days(1) + HOUR)
    run_once(NOW + days(2))
    assert edges() == ["due", "else", "next", "due", "branch:1", "glad"]
    assert Event.objects.get(type="journey.left").props["reason"] == "glad"


def test_a_long_path_of_one_moment_is_walked_in_one_tick():
    steps = [{"id": f"s{number}", "set": {"score": "x", "by": 1}} for number in range(60)]
    publish(*steps, GLAD)
    a_member()
    run_once(NOW)
    assert the_one().visit == 61


# Publishing refuses what could not run


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([SEND, {"id": "back", "goto": "send"}], id="messages without a wait"),
        pytest.param(
            [{"id": "w", "wait": {"event": "order.paid", "timeout": "P1D"}}, {"id": "back", "goto": "w"}],
            id="old event",
        ),
        pytest.param([{"id": "w", "wait": {"for": "PT0S"}}, {"id": "back", "goto": "w"}], id="no time"),
        pytest.param([DAY, GLAD, LATE], id="nothing leads there"),
        pytest.param([{"id": "w", "wait": {"event": "order.paid"}}, GLAD], id="no timeout"),
        pytest.param([{"id": "f", "branch": [{"when": BOUGHT, "goto": "f"}], "else": "f"}], id="circle of branches"),
        pytest.param([{"id": "s", "split": [{"share": 90, "goto": "glad"}]}, GLAD], id="shares"),
        pytest.param([{"id": "e", "enroll": {"journey": "nobody"}}], id="unknown journey"),
        pytest.param([{"id": "s", "send": {"channel": "email", "template": "nothing"}}], id="unknown template"),
        pytest.param([{"id": "s", "send": {"channel": "plan", "plan": "nothing"}}], id="unknown plan"),
    ],
)
def test_publishing_refuses(steps):
    with pytest.raises(FaultyDocument):
        publish(*steps)
    assert not Enrollment.objects.exists()


def test_every_publish_is_in_the_audit_log():
    publish(DAY, GLAD)
    publish(DAY, LATE)
    operations.publish_journey(a_journey(DAY, LATE), actor=None, now=NOW)
    entries = AuditEntry.objects.filter(action="journey.published").order_by("id")
    assert [entry.detail["number"] for entry in entries] == [1, 2]


def test_two_members_never_touch_each_other():
    publish(DAY, GLAD, goal=BOUGHT)
    buyer, other = a_member(), a_member()
    run_once(NOW)
    an_event("order.paid", buyer, NOW + HOUR, order="1")
    run_once(NOW + HOUR)
    assert reasons() == {buyer.id: "goal", other.id: ""}
    assert of(other).due_at == NOW + days(1)
