"""Decide what an incoming message is: a fact about a member, a person's traits, or something to be put aside.

The messages are those of Segment's client libraries, decoded by `api` with JSON numbers as Decimal.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from qadam.events import catalogue
from qadam.events.catalogue import EventType, Fault
from qadam.events.values import Misfit, find_value, fit, plain, read_instant
from qadam.lib.clock import CLOCK_SKEW

CALLS = ("track", "identify")
LONGEST_ID = 200
SLOW_NETWORK = timedelta(seconds=5)
"""A sender's clock that is off by less is trusted: the difference is mostly the request's way here."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
COMPANY = "company"

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NameMap:
    """How one incoming name becomes an event type (see models.NameMapping)."""

    event_type: str
    property_names: Mapping[str, str]
    constants: Document


@dataclass(frozen=True, slots=True)
class Reading:
    """What is the same for all messages of a request. Instants are aware UTC.

    `received_at` is when they reached us, `now` when they are read (later, where quarantined ones are tried again).
    `names` holds the mappings of this sender; `commands` the event types that stand for an operation on a member,
    whose properties the operation checks; `currency` is the company's.
    """

    received_at: datetime
    now: datetime
    sent_at: datetime | None = None
    is_import: bool = False
    names: Mapping[str, NameMap] = field(default_factory=dict)
    commands: Collection[str] = ()
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event that awaits only its member. `user_id` is the company's own id of that member."""

    position: int
    key: str
    type: str
    user_id: str
    at: datetime
    props: Document
    payload: Document


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a sender describes him or her."""

    position: int
    key: str
    user_id: str
    at: datetime
    traits: Document
    payload: Document


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that can't be taken in as it is. `fault.place` is a path inside the message."""

    position: int
    key: str
    fault: Fault
    payload: Document


@dataclass(frozen=True, slots=True)
class Sorted:
    """The messages of a request by what they are, each list in the order in which they came."""

    facts: Sequence[Fact]
    identities: Sequence[Identity]
    rejected: Sequence[Rejected]
    sent_at: datetime | None = None
    is_import: bool = False

    def to_keep(self, message: Document) -> Document:
        """Return a message with what its time depends on, so that it can be tried again later."""
        if self.is_import:
            return {name: value for name, value in message.items() if name != "sentAt"}
        if self.sent_at is None or "sentAt" in message:
            return message
        return {**message, "sentAt": self.sent_at.isoformat()}


class _Faulty(Exception):
    def __init__(self, code: str, place: str, detail: str = "") -> None:
        self.fault = Fault(code, place, detail)


def sort_messages(messages: Iterable[object], reading: Reading) -> Sorted:
    """Decide each message for itself: a faulty one never harms its neighbours."""
    facts: list[Fact] = []
    identities: list[Identity] = []
    rejected: list[Rejected] = []
    for position, message in enumerate(messages):
        decided = decide(message, reading, position=position)
        if isinstance(decided, Fact):
            facts.append(decided)
        elif isinstance(decided, Identity):
            identities.append(decided)
        else:
            rejected.append(decided)
    return Sorted(facts, identities, rejected, reading.sent_at, reading.is_import)


def decide(message: object, reading: Reading, *, position: int, key: str = "") -> Fact | Identity | Rejected:
    """Return what one message is. `key` replaces its messageId (for one that is tried again).

    Codes of faults: not_an_object, unsupported_call, missing_user, wrong_time, ancient_time, future_time, missing_name,
    unknown_type, own_event, and those of catalogue.find_fault and values.Misfit.
    """
    if not isinstance(message, dict):
        holder: Document = {"value": message}
        return Rejected(position, _content_key(holder, reading, position), Fault("not_an_object", ""), holder)
    key = key or _key_of(message, reading, position)
    try:
        call = message.get("type")
        if call not in CALLS:
            raise _Faulty("unsupported_call", "type", str(call)[:100])
        user_id, at = _user_id(message), decide_time(message, reading)
        if call == "identify":
            return Identity(position, key, user_id, at, _mapping(message, "traits"), message)
        type_name, props = _fact_of(message, reading)
        return Fact(position, key, type_name, user_id, at, props, message)
    except _Faulty as faulty:
        return Rejected(position, key, faulty.fault, message)


def _key_of(message: Document, reading: Reading, position: int) -> str:
    """Return the idempotency key: the messageId; its SHA-256 where it can't be stored; else one of the content.

    Without a messageId the same message with the same time counts as one; without either, each receipt is its own.
    """
    given = message.get("messageId")
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or not given:
        return _content_key(message, reading, position)
    is_storable = len(given) <= LONGEST_ID and "\x00" not in given
    return given if is_storable else "sha256:" + sha256(given.encode()).hexdigest()


def _content_key(message: Document, reading: Reading, position: int) -> str:
    content = {name: value for name, value in message.items() if name != "sentAt"}
    receipt = "" if _given_time(message)[1] else f"{reading.received_at.isoformat()}#{position}"
    return "sha256:" + sha256(f"{content!r}{receipt}".encode()).hexdigest()


def _user_id(message: Document) -> str:
    given = message.get("userId")
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is None or given == "":
        raise _Faulty("missing_user", "userId", "anonymousId" if message.get("anonymousId") else "")
    if not isinstance(given, str):
        raise _Faulty("wrong_kind", "userId", "text")
    if "\x00" in given:
        raise _Faulty("zero_byte", "userId")
    if len(given) > LONGEST_ID:
        raise _Faulty("too_long", "userId", str(LONGEST_ID))
    return given


def _given_time(message: Document) -> tuple[str, object]:
    for place in ("timestamp", "originalTimestamp"):
        if message.get(place) is not None:
            return place, message[place]
    return "timestamp", None


def decide_time(message: Document, reading: Reading) -> datetime:
    """Return when the message's matter happened, in UTC.

    As Segment does, a sender's wrong clock is put right by what it showed when sending: time + (received − sent). Not
    so where the difference is under 5 s (the request's way here), for an import, or for a message that carries both
    `timestamp` and `originalTimestamp`: somebody on the way has put the former right already. Without a time: received.
    """
    place, given = _given_time(message)
    if given is None:
        return reading.received_at
    at = read_instant(given)
    if at is None:
        raise _Faulty("wrong_time", place, str(given)[:100])
    is_final = reading.is_import or (place == "timestamp" and message.get("originalTimestamp") is not None)
    try:
        at += timedelta() if is_final else _clock_error(message, reading)
    except OverflowError:
        raise _Faulty("wrong_time", place, str(given)[:100]) from None
    if at > reading.now + CLOCK_SKEW:
        raise _Faulty("future_time", place, at.isoformat())
    if at < EARLIEST:
        raise _Faulty("ancient_time", place, at.isoformat())
    return at


def _clock_error(message: Document, reading: Reading) -> timedelta:
    sent_at = read_instant(message.get("sentAt")) or reading.sent_at
    error = reading.received_at - sent_at if sent_at else timedelta()
    return error if abs(error) > SLOW_NETWORK else timedelta()


def _mapping(message: Document, name: str) -> Document:
    given = message.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise _Faulty("wrong_kind", name, "object")
    return given


def _fact_of(message: Document, reading: Reading) -> tuple[str, Document]:
    """Return the catalogue's type and properties of a track call."""
    name = message.get("event")
    if not isinstance(name, str) or not name:
        raise _Faulty("missing_name", "event")
    name_map = reading.names.get(name)
    event_type = catalogue.find_event_type(name_map.event_type if name_map else name)
    if event_type is None:
        raise _Faulty("unknown_type", "event", name[:100])
    if event_type.owner != COMPANY and event_type.name not in reading.commands:
        raise _Faulty("own_event", "event", event_type.name)
    given = _mapping(message, "properties")
    props = _mapped_props(event_type, name_map, given, reading) if name_map else _own_props(given)
    fault = None if event_type.name in reading.commands else catalogue.find_fault(event_type.name, props)
    if fault is not None:
        raise _Faulty(fault.code, _sender_place(fault.place, name_map), fault.detail)
    return event_type.name, props


def _own_props(given: Document) -> Document:
    """The properties of a message in the catalogue's own words; null is the same as absent."""
    return {name: plain(value) for name, value in given.items() if value is not None}


def _mapped_props(event_type: EventType, name_map: NameMap, given: Document, reading: Reading) -> Document:
    currency_path = name_map.property_names.get("currency", "currency")
    currency = find_value(given, currency_path) or name_map.constants.get("currency") or reading.currency
    is_command = event_type.name in reading.commands
    props: dict[str, object] = dict(name_map.constants)
    for name, path in name_map.property_names.items():
        value, prop = find_value(given, path), event_type.find_property(name)
        if value is None:
            continue
        try:
            props[name] = fit(prop, value, str(currency)) if prop and not is_command else plain(value)
        except Misfit as misfit:
            raise _Faulty(misfit.code, f"properties.{path}", misfit.detail) from None
    return props


def _sender_place(name: str, name_map: NameMap | None) -> str:
    """Name a property as the sender calls it."""
    return f"properties.{name_map.property_names.get(name, name) if name_map else name}"
