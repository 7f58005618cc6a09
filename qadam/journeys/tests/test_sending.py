"""Scenarios 21 to 26 as a journey sees them, and the edge of each outcome. The gates themselves: messaging/tests."""

from datetime import UTC, datetime, timedelta

import pytest

from qadam.events.models import Event
from qadam.journeys.models import Enrollment
from qadam.journeys.tests.stage import (
    DAY,
    GLAD,
    HOUR,
    LATE,
    MINUTE,
    SECOND,
    SEND,
    a_letter,
    decide,
    edges,
    of,
    publish,
    reasons,
    run_once,
    the_one,
)
from qadam.messaging import operations as messaging
from qadam.messaging.channels.protocol import Fate, Outcome
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.models import Outbox
from qadam.people import operations as people
from qadam.people.models import ConsentKind
from qadam.tasks.models import Task
from qadam.tasks.tests.factories import a_plan
from tests.cast import NOW, a_member, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

OUTCOMES = ("sent", "suppressed", "failed", "expired", "unknown", "withheld")
EXITS = [{"id": f"was-{name}", "exit": name} for name in OUTCOMES]
FORKED = {**SEND, "on": {name: f"was-{name}" for name in OUTCOMES}}
NIGHT = {"quiet": {"email": {"from": "22:00", "to": "06:00"}}}


def almaty(day, hour, minute=0):
    """An instant of March 2026 by the clock of Almaty."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=5)


def set_policy(**document):
    messaging.set_policy(document=document, actor=None, now=NOW)


def consent(member, now=NOW):
    people.give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version="1", channel="web", now=now)


# Each outcome has an edge; without one it goes on


def make_outcome(name, scripted):
    """Let a member's message end so."""
    if name == "suppressed":
        return a_member(email="")
    if name == "failed":
        scripted(Outcome(Fate.PERMANENT, "smtp_550"))
    if name == "unknown":
        scripted(Outcome(Fate.UNKNOWN, "timeout"))
    return a_member()


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("is_forked", [True, False])
def test_every_outcome_takes_its_edge_or_goes_on(name, is_forked, scripted):
    rest = {"holdout": 100} if name == "withheld" else {}
    send = {**(FORKED if is_forked else SEND), "send": {**SEND["send"], "deadline": "PT1H"}}
    steps = [send, GLAD, *EXITS] if is_forked else [send, GLAD]
    if is_forked:
        steps = [send, *EXITS]
    publish(*steps, **rest)
    make_outcome(name, scripted)
    if name == "expired":
        decide(NOW)
        run_once(NOW + HOUR + SECOND)
    else:
        run_once(NOW)
    exit_reason = name if is_forked else "glad"
    assert the_one().exit_reason == exit_reason
    assert edges() == [name, exit_reason]
    assert Outbox.objects.get().status == name


def test_waits_after_a_message_count_from_when_it_was_sent(scripted):
    scripted(Outcome(Fate.TEMPORARY, "smtp_451"))
    publish(SEND, DAY, GLAD)
    a_member()
    run_once(NOW)
    assert the_one().phase == "sending"
    again_at = Outbox.objects.get().due_at
    run_once(again_at)
    assert the_one().due_at == again_at + days(1)
    assert the_one().exposed_at == the_one().sent_at == again_at


def test_a_plan_is_handed_out_at_once_and_withheld_from_control():
    a_plan()
    plan = {"id": "plan", "send": {"channel": "plan", "plan": "start"}, "on": {"sent": "glad", "withheld": "late"}}
    publish(plan, GLAD, LATE)
    treated = a_member()
    run_once(NOW)
    assert reasons() == {treated.id: "glad"}
    assert Task.objects.filter(member=treated).exists()
    publish(plan, GLAD, LATE, journey="second", holdout=100)
    control = a_member(now=NOW + HOUR)
    run_once(NOW + HOUR)
    assert Enrollment.objects.get(member=control, journey__slug="second").exit_reason == "late"


# 21 Quiet hours over midnight


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        pytest.param(almaty(2, 23, 10), almaty(3, 6), id="23:10"),
        pytest.param(almaty(2, 21, 59), almaty(2, 21, 59), id="21:59"),
        pytest.param(almaty(3, 3), almaty(3, 6), id="03:00"),
        pytest.param(almaty(3, 6), almaty(3, 6), id="06:00"),
    ],
)
@pytest.mark.parametrize("whose", ["company", "journey"])
def test_21_quiet_hours_over_midnight(due, sent, whose):
    if whose == "company":
        set_policy(**NIGHT)
    publish(SEND, DAY, GLAD, **({"quiet": NIGHT["quiet"]["email"]} if whose == "journey" else {}))
    a_member(now=due)
    run_once(due)
    if sent > due:
        assert the_one().phase == "sending"
        run_once(sent - SECOND)
        assert the_one().phase == "sending"
    run_once(sent)
    assert Outbox.objects.get().sent_at == sent
    # The night counts in the member's own zone, and later waits from the real sending.
    assert the_one().due_at == sent + days(1)


def test_21_a_journey_may_ignore_quiet_hours():
    set_policy(**NIGHT)
    publish(SEND, GLAD, quiet="ignore")
    a_member(now=almaty(2, 23, 10))
    run_once(almaty(2, 23, 10))
    assert Outbox.objects.get().status == "sent"


# 22 Stale under quiet hours


def test_22_a_deadline_inside_the_quiet_hours_expires():
    set_policy(**NIGHT)
    publish({**FORKED, "send": {**SEND["send"], "deadline": "PT4H"}}, *EXITS)
    a_member(now=almaty(2, 22, 30))
    run_once(almaty(2, 22, 30))
    run_once(almaty(3, 2, 31))
    assert the_one().exit_reason == "expired"
    assert edges() == ["expired", "expired"]


# 24 A rolling cap


def test_24_a_rolling_cap_counts_over_midnight_and_spares_service_letters():
    set_policy(caps=[{"limit": 1, "within": "P1D", "category": "advertising"}])
    a_letter("offer", category="advertising")
    offer = {"id": "offer", "send": {"channel": "email", "template": "offer"}}
    wait = {"id": "wait", "wait": {"for": "PT70M"}}
    second = {**offer, "id": "second", "send": {**offer["send"], "deadline": "PT2H"}, "on": {"suppressed": "late"}}
    publish(offer, wait, second, GLAD, LATE)
    publish({"id": "wait", "wait": {"for": "PT71M"}}, SEND, GLAD, journey="service", caps={"count": False})
    begins = almaty(2, 23)
    member = a_member(now=begins)
    consent(member)
    run_once(begins)
    run_once(almaty(3, 0, 10))
    run_once(almaty(3, 0, 11))
    ends = list(Outbox.objects.order_by("id").values_list("template", "status", "reason"))
    assert ends == [("offer", "sent", ""), ("offer", "suppressed", "cap"), ("hello", "sent", "")]
    assert Enrollment.objects.get(journey__slug="test").exit_reason == "late"
    # The service letter took no slot: a day after the first offer the next one goes out.
    assert Outbox.objects.get(template="hello").counted_at is None


def test_24_over_the_cap_a_message_without_a_deadline_waits_for_a_slot():
    set_policy(caps=[{"limit": 1, "within": "P1D"}])
    publish(SEND, {**SEND, "id": "second"}, GLAD)
    a_member()
    run_once(NOW)
    assert edges() == ["sent"]
    run_once(NOW + days(1) - SECOND)
    assert edges() == ["sent"]
    run_once(NOW + days(1))
    assert edges() == ["sent", "sent", "glad"]


def test_24_what_matters_more_gets_the_slot():
    set_policy(caps=[{"limit": 1, "within": "P1D"}])
    rest = {"deadline": "PT1H"}
    send = {**FORKED, "send": {**SEND["send"], **rest}}
    publish(send, *EXITS, journey="unimportant", priority=9)
    publish(send, *EXITS, journey="important", priority=1)
    a_member()
    run_once(NOW)
    ends = dict(Enrollment.objects.values_list("journey__slug", "exit_reason"))
    assert ends == {"important": "sent", "unimportant": "suppressed"}


def test_24_a_journey_may_go_over_the_cap_and_still_count():
    set_policy(caps=[{"limit": 1, "within": "P1D"}])
    publish(SEND, {**SEND, "id": "second"}, GLAD, caps={"obey": False})
    a_member()
    run_once(NOW)
    assert the_one().exit_reason == "glad"
    assert Outbox.objects.filter(counted_at=NOW).count() == 2


# 25 Unsubscribed at send


@pytest.mark.parametrize("when", ["before the step", "in the outbox"])
def test_25_a_withdrawn_consent_suppresses_and_the_member_goes_on(when):
    a_letter("offer", category="advertising")
    offer = {"id": "offer", "send": {"channel": "email", "template": "offer"}}
    publish(DAY, offer, {**DAY, "id": "next-day"}, GLAD)
    member, other = a_member(), a_member()
    consent(member)
    consent(other)
    run_once(NOW)
    if when == "in the outbox":
        decide(NOW + days(1))
        assert Outbox.objects.filter(status="pending").count() == 2
    people.withdraw_consent(member=member, kind=ConsentKind.ADVERTISING, now=NOW + days(1))
    run_once(NOW + days(1))
    ends = dict(Outbox.objects.values_list("member_id", "status"))
    assert ends == {member.id: "suppressed", other.id: "sent"}
    assert Outbox.objects.get(member=member).reason == "consent"
    assert edges(member) == ["due", "suppressed"]
    assert of(member).exposed_at is None
    run_once(NOW + days(2))
    assert set(reasons().values()) == {"glad"}


# 26 A permanent failure


def test_26_after_a_hard_bounce_later_letters_are_suppressed_and_other_ways_still_used(scripted):
    channel = scripted(Outcome(Fate.PERMANENT, "smtp_550", is_bounce=True))
    a_plan()
    letters = [{**SEND, "id": f"letter-{number}"} for number in range(4)]
    publish(*letters[:2], {"id": "plan", "send": {"channel": "plan", "plan": "start"}}, *letters[2:], GLAD)
    member = a_member()
    run_once(NOW)
    assert edges() == ["failed", "suppressed", "next", "suppressed", "suppressed", "glad"]
    assert len(channel.seen) == 1
    ends = list(Outbox.objects.order_by("id").values_list("status", "reason", "attempts"))
    assert ends[0] == ("failed", "smtp_550", 1)
    assert {end[:2] for end in ends[1:]} == {("suppressed", "bounced")}
    assert Task.objects.filter(member=member).exists()
    assert Event.objects.filter(type="message.failed").count() == 1


def test_a_letter_in_the_outbox_is_not_sent_once_the_goal_is_reached():
    """The goal is asked again at dispatch, before the engine has read what reached it."""
    publish(SEND, GLAD, exit={"is": {"left": True}})
    member = a_member()
    decide(NOW)
    people.leave_company(member=member, reason="", at=NOW + MINUTE, now=NOW + MINUTE)
    dispatch_due(now=NOW + MINUTE)
    assert Outbox.objects.get().status == "suppressed"
    run_once(NOW + MINUTE)
    assert the_one().exit_reason == "exit"
