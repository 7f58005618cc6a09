"""The page on which a map's draft is edited: a grid of stages and lanes, and the page of a case."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qadam.maps.models import Channel
from qadam.maps.words import CHANNELS, FEELINGS, feeling_of, score_text
from qadam.office.board_edit_draft import Draft, Problem, explain
from qadam.office.board_edit_fields import (
    MAP_FIELDS,
    STAGE_FIELDS,
    Field,
    anchor_of,
    id_of,
    missing_in,
    say,
)
from qadam.office.board_edit_metrics import goal_of, name_of
from qadam.office.board_edit_parts import (
    CHANNEL_WORDS,
    EVIDENCE_WORDS,
    POLARITY_WORDS,
    ROLE_WORDS,
)
from qadam.office.condition_form import LENGTH_UNITS
from qadam.office.condition_rows import split_length

HUES = 5


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing in the grid that the keyboard stops at and that opens for editing.

    `kind`: text, lines, card, chip, add or stage; `missing`: languages without a text; `is_movable`: it can change its
    place or its stage; `talk`: open comments on it.
    """

    place: str
    kind: str
    label: str
    text: str = ""
    lines: tuple[str, ...] = ()
    note: str = ""
    icon: str = ""
    missing: tuple[str, ...] = ()
    is_movable: bool = False
    is_case: bool = False
    problems: tuple[str, ...] = ()
    talk: int = 0
    opens: str = ""
    """What the form is asked for, where it isn't the place itself."""

    @property
    def query(self) -> str:
        return (self.opens or f"at={self.place}").replace("+", "%2B")

    @property
    def id(self) -> str:
        return id_of(self.place)

    @property
    def anchor(self) -> str:
        return anchor_of(self.place)

    @property
    def key(self) -> str:
        """The key by which a card is named when it is moved: of the stage, touchpoint or case."""
        steps = self.place.split("/")
        return (steps[1] if self.kind == "stage" else steps[-1]) if self.kind in ("stage", "card") else ""

    @property
    def has_menu(self) -> bool:
        return self.kind in ("stage", "card", "chip")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one lane of one stage. `list_place`: the list that its cards are moved in ("" for none).

    `slot` is the id of the element that its forms open in; `is_shown`: of the stage that a narrow screen shows.
    """

    id: str
    stops: tuple[Stop, ...]
    list_place: str = ""
    slot: str = ""
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    label: str
    cells: tuple[Cell, ...]
    is_backstage: bool = False

    @property
    def slot(self) -> str:
        return f"slot-{self.key}"

    @property
    def is_single(self) -> bool:
        """Tell whether every cell is one field, so that the lane's label says it all."""
        return all(len(cell.stops) == 1 for cell in self.cells) and not any(cell.list_place for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a stage. `is_shown`: the one that a narrow screen shows."""

    key: str
    position: int
    hue: int
    name: str
    is_shown: bool
    stop: Stop


@dataclass(frozen=True, slots=True)
class Grid:
    """The draft on screen. `facts` are the map's own fields, `everywhere` cases of every stage, `catalogue` touchpoints
    that no stage uses.
    """

    columns: tuple[Column, ...]
    lanes: tuple[Lane, ...]
    facts: Cell
    everywhere: Cell
    catalogue: Cell


@dataclass(frozen=True, slots=True)
class Notes:
    """What is shown beside the documents: what the gate says about places, and open comments by anchor."""

    problems: Sequence[Problem] = ()
    talk: Mapping[str, int] = field(default_factory=dict)

    def mark(self, stop: Stop) -> Stop:
        reasons = tuple(each.reason for each in self.problems if each.place == stop.place)
        return replace(stop, problems=reasons, talk=self.talk.get(stop.anchor, 0))


class Teller:
    """Says the fields of a draft in one language, each as a stop of the grid."""

    def __init__(self, draft: Draft, notes: Notes) -> None:
        self.draft, self.notes = draft, notes
        self.language, self.languages = draft.choices.language, draft.choices.languages

    def stop(self, kind: str, place: str, **more: Any) -> Stop:
        return self.notes.mark(Stop(place, kind, **more))

    def field_stop(self, field: Field, place: str, value: Any) -> Stop:
        told = TELLERS[field.kind](self, value)
        kind = "lines" if field.kind == "lines" else "text"
        missing = missing_in(value, self.languages) if field.kind == "words" else told.pop("missing", ())
        return self.stop(kind, place, label=str(field.label), missing=tuple(missing), **told)

    def add_stop(self, place: str, label: str, opens: str = "") -> Stop:
        return self.stop("add", place, label=label, icon="plus", opens=opens)

    # ── Kinds of values ───────────────────────────────────

    def words(self, value: Any) -> dict[str, Any]:
        return {"text": say(value, self.language)}

    def lines(self, value: Any) -> dict[str, Any]:
        lines = value if isinstance(value, list) else []
        missing = {code for line in lines for code in missing_in(line, self.languages)}
        return {
            "lines": tuple(say(line, self.language) for line in lines),
            "missing": tuple(code for code in self.languages if code in missing),
        }

    def plain(self, value: Any) -> dict[str, Any]:
        return {"text": "" if value is None else str(value)}

    def percent(self, value: Any) -> dict[str, Any]:
        return {"text": "" if value is None else f"{value:g} %"}

    def flag(self, value: Any) -> dict[str, Any]:
        return {"text": _("yes") if value else _("no")}

    def owner(self, value: Any) -> dict[str, Any]:
        return {"text": dict(self.draft.choices.owners).get(str(value or ""), str(value or ""))}

    def condition(self, value: Any) -> dict[str, Any]:
        return {"text": explain(value, self.language)}

    def length(self, value: Any) -> dict[str, Any]:
        number, unit = split_length(value)
        return {"text": f"{number} {LENGTH_UNITS[unit]}" if unit and number else number}

    def stage_name(self, value: Any) -> dict[str, Any]:
        return {"text": dict(self.draft.choices.stages).get(str(value or ""), str(value or "")) or _("every stage")}

    def polarity(self, value: Any) -> dict[str, Any]:
        return {"text": str(POLARITY_WORDS.get(value or "negative", value))}

    def segmentation(self, value: Any) -> dict[str, Any]:
        return {"text": dict(self.draft.choices.segmentations).get(str(value or ""), str(value or ""))}

    def segments(self, value: Any) -> dict[str, Any]:
        names = dict(self.draft.choices.segments)
        return {"text": ", ".join(names.get(key, key) for key in value or ()) or _("everybody")}

    def emotion(self, value: Any) -> dict[str, Any]:
        value = value if isinstance(value, Mapping) else {}
        own = dict(self.draft.choices.own_segments)
        lines = [
            f"{own.get(key, key)}: {_score(score, self.language)}"
            for key, score in (value.get("by_segment") or {}).items()
        ]
        quote = say(value.get("quote"), self.language)
        evidence = str(EVIDENCE_WORDS.get(value.get("evidence", "assumed"), ""))
        return {
            "text": _score(value.get("expected"), self.language),
            "lines": (*lines, *([f"“{quote}”"] if quote else [])),
            "note": evidence if value else "",
            "missing": missing_in(value.get("quote"), self.languages),
        }


def _score(value: Any, language: str) -> str:
    if not isinstance(value, int | float):
        return ""
    return f"{score_text(value, language)} · {FEELINGS[feeling_of(value)]}" if -2 <= value <= 2 else str(value)


TELLERS: Mapping[str, Callable[[Teller, Any], dict[str, Any]]] = {
    "words": Teller.words, "lines": Teller.lines, "number": Teller.plain, "day": Teller.plain,
    "percent": Teller.percent, "flag": Teller.flag, "owner": Teller.owner, "condition": Teller.condition,
    "length": Teller.length, "stage": Teller.stage_name, "polarity": Teller.polarity,
    "segmentation": Teller.segmentation, "segments": Teller.segments, "emotion": Teller.emotion,
}  # fmt: skip


# ── The grid ──────────────────────────────────────────────


def build_grid(draft: Draft, notes: Notes, shown: str) -> Grid:
    """Return the grid of a draft; `shown` is the stage that a narrow screen shows first."""
    teller, stages = Teller(draft, notes), draft.document["stages"]
    shown = shown if shown in draft.stage_keys else draft.stage_keys[0]
    place_shown = draft.stage_keys.index(shown)
    return Grid(
        columns=tuple(_column(teller, stage, place, stage["key"] == shown) for place, stage in enumerate(stages)),
        lanes=tuple(_finished(lane, place_shown) for lane in _lanes(teller, stages)),
        facts=Cell("cell-map", tuple(_map_stops(teller)), slot="slot-map"),
        everywhere=Cell("cell-everywhere", tuple(_case_stops(teller, "")), slot="slot-everywhere"),
        catalogue=Cell("cell-catalogue", tuple(_unused(teller)), slot="slot-catalogue"),
    )


def _finished(lane: Lane, shown: int) -> Lane:
    cells = (replace(cell, slot=lane.slot, is_shown=place == shown) for place, cell in enumerate(lane.cells))
    return replace(lane, cells=tuple(cells))


def _column(teller: Teller, stage: Mapping[str, Any], place: int, is_shown: bool) -> Column:
    name = say(stage["name"], teller.language)
    stop = teller.stop(
        "stage", f"stages/{stage['key']}/name", label=_("Name of the stage"), text=name, is_movable=True,
        missing=missing_in(stage["name"], teller.languages),
    )  # fmt: skip
    return Column(stage["key"], place + 1, place % HUES + 1, name, is_shown, stop)


def _lanes(teller: Teller, stages: Sequence[Mapping[str, Any]]) -> Iterable[Lane]:
    def lane(key: str, label: str, *names: str, **more: Any) -> Lane:
        cells = (Cell(cell_id(each["key"], key), tuple(_fields(teller, each, names))) for each in stages)
        return Lane(key, label, tuple(cells), **more)

    def cards(key: str, label: str, stops: Callable[[Teller, Mapping[str, Any]], Iterable[Stop]]) -> Lane:
        return Lane(
            key,
            label,
            tuple(Cell(cell_id(s["key"], key), tuple(stops(teller, s)), list_of(s["key"], key)) for s in stages),
        )

    yield lane("rule", _("Begins when"), "entry", "horizon_days", "owner")
    yield lane("client_goal", _("Client’s goal"), "client_goal")
    yield cards("touchpoints", _("Touchpoints"), _touchpoint_stops)
    yield lane("client_actions", _("The client does"), "client_actions")
    yield lane("sponsor_actions", _("The sponsor does"), "sponsor_actions")
    yield lane("emotion", _("The client feels"), "emotion")
    yield lane("company_actions", _("The company does"), "company_goal", "company_actions", is_backstage=True)
    yield cards("problems", _("Problem cases"), lambda t, s: _case_stops(t, s["key"], "negative"))
    yield cards("successes", _("Positive cases"), lambda t, s: _case_stops(t, s["key"], "positive"))
    yield cards("metrics", _("Metrics"), lambda t, s: metric_stops(t, f"stages/{s['key']}", s))


LANES_OF = {"entry": "rule", "horizon_days": "rule", "owner": "rule", "company_goal": "company_actions"}
"""Lanes that hold several fields; every other field has a lane of its own name."""


def cell_id(stage_key: str, lane: str) -> str:
    return f"cell-{id_of(f'{stage_key}/{lane}')}"


def list_of(stage_key: str, lane: str) -> str:
    """Return the list in which the cards of a cell are moved."""
    if lane == "touchpoints":
        return f"stages/{stage_key}/touchpoints"
    return f"stages/{stage_key}/cases" if lane in ("problems", "successes") else ""


def _fields(teller: Teller, stage: Mapping[str, Any], names: Iterable[str]) -> Iterable[Stop]:
    for name in names:
        yield teller.field_stop(STAGE_FIELDS[name], f"stages/{stage['key']}/{name}", stage.get(name))


def _touchpoint_stops(teller: Teller, stage: Mapping[str, Any]) -> Iterable[Stop]:
    catalogue = {each["code"]: each for each in teller.draft.document.get("touchpoints") or ()}
    for use in stage.get("touchpoints") or ():
        known = catalogue.get(use["code"], {})
        yield _touchpoint(teller, known, f"stages/{stage['key']}/touchpoints/{use['code']}", is_movable=True)
    yield teller.add_stop(f"stages/{stage['key']}/touchpoints/+", _("Add a touchpoint"))


def _touchpoint(teller: Teller, known: Mapping[str, Any], place: str, **more: Any) -> Stop:
    channel = known.get("channel", "other")
    return teller.stop(
        "card", place, label=_("Touchpoint"), text=say(known.get("name"), teller.language) or place.split("/")[-1],
        note=str(CHANNEL_WORDS.get(channel, channel)) if known.get("event_types") else _("no event tells of it"),
        icon=CHANNELS[Channel(channel)][1] if channel in CHANNEL_WORDS else "circle-dot",
        missing=missing_in(known.get("name"), teller.languages), **more,
    )  # fmt: skip


def _unused(teller: Teller) -> Iterable[Stop]:
    used = {use["code"] for stage in teller.draft.document["stages"] for use in stage.get("touchpoints") or ()}
    for each in teller.draft.document.get("touchpoints") or ():
        if each["code"] not in used:
            yield _touchpoint(teller, each, f"touchpoints/{each['code']}")


def _case_stops(teller: Teller, stage_key: str, polarity: str = "") -> Iterable[Stop]:
    draft = teller.draft
    for key in draft.document.get("cases") or ():
        document = draft.cases.get(key)
        if document is None:
            if not stage_key:
                yield teller.stop("card", f"cases/{key}", label=_("Case"), text=key, is_case=True, icon="circle-help")
        elif document.get("stage", "") == stage_key and polarity in ("", document.get("polarity", "negative")):
            yield case_stop(teller, key, document)
    if stage_key:
        lane = "problems" if polarity == "negative" else "successes"
        opens = f"at=cases/+&stage={stage_key}&polarity={polarity}"
        yield teller.add_stop(f"stages/{stage_key}/{lane}/+", _("Add a case"), opens)


def case_stop(teller: Teller, key: str, document: Mapping[str, Any]) -> Stop:
    own = [each.reason for each in teller.notes.problems if each.place.startswith(f"cases/{key}/")]
    count = len(document.get("measures") or ())
    stop = teller.stop(
        "card", f"cases/{key}", label=_("Case"), text=say(document.get("name"), teller.language) or key,
        note=ngettext("%(n)s measure", "%(n)s measures", count) % {"n": count},
        icon="check" if document.get("polarity") == "positive" else "triangle",
        missing=missing_in(document.get("name"), teller.languages), is_movable=True, is_case=True,
    )  # fmt: skip
    return replace(stop, problems=(*stop.problems, *own))


def metric_stops(teller: Teller, holder_place: str, holder: Mapping[str, Any]) -> Iterable[Stop]:
    prefix = f"{holder_place}/" if holder_place else ""
    choices = replace(teller.draft.choices, horizon_days=holder.get("horizon_days", 30))
    for number, metric in enumerate(holder.get("metrics") or ()):
        role = str(ROLE_WORDS.get(metric.get("role", "mandatory"), ""))
        owner = teller.owner(metric.get("owner"))["text"]
        goal = goal_of(metric, choices)
        yield teller.stop(
            "chip", f"{prefix}metrics/{number}", label=_("Metric"), text=name_of(metric, choices),
            note=" · ".join(each for each in (str(metric.get("code")), goal, role, owner) if each),
        )  # fmt: skip
    yield teller.add_stop(f"{prefix}metrics/+", _("Add a metric"))


def _map_stops(teller: Teller) -> Iterable[Stop]:
    document = teller.draft.document
    for name, each in MAP_FIELDS.items():
        value = document.get(name, 90 if name == "next_review_days" else None)
        yield teller.field_stop(each, name, value)
    yield from metric_stops(teller, "", document)
