"""The catalogue of event types: what may happen, with which properties, in whose words.

Apps add theirs in their event_types.py.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite

from qadam.lib.text import Words

LARGEST_INTEGER = 2**63 - 1
"""Databases and the analytics' columns hold no larger one."""


class PropertyKind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    """ISO 8601 with an offset, kept as text."""
    AMOUNT = "amount"
    """Integer in minor units (tiyn, kopek, cent) or 1/1000 of a point."""


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    kind: PropertyKind
    words: Words
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event. `name` is `thing.happened`; `owner` the app that records it, "company" for outside facts."""

    name: str
    owner: str
    words: Words
    properties: tuple[Property, ...] = ()

    def find_property(self, name: str) -> Property | None:
        return _properties[self.name].get(name)


_catalogue: dict[str, EventType] = {}
_properties: dict[str, dict[str, Property]] = {}
"""{event type: {name: property}}: every event is checked, most of them twice, so looking up must be quick."""


def add_event_types(event_types: Iterable[EventType]) -> None:
    """Put event types into the catalogue; called at import by each app's event_types.py."""
    for event_type in event_types:
        known = _catalogue.setdefault(event_type.name, event_type)
        assert known == event_type, f"two event types are named {event_type.name}"
        _properties[event_type.name] = {each.name: each for each in event_type.properties}


def find_event_type(name: str) -> EventType | None:
    return _catalogue.get(name)


def all_event_types() -> list[EventType]:
    return sorted(_catalogue.values(), key=lambda each: each.name)


def _is_instant(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER


def _is_number(value: object) -> bool:
    return _is_integer(value) or (isinstance(value, float) and isfinite(value))


_CHECKS: dict[PropertyKind, Callable[[object], bool]] = {
    PropertyKind.TEXT: lambda value: isinstance(value, str),
    PropertyKind.INTEGER: _is_integer,
    PropertyKind.AMOUNT: _is_integer,
    PropertyKind.NUMBER: _is_number,
    PropertyKind.BOOLEAN: lambda value: isinstance(value, bool),
    PropertyKind.INSTANT: _is_instant,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one event, and where: `place` is a property's name, or "type"."""

    code: str
    place: str
    detail: str = ""


def find_fault(type_name: str, props: Mapping[str, object]) -> Fault | None:
    """Return the first fault of an event against the catalogue, or None.

    Codes: unknown_type, missing_property, unknown_property, wrong_kind (detail: the kind that is expected),
    wrong_choice (detail: what is allowed), zero_byte (PostgreSQL can't store it).
    """
    event_type = _catalogue.get(type_name)
    if event_type is None:
        return Fault("unknown_type", "type", type_name)
    for each in event_type.properties:
        if each.is_required and each.name not in props:
            return Fault("missing_property", each.name)
    known = _properties[type_name]
    for name, value in props.items():
        if name not in known:
            return Fault("unknown_property", name)
        if fault := _find_value_fault(known[name], value):
            return fault
    return None


def _find_value_fault(each: Property, value: object) -> Fault | None:
    if not _CHECKS[each.kind](value):
        return Fault("wrong_kind", each.name, each.kind.value)
    if isinstance(value, str) and "\x00" in value:
        return Fault("zero_byte", each.name)
    if each.choices and value not in each.choices:
        return Fault("wrong_choice", each.name, ", ".join(each.choices))
    return None
