"""Compare a pack with what the installation has."""

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from qadam.cases import queries as cases
from qadam.journeys.models import Journey
from qadam.maps.models import MapVersion
from qadam.messaging.models import Template
from qadam.packs.documents import Pack, PackDocument
from qadam.people.models import Company
from qadam.tasks.models import PlanVersion

Stored = Mapping[str, object]


class State(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """What applying would do with one document."""

    kind: str
    name: str
    state: State


def plan_pack(pack: Pack) -> list[Change]:
    """Say for each document whether applying would add it, change it or leave it; the company comes first."""
    stored = {kind: read(_names_of(pack, kind)) for kind, read in READERS.items()}
    changes = [Change(each.kind, each.name, _state_of(each, stored[each.kind])) for each in pack.documents]
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


def _names_of(pack: Pack, kind: str) -> list[str]:
    return [each.name for each in pack.documents if each.kind == kind]


def _state_of(document: PackDocument, stored: Stored) -> State:
    if document.name not in stored:
        return State.NEW
    return State.SAME if stored[document.name] == document.content else State.CHANGED


def _with_cases(change: Change, maps: Mapping[str, PackDocument], touched: Set[str]) -> Change:
    """A map pins versions of its cases, so a changed case makes a new version of the map."""
    if change.kind != "map" or change.state is not State.SAME:
        return change
    named = maps[change.name].content.get("cases")
    is_touched = isinstance(named, list) and not touched.isdisjoint(named)
    return Change(change.kind, change.name, State.CHANGED) if is_touched else change


def _templates(names: Collection[str]) -> Stored:
    rows = Template.objects.filter(slug__in=names).order_by("version")
    return dict(rows.values_list("slug", "document"))


def _plans(names: Collection[str]) -> Stored:
    rows = PlanVersion.objects.filter(plan__slug__in=names).order_by("number")
    return dict(rows.values_list("plan__slug", "document"))


def _cases(names: Collection[str]) -> Stored:
    return {key: version.document for key, version in cases.published_versions(names).items()}


def _journeys(names: Collection[str]) -> Stored:
    rows = Journey.objects.filter(slug__in=names, current__isnull=False)
    return dict(rows.values_list("slug", "current__document"))


def _maps(names: Collection[str]) -> Stored:
    rows = MapVersion.objects.current().filter(map__slug__in=names)
    return dict(rows.values_list("map__slug", "document"))


READERS: dict[str, Callable[[Collection[str]], Stored]] = {
    "template": _templates,
    "plan": _plans,
    "case": _cases,
    "journey": _journeys,
    "map": _maps,
}
