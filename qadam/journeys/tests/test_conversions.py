"""The first event of the wanted kind inside its window: from the entry, or from the first or last message."""

from datetime import timedelta

import pytest

from qadam.events.models import Event
from qadam.journeys import operations
from qadam.journeys.models import Enrollment
from qadam.journeys.rules import GRACE
from qadam.journeys.tests.stage import DAY, GLAD, HOUR, SEND, publish, run_once, the_one
from qadam.messaging.operations import set_policy
from tests.cast import NOW, a_member, an_event, days

pytestmark = [pytest.mark.two_databases, pytest.mark.usefixtures("played")]

TICK = timedelta(microseconds=1)
PAID = {"event": "order.paid", "within": "P7D"}


def begin(anchor, **rest):
    steps = (DAY, SEND, {**DAY, "id": "two"}, {**SEND, "id": "again"}, GLAD)
    publish(*steps, conversion={**PAID, "from": anchor, **rest})
    member = a_member()
    for day in range(3):
        run_once(NOW + days(day))
    return member


def pay(member, at, *, now=None, order="1", **props):
    an_event("order.paid", member, at, now=now, order=order, **props)
    run_once(now or at)


@pytest.mark.parametrize(
    ("anchor", "begins"), [("entry", NOW), ("exposure", NOW + days(1)), ("last_send", NOW + days(2))]
)
@pytest.mark.parametrize(
    ("after", "counts"), [(-TICK, False), (timedelta(), True), (days(7), True), (days(7) + TICK, False)]
)
def test_the_window_of_each_anchor_closes_at_its_end(anchor, begins, after, counts):
    member = begin(anchor)
    assert the_one().exit_reason == "glad"  # it goes on counting after the exit
    pay(member, begins + after, now=max(begins + after, NOW + days(2)))
    assert the_one().converted_at == (begins + after if counts else None)
    assert Event.objects.filter(type="journey.converted").count() == counts


def test_a_withheld_message_is_an_exposure_as_well():
    set_policy(document={"holdout": 100}, actor=None, now=NOW)
    member = begin("exposure")
    pay(member, NOW + days(3))
    assert the_one().converted_at == NOW + days(3)


def test_without_an_exposure_there_is_no_conversion_from_it():
    publish(SEND, GLAD, conversion={**PAID, "from": "exposure"})
    member = a_member(email="")
    run_once(NOW)
    pay(member, NOW + HOUR)
    assert the_one().converted_at is None


def test_only_what_passes_the_filter():
    member = begin("entry", where={"amount": {"at_least": 10}})
    pay(member, NOW + days(3), amount=9)
    assert the_one().converted_at is None
    pay(member, NOW + days(4), order="2", amount=10)
    assert the_one().converted_at == NOW + days(4)


def test_the_first_one_counts_once():
    member = begin("entry")
    for day in (3, 4, 5):
        pay(member, NOW + days(day), order=str(day))
    assert the_one().converted_at == NOW + days(3)
    assert Event.objects.filter(type="journey.converted").count() == 1


def test_a_late_earlier_one_moves_it_back():
    member = begin("entry")
    pay(member, NOW + days(5))
    pay(member, NOW + days(4), now=NOW + days(6), order="2")
    assert the_one().converted_at == NOW + days(4)


@pytest.mark.parametrize(("late", "counts"), [(GRACE, True), (GRACE + TICK, False)])
def test_late_events_count_until_the_grace_is_over_then_the_cell_is_sealed(late, counts):
    member = begin("entry")
    pay(member, NOW + days(6), now=NOW + days(7) + late)
    assert (the_one().converted_at is not None) is counts


def test_the_event_that_began_the_journey_is_no_conversion():
    publish(DAY, GLAD, entry={"event": "order.paid"}, conversion={**PAID, "from": "entry"})
    member = a_member()
    pay(member, NOW)
    assert the_one().converted_at is None
    pay(member, NOW + HOUR, order="2")
    assert the_one().converted_at == NOW + HOUR


def test_in_the_same_batch_as_the_entry():
    publish(DAY, GLAD, conversion={**PAID, "from": "entry"})
    member = a_member()
    an_event("order.paid", member, NOW + HOUR, order="1")
    run_once(NOW + 2 * HOUR)
    assert the_one().converted_at == NOW + HOUR


def test_a_paused_journey_counts_on():
    member = begin("entry")
    operations.pause_journey(slug="test", actor=None, now=NOW + days(3))
    pay(member, NOW + days(4))
    assert the_one().converted_at == NOW + days(4)


def test_somebody_else_s_order_converts_nobody():
    begin("entry")
    pay(a_member(kind="prospect", registered_at=None), NOW + days(3))
    assert the_one().converted_at is None


def test_each_enrollment_of_a_member_has_its_own_window():
    publish(
        GLAD,
        entry={"event": "lesson.completed"},
        reentry={"per_key": "lesson"},
        conversion={**PAID, "from": "entry"},
    )
    member = a_member()
    for day in (0, 5):
        an_event("lesson.completed", member, NOW + days(day), lesson=str(day))
        run_once(NOW + days(day))
    pay(member, NOW + days(8))
    converted = Enrollment.objects.order_by("id").values_list("converted_at", flat=True)
    assert list(converted) == [None, NOW + days(8)]
