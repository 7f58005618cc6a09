"""Compare a pack with what the installation has."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from qadam.cases.models import CaseVersion
from qadam.cases.rules import journey_slug
from qadam.journeys.models import Journey
from qadam.maps.models import MapVersion
from qadam.messaging.models import Policy, Template
from qadam.packs.differences import Difference, compare
from qadam.packs.documents import KINDS, Pack, PackDocument
from qadam.people.consent_texts import stored_texts
from qadam.people.models import Company
from qadam.people.terms import stored_terms
from qadam.recognition.definitions import Definition
from qadam.recognition.definitions import Kind as RecognitionKind
from qadam.segments.definitions import current_definitions, current_segmentations
from qadam.surveys.models import SurveyVersion
from qadam.tasks.models import PlanVersion

Stored = Mapping[str, Mapping[str, object]]
"""{name: document} of one kind."""


class State(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """What applying would do with one document; `differences` of a changed one, place by place."""

    kind: str
    name: str
    state: State
    differences: tuple[Difference, ...] = ()


def plan_pack(pack: Pack) -> list[Change]:
    """Say for each document whether applying would add, change (and where) or leave it; the company comes first."""
    stored = read_stored()
    changes = [_change_of(each, stored[each.kind]) for each in pack.documents]
    touched = {change.name for change in changes if change.kind == "case" and change.state is not State.SAME}
    maps = {each.name: each for each in pack.documents if each.kind == "map"}
    changes = [_with_cases(change, maps, touched) for change in changes]
    return _plan_company(pack) + changes


def _plan_company(pack: Pack) -> list[Change]:
    """The pack's company is a default: an installation that has a company keeps its settings."""
    if pack.company is None:
        return []
    state = State.SAME if Company.objects.exists() else State.NEW
    return [Change("company", pack.company.name, state)]


def _change_of(document: PackDocument, stored: Stored) -> Change:
    if document.name not in stored:
        return Change(document.kind, document.name, State.NEW)
    differences = tuple(compare(_essence(stored[document.name]), _essence(document.content)))
    return Change(document.kind, document.name, State.CHANGED if differences else State.SAME, differences)


def _essence(document: Mapping[str, object]) -> Mapping[str, object]:
    """Leave out a map's note about its change: it alone makes no new version."""
    return {key: value for key, value in document.items() if key != "change_note"} if "map" in document else document


def _with_cases(change: Change, maps: Mapping[str, PackDocument], touched: Set[str]) -> Change:
    """A map pins versions of its cases, so a changed case makes a new version of the map."""
    if change.kind != "map" or change.state is State.NEW:
        return change
    named = maps[change.name].content.get("cases")
    moved = [key for key in named if key in touched] if isinstance(named, list) else []
    if not moved:
        return change
    pinned = tuple(Difference(f"cases.{key}", None, None) for key in moved)
    return Change(change.kind, change.name, State.CHANGED, change.differences + pinned)


def read_stored() -> dict[str, Stored]:
    """Return {kind: {name: document}} of everything that is published and valid now, in the order of applying."""
    return {kind.name: READERS[kind.name]() for kind in KINDS}


def _policy() -> Stored:
    document = Policy.objects.values_list("document", flat=True).first()
    return {} if document is None else {"messaging": document}


def _templates() -> Stored:
    return dict(Template.objects.order_by("slug", "version").values_list("slug", "document"))


def _recognition(kind: RecognitionKind) -> Stored:
    """Return the newest versions of one kind that aren't retired."""
    newest = {row.key: row for row in Definition.objects.filter(kind=kind).order_by("key", "number")}
    return {key: row.document for key, row in newest.items() if row.retired_at is None}


def _plans() -> Stored:
    return dict(PlanVersion.objects.order_by("plan__slug", "number").values_list("plan__slug", "document"))


def _segments() -> Stored:
    return {key: definition.document for key, definition in current_definitions().items()}


def _segmentations() -> Stored:
    return {key: version.document for key, version in current_segmentations().items()}


def _surveys() -> Stored:
    return dict(SurveyVersion.objects.order_by("survey__key", "number").values_list("survey__key", "document"))


def _cases() -> Stored:
    """Return the cases that run; what a draft says is nobody's rule yet."""
    rows = CaseVersion.objects.published().order_by("case__key", "number")
    return dict(rows.values_list("case__key", "document"))


def _journeys() -> Stored:
    """Return the journeys that have a document of their own; those of cases are made from the case."""
    rows = Journey.objects.filter(current__isnull=False).order_by("slug").values_list("slug", "current__document")
    return {slug: document for slug, document in rows if not slug.startswith(journey_slug(""))}


def _maps() -> Stored:
    return dict(MapVersion.objects.current().order_by("map__slug").values_list("map__slug", "document"))


READERS: dict[str, Callable[[], Stored]] = {
    "policy": _policy,
    "consent": stored_texts,
    "terms": stored_terms,
    "template": _templates,
    "plan": _plans,
    "segment": _segments,
    "segmentation": _segmentations,
    "survey": _surveys,
    "point rule": partial(_recognition, RecognitionKind.POINT_RULE),
    "levels": partial(_recognition, RecognitionKind.LEVELS),
    "streak": partial(_recognition, RecognitionKind.STREAK),
    "badge": partial(_recognition, RecognitionKind.BADGE),
    "challenge": partial(_recognition, RecognitionKind.CHALLENGE),
    "board": partial(_recognition, RecognitionKind.BOARD),
    "case": _cases,
    "journey": _journeys,
    "map": _maps,
}
