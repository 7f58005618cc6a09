"""What is counted, as a part of a form: events, tests of their properties, and whether they, values or sums count."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qadam.conditions.tree import DAY
from qadam.office.board_edit_parts import Part
from qadam.office.condition_reading import read_filters
from qadam.office.condition_rows import one_or_list, one_or_more, write_filters
from qadam.office.journey_fields import Button, Words, chosen, event_widgets, where_size, where_widgets
from qadam.office.journey_forms import put
from qadam.office.recognition_fields import NUMBERS, Document, Faults, Known, part, property_words

HOW: dict[str, Words] = {
    "": gettext_lazy("every one"),
    "distinct": gettext_lazy("different values of"),
    "sum": gettext_lazy("the sum of"),
}


def tally_parts(label: Words, path: str, place: str, tally: Any, faults: Faults, known: Known) -> list[Part]:
    """Return the parts of a count: what happens, which of it, and how it is counted."""
    given: Document = tally if isinstance(tally, Mapping) else {}
    events = [str(each) for each in one_or_more(given.get("did", ""))] or [""]
    buttons = (
        Button(f"also:{path}", _("Or another event")),
        *((Button(f"filter:{path}", _("Only if a property fits"), "funnel"),) if any(events) else ()),
    )
    widgets = (*event_widgets(f"{path}.event", events), *where_widgets(path, given.get("where"), events))
    what = part(
        label,
        *widgets,
        faults=faults.at(f"{place}.did", f"{place}.where"),
        buttons=buttons,
        sizes=where_size(path, given.get("where")),
    )
    how = part(_("Counted"), *_how_widgets(path, given, events, known), faults=faults.at(place))
    return [what, how]


def _how_widgets(path: str, given: Document, events: list[str], known: Known) -> list[Any]:
    kind = "distinct" if given.get("distinct") else "sum" if given.get("sum") else ""
    widgets = [chosen(f"{path}.how", _("Counted"), HOW, kind, refreshes=True)]
    if kind == "distinct":
        words: dict[str, Words] = {DAY: _("days"), **property_words(events, known.language)}
        widgets.append(chosen(f"{path}.of", _("Of what"), words, given["distinct"]))
    elif kind == "sum":
        sums = {"": _("choose a property"), **property_words(events, known.language, NUMBERS)}
        widgets.append(chosen(f"{path}.of", _("Of what"), sums, given["sum"] if given["sum"] in sums else ""))
    return widgets


def read_tally(post: QueryDict, path: str, old: Any, do: str = "") -> dict[str, Any]:
    """Return the count that a form says; what it has no field for is kept."""
    tally = dict(old) if isinstance(old, Mapping) else {}
    events = [event for event in post.getlist(f"{path}.event") if event]
    tally["did"] = one_or_list([*events, ""] if do == f"also:{path}" else events)
    put(tally, "where", write_filters(read_filters(post, path, do), events) if events else {})
    how, of = post.get(f"{path}.how", ""), post.get(f"{path}.of", "")
    tally.pop("sum", None)
    tally.pop("distinct", None)
    if how == "distinct":
        tally["distinct"] = of or DAY
    elif how == "sum":
        tally["sum"] = of or "?"
    return tally
