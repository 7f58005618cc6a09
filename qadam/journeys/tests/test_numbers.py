"""The numbers beside the steps, and what a journey changes, against small worlds counted by hand."""

from datetime import timedelta

import pytest

from qadam.journeys.models import Enrollment, Journey
from qadam.journeys.numbers import StepNumbers, read_effect, read_step_numbers
from qadam.journeys.tests.stage import DAY, GLAD, LATE, ORDER, SEND, publish, run_once
from qadam.messaging import operations as messaging
from qadam.messaging.models import Outbox
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

CONVERSION = {"event": "order.paid", "from": "entry", "within": "P30D"}


def test_each_step_counts_who_came_stands_there_went_on_and_converted():
    publish(SEND, ORDER, GLAD, LATE, conversion=CONVERSION)
    buyer, *_others = [a_member() for _ in range(3)]
    run_once(NOW)
    an_event("order.paid", buyer, NOW + days(1), order="1")
    run_once(NOW + days(1))
    assert read_step_numbers("test", since=NOW) == {
        "send": StepNumbers(entered=3, left=3, sent=3, converted=1),
        "order": StepNumbers(entered=3, waiting=2, left=1, converted=1),
        "glad": StepNumbers(entered=1, left=1, converted=1),
    }
    run_once(NOW + days(9))
    assert read_step_numbers("test", since=NOW)["late"] == StepNumbers(entered=2, left=2)


def test_only_those_who_entered_since_then_are_counted():
    publish(DAY, GLAD)
    a_member()
    a_member(now=NOW + days(5))
    run_once(NOW + days(5))
    assert read_step_numbers("test", since=NOW + days(1))["day"] == StepNumbers(entered=1, waiting=1)
    assert read_step_numbers("test", since=NOW + days(6)) == {}


def test_what_was_withheld_kept_back_or_opened():
    publish(SEND, GLAD)
    reader, _nobody = a_member(), a_member(email="")
    run_once(NOW)
    messaging.note_opening(outbox_id=Outbox.objects.get(member=reader).id, now=NOW + timedelta(hours=1))
    assert read_step_numbers("test", since=NOW)["send"] == StepNumbers(entered=2, left=2, sent=1, kept_back=1, opened=1)
    publish(SEND, DAY, GLAD, holdout=100)
    a_member(now=NOW + days(1))
    run_once(NOW + days(1))
    assert read_step_numbers("test", since=NOW + days(1))["send"] == StepNumbers(entered=1, left=1, withheld=1)


def test_who_is_stuck_is_counted_apart():
    publish(DAY, GLAD)
    a_member()
    run_once(NOW)
    Enrollment.objects.update(phase="stuck", due_at=None)
    assert read_step_numbers("test", since=NOW)["day"] == StepNumbers(entered=1, stuck=1)


def test_the_effect_compares_arms_by_intention_to_treat():
    publish(SEND, DAY, GLAD, holdout=50, conversion=CONVERSION)
    members = [a_member() for _ in range(120)]
    run_once(NOW)
    treated = set(Enrollment.objects.filter(arm="treated").values_list("member_id", flat=True))
    for place, member in enumerate(members):
        if member.id in treated or place % 4 == 0:
            an_event("order.paid", member, NOW + days(2), order=str(place))
    run_once(NOW + days(2))
    assert read_effect(Journey.objects.get(slug="test"), now=NOW + days(2)).arms[0].n == 0
    effect = read_effect(Journey.objects.get(slug="test"), now=NOW + days(31))
    first, second = effect.arms
    assert (first.arm, first.n, first.converted) == ("treated", len(treated), len(treated))
    assert (second.arm, second.n) == ("control", 120 - len(treated))
    low, high = effect.lift
    assert 0 < low < first.converted / first.n - second.converted / second.n < high <= 1


def test_too_few_have_no_lift_and_without_a_control_group_there_is_one_arm():
    publish(SEND, GLAD, holdout=50, conversion=CONVERSION)
    for _ in range(12):
        a_member()
    run_once(NOW)
    assert read_effect(Journey.objects.get(slug="test"), now=NOW + days(31)).lift is None
    publish(SEND, GLAD, journey="other", conversion=CONVERSION, entry={"event": "order.paid"})
    assert [(arm.arm, arm.n) for arm in read_effect(Journey.objects.get(slug="other"), now=NOW).arms] == [("", 0)]
    publish(SEND, GLAD, journey="third")
    assert read_effect(Journey.objects.get(slug="third"), now=NOW) is None
