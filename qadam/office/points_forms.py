"""The form of a point rule: the fact that scores, who earns, how many points, and what limits them."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qadam.office.condition_reading import read_filters, read_length
from qadam.office.condition_rows import write_filters
from qadam.office.journey_fields import Words, chosen, length_widgets
from qadam.office.journey_forms import put, read_number, read_words
from qadam.office.recognition_fields import (
    NUMBERS,
    PERSONS,
    Document,
    Faults,
    Known,
    Section,
    checks,
    choice_part,
    date_field,
    event_part,
    in_order,
    key_part,
    number,
    part,
    property_words,
    put_unless,
    words_part,
)

KEYS = (
    *("rule", "name", "event", "where", "which", "per", "to", "points", "caps", "cooldown", "hold_days"),
    *("reversed_by", "from", "until", "reason"),
)
WHICH: dict[str, Words] = {
    "every": gettext_lazy("every time"),
    "first": gettext_lazy("the first time only"),
    "later": gettext_lazy("every time but the first"),
}
POINTS: dict[str, Words] = {
    "fixed": gettext_lazy("a fixed number"),
    "formula": gettext_lazy("by a number in the event"),
}
CAPS = ("day", "week", "total")


def blank_rule(key: str = "") -> dict[str, Any]:
    return {"rule": key, "name": {}, "event": "", "to": "self", "points": 0}


# ── Showing ───────────────────────────────────────────────


def rule_sections(document: Document, faults: Faults, known: Known, *, is_new: bool) -> list[Section]:
    """Return the form of a point rule."""
    name_help = _("This line stands in the member's history of points.")
    named = words_part("name", pgettext("of a thing", "Name"), document.get("name"), faults.at("name"), help=name_help)
    return [
        Section(_("What this is"), (key_part("rule", document.get("rule"), faults, is_new=is_new), named)),
        Section(_("What scores"), _fact_parts(document, faults, known)),
        Section(_("How many points"), (_points_part(document, faults, known), _caps_part(document, faults))),
        Section(_("Waiting, returns and dates"), _rare_parts(document, faults, known), is_rare=True),
    ]


def _fact_parts(document: Document, faults: Faults, known: Known) -> tuple[Any, ...]:
    properties = property_words([document.get("event", "")], known.language)
    per = document.get("per")
    same = checks("per", _("Counted apart for each"), properties, per if isinstance(per, list) else [])
    which = document.get("which", "every")
    which_part = part(
        _("Which of them"),
        chosen("which", _("Which of them"), WHICH, which, refreshes=True),
        faults=faults.at("which"),
        help=_("“The first time” of each lesson, for example: repeating it brings nothing."),
    )
    per_part = (part(_("Counted apart for each"), same, faults=faults.at("per")),)
    to_help = _("Nobody earns for an act of their own second record.")
    return (
        event_part(_("When this happens"), "fact", document, faults, places=("event", "where")),
        which_part,
        *(per_part if properties and (which != "every" or per) else ()),
        choice_part("to", _("Who earns"), PERSONS, document.get("to", "self"), faults.at("to"), help=to_help),
    )


def _points_part(document: Document, faults: Faults, known: Known) -> Any:
    points = document.get("points", "")
    is_formula = isinstance(points, Mapping)
    kind = chosen(
        "points.kind", _("How they are counted"), POINTS, "formula" if is_formula else "fixed", refreshes=True
    )
    unit = pgettext("after a number", "points")
    if not is_formula:
        widgets: tuple[Any, ...] = (kind, number("points", _("Points"), points, unit))
    else:
        given: Mapping[str, Any] = points
        properties = {
            "": _("choose a property"),
            **property_words([document.get("event", "")], known.language, NUMBERS),
        }
        widgets = (
            kind,
            chosen("points.of", _("Number"), properties, given.get("of", "")),
            number("points.per", _("One point for each"), given.get("per", ""), before=_("one point for each")),
            number("points.most", _("At most"), given.get("most", ""), unit, _("at most")),
        )
    return part(
        _("Points"), *widgets, faults=faults.at("points"), help=_("Points are whole numbers. They are never money.")
    )


def _caps_part(document: Document, faults: Faults) -> Any:
    given = document.get("caps")
    caps = given if isinstance(given, Mapping) else {}
    labels = {"day": _("a day"), "week": _("a week"), "total": _("in all")}
    widgets = [number(f"caps.{each}", labels[each], caps.get(each, ""), labels[each]) for each in CAPS]
    return part(
        _("Scored at most so many times"),
        *widgets,
        faults=faults.at("caps"),
        help=_("What is done beyond that counts as done; it only brings no more points. Empty: no limit."),
    )


def _rare_parts(document: Document, faults: Faults, known: Known) -> tuple[Any, ...]:
    given = document.get("reversed_by")
    undone = given if isinstance(given, Mapping) else {}
    events = [document.get("event", ""), undone.get("event", "")]
    same = {"": _("choose a property"), **property_words([each for each in events if each], known.language)}
    same_widget = (
        (chosen("undone.same", _("With the same"), same, undone.get("same", ""), before=_("with the same")),)
        if undone.get("event")
        else ()
    )
    undone_part = event_part(_("Points go back when"), "undone", undone, faults, places=("reversed_by",))
    return (
        part(
            _("Shortest time between two"),
            *length_widgets("cooldown", _("Shortest time between two"), document.get("cooldown")),
            faults=faults.at("cooldown"),
        ),
        part(
            _("Points wait"),
            number("hold_days", _("Days"), document.get("hold_days", ""), _("days before they count")),
            faults=faults.at("hold_days"),
            help=_("For orders that may be returned: until then the points are shown as waiting."),
        ),
        part(_("Points go back when"), *undone_part.widgets, *same_widget, faults=undone_part.faults),
        part(
            _("Valid"),
            date_field("from", _("From"), document.get("from"), _("from")),
            date_field("until", _("Until"), document.get("until"), _("until")),
            faults=faults.at("from", "until"),
        ),
    )


# ── Reading ───────────────────────────────────────────────


def read_rule(post: QueryDict, old: Document, do: str = "") -> dict[str, Any]:
    """Return the rule that a form says; keys that no form knows are kept."""
    document = dict(old)
    document["rule"] = post.get("key", "").strip()
    document["name"] = read_words(post, "name") or {}
    event = post.get("fact.event", "")
    document["event"] = event
    put(document, "where", write_filters(read_filters(post, "fact", do), [event]) if event else {})
    put_unless(document, "which", post.get("which", ""), "every")
    put_unless(document, "per", [name for name in post.getlist("per") if name], [])
    if "per" in old and old["per"] == [] and not post.getlist("per"):
        document["per"] = []
    put_unless(document, "to", post.get("to", ""), "self")
    document["points"] = _read_points(post)
    put(document, "caps", {each: value for each in CAPS if (value := read_number(post, f"caps.{each}")) != ""})
    put(document, "cooldown", read_length(post, "cooldown"))
    put_unless(document, "hold_days", read_number(post, "hold_days"), 0)
    put(document, "reversed_by", _read_undone(post))
    put(document, "from", post.get("from", "").strip())
    put(document, "until", post.get("until", "").strip())
    put(document, "reason", post.get("reason", "").strip())
    return in_order(document, KEYS)


def _read_points(post: QueryDict) -> Any:
    if post.get("points.kind") != "formula":
        return read_number(post, "points")
    formula = {"of": post.get("points.of", ""), "per": read_number(post, "points.per")}
    most = read_number(post, "points.most")
    return formula | ({"most": most} if most != "" else {})


def _read_undone(post: QueryDict) -> dict[str, Any] | None:
    event = post.get("undone.event", "")
    return {"event": event, "same": post.get("undone.same", "")} if event else None
