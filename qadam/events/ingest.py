"""Write the tables of the ingest door: write keys, name mappings, and the quarantine of what couldn't be taken in."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import msgspec
from django.db import connection

from qadam.events import catalogue
from qadam.events.errors import FaultyMapping, ReservedSource
from qadam.events.models import NameMapping, Quarantined, WriteKey
from qadam.events.operations import OWN_SOURCE
from qadam.events.rules import Document, Rejected
from qadam.jobs.transactions import write

INTAKE_LOCK = 7_242_002
"""Key of the PostgreSQL advisory lock between quarantining for an unknown person and that person's arrival."""
DEEPEST = 50
LARGEST_EXPONENT = 300


@dataclass(frozen=True, slots=True)
class NewMapping:
    """A row of NameMapping; see there. `source` "" is for every sender."""

    incoming_name: str
    event_type: str
    property_names: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, object] = field(default_factory=dict)
    source: str = ""


ORDER_VALUE = {"order": "order_id", "amount": "total|revenue|value", "currency": "currency"}
PURCHASE_VALUE = {"order": "transaction_id", "amount": "value", "currency": "currency"}
REGISTRATION = {"kind": "kind", "sponsor": "sponsor"}
DEFAULT_MAPPINGS = (
    NewMapping("Order Completed", "order.paid", ORDER_VALUE),
    NewMapping("Order Refunded", "order.refunded", {"order": "order_id", "amount": "total|revenue|value"}),
    NewMapping("Order Delivered", "order.delivered", {"order": "order_id"}),
    NewMapping("Signed Up", "member.registered", REGISTRATION),
    NewMapping("purchase", "order.paid", PURCHASE_VALUE),
    NewMapping("refund", "order.refunded", {"order": "transaction_id", "amount": "value"}),
    NewMapping("sign_up", "member.registered", REGISTRATION),
    NewMapping("Lesson Completed", "lesson.completed", {"lesson": "lesson_id|lesson", "path": "course_id|course"}),
)
"""Segment's e-commerce and sign-up names, and their counterparts in Google Analytics 4."""


@write()
def create_write_key(*, source: str, now: datetime) -> str:
    """Make a key for the sender `source` and return it: the only moment at which it can be read. Several may be valid.

    Raises:
        ReservedSource: the name is empty, too long, or that of our own events.
    """
    if not source or len(source) > 64 or source == OWN_SOURCE:
        raise ReservedSource(source=source)
    key = f"qk_{secrets.token_urlsafe(24)}"
    WriteKey.objects.create(key_hash=hash_of(key), hint=key[-4:], source=source, created_at=now)
    return key


def hash_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


@write()
def revoke_write_keys(*, source: str, hint: str = "", now: datetime) -> int:
    """End the keys of a sender (only the one that ends with `hint`, if given). Return how many ended."""
    keys = WriteKey.objects.filter(source=source, revoked_at__isnull=True)
    return (keys.filter(hint=hint) if hint else keys).update(revoked_at=now)


@write()
def define_mapping(mapping: NewMapping) -> None:
    """Store how a sender's event name becomes one of the catalogue; replaces an earlier mapping of that name.

    Raises:
        FaultyMapping: the event type or a property isn't in the catalogue.
    """
    event_type = catalogue.find_event_type(mapping.event_type)
    if event_type is None:
        raise FaultyMapping(name=mapping.incoming_name, place=mapping.event_type)
    for name in (*mapping.property_names, *mapping.constants):
        if event_type.find_property(name) is None:
            raise FaultyMapping(name=mapping.incoming_name, place=f"{mapping.event_type}.{name}")
    NameMapping.objects.update_or_create(
        source=mapping.source,
        incoming_name=mapping.incoming_name,
        defaults={
            "event_type": mapping.event_type,
            "property_names": dict(mapping.property_names),
            "constants": dict(mapping.constants),
        },
    )


@write()
def ensure_default_mappings(now: datetime) -> None:
    """Add the mappings that ship with the product where they are absent; changed ones stay as they are."""
    NameMapping.objects.bulk_create(
        [
            NameMapping(
                source=each.source,
                incoming_name=each.incoming_name,
                event_type=each.event_type,
                property_names=dict(each.property_names),
                constants=dict(each.constants),
            )
            for each in DEFAULT_MAPPINGS
        ],
        ignore_conflicts=True,
    )


def lock_intake() -> None:
    """Let one transaction at a time decide who is unknown (PostgreSQL; on SQLite there is one writer anyway).

    Taken before the tree's lock and the log's, so that no two transactions wait for each other in a ring.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE_LOCK])


@write()
def put_aside(rejected: Sequence[Rejected], *, source: str, received_at: datetime) -> None:
    """Keep messages that couldn't be taken in. The same key again only refreshes the reason of an open row."""
    cast = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    at = connection.ops.adapt_datetimefield_value(received_at)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO events_quarantined (source, external_id, code, place, detail, payload, received_at)"
            f" VALUES (%s, %s, %s, %s, %s, {cast}, %s) ON CONFLICT (source, external_id) DO UPDATE"
            " SET code = excluded.code, place = excluded.place, detail = excluded.detail"
            " WHERE events_quarantined.resolved_at IS NULL",
            [
                (
                    source,
                    each.key,
                    each.fault.code,
                    storable_text(each.fault.place, 200),
                    storable_text(each.fault.detail, 400),
                    payload_json(each.payload),
                    at,
                )
                for each in rejected
            ],
        )


@write()
def resolve(ids: Sequence[int], *, now: datetime) -> None:
    """Note that quarantined messages have been taken in. Their payload stays."""
    Quarantined.objects.filter(id__in=ids, resolved_at__isnull=True).update(resolved_at=now)


def storable_text(text: str, length: int) -> str:
    """Return `text` without zero bytes, which PostgreSQL can't hold, and at most so long."""
    return text.replace("\x00", "␀")[:length]


_encoder = msgspec.json.Encoder(decimal_format="number")


def payload_json(payload: Document) -> str:
    """Return a payload as JSON that every database can hold; else {"text": its JSON}, so that nothing is lost."""
    text = _encoder.encode(payload).decode()
    return text if _is_storable(payload) else _encoder.encode({"text": text}).decode()


def _is_storable(document: object) -> bool:
    """Tell whether jsonb and Python's json can hold a document: no zero byte, no monstrous number, not too deep."""
    stack: list[tuple[object, int]] = [(document, 0)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, str) and "\x00" in value:
            return False
        if isinstance(value, Decimal) and abs(value.adjusted()) > LARGEST_EXPONENT:
            return False
        if depth > DEEPEST or (isinstance(value, int) and value.bit_length() > 1_000):
            return False
        if isinstance(value, Mapping):
            stack.extend((each, depth + 1) for pair in value.items() for each in pair)
        elif isinstance(value, list):
            stack.extend((each, depth + 1) for each in value)
    return True
