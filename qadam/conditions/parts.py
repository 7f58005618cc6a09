"""Read the parts that several kinds of leaves share: events, counts, distinct, unless, lengths, shares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from django.utils.translation import gettext as _

from qadam.conditions import tree
from qadam.conditions.tree import Count
from qadam.conditions.values import find_property
from qadam.events.catalogue import EventType, PropertyKind, find_event_type
from qadam.lib.documents import Node

LONGEST = timedelta(days=36_500)
MOST = 2**31 - 1
MINUTE = timedelta(minutes=1)
LARGEST_SHARE = 1_000
PERCENT = re.compile(r"\d{1,6}(\.\d{1,4})?%")
SHARE_PARTS = 1_000_000
"""A share is a whole number of millionths, so that databases compare it exactly."""


def read_events(node: Node, key: str) -> list[EventType]:
    found = []
    names = node.texts(key)
    for place, name in enumerate(names):
        event_type = find_event_type(name)
        if event_type is None:
            path = key if isinstance(node.content[key], str) else f"{key}[{place}]"
            node.complain(path, _("there is no event “%(name)s” in the catalogue") % {"name": name})
        elif event_type not in found:
            found.append(event_type)
    return found


def read_count(node: Node) -> Count:
    node.refuse_other_keys("at_least", "at_most")
    most = read_number(node, "at_most", MOST) if node.has("at_most") else None
    least = read_number(node, "at_least", MOST) if node.has("at_least") else (0 if most is not None else 1)
    if most is not None and most < least:
        node.complain("at_most", _("less than “at_least”"))
    elif most is None and least == 0:
        node.complain("at_least", _("at least 0 is always true"))
    return Count(least, most)


def read_number(node: Node, key: str, most: int) -> int:
    value = node.integer(key, at_least=0)
    if value > most:
        node.complain(key, _("at most %(most)s is possible") % {"most": most})
        return 0
    return value


def read_distinct(node: Node, types: Sequence[EventType]) -> str:
    name = node.text("distinct")
    if name and name != tree.DAY:
        find_property(node, "distinct", name, types)
    return name


def read_unless(node: Node, types: Sequence[EventType]) -> tree.Unless:
    node.refuse_other_keys("did", "same")
    others = read_events(node, "did")
    return tree.Unless(only_name(node, "did", others), read_same(node, types, others))


def read_followed(node: Node, types: Sequence[EventType]) -> tree.Followed:
    node.refuse_other_keys("did", "same", "within")
    others = read_events(node, "did")
    same = read_same(node, types, others) if node.has("same") else ""
    within = read_length(node, "within", at_least=MINUTE) if node.has("within") else None
    return tree.Followed(only_name(node, "did", others), same, within)


def only_name(node: Node, key: str, types: Sequence[EventType]) -> str:
    """Return the name of the one event that may stand at `key`."""
    if len(types) > 1:
        node.complain(key, _("only one event can stand here"))
    return types[0].name if types else ""


def read_same(node: Node, first: Sequence[EventType], others: Sequence[EventType]) -> str:
    """Read by which property another event belongs to an occurrence: some of the first have it, all of the others."""
    name = node.text("same")
    if name and first and not any(each.find_property(name) for each in first):
        node.complain("same", _("none of the events has the property “%(name)s”") % {"name": name})
    if name:
        find_property(node, "same", name, others)
    return name


def read_length(node: Node, key: str, at_least: timedelta = timedelta()) -> timedelta:
    """Read a duration between `at_least` and a hundred years."""
    try:
        length = node.duration(key)
    except OverflowError:
        length = LONGEST * 2
    if length > LONGEST or (length < at_least and not any(fault.place.endswith(f".{key}") for fault in node.faults)):
        node.complain(key, _("a duration between a minute and a hundred years is needed"))
        return at_least
    return length


def read_key_property(node: Node, key: str, types: Sequence[EventType]) -> str:
    """Read the name of a property whose values are keys of entries: a text in all of the events."""
    name = node.text(key)
    if name:
        find_property(node, key, name, types, (PropertyKind.TEXT,))
    return name


def read_share(node: Node, key: str, most: int = LARGEST_SHARE) -> Fraction:
    """Read a share: a number such as 0.5, or a text such as “50%”."""
    share = _share_of(node.content.get(key))
    if share is None or not 0 <= share <= most or (share * SHARE_PARTS).denominator != 1:
        node.complain(key, _("a share from 0 to %(most)s is needed, such as 0.5 or 50%%") % {"most": most})
        return Fraction(1)
    return share


def _share_of(value: object) -> Fraction | None:
    if isinstance(value, str):
        return Fraction(value[:-1]) / 100 if PERCENT.fullmatch(value) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_SHARE
    return Fraction(repr(value)) if is_number else None


def read_shares(node: Node) -> tree.Shares:
    """Read bounds of a quotient; at least one is needed."""
    given = [comparison for comparison in sorted(tree.Comparison) if node.has(comparison)]
    if not given:
        words = {"kinds": ", ".join(tree.Comparison)}
        node.complain("", _("at least one of these is needed: %(kinds)s") % words)
    return tuple((comparison, read_share(node, comparison)) for comparison in given)
