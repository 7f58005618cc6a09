"""The log: appended once, last before COMMIT, all or nothing; and its cursors."""

from datetime import timedelta

import pytest

from qadam.events import consumers, operations
from qadam.events.errors import EventInFuture, FaultyEvent
from qadam.events.models import Cursor, Event
from qadam.jobs.transactions import attempt, write
from tests.cast import NOW, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]


def record(order="1", **changes):
    arguments = {"type": "order.paid", "member_id": 7, "occurred_at": NOW, "key": f"order-{order}", "now": NOW}
    operations.record(**{**arguments, "order": order, **changes})


def test_the_same_key_twice_adds_nothing():
    record()
    record()
    assert Event.objects.count() == 1


def test_what_is_stored_is_what_was_given():
    record("Ә-1", amount=1990, buyer="retail")
    event = Event.objects.get()
    assert (event.type, event.member_id, event.occurred_at, event.source) == ("order.paid", 7, NOW, "qadam")
    assert event.props == {"order": "Ә-1", "amount": 1990, "buyer": "retail"}


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"type": "order.lost"}, "unknown_type", "type"),
        ({"order": None}, "wrong_kind", "order"),
        ({"amount": "1990"}, "wrong_kind", "amount"),
        ({"amount": True}, "wrong_kind", "amount"),
        ({"colour": "red"}, "unknown_property", "colour"),
        ({"buyer": "friend"}, "wrong_choice", "buyer"),
        ({"order": "a\x00b"}, "zero_byte", "order"),
    ],
)
def test_a_faulty_event_is_refused_with_its_place(changes, code, place):
    with pytest.raises(FaultyEvent) as caught:
        record(**changes)
    assert (caught.value.details["code"], caught.value.details["place"]) == (code, place)


def test_the_future_is_refused_beyond_the_skew_of_clocks():
    record("1", occurred_at=NOW + timedelta(minutes=5))
    with pytest.raises(EventInFuture):
        record("2", occurred_at=NOW + timedelta(minutes=5, seconds=1))


def test_one_bad_event_keeps_the_whole_unit_out():
    with pytest.raises(FaultyEvent), write():
        record("1")
        record("2", colour="red")
    assert not Event.objects.exists()


def test_events_reach_the_log_at_the_end_of_the_outermost_unit():
    with write():
        with write():
            record()
        assert not Event.objects.exists()
    assert Event.objects.count() == 1


def test_a_failed_attempt_takes_only_its_own_events_along():
    with write():
        record("1")
        with pytest.raises(ZeroDivisionError), attempt():
            record("2")
            raise ZeroDivisionError
        record("3")
    assert [event.props["order"] for event in Event.objects.order_by("id")] == ["1", "3"]


def read_all(seen, *, now=NOW, limit=100):
    return consumers.advance("reader", lambda batch, _now: seen.extend(batch), now=now, limit=limit)


def test_a_consumer_reads_each_event_once():
    for order in "123":
        an_event("order.paid", 7, order=order)
    seen = []
    assert read_all(seen, limit=2) == 2
    assert read_all(seen, limit=2) == 1
    assert read_all(seen, limit=2) == 0
    assert [event.props["order"] for event in seen] == ["1", "2", "3"]


def test_a_consumer_that_fails_stays_where_it_was():
    an_event("order.paid", 7, order="1")

    def fail(batch, now):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        consumers.advance("reader", fail, now=NOW)
    assert not Cursor.objects.filter(position__gt=0).exists()
    seen = []
    assert read_all(seen) == 1


def test_history_plays_under_a_set_clock():
    later = NOW + timedelta(days=1)
    an_event("order.paid", 7, NOW, order="1")
    an_event("order.paid", 7, later, order="2")
    seen = []
    assert read_all(seen, now=NOW) == 1
    assert read_all(seen, now=later) == 1
