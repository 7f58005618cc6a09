"""The versions of a journey: who published what, one version as a tree, two compared in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import yaml
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.journeys import differences
from qadam.journeys.differences import Difference, Told
from qadam.journeys.documents import parse_journey
from qadam.journeys.errors import UnknownJourney
from qadam.journeys.models import Enrollment, Journey, JourneyVersion
from qadam.journeys.steps import Graph
from qadam.lib import clock
from qadam.lib.documents import FaultyDocument
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import SEES, Choices, Draft, is_case, may_edit, read_choices, read_journey
from qadam.office.journey_pages import language, tell_facts
from qadam.office.journey_tree import Tree, draw_tree
from qadam.people.models import User

DRAFT, CURRENT = "draft", "current"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """`told` says in a sentence what changed against the version before; "" for the first one."""

    number: int
    at: datetime
    by: str
    told: str
    is_current: bool
    people: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`before` and `after` are numbers of versions as text, or `draft`."""

    before: str
    after: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class VersionsPage:
    journey: Journey
    name: str
    rows: tuple[VersionRow, ...]
    has_draft: bool
    compared: Comparison | None
    may_publish: bool
    now: datetime


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@staff_page(*SEES)
def list_versions(request: StaffRequest, slug: str) -> HttpResponse:
    journey = read_journey(slug)
    drafts = read_versions(journey)
    compared = _compare_asked(request, drafts)
    page = VersionsPage(
        journey=journey,
        name=draft_of_page(journey, drafts).name,
        rows=tuple(_rows(journey, drafts)),
        has_draft=DRAFT in drafts,
        compared=compared,
        may_publish=may_edit(request.user) and not is_case(slug),
        now=clock.utc_now(),
    )
    is_part = request.htmx.target == "compared"
    return render(
        request, f"office/{'_journey_versions_compared' if is_part else 'journey_versions'}.html", {"page": page}
    )


def read_versions(journey: Journey) -> dict[str, Draft]:
    """Return {number: what was published}, oldest first, and the draft at the end, if there is one."""
    choices, code = read_choices(language()), language()
    versions = journey.versions.order_by("number")
    found = {str(each.number): open_version(journey, each, choices, code) for each in versions}
    if journey.draft is not None and not is_case(journey.slug):
        found[DRAFT] = Draft(journey, journey.draft, choices, code, is_draft=True)
    return found


def read_newest(slug: str) -> dict[str, Draft]:
    """Return {draft, current}: what can be simulated, the draft first; one of them may be absent.

    Raises:
        UnknownJourney: there is no such journey.
    """
    journey, choices, code = read_journey(slug), read_choices(language()), language()
    found = {}
    if journey.draft is not None and not is_case(slug):
        found[DRAFT] = Draft(journey, journey.draft, choices, code, is_draft=True)
    if journey.current is not None:
        found[CURRENT] = open_version(journey, journey.current, choices, code)
    if not found:
        raise UnknownJourney(journey=slug)
    return found


def open_version(journey: Journey, version: JourneyVersion, choices: Choices, code: str) -> Draft:
    return Draft(journey, version.document, choices, code, is_draft=False)


def draft_of_page(journey: Journey, drafts: Mapping[str, Draft]) -> Draft:
    """Return the document that names the page: the current one, or else the draft."""
    number = str(journey.current.number) if journey.current else DRAFT
    if number not in drafts:
        raise Http404
    return drafts[number]


def tell_draft(draft: Draft) -> Told:
    """Put a document into words, its steps in the order of the tree."""
    ordered = sorted(draft.steps, key=lambda step: draft.order.get(step, 0))
    steps = {step: draft.parsed.get(step) for step in ordered}
    return differences.tell(steps, draft.names, graph_of_draft(draft), draft.language)


def graph_of_draft(draft: Draft) -> Graph | None:
    """Return the parsed document; None where it has faults."""
    try:
        return parse_journey(draft.document)
    except (FaultyDocument, TypeError, ValueError, AttributeError, KeyError):
        return None


def _rows(journey: Journey, drafts: Mapping[str, Draft]) -> list[VersionRow]:
    """Return the published versions, newest first, each told against the one before."""
    told = {number: tell_draft(draft) for number, draft in drafts.items() if number != DRAFT}
    sentences = {
        after: differences.summarise(differences.compare(told[before], told[after])) for before, after in pairwise(told)
    }
    live = Enrollment.objects.filter(journey=journey, left_at__isnull=True).order_by()
    people = dict(live.values_list("version_id").annotate(n=Count("id")))
    versions = journey.versions.select_related("published_by").defer("document").order_by("-number")
    return [
        VersionRow(
            number=each.number,
            at=each.published_at,
            by=name_of(each.published_by),
            told=sentences.get(str(each.number), ""),
            is_current=each.id == journey.current_id,
            people=people.get(each.id, 0),
        )
        for each in versions
    ]


def name_of(user: User | None) -> str:
    return (user.name or user.email) if user else ""


def _compare_asked(request: StaffRequest, drafts: Mapping[str, Draft]) -> Comparison | None:
    """Compare the two that are asked for; else the newest two."""
    known = list(drafts)
    if len(known) < 2:
        return None
    before, after = request.GET.get("from", ""), request.GET.get("to", "")
    if before not in drafts or after not in drafts:
        before, after = known[-2], known[-1]
    return Comparison(before, after, compare(drafts[before], drafts[after]))


def compare(before: Draft, after: Draft) -> Difference:
    return differences.compare(tell_draft(before), tell_draft(after))


# ── One version ───────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class VersionPage:
    draft: Draft
    number: int
    at: datetime
    by: str
    is_current: bool
    tree: Tree
    facts: Sequence[tuple[str, str]]


@require_safe
@staff_page(*SEES)
def show_version(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    journey = read_journey(slug)
    version = _read_version(journey, number)
    draft = open_version(journey, version, read_choices(language()), language())
    page = VersionPage(
        draft=draft,
        number=number,
        at=version.published_at,
        by=name_of(version.published_by),
        is_current=version.id == journey.current_id,
        tree=draw_tree(draft),
        facts=tell_facts(draft.document),
    )
    return render(request, "office/journey_version.html", {"page": page})


def _read_version(journey: Journey, number: int) -> JourneyVersion:
    version = journey.versions.select_related("published_by").filter(number=number).first()
    if version is None:
        raise Http404
    return version


@require_safe
@staff_page(*SEES)
def download(request: StaffRequest, slug: str, number: int) -> HttpResponse:
    """Give the document of one version, as a pack holds it."""
    document = _read_version(read_journey(slug), number).document
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    name = f"{slug.replace(':', '-')}-{number}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)
