"""The condition builder as a page shows it: lines of widgets, with the sentence and the faults.

Any page may use it: `build(…)` for the template `office/_condition.html`, `condition_reading.read_condition` for what
comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions.documents import FIELDS
from qadam.conditions.explaining import VOICES
from qadam.conditions.tree import DAY
from qadam.conditions.values import NUMBERS
from qadam.events.catalogue import Property, PropertyKind, all_event_types, find_event_type
from qadam.lib.documents import Fault, FaultyDocument
from qadam.office.condition_rows import (
    GROUPS,
    Filter,
    Row,
    open_root,
    property_of,
    split_length,
)
from qadam.office.value_words import value_words

Words = str | Promise

KINDS: dict[str, Words] = {
    "did": gettext_lazy("Has happened"),
    "did_not": gettext_lazy("Hasn't happened"),
    "is": gettext_lazy("The member is"),
    "in": gettext_lazy("Stands in"),
    "day": gettext_lazy("Day of the path"),
    "elapsed": gettext_lazy("Time has passed"),
    "last": gettext_lazy("Newest value"),
    "team": gettext_lazy("In the team"),
    "yaml": gettext_lazy("Written as YAML"),
}
OPERATORS: dict[str, Words] = {
    "is": pgettext_lazy("filter", "is"),
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "above": gettext_lazy("above"),
    "below": gettext_lazy("below"),
}
ANCHORS: dict[str, Words] = {
    "": gettext_lazy("at any time"),
    "entry": gettext_lazy("since the entry"),
    "day_zero": gettext_lazy("since day 0 of the path"),
    "last": gettext_lazy("since the last"),
    "first": gettext_lazy("since the first"),
}
LENGTH_UNITS: dict[str, Words] = {
    "M": gettext_lazy("minutes"),
    "H": gettext_lazy("hours"),
    "D": gettext_lazy("days"),
    "W": gettext_lazy("weeks"),
    "": gettext_lazy("as ISO 8601"),
}
MEMBER_FIELDS: dict[str, Words] = {
    "kind": gettext_lazy("Kind"),
    "language": gettext_lazy("Language"),
    "sponsor": gettext_lazy("Sponsor"),
    "mentor": gettext_lazy("Mentor"),
    "left": gettext_lazy("Leaving"),
    "registered": gettext_lazy("Registration"),
}
WHERE_STANDS: dict[str, Words] = {
    "stage": gettext_lazy("stage"),
    "case": gettext_lazy("case"),
    "segment": gettext_lazy("segment"),
}
CIRCLES: dict[str, Words] = {
    "frontline": gettext_lazy("in the frontline"),
    "downline": gettext_lazy("in the whole downline"),
    "mentees": gettext_lazy("among the mentees"),
}
TRUTH: dict[str, Words] = {"": gettext_lazy("this is so"), "1": gettext_lazy("this isn't so")}
Places = Mapping[str, Sequence[tuple[str, str]]]
"""{stage | case | segment: [(key, name)]}: what can be chosen from."""


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: Words
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Widget:
    """One field of a line: `kind` is select, text, number, checks or hidden; `before` and `after` make it a sentence.

    `remove` is the `do` of a small button that takes it away; `refreshes`: what follows depends on it.
    """

    kind: str
    name: str
    label: Words
    value: str = ""
    options: tuple[Option, ...] = ()
    before: Words = ""
    after: Words = ""
    remove: str = ""
    refreshes: bool = False
    breaks: bool = False
    """Begins a new line."""
    nth: int = 0
    """Among fields of the same name."""

    @property
    def id(self) -> str:
        return f"f-{self.name}-{self.nth}" if self.nth else f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its widgets. `more` are the options that a line rarely needs."""

    row: Row
    kind: Widget | None
    widgets: tuple[Widget, ...]
    more: tuple[Widget, ...]
    lines: tuple["Line", ...]
    faults: tuple[Fault, ...]
    yaml: str = ""
    sentence: str = ""

    @property
    def has_more(self) -> bool:
        return any(widget.value not in ("", "D") and widget.kind != "hidden" for widget in self.more)


@dataclass(frozen=True, slots=True)
class Builder:
    """A whole condition; `root` None: there is none yet. `needed`: it can't be taken away."""

    path: str
    title: Words
    help: Words
    root: Line | None
    sentence: str
    faults: tuple[Fault, ...]
    needed: bool = False

    @property
    def told_id(self) -> str:
        """The id of the sentence below, fit for a selector."""
        return f"told-{self.path.replace('.', '-')}"


def build(
    document: Any,
    path: str,
    place: str,
    faults: Sequence[Fault],
    *,
    title: Words = "",
    help: Words = "",
    places: Places | None = None,
    needed: bool = False,
) -> Builder:
    """Return the builder of a condition. `place` is where it stands in the whole document, as its faults say."""
    own = tuple(fault for fault in faults if _is_within(fault.place, place))
    if document is None:
        return Builder(path, title, help, None, "", own, needed)
    root = _line(open_root(document, path, place), own, places or {})
    return Builder(path, title, help, root, _sentence(document), own, needed)


def _is_within(place: str, outer: str) -> bool:
    return place == outer or place.startswith((f"{outer}.", f"{outer}["))


def _sentence(document: Any) -> str:
    try:
        return conditions.explain(conditions.parse(document), _language())
    except (FaultyDocument, TypeError):
        return ""


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _line(row: Row, faults: tuple[Fault, ...], places: Places) -> Line:
    own = tuple(fault for fault in faults if _is_within(fault.place, row.place))
    lines = tuple(_line(each, own, places) for each in row.rows)
    told = {fault for line in lines for fault in line.faults}
    widgets, more = _widgets(row, places)
    is_leaf = row.kind not in (*GROUPS, "bare")
    text = _as_yaml(row.document) if row.kind == "yaml" else ""
    kind = _select(f"{row.path}.is", _("Kind of condition"), KINDS, row.kind, refreshes=True) if is_leaf else None
    left = tuple(fault for fault in own if fault not in told)
    return Line(row, kind, widgets, more, lines, left, text, _sentence(row.document) if text else "")


def _as_yaml(document: Any) -> str:
    if isinstance(document, str):
        return document
    return "" if document == {} else yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=72)


# ── Widgets ───────────────────────────────────────────────


def _widgets(row: Row, places: Places) -> tuple[tuple[Widget, ...], tuple[Widget, ...]]:
    path, fields = row.path, row.fields
    match row.kind:
        case "did" | "did_not":
            return (*_event_widgets(row), *_filter_widgets(row)), _occurrence_widgets(path, fields)
        case "is":
            return _is_widgets(row), ()
        case "day":
            return (*_bound_widgets(path, fields, _("from day"), _("to day")), _negation(row)), ()
        case "in":
            return _in_widgets(row, places), ()
        case "elapsed":
            return (*_length_widgets(f"{path}.elapsed", fields["elapsed"]), *_anchor_widgets(path, fields)), ()
        case "last":
            return (*_event_widgets(row), *_filter_widgets(row), _negation(row)), ()
        case "team":
            circle = _select(f"{path}.of", _("Who"), CIRCLES, fields["of"])
            return (circle, *_bound_widgets(path, fields, _("at least"), _("at most"), _("people")), _negation(row)), ()
    return (), ()


def _select(name: str, label: Words, words: Mapping[str, Words], value: str, **more: Any) -> Widget:
    known = {**words, **({} if value in words else {value: value or "—"})}
    options = tuple(Option(each, text, each == value) for each, text in known.items())
    return Widget("select", name, label, value, options, **more)


def _negation(row: Row) -> Widget:
    return _select(f"{row.path}.not", _("Is it so?"), TRUTH, "1" if row.is_negated else "")


def event_words() -> dict[str, Words]:
    """Return {event type: its words}, in the order of the words."""
    code = _language()
    words: dict[str, str] = {each.name: each.words.in_language(code) for each in all_event_types()}
    in_order = sorted(words.items(), key=lambda pair: pair[1].casefold())
    return {"": _("choose an event"), **dict(in_order)}


def _event_widgets(row: Row) -> tuple[Widget, ...]:
    words = event_words()
    events = row.fields["events"]
    return tuple(
        _select(
            f"{row.path}.event", _("Event"), words, event, refreshes=True, before=_("or") if place else "", nth=place
        )
        for place, event in enumerate(events)
    )


def _filter_widgets(row: Row) -> tuple[Widget, ...]:
    events = [event for event in row.fields["events"] if event]
    found: list[Widget] = []
    for place, each in enumerate(row.fields["filters"]):
        found += filter_widgets(f"{row.path}.w.{place}", each, events, removable=row.kind != "last")
    return tuple(found)


def filter_widgets(path: str, each: Filter, events: Sequence[str], *, removable: bool = True) -> list[Widget]:
    """Return the widgets of one test of a property: which, how compared, with what."""
    code = _language()
    types = [found for event in events if (found := find_event_type(event))]
    names: dict[str, Words] = {prop.name: prop.words.in_language(code) for each in types for prop in each.properties}
    prop = property_of(events, each.name)
    is_number = prop is not None and prop.kind in (PropertyKind.INTEGER, PropertyKind.AMOUNT, PropertyKind.NUMBER)
    words = OPERATORS if is_number or each.op != "is" else {"is": OPERATORS["is"]}
    which = {"": _("choose a property"), **names}
    chosen = _select(f"{path}.name", _("Property"), which, each.name, refreshes=True, before=_("where"), breaks=True)
    value = _value_widget(f"{path}.value", each, prop, f"unfilter:{path}" if removable else "")
    if len(words) == 1:
        return [chosen, Widget("hidden", f"{path}.op", "", "is"), replace(value, before=OPERATORS["is"])]
    return [chosen, _select(f"{path}.op", _("Comparison"), words, each.op), value]


def _value_widget(name: str, each: Filter, prop: Any, remove: str) -> Widget:
    if prop is not None and prop.kind is PropertyKind.BOOLEAN and each.op == "is":
        value = each.values[0] if each.values else ""
        return _select(name, _("Value"), {"true": _("yes"), "false": _("no")}, value, remove=remove)
    if prop is not None and prop.choices and each.op == "is":
        known = [*prop.choices, *(value for value in each.values if value and value not in prop.choices)]
        options = tuple(Option(value, value_words(prop.name, value), value in each.values) for value in known)
        return Widget("checks", name, _("Value"), options=options, remove=remove)
    after = _("in hundredths") if prop is not None and prop.kind is PropertyKind.AMOUNT else ""
    return Widget("text", name, _("Value"), ", ".join(each.values), after=after, remove=remove)


def _occurrence_widgets(path: str, fields: Mapping[str, Any]) -> tuple[Widget, ...]:
    return (
        *_bound_widgets(path, fields, _("at least"), _("at most"), "" if fields["distinct"] else _("times")),
        *_counting_widgets(path, fields),
        *_length_widgets(f"{path}.within", fields["within"], _("in the last")),
        *_anchor_widgets(path, fields),
        Widget("number", f"{path}.day_from", _("From day of the path"), fields["day_from"], before=_("from day")),
        Widget("number", f"{path}.day_to", _("To day of the path"), fields["day_to"], before=_("to day")),
        *_unless_widgets(path, fields),
    )


def _counting_widgets(path: str, fields: Mapping[str, Any]) -> tuple[Widget, ...]:
    """Return what is counted instead of the times: different values or days, and a sum that has to be reached."""
    shared = _shared_properties(fields["events"])
    words: dict[str, Words] = {prop.name: prop.words.in_language(_language()) for prop in shared}
    sums: dict[str, Words] = {prop.name: words[prop.name] for prop in shared if prop.kind in NUMBERS}
    others = {name: _("different values: %(property)s") % {"property": text} for name, text in words.items()}
    distinct: dict[str, Words] = {"": _("every time counts"), DAY: _("different days"), **others}
    chosen = _select(f"{path}.distinct", _("What is counted"), distinct, fields["distinct"], before=_("counted:"))
    if not sums and not fields["sum_of"]:
        return (chosen,)
    of = _select(f"{path}.sum_of", _("Sum"), {"": _("no sum"), **sums}, fields["sum_of"], before=_("and the sum of"))
    least = Widget("number", f"{path}.sum_least", _("Sum at least"), fields["sum_least"], before=_("at least"))
    return chosen, of, least


def _unless_widgets(path: str, fields: Mapping[str, Any]) -> tuple[Widget, ...]:
    """Return what takes an occurrence back: an event with the same value of a property, such as a refund."""
    event, same = fields["unless_event"], fields["unless_same"]
    words = {**event_words(), "": _("nothing")}
    chosen = _select(
        f"{path}.unless_event", _("Taken back by"), words, event, refreshes=True, before=_("taken back by")
    )
    if not event:
        return (chosen,)
    shared = _shared_properties([*fields["events"], event])
    known: dict[str, Words] = {"": _("choose a property"), **{p.name: p.words.in_language(_language()) for p in shared}}
    return chosen, _select(f"{path}.unless_same", _("With the same"), known, same, before=_("with the same"))


def _shared_properties(events: Sequence[str]) -> list[Property]:
    """Return the properties that all of these events have."""
    found = [each.properties for name in events if (each := find_event_type(name))]
    return [prop for prop in found[0] if all(prop.name in {p.name for p in each} for each in found)] if found else []


def _bound_widgets(
    path: str, fields: Mapping[str, Any], least: str, most: str, unit: str = ""
) -> tuple[Widget, Widget]:
    return (
        Widget("number", f"{path}.at_least", least, fields["at_least"], before=least),
        Widget("number", f"{path}.at_most", most, fields["at_most"], before=most, after=unit),
    )


def _length_widgets(name: str, length: str, before: Words = "") -> tuple[Widget, Widget]:
    number, unit = split_length(length)
    label = before or _("Length")
    return (
        Widget("text" if not unit else "number", f"{name}.n", label, number, before=before),
        _select(f"{name}.unit", _("Unit"), LENGTH_UNITS, unit),
    )


def _anchor_widgets(path: str, fields: Mapping[str, Any]) -> tuple[Widget, ...]:
    since = _select(f"{path}.since", _("Counted from"), ANCHORS, fields["since"], refreshes=True)
    if fields["since"] not in ("last", "first"):
        return (since,)
    return since, _select(f"{path}.since_event", _("Event to count from"), event_words(), fields["since_event"])


def _is_widgets(row: Row) -> tuple[Widget, ...]:
    name, values, voice = row.fields["field"], row.fields["values"], VOICES.get(_language(), VOICES["en"])
    told = {str(value).lower() if isinstance(value, bool) else str(key).lower(): voice.field(name, value)
            for key, value in FIELDS.get(name, {}).items()}  # fmt: skip
    which = _select(f"{row.path}.field", _("What about the member"), MEMBER_FIELDS, name, refreshes=True)
    was = Widget("hidden", f"{row.path}.field_was", "", name)
    if name in ("kind", "language"):
        options = tuple(Option(value, words, value in values) for value, words in told.items())
        return which, was, Widget("checks", f"{row.path}.value", _("Value"), options=options), _negation(row)
    value = _select(f"{row.path}.value", _("Value"), told, values[0] if values else "")
    return which, was, value, *([_negation(row)] if row.is_negated else [])


def _in_widgets(row: Row, places: Places) -> tuple[Widget, ...]:
    kind, keys = row.fields["in"], [key for key in row.fields["keys"] if key]
    known = dict(places.get(kind, ()))
    options = tuple(Option(key, words, key in keys) for key, words in known.items())
    others = ", ".join(key for key in keys if key not in known)
    which = _select(f"{row.path}.in", _("Which kind"), WHERE_STANDS, kind, refreshes=True)
    named = (Widget("checks", f"{row.path}.keys", _("Which"), options=options),) if options else ()
    free = () if named and not others else (Widget("text", f"{row.path}.others", _("Keys, with commas"), others),)
    return which, *named, *free, _negation(row)
