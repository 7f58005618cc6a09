"""Read a condition's document into its tree. Every fault is collected with its path; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam.conditions import tree
from qadam.conditions.comparing import read_rate, read_ratio
from qadam.conditions.errors import ConditionErrors
from qadam.conditions.parts import (
    LONGEST,
    MINUTE,
    only_name,
    read_count,
    read_distinct,
    read_events,
    read_followed,
    read_key_property,
    read_length,
    read_number,
    read_unless,
)
from qadam.conditions.tree import Condition, Count
from qadam.conditions.values import NUMBERS, find_property, read_test, read_where
from qadam.events.catalogue import EventType, PropertyKind
from qadam.lib.documents import Fault, Node, open_document

DEPTH = 12
"""How deep conditions may stand in each other: more is a mistake, and databases limit it too."""
LAST_DAY = 36_500

PRESENCE = {"present": "present", "absent": "absent"}
TRUTH = {True: True, False: False}
FIELDS: dict[str, Mapping[Any, tree.Value]] = {
    "kind": {name: name for name in ("prospect", "customer", "distributor")},
    "language": {name: name for name in ("kk", "ru", "en")},
    "sponsor": PRESENCE,
    "mentor": PRESENCE,
    "left": TRUTH,
    "registered": TRUTH,
}
WHERE_OPTIONS = ("where", "count", "distinct", "sum", "unless", "not_followed_by", "same", "per")
"""Say which occurrences count, and how many there are."""
WHEN_OPTIONS = ("within", "since", "days", "past")
MOST_PERIODS = 36
NOTHING = tree.All(())
"""Stands for a part that couldn't be read; it never leaves this module."""


def parse(document: object, *, where: str = "") -> Condition:
    """Return the condition of a document; `where` is the document's own place, put before each fault's path.

    Raises:
        ConditionErrors: every fault with its path, e.g. `stages[2].entry.all[1].did`.
    """
    node = open_document(document, where)
    condition = _read(node, 0) if isinstance(document, Mapping) else NOTHING
    if node.faults:
        raise ConditionErrors([Fault(fault.place.rstrip("."), fault.message) for fault in node.faults])
    return condition


def _read(node: Node, depth: int) -> Condition:
    kinds = [kind for kind in READERS if kind in node.content]
    if depth > DEPTH:
        node.complain("", _("conditions stand in each other too deeply"))
    elif len(kinds) != 1:
        node.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": ", ".join(READERS)})
    else:
        return READERS[kinds[0]](node, depth)
    return NOTHING


def _read_all(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("all")
    return tree.All(_read_parts(node, "all", depth))


def _read_any(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("any")
    return tree.Any_(_read_parts(node, "any", depth))


def _read_parts(node: Node, key: str, depth: int) -> tuple[Condition, ...]:
    if node.content[key] == []:
        node.complain(key, _("at least one condition is needed"))
    return tuple(_read(part, depth + 1) for part in node.nodes(key))


def _read_not(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("not")
    return tree.Not(_read(node.node("not"), depth + 1))


def _read_did(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("did", *WHERE_OPTIONS, *WHEN_OPTIONS)
    return _read_occurrences(node, "did")


def _read_did_not(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("did_not", *WHERE_OPTIONS, *WHEN_OPTIONS)
    return tree.Not(_read_occurrences(node, "did_not"))


def _read_occurrences(node: Node, key: str) -> tree.Did:
    types = read_events(node, key)
    has = node.has
    return tree.Did(
        events=tuple(each.name for each in types),
        where=read_where(node.node("where"), types) if has("where") else (),
        count=read_count(node.node("count")) if has("count") else Count(),
        distinct=read_distinct(node, types) if has("distinct") else "",
        sum=_read_sum(node.node("sum"), types) if has("sum") else None,
        within=read_length(node, "within", at_least=MINUTE) if has("within") else None,
        since=_read_anchor(node, "since") if has("since") else None,
        days=_read_days(node) if has("days") else None,
        unless=read_unless(node.node("unless"), types) if has("unless") else None,
        past=_read_past(node.node("past"), types) if has("past") else None,
        not_followed_by=read_followed(node.node("not_followed_by"), types) if has("not_followed_by") else None,
        same=_read_same_as_entry(node.node("same"), types) if has("same") else "",
        per=read_key_property(node, "per", types) if has("per") else "",
    )


def _read_same_as_entry(node: Node, types: Sequence[EventType]) -> str:
    node.refuse_other_keys("property", "as")
    node.choice("as", ("entry",))
    return read_key_property(node, "property", types)


def _read_sum(node: Node, types: Sequence[EventType]) -> tree.Sum:
    node.refuse_other_keys("of", "at_least")
    name = node.text("of")
    if name:
        find_property(node, "of", name, types, NUMBERS)
    least = node.content.get("at_least")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 < least <= 2**53:
        node.complain("at_least", _("a number above 0 is needed"))
        least = 1
    return tree.Sum(name, least)


def _read_days(node: Node) -> tuple[int, int]:
    match node.content["days"]:
        case [int(first), int(last)] if 0 <= first <= last <= LAST_DAY and not isinstance(first, bool):
            return (first, last)
    node.complain("days", _("two days are needed, the first and the last, such as [0, 5]"))
    return (0, 0)


def _read_past(node: Node, types: Sequence[EventType]) -> tree.Past:
    node.refuse_other_keys("of", "by")
    name = node.text("of") if node.has("of") else ""
    if name:
        find_property(node, "of", name, types, (PropertyKind.INSTANT,))
    elif not node.has("by"):
        node.complain("by", _("a duration such as P14D or PT24H is needed"))
    return tree.Past(name, read_length(node, "by") if node.has("by") else timedelta())


def _read_anchor(node: Node, key: str) -> tree.Anchor:
    value = node.content.get(key)
    if isinstance(value, str) and value in tuple(tree.Fixed):
        return tree.Fixed(value)
    if isinstance(value, Mapping):
        return _read_event_anchor(node.node(key))
    node.complain(key, _("needed: entry, day_zero, {last: event} or {first: event}"))
    return tree.Fixed.DAY_ZERO


def _read_event_anchor(node: Node) -> tree.Anchor:
    node.refuse_other_keys("last", "first", "where")
    ends = [end for end in ("last", "first") if end in node.content]
    if len(ends) != 1:
        node.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": "last, first"})
        return tree.Fixed.DAY_ZERO
    types = read_events(node, ends[0])
    where = read_where(node.node("where"), types) if node.has("where") else ()
    return tree.EventAnchor(tuple(each.name for each in types), ends[0] == "last", where)


def _read_is(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("is")
    inner = node.node("is")
    inner.refuse_other_keys(*FIELDS)
    if not inner.content:
        inner.complain("", _("at least one of these is needed: %(kinds)s") % {"kinds": ", ".join(FIELDS)})
    return tree.Is(tuple((name, _read_field(inner, name)) for name in FIELDS if name in inner.content))


def _read_field(node: Node, name: str) -> tuple[tree.Value, ...]:
    given = node.content[name]
    values = given if isinstance(given, list) and given else [given]
    allowed = FIELDS[name]
    if all(isinstance(each, str | bool) and each in allowed for each in values):
        return tuple(dict.fromkeys(allowed[each] for each in values))
    node.complain(name, _("allowed: %(allowed)s") % {"allowed": ", ".join(str(each).lower() for each in allowed)})
    return ()


def _read_day(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("day")
    inner = node.node("day")
    inner.refuse_other_keys("at_least", "at_most")
    least, most = (read_number(inner, key, LAST_DAY) if inner.has(key) else None for key in ("at_least", "at_most"))
    if least is None and most is None:
        inner.complain("", _("at least one of these is needed: %(kinds)s") % {"kinds": "at_least, at_most"})
    elif least is not None and most is not None and most < least:
        inner.complain("at_most", _("less than “at_least”"))
    return tree.Day(least, most)


def _read_in(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("in")
    inner = node.node("in")
    kinds = ("stage", "segment", "case")
    inner.refuse_other_keys(*kinds)
    given = [kind for kind in kinds if kind in inner.content]
    if len(given) != 1:
        inner.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": ", ".join(kinds)})
        return NOTHING
    keys = inner.texts(given[0])
    if any("\x00" in key or len(key) > 64 for key in keys):
        inner.complain(given[0], _("a key has at most 64 characters"))
    return tree.In(given[0], tuple(dict.fromkeys(keys)))


def _read_elapsed(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("elapsed", "since")
    return tree.Elapsed(read_length(node, "elapsed"), _read_anchor(node, "since"))


def _read_last(node: Node, depth: int) -> Condition:
    tests = ("equals", *tree.Comparison)
    node.refuse_other_keys("last", "property", "where", *tests)
    types, name = read_events(node, "last"), node.text("property")
    event = only_name(node, "last", types)
    found = find_property(node, "property", name, types[:1]) if name else None
    where = read_where(node.node("where"), types[:1]) if node.has("where") else ()
    given = {key: node.content[key] for key in tests if key in node.content}
    equals = given.pop("equals", None)
    if (equals is None) == (not given):
        node.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": "equals, at_least, …"})
    if found is None or not types:
        return NOTHING
    key = "" if equals is None else "equals"
    return tree.Last(event, name, read_test(node, key, given if equals is None else equals, found), where)


def _read_team(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("team")
    inner = node.node("team")
    inner.refuse_other_keys("of", "where", "count")
    circle = tree.Circle(inner.choice("of", tuple(tree.Circle)))
    where = _read(inner.node("where"), depth + 1)
    return tree.Team(circle, where, read_count(inner.node("count")) if inner.has("count") else Count())


def _read_running(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("running")
    inner = node.node("running")
    inner.refuse_other_keys("times", "each", "where")
    times = inner.integer("times", at_least=2)
    if times > MOST_PERIODS:
        inner.complain("times", _("at most %(most)s is possible") % {"most": MOST_PERIODS})
    each = read_length(inner, "each", at_least=MINUTE)
    if each * min(times, MOST_PERIODS) > LONGEST:
        inner.complain("each", _("all periods together are longer than a hundred years"))
    where = _read(inner.node("where"), depth + 1)
    for leaf in tree.leaves(where):
        if not isinstance(leaf, tree.Did) or any(getattr(leaf, option) is not None for option in WHEN_OPTIONS):
            inner.complain("where", _("only did and did_not can stand here, without within, since, days and past"))
            return NOTHING
    return tree.Running(times, each, where)


READERS: dict[str, Callable[[Node, int], Condition]] = {
    "all": _read_all,
    "any": _read_any,
    "not": _read_not,
    "did": _read_did,
    "did_not": _read_did_not,
    "is": _read_is,
    "day": _read_day,
    "in": _read_in,
    "elapsed": _read_elapsed,
    "last": _read_last,
    "team": _read_team,
    "rate": read_rate,
    "ratio": read_ratio,
    "running": _read_running,
}
