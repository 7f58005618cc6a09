"""The page of one case of a map's draft: every field of it, its measures and its metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qadam.office.board_edit import Cell, Notes, Stop, Teller, metric_stops
from qadam.office.board_edit_draft import Draft
from qadam.office.board_edit_fields import CASE_FIELDS, NEW, id_of, missing_in, say
from qadam.office.board_edit_parts import MEASURE_CHANNELS, TRIGGER_WORDS


@dataclass(frozen=True, slots=True)
class CaseSection:
    title: str
    cells: tuple[Cell, ...]


SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    ("about", ("name", "stage", "polarity", "segments", "owner", "priority")),
    ("story", ("context", "causes", "client_reaction", "company_reaction", "result")),
    ("rules", ("detect", "exclude", "success", "failure", "horizon", "cooldown", "sla")),
    ("control", ("holdout", "never_withheld")),
)


def build_case(draft: Draft, notes: Notes, key: str) -> tuple[CaseSection, ...]:
    """Return every field of a case of the draft, in sections, with its measures and metrics."""
    teller, document = Teller(draft, notes), draft.cases[key]
    titles = {"about": _("The case"), "story": _("What happens"), "rules": _("Rules"), "control": _("Control group")}
    found = [
        CaseSection(titles[name], tuple(_case_cell(teller, key, document, each) for each in names))
        for name, names in SECTIONS
    ]
    place = f"cases/{key}"
    measures = Cell(f"cell-{id_of(place)}-measures", tuple(_measure_stops(teller, key, document)), slot="slot-measures")
    metrics = Cell(f"cell-{id_of(place)}-metrics", tuple(metric_stops(teller, place, document)), slot="slot-metrics")
    return (*found, CaseSection(_("Measures"), (measures,)), CaseSection(_("Metrics"), (metrics,)))


def _case_cell(teller: Teller, key: str, document: Mapping[str, Any], name: str) -> Cell:
    place = f"cases/{key}/{name}"
    value = document.get(name, {"holdout": 0 if document.get("never_withheld") else 10, "priority": 50}.get(name))
    return Cell(f"cell-{id_of(place)}", (teller.field_stop(CASE_FIELDS[name], place, value),), slot=f"slot-{name}")


def _measure_stops(teller: Teller, key: str, document: Mapping[str, Any]) -> Iterable[Stop]:
    for each in document.get("measures") or ():
        trigger = str(TRIGGER_WORDS.get(each.get("trigger", "suggested"), ""))
        channel = str(MEASURE_CHANNELS.get(each.get("channel", ""), each.get("channel", "")))
        yield teller.stop(
            "card", f"cases/{key}/measures/{each['key']}", label=_("Measure"), text=say(each["name"], teller.language),
            note=f"{trigger} · {channel}", icon="hand-helping", missing=missing_in(each["name"], teller.languages),
        )  # fmt: skip
    yield teller.add_stop(f"cases/{key}/measures/{NEW}", _("Add a measure"))
