"""The fields of a map's draft: where each stands in the documents, what it is called, which form it has.

A place is a way through the documents: stages/s2/name, touchpoints/talk, cases/no-show/context; with + at the end it is
a new item of that list.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qadam.lib.text import LANGUAGES, words_of
from qadam.maps.editing import split_place
from qadam.maps.editing_errors import NoSuchPlace
from qadam.maps.gate_rules import Failure, Fault

Text = str | Promise
NEW = "+"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` names its form; `name` its key in the document; `is_needed`: it can't be empty."""

    name: str
    label: Text
    kind: str
    help: Text = ""
    is_needed: bool = False


MAP_FIELDS = {
    each.name: each
    for each in (
        Field("name", _("Name of the map"), "words", is_needed=True),
        Field("owner", _("Owner"), "owner", _("Answers for whatever has no owner of its own.")),
        Field("segmentation", _("Segments shown"), "segmentation"),
        Field("next_review_days", _("Days between reviews"), "number", is_needed=True),
        Field("next_review_on", _("Next review"), "day", _("Empty: so many days after publishing.")),
    )
}
STAGE_FIELDS = {
    each.name: each
    for each in (
        Field("name", _("Name of the stage"), "words", is_needed=True),
        Field("entry", _("Begins when"), "condition", is_needed=True),
        Field("horizon_days", _("Days to go on within"), "number", is_needed=True),
        Field("owner", _("Owner"), "owner", _("Nobody named: the owner of the map.")),
        Field("client_goal", _("Client’s goal"), "words"),
        Field("client_actions", _("The client does"), "lines"),
        Field("sponsor_actions", _("The sponsor does"), "lines"),
        Field("emotion", _("The client feels"), "emotion", _("What is expected. What was measured is never typed in.")),
        Field("company_goal", _("Company’s goal"), "words"),
        Field("company_actions", _("The company does"), "lines"),
    )
}
CASE_FIELDS = {
    each.name: each
    for each in (
        Field("name", _("Name of the case"), "words", is_needed=True),
        Field("stage", _("Stage"), "stage"),
        Field("polarity", _("Problem or success"), "polarity", is_needed=True),
        Field(
            "priority", _("Priority"), "number", _("The higher one comes first where measures compete for a person.")
        ),
        Field("owner", _("Owner"), "owner", _("Nobody named: the owner of the map.")),
        Field("segments", _("Only for these segments"), "segments"),
        Field("context", _("What happens"), "words", is_needed=True),
        Field("causes", _("Why"), "lines", is_needed=True),
        Field("client_reaction", _("What the client does then"), "words", is_needed=True),
        Field("company_reaction", _("What the company does then"), "words", is_needed=True),
        Field("result", _("What should come of it"), "words", is_needed=True),
        Field("detect", _("Noticed when"), "condition", is_needed=True),
        Field("exclude", _("But not when"), "condition"),
        Field("success", _("A success when"), "condition", is_needed=True),
        Field("failure", _("A failure when"), "condition"),
        Field("horizon", _("Open at most"), "length", is_needed=True),
        Field("cooldown", _("Noticed again after"), "length", _("Empty: once for each person.")),
        Field("sla", _("Answered within"), "length", _("How soon somebody must have answered. Empty: no promise.")),
        Field(
            "holdout", _("Control group, %"), "percent", _("So many get no measure, so that its effect can be told.")
        ),
        Field("never_withheld", _("Never withheld"), "flag", _("Everybody gets an answer: no control group here.")),
    )
}
ITEM_FIELDS = {
    "metrics": Field("metrics", _("Metric"), "metric"),
    "measures": Field("measures", _("Measure"), "measure"),
}
USE = Field("touchpoints", _("Touchpoint in this stage"), "use")
TOUCHPOINT = Field("touchpoints", _("Touchpoint"), "touchpoint", _("Changes it in every stage that uses it."))
NEW_STAGE = Field("stages", _("New stage"), "new_stage")
NEW_CASE = Field("cases", _("New case"), "new_case")
NEW_USE = Field("touchpoints", _("Add a touchpoint"), "new_use")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that was found: whose document ("" the map's, else a case's key), the way in it, and its field.

    `owner` is the way to what the field belongs to: (stages, s2), (cases, no-show), () for the map.
    """

    place: str
    which: str
    path: tuple[str, ...]
    field: Field
    owner: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        return self.path[-1] == NEW

    @property
    def id(self) -> str:
        return id_of(self.place)


def find_spot(place: str) -> Spot:
    """Return the field at a place.

    Raises:
        NoSuchPlace: no field can stand there.
    """
    steps = tuple(place.split("/"))
    field, owner = _find(steps)
    which, path = split_place(place)
    return Spot(place, which, path, field, owner)


def _find(steps: tuple[str, ...]) -> tuple[Field, tuple[str, ...]]:
    match steps:
        case (name,) if name in MAP_FIELDS:
            return MAP_FIELDS[name], ()
        case ("metrics", _number):
            return ITEM_FIELDS["metrics"], ()
        case ("touchpoints", _code):
            return TOUCHPOINT, ()
        case ("stages", "+"):
            return NEW_STAGE, ()
        case ("cases", "+"):
            return NEW_CASE, ()
        case ("stages", key, name) if name in STAGE_FIELDS:
            return STAGE_FIELDS[name], ("stages", key)
        case ("stages", key, "touchpoints", code):
            return (NEW_USE if code == NEW else USE), ("stages", key)
        case ("stages", key, "metrics", _number):
            return ITEM_FIELDS["metrics"], ("stages", key)
        case ("cases", key, name) if name in CASE_FIELDS:
            return CASE_FIELDS[name], ("cases", key)
        case ("cases", key, ("metrics" | "measures") as name, _item):
            return ITEM_FIELDS[name], ("cases", key)
    raise NoSuchPlace(place="/".join(steps))


def id_of(place: str) -> str:
    """Return the id of an element that stands for a place, fit for a selector."""
    return "at-" + re.sub(r"[^A-Za-z0-9_-]", "-", place)


def anchor_of(place: str) -> str:
    """Return the part of the map, through all versions, that comments and evidence about a place hang on."""
    match place.split("/"):
        case ["stages", key] | ["stages", key, "name"] if key != NEW:
            return f"stage:{key}"
        case [*_way, "touchpoints", code] if code != NEW:
            return f"touchpoint:{code}"
        case ["stages", key, name, *_rest] if key != NEW:
            return f"stage:{key}:{name}"
        case ["cases", key, *_rest] if key != NEW:
            return f"case:{key}"
    return "map"


def missing_in(words: Any, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the languages of a map in which a text is missing; a text that isn't there at all lacks none."""
    if not isinstance(words, Mapping) or not any(words.get(code) for code in LANGUAGES):
        return ()
    return tuple(code for code in languages if not words.get(code))


def say(words: Any, language: str) -> str:
    """Return a text in one language, or in another where it lacks it."""
    if not isinstance(words, Mapping):
        return ""
    found = words_of(words)
    return found.in_language(language) or found.ru or found.kk or found.en


# ── What the gate complains about ─────────────────────────

PLACES: Mapping[Fault, str] = {
    **dict.fromkeys((Fault.NAME_MISSING,), "name"),
    **dict.fromkeys((Fault.NO_CONVERSION, Fault.NO_RETENTION, Fault.NO_NEXT_STAGE, Fault.NO_RESULT), "metrics/+"),
    **dict.fromkeys((Fault.NO_RESPONSE, Fault.NO_CHURN, Fault.NO_SATISFACTION), "metrics/+"),
    Fault.SAME_ENTRY: "entry",
    Fault.NO_TOUCHPOINT: "touchpoints/+",
    Fault.NO_DETECTION: "detect",
    Fault.NO_SUCCESS: "success",
    Fault.NO_FAILURE: "failure",
    Fault.RULES_OVERLAP: "failure",
    Fault.NO_MEASURE: "measures/+",
    Fault.UNKNOWN_SEGMENT: "segments",
    Fault.CASE_OFF_THE_MAP: "stage",
    Fault.REVIEW_PAST: "next_review_on",
    Fault.UNKNOWN_CONTENT: "measures/+",
}
METRIC_FAULTS = (Fault.NO_TARGET, Fault.NO_OWNER, Fault.METRIC_FAILED, Fault.METRIC_NOT_RUN)


def place_of(failure: Failure, document: Mapping[str, Any], metrics: Mapping[str, list[str]]) -> str:
    """Return the place that a failure of the gate is about. `metrics` are the codes bound to each stage, case and map.

    A metric is found by its code, so that the link leads to the chip itself.
    """
    holder = {"stage": f"stages/{failure.key}/", "case": f"cases/{failure.key}/", "map": ""}.get(failure.kind, "")
    if failure.kind == "touchpoint":
        return f"touchpoints/{failure.key}"
    if failure.fault in METRIC_FAULTS:
        codes = metrics.get(f"{failure.kind}:{failure.key}", [])
        return f"{holder}metrics/{codes.index(failure.detail)}" if failure.detail in codes else f"{holder}metrics/+"
    if failure.fault in (Fault.NO_PROBLEM_CASE, Fault.NO_POSITIVE_CASE):
        stages = document["stages"]
        key = failure.key if failure.kind == "stage" else stages[-1]["key"]
        return f"stages/{key}/{'problems' if failure.fault is Fault.NO_PROBLEM_CASE else 'successes'}/+"
    if failure.fault is Fault.UNKNOWN_CASE:
        return f"cases/{failure.key}"
    if failure.fault is Fault.UNKNOWN_SEGMENT and failure.kind != "case":
        return f"{holder}emotion" if failure.kind == "stage" else "segmentation"
    return holder + PLACES.get(failure.fault, "name")
