"""The list of journeys, one journey's page, a new journey, and pausing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam import conditions
from qadam.journeys import operations, phrases
from qadam.journeys.documents import parse_journey
from qadam.journeys.editing import blank_document
from qadam.journeys.models import Enrollment, Journey
from qadam.journeys.numbers import read_step_numbers
from qadam.journeys.steps import Graph
from qadam.lib import clock
from qadam.lib.documents import SLUG, FaultyDocument
from qadam.lib.text import LANGUAGES, words_of
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import EDITS, SEES, Draft, is_case, may_edit, open_published, read_journey
from qadam.office.journey_effect import EffectBlock, read_block
from qadam.office.journey_fields import LANGUAGE_NAMES
from qadam.office.journey_tree import Tree, draw_tree

PERIOD = timedelta(days=30)
PERIODS = (30, 90, 365)
"""Whom the numbers beside the steps count: who entered in the last so many days."""


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """One line of the list. `state` is live, paused or draft; `has_changes`: a draft waits beside the published one."""

    slug: str
    name: str
    state: str
    has_changes: bool
    number: int | None
    entered: int
    live: int
    reached_goal: int | None


@dataclass(frozen=True, slots=True)
class JourneysPage:
    own: tuple[JourneyLine, ...]
    of_cases: tuple[JourneyLine, ...]
    may_edit: bool


def language() -> str:
    return (get_language() or "en").split("-")[0]


@require_safe
@staff_page(*SEES)
def list_journeys(request: StaffRequest) -> HttpResponse:
    lines = sorted(read_lines(), key=lambda line: (line.state == "draft", line.name.casefold()))
    page = JourneysPage(
        own=tuple(line for line in lines if not is_case(line.slug)),
        of_cases=tuple(line for line in lines if is_case(line.slug)),
        may_edit=may_edit(request.user),
    )
    return render(request, "office/journeys.html", {"page": page})


def read_lines() -> list[JourneyLine]:
    """Return every journey, drafts that were never published among them, with its counts."""
    counts: dict[int, Mapping[str, int]] = {
        row["journey_id"]: {name: row[name] for name in ("live", "entered", "reached")}
        for row in Enrollment.objects.values("journey_id").annotate(
            live=Count("id", filter=Q(left_at__isnull=True)),
            entered=Count("id", filter=Q(entered_at__gte=clock.utc_now() - PERIOD)),
            reached=Count("id", filter=Q(exit_reason="goal")),
        )
    }
    journeys = Journey.objects.filter(Q(current__isnull=False) | Q(draft__isnull=False)).select_related("current")
    return [_line(journey, counts.get(journey.id, {})) for journey in journeys]


def _line(journey: Journey, counts: Mapping[str, int]) -> JourneyLine:
    document = journey.current.document if journey.current else journey.draft or {}
    return JourneyLine(
        slug=journey.slug,
        name=words_of(document.get("name") or {}).in_language(language()) or journey.slug,
        state="draft" if journey.current is None else "paused" if journey.paused_at else "live",
        has_changes=journey.current is not None and journey.draft is not None,
        number=journey.current.number if journey.current else None,
        entered=counts.get("entered", 0),
        live=counts.get("live", 0),
        reached_goal=counts.get("reached", 0) if document.get("goal") else None,
    )


# ── One journey ───────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class JourneyPage:
    """`facts` say who enters and who leaves: [(label, sentence)]."""

    draft: Draft
    tree: Tree
    facts: tuple[tuple[str, str], ...]
    effect: EffectBlock | None
    state: str
    days: int
    periods: tuple[int, ...]
    is_case: bool
    may_edit: bool


@require_safe
@staff_page(*SEES)
def show_journey(request: StaffRequest, slug: str) -> HttpResponse:
    journey = read_journey(slug)
    draft = open_published(journey, language())
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in PERIODS else 90
    since = clock.utc_now() - timedelta(days=days)
    page = JourneyPage(
        draft=draft,
        tree=draw_tree(draft, read_step_numbers(slug, since=since) if journey.current else {}),
        facts=tuple(tell_facts(draft.document)),
        effect=read_block(journey, now=clock.utc_now(), language=language()),
        state="draft" if journey.current is None else "paused" if journey.paused_at else "live",
        days=days,
        periods=PERIODS,
        is_case=is_case(slug),
        may_edit=may_edit(request.user),
    )
    return render(request, "office/journey.html", {"page": page})


def tell_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return who enters, how often, the goal and the exits as sentences; nothing where that has faults."""
    try:
        graph = parse_journey({**document, "steps": [{"id": "end", "exit": "finished"}]})
    except FaultyDocument:
        return []
    facts = [(_("Enters"), phrases.tell_entry(graph.entry)), (_("How often"), phrases.tell_reentry(graph.reentry))]
    if graph.goal is not None:
        facts.append((_("Goal"), conditions.explain(graph.goal, language())))
    if graph.exit is not None:
        facts.append((_("Leaves early"), conditions.explain(graph.exit, language())))
    if graph.exclude is not None:
        facts.append((_("Is taken out"), conditions.explain(graph.exclude, language())))
    if graph.horizon is not None:
        facts.append((_("At most"), phrases.tell_length(graph.horizon)))
    return [*facts, *_further_facts(graph)]


def _further_facts(graph: Graph) -> list[tuple[str, str]]:
    facts = []
    if graph.conversion is not None:
        facts.append((_("Success"), phrases.tell_conversion(graph.conversion)))
    if graph.settings.holdout:
        facts.append((_("Control group"), phrases.percent(graph.settings.holdout)))
    return facts


@require_POST
@staff_page(*EDITS)
def pause(request: StaffRequest, slug: str) -> HttpResponse:
    operations.pause_journey(slug=slug, actor=request.user, now=clock.utc_now())
    messages.success(request, _("The journey is paused: nobody enters and nobody moves."))
    return redirect("office:journey", slug)


@require_POST
@staff_page(*EDITS)
def resume(request: StaffRequest, slug: str) -> HttpResponse:
    operations.resume_journey(slug=slug, actor=request.user, now=clock.utc_now())
    messages.success(request, _("The journey goes on."))
    return redirect("office:journey", slug)


# ── A new one ─────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class NewPage:
    slug: str
    names: tuple[tuple[str, str, str], ...]
    """[(language code, its own name, what was typed)]."""
    fault: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def begin_journey(request: StaffRequest) -> HttpResponse:
    """Ask for a name and a slug; then the editor opens."""
    slug = request.POST.get("slug", "").strip()
    names = {code: request.POST.get(f"name.{code}", "").strip() for code in LANGUAGES}
    fault = _fault_of(slug, names) if request.method == "POST" else ""
    if request.method == "POST" and not fault:
        document = blank_document(slug, {code: text for code, text in names.items() if text})
        operations.save_draft(slug=slug, document=document, revision=0, actor=request.user, now=clock.utc_now())
        return redirect("office:journey_editor", slug)
    page = NewPage(slug, tuple((code, LANGUAGE_NAMES[code], names[code]) for code in LANGUAGES), fault)
    return render(request, "office/journey_new.html", {"page": page}, status=422 if fault else 200)


def _fault_of(slug: str, names: Mapping[str, str]) -> str:
    if not any(names.values()):
        return _("Give the journey a name in at least one language.")
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        return _("The short name needs small Latin letters, digits, “-” and “_” only.")
    if slug in ("new", "templates") or is_case(slug) or Journey.objects.filter(slug=slug).exists():
        return _("There is a journey with this short name already. Choose another one.")
    return ""
