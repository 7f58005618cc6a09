"""Read the values and filters of a condition against the properties that the catalogue declares."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from qadam.conditions.tree import Bounds, Comparison, OneOf, Test, Where
from qadam.events.catalogue import EventType, Property, PropertyKind
from qadam.lib.documents import Node

LARGEST = 2**53
"""The largest whole number that every database compares exactly, inside JSON too."""

TYPES: dict[PropertyKind, tuple[type, ...]] = {
    PropertyKind.TEXT: (str,),
    PropertyKind.INTEGER: (int,),
    PropertyKind.AMOUNT: (int,),
    PropertyKind.NUMBER: (int, float),
    PropertyKind.BOOLEAN: (bool,),
}
NUMBERS = (PropertyKind.INTEGER, PropertyKind.AMOUNT, PropertyKind.NUMBER)


def find_property(
    node: Node, key: str, name: str, types: Sequence[EventType], kinds: Collection[PropertyKind] = ()
) -> Property | None:
    """Return the property `name`, which every one of `types` has to have; complain at `key` otherwise."""
    found = [(each, each.find_property(name)) for each in types]
    for event_type, each in found:
        if each is None:
            names = ", ".join(sorted(prop.name for prop in event_type.properties)) or "—"
            words = {"event": event_type.name, "name": name, "allowed": names}
            node.complain(key, _("“%(event)s” has no property “%(name)s”; it has: %(allowed)s") % words)
            return None
        if kinds and each.kind not in kinds:
            words = {"name": name, "kind": each.kind.value, "allowed": ", ".join(kinds)}
            node.complain(key, _("the property “%(name)s” is of kind %(kind)s; needed: %(allowed)s") % words)
            return None
    if len({each.kind for _type, each in found if each}) > 1:
        node.complain(key, _("the property “%(name)s” isn't of the same kind in all these events") % {"name": name})
        return None
    return found[0][1] if found else None


def read_where(node: Node, types: Sequence[EventType]) -> Where:
    """Read `{property: value | [values] | {at_least|at_most|above|below: n}}`; no property is a fault."""
    if not node.content:
        node.complain("", _("at least one property is needed"))
    filters = []
    for name, value in node.content.items():
        found = find_property(node, str(name), str(name), types)
        if found is not None:
            filters.append((found.name, read_test(node, found.name, value, found)))
    return tuple(sorted(filters, key=lambda each: each[0]))


def read_test(node: Node, key: str, value: object, prop: Property) -> Test:
    """Read what a property is tested for: a value, several values, or bounds."""
    if prop.kind is PropertyKind.INSTANT:
        node.complain(key, _("an instant can't be compared here; see “past”"))
        return OneOf(())
    if isinstance(value, Mapping):
        return _read_bounds(node, key, value, prop)
    values: list[Any] = value if isinstance(value, list) and value else [value]
    for each in values:
        _refuse_value(node, key, each, prop)
    return OneOf(tuple(values))


def _read_bounds(node: Node, key: str, value: Mapping[object, object], prop: Property) -> Test:
    limits: list[tuple[Comparison, int | float]] = []
    if not value or any(name not in tuple(Comparison) for name in value):
        node.complain(key, _("allowed: %(allowed)s") % {"allowed": ", ".join(Comparison)})
    elif prop.kind not in NUMBERS:
        node.complain(key, _("only numbers can be compared"))
    else:
        limits = [(Comparison(str(name)), limit) for name, limit in value.items() if _is_number(node, key, limit)]  # type: ignore[misc]
    return Bounds(tuple(sorted(limits)))


def _is_number(node: Node, key: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        node.complain(key, _("a number is needed"))
        return False
    return True


def _refuse_value(node: Node, key: str, value: object, prop: Property) -> None:
    types = TYPES[prop.kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        node.complain(key, _("needed: a value of kind %(kind)s") % {"kind": prop.kind.value})
    elif prop.choices and value not in prop.choices:
        node.complain(key, _("allowed: %(allowed)s") % {"allowed": ", ".join(prop.choices)})
    elif isinstance(value, str) and "\x00" in value:
        node.complain(key, _("a text can't hold a zero byte"))
    elif prop.kind in NUMBERS:
        _is_number(node, key, value)
