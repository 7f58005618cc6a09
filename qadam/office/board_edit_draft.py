"""A map's draft as the editor works with it: its documents, what its forms choose from, what the gate says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from qadam import conditions
from qadam.cases import queries as cases
from qadam.lib.documents import Fault as DocumentFault
from qadam.lib.documents import FaultyDocument
from qadam.lib.text import LANGUAGES
from qadam.maps import documents, edits, gate, queries_work
from qadam.maps.editing_errors import NoDraft, NoSuchPlace
from qadam.maps.edits import MISSING, Document
from qadam.maps.errors import reason_of
from qadam.maps.gate_rules import Fault
from qadam.maps.models import MapVersion
from qadam.office.board_edit_fields import Spot, id_of, place_of, say
from qadam.office.board_edit_parts import Choices
from qadam.office.journey_draft import read_places
from qadam.people.models import User
from qadam.segments.definitions import Segmentation, current_segmentations


@dataclass(frozen=True, slots=True)
class Draft:
    """`cases`: {key: newest document} of the cases on the map, in its order; an unknown one is absent."""

    version: MapVersion
    cases: Mapping[str, Document]
    choices: Choices

    @property
    def slug(self) -> str:
        return self.version.map.slug

    @property
    def document(self) -> Document:
        document: Document = self.version.document
        return document

    @property
    def stage_keys(self) -> list[str]:
        return [stage["key"] for stage in self.document["stages"]]

    def stage(self, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = edits.read(self.document, ("stages", key))
        return found

    def document_of(self, spot: Spot) -> Document:
        """Return the document in which a place is.

        Raises:
            NoSuchPlace: the map has no such case.
        """
        if not spot.which:
            return self.document
        if spot.which not in self.cases:
            raise NoSuchPlace(place=spot.place)
        return self.cases[spot.which]

    def value_at(self, spot: Spot) -> Any:
        """Return what stands at a place; None where nothing does.

        Raises:
            NoSuchPlace: what it belongs to isn't there.
        """
        if spot.is_new:
            return None
        value = edits.read(self.document_of(spot), spot.path)
        return None if value is MISSING else value

    def cases_of(self, stage_key: str) -> list[str]:
        return [key for key, document in self.cases.items() if document.get("stage", "") == stage_key]


def open_draft(slug: str, language: str) -> Draft:
    """Return the draft of a map.

    Raises:
        NoDraft: it has none.
    """
    version = queries_work.find_draft(slug)
    if version is None:
        raise NoDraft(map=slug)
    return draft_of(version, language)


def draft_of(version: MapVersion, language: str) -> Draft:
    document = version.document
    keys = document.get("cases") or []
    newest = cases.newest_versions(keys)
    found = {key: newest[key].document for key in keys if key in newest}
    return Draft(version, found, _choices(document, language))


def _choices(document: Document, language: str) -> Choices:
    segmentations = current_segmentations()
    return Choices(
        language=language,
        languages=tuple(code for code in LANGUAGES if code in document.get("languages", ())),
        owners=tuple((user.email, user.name or user.email) for user in queries_work.staff()),
        stages=tuple((stage["key"], say(stage["name"], language)) for stage in document["stages"]),
        touchpoints=tuple((each["code"], say(each["name"], language)) for each in document.get("touchpoints") or ()),
        segmentations=tuple(
            (key, say(row.document.get("name"), language) or key) for key, row in segmentations.items()
        ),
        segments=tuple(pair for row in segmentations.values() for pair in _segments(row, language)),
        own_segments=_own_segments(segmentations.get(document.get("segmentation", "")), language),
        places=read_places(language),
    )


def _segments(row: Segmentation, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{row.key}/{key}", name) for key, name in _own_segments(row, language))


def _own_segments(row: Segmentation | None, language: str) -> tuple[tuple[str, str], ...]:
    given = row.document["segments"] if row else ()
    return tuple((each["key"], say(each.get("name"), language) or each["key"]) for each in given)


def explain(document: Any, language: str) -> str:
    """Say a condition of a document as a sentence; "" where it isn't one."""
    try:
        return conditions.explain(conditions.parse(document), language) if document is not None else ""
    except (FaultyDocument, TypeError):
        return ""


# ── The gate's report ─────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps the draft from being published, and where that is mended."""

    reason: str
    place: str
    href: str

    @property
    def id(self) -> str:
        return id_of(self.place)


def report_on(draft: Draft, actor: User | None, now: datetime) -> tuple[Problem, ...]:
    """Return what the publish gate says now. Metrics that never ran are left out: publishing runs them first."""
    try:
        failures = gate.find_failures_of(documents.parse(draft.document), actor=actor, now=now)
    except FaultyDocument as error:
        return tuple(_fault(draft, each) for each in error.faults)
    metrics = {
        **{f"stage:{stage['key']}": _codes(stage) for stage in draft.document["stages"]},
        **{f"case:{key}": _codes(document) for key, document in draft.cases.items()},
        f"map:{draft.slug}": _codes(draft.document),
    }
    return tuple(
        _problem(draft, reason_of(failure), place_of(failure, draft.document, metrics))
        for failure in failures
        if failure.fault is not Fault.METRIC_NOT_RUN
    )


def _codes(holder: Mapping[str, Any]) -> list[str]:
    return [str(each.get("code")) for each in holder.get("metrics") or ()]


def _fault(draft: Draft, fault: DocumentFault) -> Problem:
    return _problem(draft, f"{fault.place}: {fault.message}", "name")


def _problem(draft: Draft, reason: str, place: str) -> Problem:
    return Problem(reason, place, href_of(draft.slug, place))


def href_of(slug: str, place: str) -> str:
    """Return the address at which a place is seen on the page of its map or case."""
    steps = place.split("/")
    if steps[0] == "cases" and len(steps) > 2:
        return f"{reverse('office:board_edit_case', args=[steps[1]])}?map={slug}#{id_of(place)}"
    stage = f"&stage={steps[1]}" if steps[0] == "stages" and len(steps) > 2 else ""
    return f"{reverse('office:board_edit')}?map={slug}{stage}#{id_of(place)}"
