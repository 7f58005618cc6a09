"""Read a description of a person that comes from outside: an identify call or a row of a file. Plain Python."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from qadam.events.catalogue import Fault
from qadam.lib.clock import CLOCK_SKEW, is_zone
from qadam.lib.text import LANGUAGES

KINDS = ("prospect", "customer", "distributor")
PROSPECT = "prospect"
LONGEST = {"name": 200, "email": 254, "phone": 32, "sponsor": 200}
EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)*")
ALIASES = {"timezone": "zone", "registeredAt": "registered_at", "locale": "language"}
FIELDS = ("name", "email", "phone", "language", "zone", "kind", "sponsor", "registered_at")
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as described from outside: `changes` and the others hold only what was given.

    `sponsor` is the company's own id of the sponsor; `registered_at` is aware UTC.
    """

    external_id: str
    changes: Mapping[str, str]
    sponsor: str | None = None
    registered_at: datetime | None = None

    @property
    def kind(self) -> str | None:
        return self.changes.get("kind")


class FaultyPerson(ValueError):
    """A description that can't be taken. `fault.place` is the field."""

    def __init__(self, code: str, place: str, detail: str = "") -> None:
        self.fault = Fault(code, place, detail)
        super().__init__(code, place, detail)


TimeReader = Callable[[object], datetime | None]
"""Reads a date or time as aware UTC; None where it isn't one."""


def fields_of_traits(traits: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Return our fields of an identify call's traits, and the names of the traits that we don't keep."""
    fields: dict[str, object] = {}
    ignored = []
    for name, value in traits.items():
        field = ALIASES.get(name, name)
        if field in FIELDS:
            fields[field] = value
        elif name not in ("firstName", "lastName"):
            ignored.append(name)
    parts = [traits.get("firstName"), traits.get("lastName")]
    if "name" not in fields and any(parts):
        fields["name"] = " ".join(str(part) for part in parts if part)
    return fields, ignored


def read_person(external_id: str, fields: Mapping[str, object], *, read_time: TimeReader, now: datetime) -> Person:
    """Check a description and return the person. Null and empty values count as not given.

    Raises:
        FaultyPerson: wrong_kind, wrong_choice, too_long, zero_byte, unknown_zone, wrong_time, future_time, own_sponsor,
            missing_property (a registration without a kind).
    """
    texts = {name: text for name in FIELDS[:-1] if (text := _text(name, fields.get(name)))}
    sponsor = texts.pop("sponsor", None)
    if sponsor == external_id:
        raise FaultyPerson("own_sponsor", "sponsor", sponsor)
    registered_at = _registration(fields.get("registered_at"), read_time, now)
    return Person(external_id, {name: _check(name, text) for name, text in texts.items()}, sponsor, registered_at)


def _text(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FaultyPerson("wrong_kind", name, "text")
    if "\x00" in value:
        raise FaultyPerson("zero_byte", name)
    text = value.strip()
    if len(text) > LONGEST.get(name, 64):
        raise FaultyPerson("too_long", name, str(LONGEST.get(name, 64)))
    return text


def _check(name: str, text: str) -> str:
    """Return a field's text in our form."""
    if name == "kind" and text not in KINDS:
        raise FaultyPerson("wrong_choice", name, ", ".join(KINDS))
    if name == "email" and not EMAIL.fullmatch(text):
        raise FaultyPerson("wrong_kind", name, "email")
    if name == "zone" and not is_zone(text):
        raise FaultyPerson("unknown_zone", name, text)
    if name == "language":
        language = re.split("[-_]", text.lower())[0]
        if language not in LANGUAGES:
            raise FaultyPerson("wrong_choice", name, ", ".join(LANGUAGES))
        return language
    return text


def _registration(value: object, read_time: TimeReader, now: datetime) -> datetime | None:
    if value is None or value == "":
        return None
    at = read_time(value)
    if at is None or at < EARLIEST:
        raise FaultyPerson("wrong_time", "registered_at", str(value)[:100])
    if at > now + CLOCK_SKEW:
        raise FaultyPerson("future_time", "registered_at", at.isoformat())
    return at


def find_loops(sponsor_of: Mapping[str, str | None]) -> set[str]:
    """Return those of a set of people whose sponsors lead round in a circle (not those who only hang below one)."""
    looping: set[str] = set()
    settled: set[str] = set()
    for start in sponsor_of:
        path: list[str] = []
        places: dict[str, int] = {}
        here: str | None = start
        while here is not None and here in sponsor_of and here not in settled and here not in places:
            places[here] = len(path)
            path.append(here)
            here = sponsor_of[here]
        if here is not None and here in places:
            looping.update(path[places[here] :])
        settled.update(path)
    return looping


def order_by_sponsor(sponsor_of: Mapping[str, str | None]) -> list[list[str]]:
    """Return the people in layers: each one's sponsor stands in an earlier layer or outside. Loops are left out."""
    below: dict[str | None, list[str]] = {}
    for external_id, sponsor in sponsor_of.items():
        below.setdefault(sponsor if sponsor in sponsor_of else None, []).append(external_id)
    layers = []
    layer = below.get(None, [])
    while layer:
        layers.append(layer)
        layer = [child for sponsor in layer for child in below.get(sponsor, [])]
    return layers
