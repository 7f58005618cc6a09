"""A condition's document as rows of a form, and back. Plain Python.

A row is offered for editing only where writing it again gives the very same document; everything else is locked, and
kept as it is. So the form can't lose what it doesn't know.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from qadam.conditions.documents import FIELDS
from qadam.events.catalogue import Property, PropertyKind, find_event_type

Document = Any
"""A condition's document; while somebody types, anything at all."""

DEEPEST = 3
"""Groups inside groups that a screen can show."""
OCCURRENCES = ("did", "did_not")
LEAVES = (*OCCURRENCES, "is", "day", "in", "elapsed", "last")
GROUPS = ("all", "any")
COMPARISONS = ("at_least", "at_most", "above", "below")
PLACES = ("stage", "case", "segment")
UNITS = {"D": "P{}D", "W": "P{}W", "H": "PT{}H", "M": "PT{}M"}
LENGTH = re.compile(r"P(?:(?P<D>\d+)D|(?P<W>\d+)W|T(?P<H>\d+)H|T(?P<M>\d+)M)")


@dataclass(frozen=True, slots=True)
class Filter:
    """One test of a property; `op` is a comparison or `is`; `values` are as typed."""

    name: str = ""
    op: str = "is"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line, or a group of lines: `kind` is a leaf's, all, any, bare (a single line without a group), team, yaml.

    `path` is where its fields stand in the form; `place` where it stands in the document, as faults name it.
    """

    kind: str
    path: str
    place: str
    document: Document
    fields: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple["Row", ...] = ()
    is_negated: bool = False


def open_root(document: Document, path: str, place: str, depth: int = 0) -> Row:
    """Return the rows of a whole condition: a group, or a `bare` one around its only line."""
    row = open_row(document, path, place, depth)
    if row.kind in GROUPS:
        return row
    return Row("bare", path, place, document, rows=(open_row(document, f"{path}.0", place, depth),))


def open_row(document: Document, path: str, place: str, depth: int = 0) -> Row:
    inner, is_negated = _without_not(document)
    inner_place = f"{place}.not" if is_negated else place
    kind = next((each for each in (*GROUPS, "team", *LEAVES) if isinstance(inner, Mapping) and each in inner), "yaml")
    row = _open(kind, inner, path, inner_place, depth)
    found = Row(kind, path, inner_place, document, row[0], row[1], is_negated) if row else None
    if found is None or write_row(found) != document:
        return Row("yaml", path, place, document)
    return found


def _without_not(document: Document) -> tuple[Document, bool]:
    if isinstance(document, Mapping) and set(document) == {"not"}:
        inner = document["not"]
        if isinstance(inner, Mapping) and not {"not", *OCCURRENCES} & set(inner):
            return inner, True
    return document, False


def _open(
    kind: str, document: Document, path: str, place: str, depth: int
) -> tuple[Mapping[str, Any], tuple[Row, ...]] | None:
    if kind in GROUPS:
        parts = document[kind]
        if depth >= DEEPEST or not isinstance(parts, list):
            return None
        rows = [open_row(part, f"{path}.{n}", f"{place}.{kind}[{n}]", depth + 1) for n, part in enumerate(parts)]
        return {}, tuple(rows)
    if kind == "team":
        return _open_team(document["team"], path, place, depth)
    try:
        return (OPENERS[kind](document), ()) if kind in OPENERS else None
    except (TypeError, KeyError, AttributeError, ValueError, IndexError):
        return None


def _open_team(team: Document, path: str, place: str, depth: int) -> tuple[Mapping[str, Any], tuple[Row, ...]] | None:
    if depth >= DEEPEST or not isinstance(team, Mapping) or "where" not in team:
        return None
    inner = open_root(team["where"], f"{path}.where", f"{place}.team.where", depth + 1)
    return {"of": team.get("of", ""), **_open_bounds(team.get("count", {}))}, (inner,)


def write_row(row: Row) -> Document:
    """Return the document of a row."""
    if row.kind == "yaml":
        return row.document
    if row.kind == "bare":
        parts = [write_row(each) for each in row.rows]
        return parts[0] if len(parts) == 1 else {"all": parts}
    document: Document
    if row.kind in GROUPS:
        document = {row.kind: [write_row(each) for each in row.rows]}
    elif row.kind == "team":
        count = _write_bounds(row.fields)
        where = write_row(row.rows[0]) if row.rows else {}
        document = {"team": {"of": row.fields["of"], "where": where, **({"count": count} if count else {})}}
    else:
        document = WRITERS[row.kind](row.kind, row.fields)
    return {"not": document} if row.is_negated else document


# ── Leaves ────────────────────────────────────────────────


def _open_did(document: Mapping[str, Any]) -> dict[str, Any]:
    events = one_or_more(document["did" if "did" in document else "did_not"])
    days = document.get("days", ["", ""])
    total = document.get("sum", {"of": "", "at_least": ""})
    unless = document.get("unless", {"did": "", "same": ""})
    return {
        "events": tuple(events),
        "filters": open_filters(document.get("where", {}), events),
        "within": document.get("within", ""),
        "day_from": str(days[0]),
        "day_to": str(days[1]),
        "distinct": str(document.get("distinct", "")),
        "sum_of": str(total["of"]),
        "sum_least": str(total["at_least"]),
        "unless_event": str(unless["did"]),
        "unless_same": str(unless["same"]),
        **_open_bounds(document.get("count", {})),
        **_open_anchor(document.get("since", "")),
    }


def _write_did(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    events = list(fields["events"])
    where = write_filters(fields["filters"], events)
    days = [fields["day_from"], fields["day_to"]]
    options = {
        "where": where,
        "count": _write_bounds(fields),
        "distinct": fields["distinct"],
        "sum": _write_sum(fields),
        "within": fields["within"],
        "since": _write_anchor(fields),
        "days": [number_of(day) for day in days] if any(days) else None,
        "unless": {"did": fields["unless_event"], "same": fields["unless_same"]} if fields["unless_event"] else None,
    }
    return {kind: one_or_list(events)} | {name: value for name, value in options.items() if value}


def _write_sum(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"of": fields["sum_of"], "at_least": number_of(fields["sum_least"])} if fields["sum_of"] else None


def _open_is(document: Mapping[str, Any]) -> dict[str, Any]:
    ((name, values),) = document["is"].items()
    return {"field": name, "values": tuple(_truth_text(value) for value in one_or_more(values))}


def _write_is(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    allowed = FIELDS.get(fields["field"], {})
    values = [value == "true" if True in allowed else value for value in fields["values"]]
    return {kind: {fields["field"]: one_or_list(values)}}


def _truth_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _open_day(document: Mapping[str, Any]) -> dict[str, Any]:
    return _open_bounds(document["day"])


def _write_day(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: _write_bounds(fields)}


def _open_in(document: Mapping[str, Any]) -> dict[str, Any]:
    ((name, keys),) = document["in"].items()
    return {"in": name, "keys": tuple(one_or_more(keys))}


def _write_in(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: {fields["in"]: one_or_list(list(fields["keys"]))}}


def _open_elapsed(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"elapsed": document["elapsed"], **_open_anchor(document.get("since", ""))}


def _write_elapsed(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: fields["elapsed"], "since": _write_anchor(fields)}


def _open_last(document: Mapping[str, Any]) -> dict[str, Any]:
    event, name = document["last"], document.get("property", "")
    tests = {key: value for key, value in document.items() if key not in ("last", "property")}
    ((op, value),) = tests.items()
    where = {name: value if op == "equals" else {op: value}}
    return {"events": (event,), "filters": open_filters(where, [event])}


def _write_last(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    event = fields["events"][0] if fields["events"] else ""
    test = fields["filters"][0] if fields["filters"] else Filter()
    value = write_filters([test], [event]).get(test.name, "")
    return {kind: event, "property": test.name} | (value if isinstance(value, dict) else {"equals": value})


OPENERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "did": _open_did,
    "did_not": _open_did,
    "is": _open_is,
    "day": _open_day,
    "in": _open_in,
    "elapsed": _open_elapsed,
    "last": _open_last,
}
WRITERS: dict[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "did": _write_did,
    "did_not": _write_did,
    "is": _write_is,
    "day": _write_day,
    "in": _write_in,
    "elapsed": _write_elapsed,
    "last": _write_last,
}
BLANKS: dict[str, Document] = {
    "did": {"did": ""},
    "did_not": {"did_not": ""},
    "is": {"is": {"kind": "distributor"}},
    "day": {"day": {"at_least": 7}},
    "in": {"in": {"stage": ""}},
    "elapsed": {"elapsed": "P7D", "since": "entry"},
    "last": {"last": "", "property": "", "equals": ""},
    "team": {"team": {"of": "frontline", "where": {"did": ""}}},
    "yaml": {},
}
"""What a new row of a kind begins with."""


# ── Parts of leaves ───────────────────────────────────────


def _open_bounds(bounds: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "" if bounds.get(key) is None else str(bounds[key]) for key in ("at_least", "at_most")}


def _write_bounds(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: number_of(fields[key]) for key in ("at_least", "at_most") if fields[key] != ""}


def _open_anchor(anchor: Document) -> dict[str, Any]:
    if isinstance(anchor, Mapping):
        ((end, event),) = anchor.items()
        return {"since": end, "since_event": event}
    return {"since": anchor, "since_event": ""}


def _write_anchor(fields: Mapping[str, Any]) -> Document:
    since = fields["since"]
    return {since: fields["since_event"]} if since in ("last", "first") else since


def open_filters(where: Mapping[str, Any], events: Sequence[str]) -> tuple[Filter, ...]:
    """Return the rows of `{property: value | [values] | {at_least: n …}}`."""
    found = []
    for name, test in where.items():
        if isinstance(test, Mapping):
            found += [Filter(name, op, (str(limit),)) for op, limit in test.items()]
        else:
            found.append(Filter(name, "is", tuple(_truth_text(value) for value in one_or_more(test))))
    return tuple(found)


def write_filters(filters: Sequence[Filter], events: Sequence[str]) -> dict[str, Any]:
    """Return the filter of these rows; values become what the catalogue says they are."""
    where: dict[str, Any] = {}
    for each in filters:
        prop = property_of(events, each.name)
        if each.op == "is":
            values = [_value_of(text, prop) for text in each.values]
            where[each.name] = one_or_list(values) if values else ""
        else:
            known = where.get(each.name)
            where[each.name] = {
                **(known if isinstance(known, dict) else {}),
                each.op: number_of("".join(each.values)),
            }
    return where


def property_of(events: Sequence[str], name: str) -> Property | None:
    """Return what the catalogue knows about a property of these events."""
    types = [found for event in events if isinstance(event, str) and (found := find_event_type(event))]
    return next((prop for each in types if (prop := each.find_property(name))), None)


def _value_of(text: str, prop: Property | None) -> Any:
    if prop is None or prop.kind in (PropertyKind.TEXT, PropertyKind.INSTANT):
        return text
    if prop.kind is PropertyKind.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    return number_of(text)


def number_of(text: str) -> int | float | str:
    """Return the number that a text holds, or the text itself: its fault is told by whoever reads the document."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        # Neither "nan" nor "1e400" is a number that anybody counts to.
        return text if isinstance(number, float) and not isfinite(number) else number
    return text


def one_or_more(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def one_or_list(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else (list(values) or "")


def split_length(length: Any) -> tuple[str, str]:
    """Return (number, unit) of a length with one unit; anything else as (what is written, "")."""
    match = LENGTH.fullmatch(length) if isinstance(length, str) else None
    if match is None or not match.lastgroup:
        return str(length or ""), "" if length else "D"
    return match[match.lastgroup], match.lastgroup


def join_length(number: str, unit: str) -> str:
    """Write a length; without a unit what was typed is kept."""
    return UNITS[unit].format(number.strip()) if unit in UNITS and number.strip() else number.strip()
