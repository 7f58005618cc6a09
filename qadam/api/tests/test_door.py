"""The ingest door: what is taken, and what each bad input answers."""

import gzip
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from qadam.api.tests.conftest import an_order, basic
from qadam.api.views import LARGEST_BATCH, LARGEST_MESSAGE, MOST_MESSAGES
from qadam.events import ingest
from qadam.events.models import Event, Quarantined
from qadam.lib.clock import utc_now
from qadam.people.models import Member
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def test_an_order_of_the_shop_becomes_an_event(send, aigul):
    answer = send("track", an_order())
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "accepted": 1, "quarantined": 0}
    event = Event.objects.get(source="shop")
    assert (event.type, event.member_id, event.external_id) == ("order.paid", aigul.id, "m-1001")
    assert event.props == {"order": "1001", "amount": 1990, "currency": "KZT"}
    assert event.occurred_at.isoformat() == "2024-03-02T06:00:00+00:00"


def test_a_name_of_the_catalogue_is_taken_as_it_is(send, aigul):
    props = {"lesson": "welcome", "path": None}
    send("track", an_order(event="lesson.completed", properties=props))
    assert Event.objects.get(source="shop").props == {"lesson": "welcome"}


def test_a_mapping_of_the_sender_beats_the_one_for_all(send, aigul):
    own = ingest.NewMapping("Order Completed", "order.paid", {"order": "deal.id"}, {"buyer": "retail"}, source="shop")
    ingest.define_mapping(own)
    send("track", an_order(properties={"deal": {"id": 7}}))
    assert Event.objects.get(source="shop").props == {"order": "7", "buyer": "retail"}


def test_the_same_message_three_times_is_one_event(send, aigul):
    for _ in range(3):
        assert send("batch", {"batch": [an_order(), an_order()]}).status_code == 200
    assert Event.objects.filter(source="shop").count() == 1


def test_gzip_under_any_content_type(send, aigul):
    answer = send("batch", {"batch": [an_order()]}, packed=True, content_type="application/x-www-form-urlencoded")
    assert answer.json()["accepted"] == 1


BAD_MESSAGES = {
    "unknown event": ({"event": "Cart Viewed"}, "unknown_type", "event", "Cart Viewed"),
    "no event name": ({"event": None}, "missing_name", "event", ""),
    "event of Qadam's own": ({"event": "stage.entered"}, "own_event", "event", "stage.entered"),
    "unknown call": ({"type": "page"}, "unsupported_call", "type", "page"),
    "no call": ({"type": None}, "unsupported_call", "type", "None"),
    "no person": ({"userId": None}, "missing_user", "userId", ""),
    "anonymous person": ({"userId": None, "anonymousId": "x"}, "missing_user", "userId", "anonymousId"),
    "unknown person": ({"userId": "nobody"}, "unknown_member", "userId", "nobody"),
    "person of a wrong kind": ({"userId": {"id": 1}}, "wrong_kind", "userId", "text"),
    "time in the far future": ({"timestamp": "2999-01-01T00:00:00Z"}, "future_time", "timestamp", "2999-01-01"),
    "no time": ({"timestamp": "yesterday"}, "wrong_time", "timestamp", "yesterday"),
    "time before time": ({"timestamp": "0001-01-01T00:00:00+05:00"}, "wrong_time", "timestamp", "0001-01-01"),
    "properties of a wrong kind": ({"properties": [1]}, "wrong_kind", "properties", "object"),
    "no order": ({"properties": {"total": 1}}, "missing_property", "properties.order_id", ""),
    "amount of a wrong kind": (
        {"properties": {"order_id": "1", "total": "19,90"}},
        "wrong_kind",
        "properties.total|revenue|value",
        "amount",
    ),
    "parts of a tiyn": (
        {"properties": {"order_id": "1", "total": 19.905}},
        "inexact_amount",
        "properties.total|revenue|value",
        "19.905, 2",
    ),
    "unknown property": (
        {"event": "lesson.completed", "properties": {"lesson": "1", "mood": "good"}},
        "unknown_property",
        "properties.mood",
        "",
    ),
    "wrong property": (
        {"event": "order.paid", "properties": {"order": "1", "amount": "12"}},
        "wrong_kind",
        "properties.amount",
        "amount",
    ),
    "wrong choice": (
        {"event": "order.paid", "properties": {"order": "1", "buyer": "wholesale"}},
        "wrong_choice",
        "properties.buyer",
        "retail, preferred, own",
    ),
    "zero byte": ({"properties": {"order_id": "1\x00"}}, "zero_byte", "properties.order_id", ""),
    "zero byte in a person": ({"userId": "A\x00"}, "zero_byte", "userId", ""),
}


@pytest.mark.parametrize("changes_and_fault", BAD_MESSAGES.values(), ids=BAD_MESSAGES.keys())
def test_a_bad_message_is_put_aside_and_the_rest_is_kept(send, aigul, changes_and_fault):
    changes, code, place, detail = changes_and_fault
    answer = send("batch", {"batch": [an_order("1"), an_order("2", **changes), an_order("3")]})
    assert answer.status_code == 200
    report = answer.json()
    assert (report["success"], report["accepted"], report["quarantined"]) == (True, 2, 1)
    assert (report["faults"][0]["code"], report["faults"][0]["where"]) == (code, f"batch[1].{place}")
    row = Quarantined.objects.get()
    assert (row.source, row.external_id, row.code, row.place) == ("shop", "m-2", code, place)
    assert row.detail.startswith(detail)
    assert Event.objects.filter(source="shop").count() == 2


@pytest.mark.parametrize("message", [None, 7, "text", [], True])
def test_what_is_no_message_is_put_aside_too(send, aigul, message):
    answer = send("batch", {"batch": [message, an_order()]})
    assert answer.json()["accepted"] == 1
    assert Quarantined.objects.get().payload == {"value": message}


def test_a_payload_is_kept_exactly(send, aigul):
    message = an_order(event="Cart Viewed", properties={"price": 0.1, "deep": {"list": [1, None, "ә"]}})
    send("track", message)
    message["properties"]["price"] = Decimal("0.1")
    assert Quarantined.objects.get().payload == message


def test_a_payload_that_no_database_can_hold_is_kept_as_text(send, aigul):
    body = b'{"event": "Zero", "userId": "A-1", "messageId": "z", "properties": {"a": "x\\u0000y", "b": 1e999999}}'
    assert send("track", body).json()["quarantined"] == 1
    kept = Quarantined.objects.get().payload["text"]
    assert "x\\u0000y" in kept
    assert "1E+999999" in kept


def test_unknown_fields_around_a_message_are_ignored(send, aigul):
    assert send("track", an_order(channel="server", colour="red")).json()["accepted"] == 1


def test_the_clock_of_the_sender_is_put_right(send, aigul):
    now = utc_now()
    wrong = now + timedelta(hours=3)
    message = an_order(timestamp=(wrong - timedelta(minutes=10)).isoformat())
    send("batch", {"batch": [message], "sentAt": wrong.isoformat()})
    happened = Event.objects.get(source="shop").occurred_at
    assert abs(happened - (now - timedelta(minutes=10))) < timedelta(seconds=5)


def test_an_import_takes_times_as_they_are(send, aigul):
    send("import", {"batch": [an_order(timestamp="2024-01-31T10:00:00+05:00")], "sentAt": "2030-01-01T00:00:00Z"})
    assert Event.objects.get(source="shop").occurred_at.isoformat() == "2024-01-31T05:00:00+00:00"


def test_an_event_without_a_time_happened_when_it_was_received(send, aigul):
    send("track", {"event": "order.paid", "userId": "A-1", "properties": {"order": "1"}})
    assert utc_now() - Event.objects.get(source="shop").occurred_at < timedelta(seconds=5)


class TestRefusals:
    def test_a_wrong_key(self, send, client):
        for answer in (send("batch", {"batch": []}, user="qk_wrong"), client.post("/v1/batch")):
            assert answer.status_code == 401
            assert answer.json()["error"] == "wrong_key"
            assert answer.json()["message"].startswith("Send a valid write key")
            assert answer.headers["WWW-Authenticate"].startswith("Basic")

    def test_a_revoked_key(self, send):
        ingest.revoke_write_keys(source="shop", now=NOW)
        assert send("batch", {"batch": []}).status_code == 401

    @pytest.mark.parametrize("credentials", ["", "Basic", "Basic %%%", "Basic /w==", "Bearer x", "Basic " + "A" * 9])
    def test_credentials_that_are_none(self, client, credentials):
        assert client.post("/v1/track", headers={"Authorization": credentials}).status_code == 401

    @pytest.mark.parametrize(
        ("body", "code", "said"),
        [
            (b"", "not_json", "line 1 column 1"),
            (b'{"batch": [', "not_json", "line 1 column 12"),
            (b"\xff\xfe", "not_json", "not UTF-8 at byte 0"),
            (b"[" * 4000 + b"]" * 4000, "not_json", "nested too deeply"),
            (b"[]", "not_an_object", "must be a JSON object"),
            (b'"text"', "not_an_object", "must be a JSON object"),
            (b"{}", "not_a_batch", "list of messages"),
            (b'{"batch": {}}', "not_a_batch", "list of messages"),
        ],
    )
    def test_what_is_no_batch(self, send, body, code, said):
        answer = send("batch", body)
        assert answer.status_code == 400
        assert answer.json()["error"] == code
        assert said in answer.json()["message"]

    def test_huge_bodies(self, send, aigul):
        assert send("track", an_order(context="x" * LARGEST_MESSAGE)).status_code == 413
        assert send("batch", b" " * (LARGEST_BATCH + 1)).status_code == 413
        assert send("batch", {"batch": [0] * (MOST_MESSAGES + 1)}).json()["error"] == "too_many"
        assert not Quarantined.objects.exists()

    def test_a_gzip_bomb(self, send):
        bomb = gzip.compress(b" " * 200_000_000, 1)
        assert len(bomb) < LARGEST_BATCH
        assert send("batch", bomb, **{"Content-Encoding": "gzip"}).json()["error"] == "too_large"

    def test_packing_that_is_none(self, send):
        whole = gzip.compress(b'{"batch": []}')
        for broken in (b"{}", whole[:-5], whole + b"x"):
            assert send("batch", broken, **{"Content-Encoding": "gzip"}).json()["error"] == "not_gzip"
        assert send("batch", b"{}", **{"Content-Encoding": "br"}).json()["error"] == "unknown_encoding"

    def test_only_post(self, client):
        assert client.get("/v1/batch").status_code == 405

    def test_the_words_follow_the_language_asked_for(self, client):
        answer = client.post("/v1/batch", headers={"Accept-Language": "en"})
        assert "write key" in answer.json()["message"]

    def test_no_forgery_token_is_needed(self, key, aigul):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        body, head = json.dumps(an_order()), {"Authorization": basic(key)}
        assert strict.post("/v1/track", body, content_type="application/json", headers=head).status_code == 200


def test_nan_and_half_emojis_dont_lose_a_batch(send, aigul):
    order = json.dumps(an_order()).encode()
    nan = (
        b'{"type":"track","event":"order.paid","userId":"A-1","messageId":"n","properties":{"order":"1","amount":NaN}}'
    )
    half = b'{"type":"track","event":"lesson.completed","userId":"A-1","properties":{"lesson":"\\ud83d"}}'
    answer = send("batch", b'{"batch":[' + b",".join([order, nan, half]) + b"]}")
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (2, 1)
    assert Event.objects.get(type="lesson.completed").props == {"lesson": "\ufffd"}


class TestIdentify:
    def test_an_unknown_person_becomes_a_prospect(self, send, aigul):
        traits = {
            "firstName": "Dana",
            "lastName": "S",
            "email": "d@x.kz",
            "timezone": "Asia/Almaty",
            "language": "ru-KZ",
        }
        assert send("identify", {"userId": "D-1", "traits": traits | {"sponsor": "A-1"}}).json()["accepted"] == 1
        dana = Member.objects.get(external_id="D-1")
        assert (dana.kind, dana.name, dana.email, dana.zone) == ("prospect", "Dana S", "d@x.kz", "Asia/Almaty")
        assert (dana.language, dana.sponsor_id) == ("ru", aigul.id)

    def test_a_known_person_is_changed(self, send, aigul):
        send("identify", {"userId": "A-1", "traits": {"name": "Aigul B", "age": 30}})
        aigul.refresh_from_db()
        assert aigul.name == "Aigul B"

    def test_traits_that_arent_kept_are_named(self, send, aigul):
        answer = send("identify", {"userId": "A-1", "traits": {"age": 30}})
        assert answer.json()["ignored"] == ["traits.age"]

    def test_a_registration_is_recorded(self, send, aigul):
        traits = {"kind": "distributor", "registered_at": "2024-03-01T00:00:00Z"}
        send("identify", {"userId": "D-1", "traits": {"name": "Dana"}})
        send("identify", {"userId": "D-1", "traits": traits})
        dana = Member.objects.get(external_id="D-1")
        assert Event.objects.get(type="member.registered", member_id=dana.id).props == {"kind": "distributor"}

    @pytest.mark.parametrize(
        ("traits", "code", "place"),
        [
            ({"timezone": "GMT+5"}, "unknown_zone", "traits.zone"),
            ({"language": "de"}, "wrong_choice", "traits.language"),
            ({"kind": "boss"}, "wrong_choice", "traits.kind"),
            ({"email": "nobody"}, "wrong_kind", "traits.email"),
            ({"email": ["a@b"]}, "wrong_kind", "traits.email"),
            ({"name": "x" * 201}, "too_long", "traits.name"),
            ({"name": "\x00"}, "zero_byte", "traits.name"),
            ({"sponsor": "nobody"}, "unknown_sponsor", "traits.sponsor"),
            ({"sponsor": "A-1"}, "own_sponsor", "traits.sponsor"),
            ({"sponsor": "B-1"}, "sponsor_loop", "traits.sponsor"),
            ({"registered_at": "2999-01-01T00:00:00Z"}, "future_time", "traits.registered_at"),
            ({"registered_at": "soon"}, "wrong_time", "traits.registered_at"),
            ({"registered_at": "2020-01-01T00:00:00Z"}, "registered_before", "traits.registered_at"),
        ],
    )
    def test_a_bad_trait_changes_nothing(self, send, aigul, traits, code, place):
        send("identify", {"userId": "B-1", "traits": {"sponsor": "A-1"}})
        answer = send("identify", {"userId": "A-1", "traits": {"phone": "+7 701", **traits}})
        assert answer.status_code == 200
        assert (answer.json()["faults"][0]["code"], answer.json()["faults"][0]["where"]) == (code, place)
        aigul.refresh_from_db()
        assert aigul.phone == ""
        assert "+7 701" in str(Quarantined.objects.get().payload)

    def test_signing_up_registers(self, send, aigul):
        messages = [
            {
                "type": "track",
                "event": "Signed Up",
                "userId": "D-1",
                "properties": {"sponsor": "A-1"},
                "messageId": "s",
            },
            {"type": "identify", "userId": "D-1", "traits": {"name": "Dana"}, "messageId": "i"},
        ]
        assert send("batch", {"batch": messages}).json()["accepted"] == 2
        dana = Member.objects.get(external_id="D-1")
        assert (dana.kind, dana.sponsor_id) == ("customer", aigul.id)
        assert Event.objects.filter(type="member.registered", member_id=dana.id).count() == 1

    def test_leaving_is_an_operation(self, send, aigul):
        send("track", {"event": "member.left", "userId": "A-1", "properties": {"reason": "moved"}})
        aigul.refresh_from_db()
        assert aigul.left_at is not None
        assert Event.objects.get(type="member.left").source == "qadam"


class TestTryingAgain:
    def test_what_waited_for_a_person_gets_in_when_the_person_arrives(self, send, aigul):
        send("batch", {"batch": [an_order("1", userId="D-1"), an_order("2", userId="D-1")]})
        assert Quarantined.objects.filter(resolved_at=None).count() == 2
        send("identify", {"userId": "D-1", "traits": {"name": "Dana"}})
        assert not Quarantined.objects.filter(resolved_at=None).exists()
        assert Event.objects.filter(source="shop", type="order.paid").count() == 2

    def test_a_chain_of_sponsors_that_arrives_backwards(self, send, aigul):
        for child, sponsor in (("D-3", "D-2"), ("D-2", "D-1"), ("D-1", "A-1")):
            send("identify", {"userId": child, "traits": {"sponsor": sponsor}})
        assert list(Member.objects.order_by("depth").values_list("external_id", flat=True)) == [
            "A-1",
            "D-1",
            "D-2",
            "D-3",
        ]

    def test_a_loop_among_new_people(self, send, aigul):
        people = [
            {"type": "identify", "userId": child, "traits": {"sponsor": sponsor}, "messageId": child}
            for child, sponsor in (("D-1", "D-2"), ("D-2", "D-1"), ("D-3", "D-2"), ("D-4", "A-1"))
        ]
        answer = send("batch", {"batch": people})
        assert answer.json()["accepted"] == 1
        codes = dict(Quarantined.objects.values_list("external_id", "code"))
        assert codes == {"D-1": "sponsor_loop", "D-2": "sponsor_loop", "D-3": "unknown_sponsor"}

    def test_the_time_stays_right_when_tried_again(self, send, aigul):
        wrong = utc_now() + timedelta(hours=3)
        message = an_order(timestamp=wrong.isoformat(), userId="D-1")
        send("batch", {"batch": [message], "sentAt": wrong.isoformat()})
        send("identify", {"userId": "D-1"})
        assert abs(Event.objects.get(source="shop").occurred_at - utc_now()) < timedelta(seconds=5)
