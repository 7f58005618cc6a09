"""What a message is decided to be: its time, its key, its amounts."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.events.decoding import NotJson, decode
from qadam.events.ingest import payload_json
from qadam.events.rules import Fact, Identity, NameMap, Reading, Rejected, decide, sort_messages
from qadam.events.values import Misfit, find_value, minor_units

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
READING = Reading(received_at=NOW, now=NOW)
HOUR = timedelta(hours=1)


def a_message(**changes):
    return {"type": "track", "event": "order.paid", "userId": "A-1", "properties": {"order": "1"}} | changes


def at(moment):
    return moment.isoformat()


TIMES = {
    "none: received": ({}, {}, NOW),
    "as sent": ({"timestamp": at(NOW - HOUR)}, {}, NOW - HOUR),
    "without an offset: UTC": ({"timestamp": "2026-03-02T05:00:00"}, {}, NOW - HOUR),
    "clock right, slow network": (
        {"timestamp": at(NOW - HOUR)},
        {"sent_at": NOW - timedelta(seconds=4)},
        NOW - HOUR,
    ),
    "clock fast": ({"timestamp": at(NOW + HOUR)}, {"sent_at": NOW + 2 * HOUR}, NOW - HOUR),
    "clock slow": ({"timestamp": at(NOW - 3 * HOUR)}, {"sent_at": NOW - 2 * HOUR}, NOW - HOUR),
    "sent time of the message beats that of the batch": (
        {"originalTimestamp": at(NOW - 3 * HOUR), "sentAt": at(NOW - 2 * HOUR)},
        {"sent_at": NOW},
        NOW - HOUR,
    ),
    "put right on the way": (
        {"originalTimestamp": at(NOW - 9 * HOUR), "timestamp": at(NOW - HOUR)},
        {"sent_at": NOW - 8 * HOUR},
        NOW - HOUR,
    ),
    "import": ({"timestamp": at(NOW - HOUR)}, {"sent_at": NOW + HOUR, "is_import": True}, NOW - HOUR),
    "a little ahead": ({"timestamp": at(NOW + timedelta(minutes=5))}, {}, NOW + timedelta(minutes=5)),
    "unreadable sent time": ({"timestamp": at(NOW - HOUR), "sentAt": "soon"}, {}, NOW - HOUR),
}


@pytest.mark.parametrize("case", TIMES.values(), ids=TIMES.keys())
def test_when_it_happened(case):
    changes, reading, happened = case
    decided = decide(a_message(**changes), Reading(received_at=NOW, now=NOW, **reading), position=0)
    assert isinstance(decided, Fact)
    assert decided.at == happened


def key_of(message, reading=READING, position=0):
    return decide(message, reading, position=position).key


def test_the_key_is_the_message_id():
    assert key_of(a_message(messageId="m-1")) == "m-1"
    assert key_of(a_message(messageId=17)) == "17"


@pytest.mark.parametrize("given_id", ["x" * 201, "a\x00b", "", None, ["m"]])
def test_a_key_that_cant_be_stored_is_a_hash(given_id):
    key = key_of(a_message(messageId=given_id))
    assert key.startswith("sha256:")
    assert key == key_of(a_message(messageId=given_id))


def test_without_an_id_the_same_message_at_the_same_time_is_one():
    timed, untimed = a_message(timestamp=at(NOW)), a_message()
    later = Reading(received_at=NOW + HOUR, now=NOW + HOUR)
    assert key_of(timed) == key_of(timed, later, position=5)
    assert key_of(timed) != key_of(timed | {"properties": {"order": "2"}})
    assert len({key_of(untimed), key_of(untimed, later), key_of(untimed, position=1)}) == 3


def test_a_mapping_takes_what_it_names_and_leaves_the_rest():
    name_map = NameMap(
        "order.paid", {"order": "deal.id", "points": "volume", "amount": "total|price"}, {"buyer": "own"}
    )
    reading = Reading(received_at=NOW, now=NOW, names={"Deal": name_map}, currency="KZT")
    properties = {"deal": {"id": 5}, "volume": Decimal("1.5"), "price": "19.90", "total": None, "colour": "red"}
    decided = decide(a_message(event="Deal", properties=properties), reading, position=0)
    assert isinstance(decided, Fact)
    assert decided.props == {"order": "5", "points": 1500, "amount": 1990, "buyer": "own"}


def test_the_currency_of_the_message_says_how_many_decimals():
    name_map = NameMap("order.paid", {"order": "id", "amount": "total", "currency": "currency"}, {})
    reading = Reading(received_at=NOW, now=NOW, names={"Deal": name_map}, currency="KZT")
    for currency, total, minor in (("JPY", 500, 500), ("KWD", Decimal("1.234"), 1234), (None, Decimal("5.1"), 510)):
        properties = {"id": "1", "total": total, "currency": currency}
        decided = decide(a_message(event="Deal", properties=properties), reading, position=0)
        assert isinstance(decided, Fact)
        assert decided.props["amount"] == minor


def test_a_faulty_message_never_harms_its_neighbours():
    decided = sort_messages([a_message(), None, a_message(type="identify"), a_message(event="x")], READING)
    assert [each.position for each in decided.facts] == [0]
    assert [each.position for each in decided.identities] == [2]
    assert [each.position for each in decided.rejected] == [1, 3]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    [
        "type",
        "event",
        "userId",
        "anonymousId",
        "messageId",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "properties",
        "traits",
    ]
)
VALUES = JSON | st.sampled_from(["track", "identify", "order.paid", "2026-01-01", "A-1"])


@given(st.dictionaries(FIELDS, VALUES) | JSON)
def test_any_message_is_decided_and_any_payload_can_be_kept(message):
    decided = decide(message, READING, position=0)
    assert isinstance(decided, Fact | Identity | Rejected)
    assert 0 < len(decided.key) <= 200
    assert "\x00" not in decided.key
    kept = payload_json(decided.payload)
    assert "\\u0000" not in kept.replace("\\\\", "")
    decode(kept.encode())


@given(st.binary())
def test_any_body_is_read_or_refused(body):
    with suppress(NotJson):
        decode(body)


@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3]))
def test_amounts_are_exact(minor, decimals):
    assert minor_units(Decimal(minor).scaleb(-decimals), decimals) == minor


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_noise_of_float_sums_is_taken_out(left, right):
    total = Decimal(repr(left / 100 + right / 100))
    assert minor_units(total, 2) == left + right


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Decimal("19.905"), "inexact_amount"),
        (Decimal("1e40"), "too_large"),
        (10**30, "too_large"),
        ("1e5", "wrong_kind"),
        ("1 990", "wrong_kind"),
        (True, "wrong_kind"),
        ([], "wrong_kind"),
    ],
)
def test_amounts_that_are_none(value, code):
    with pytest.raises(Misfit) as misfit:
        minor_units(value, 2)
    assert misfit.value.code == code


def test_paths():
    properties = {"a": {"b": 0}, "c": None, "d": "x"}
    assert find_value(properties, "a.b") == 0
    assert find_value(properties, "c | a.z | d") == "x"
    assert find_value(properties, "a.b.c") is None
