"""Read a condition's document into its tree. Every fault is collected with its path; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam.conditions import tree
from qadam.conditions.errors import ConditionErrors
from qadam.conditions.tree import Condition, Count
from qadam.conditions.values import NUMBERS, find_property, read_test, read_where
from qadam.events.catalogue import EventType, PropertyKind, find_event_type
from qadam.lib.documents import Fault, Node, open_document

DEPTH = 12
"""How deep conditions may stand in each other: more is a mistake, and databases limit it too."""
LONGEST = timedelta(days=36_500)
LAST_DAY = 36_500
MOST = 2**31 - 1

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
OPTIONS = ("where", "count", "distinct", "sum", "within", "since", "days", "unless", "past")
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
    node.refuse_other_keys("did", *OPTIONS)
    return _read_occurrences(node, "did")


def _read_did_not(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("did_not", *OPTIONS)
    return tree.Not(_read_occurrences(node, "did_not"))


def _read_occurrences(node: Node, key: str) -> tree.Did:
    types = _read_events(node, key)
    has = node.has
    return tree.Did(
        events=tuple(each.name for each in types),
        where=read_where(node.node("where"), types) if has("where") else (),
        count=_read_count(node.node("count")) if has("count") else Count(),
        distinct=_read_distinct(node, types) if has("distinct") else "",
        sum=_read_sum(node.node("sum"), types) if has("sum") else None,
        within=read_length(node, "within", at_least=timedelta(minutes=1)) if has("within") else None,
        since=_read_anchor(node, "since") if has("since") else None,
        days=_read_days(node) if has("days") else None,
        unless=_read_unless(node.node("unless"), types) if has("unless") else None,
        past=_read_past(node.node("past"), types) if has("past") else None,
    )


def _read_events(node: Node, key: str) -> list[EventType]:
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


def _read_count(node: Node) -> Count:
    node.refuse_other_keys("at_least", "at_most")
    most = _read_number(node, "at_most", MOST) if node.has("at_most") else None
    least = _read_number(node, "at_least", MOST) if node.has("at_least") else (0 if most is not None else 1)
    if most is not None and most < least:
        node.complain("at_most", _("less than “at_least”"))
    elif most is None and least == 0:
        node.complain("at_least", _("at least 0 is always true"))
    return Count(least, most)


def _read_number(node: Node, key: str, most: int) -> int:
    value = node.integer(key, at_least=0)
    if value > most:
        node.complain(key, _("at most %(most)s is possible") % {"most": most})
        return 0
    return value


def _read_distinct(node: Node, types: Sequence[EventType]) -> str:
    name = node.text("distinct")
    if name and name != tree.DAY:
        find_property(node, "distinct", name, types)
    return name


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


def _read_unless(node: Node, types: Sequence[EventType]) -> tree.Unless:
    node.refuse_other_keys("did", "same")
    name, others = node.text("same"), _read_events(node, "did")
    if len(others) > 1:
        node.complain("did", _("only one event can stand here"))
    if name and types and not any(each.find_property(name) for each in types):
        node.complain("same", _("none of the events has the property “%(name)s”") % {"name": name})
    if name:
        find_property(node, "same", name, others)
    return tree.Unless(others[0].name if others else "", name)


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
    types = _read_events(node, ends[0])
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
    least, most = (_read_number(inner, key, LAST_DAY) if inner.has(key) else None for key in ("at_least", "at_most"))
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
    node.refuse_other_keys("last", "property", *tests)
    types, name = _read_events(node, "last"), node.text("property")
    if len(types) > 1:
        node.complain("last", _("only one event can stand here"))
    found = find_property(node, "property", name, types[:1]) if name else None
    given = {key: node.content[key] for key in tests if key in node.content}
    equals = given.pop("equals", None)
    if (equals is None) == (not given):
        node.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": "equals, at_least, …"})
    if found is None or not types:
        return NOTHING
    key = "" if equals is None else "equals"
    return tree.Last(types[0].name, name, read_test(node, key, given if equals is None else equals, found))


def _read_team(node: Node, depth: int) -> Condition:
    node.refuse_other_keys("team")
    inner = node.node("team")
    inner.refuse_other_keys("of", "where", "count")
    circle = tree.Circle(inner.choice("of", tuple(tree.Circle)))
    where = _read(inner.node("where"), depth + 1)
    return tree.Team(circle, where, _read_count(inner.node("count")) if inner.has("count") else Count())


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
}


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
