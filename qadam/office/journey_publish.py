"""Publishing a draft: what changes, what is missing, and what becomes of the people it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from qadam.journeys import operations, publishing
from qadam.journeys.differences import Difference
from qadam.journeys.errors import DraftMoved
from qadam.journeys.models import Enrollment, JourneyVersion
from qadam.journeys.steps import Graph
from qadam.lib import clock
from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.errors import DomainError
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import EDITS, Draft, EditedAsCase, is_case, read_journey, step_place
from qadam.office.journey_pages import language
from qadam.office.journey_transfer import NOBODY, Asked, Before, Row, look_back, plan_rows, read_asked
from qadam.office.journey_tree import Tree, draw_tree
from qadam.office.journey_versions import DRAFT, compare, graph_of_draft, read_versions
from qadam.ui.formats import number_words


@dataclass(frozen=True, slots=True)
class PublishPage:
    """`faults`: [(the step's id, "" for the journey itself; the fault)]; with any, nothing else is asked."""

    draft: Draft
    tree: Tree
    difference: Difference | None
    faults: tuple[tuple[str, Fault], ...]
    asked: Asked
    rows: tuple[Row, ...]
    before: Before | None
    is_first: bool
    refused: str = ""

    @property
    def under_way(self) -> int:
        return sum(row.members for row in self.rows)

    @property
    def fires_now(self) -> int:
        return sum(row.fires_now for row in self.rows)

    @property
    def can_publish(self) -> bool:
        has_fault = self.asked.is_moving and any(row.fault for row in self.rows)
        return not self.faults and not has_fault and not (self.before and self.before.fault)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
@staff_page(*EDITS)
def publish(request: StaffRequest, slug: str) -> HttpResponse:
    """Show what publishing would do; publish. `do=look` only recounts what was chosen."""
    if is_case(slug):
        raise EditedAsCase
    journey = read_journey(slug)
    if journey.draft is None:
        return render(request, "office/journey_publish_nothing.html", {"journey": journey})
    now = clock.utc_now()
    page = _page(read_versions(journey), read_asked(request.POST), now)
    if request.method != "POST" or request.POST.get("do") == "look":
        return _answer(request, page)
    if not _has_seen(request, page):
        return _answer(request, page)
    if not page.can_publish:
        return _refuse(request, page, _("Not published: something below is not decided yet."))
    return _publish(request, page, now)


def _has_seen(request: StaffRequest, page: PublishPage) -> bool:
    """Tell whether what was chosen had been counted before the button was pressed: without script it may not be."""
    is_counted = not page.rows or not page.asked.is_moving or request.POST.get("seen_people") == "move"
    return is_counted and (page.before is None or request.POST.get("seen_backlog", NOBODY) == page.asked.backlog)


def _answer(request: StaffRequest, page: PublishPage, status: int = 200) -> HttpResponse:
    is_part = request.htmx.target == "publish-people"
    name = "_journey_publish_people" if is_part else "journey_publish"
    return render(request, f"office/{name}.html", {"page": page}, status=200 if is_part else status)


def _page(drafts: Mapping[str, Draft], asked: Asked, now: datetime) -> PublishPage:
    draft = drafts[DRAFT]
    journey, ids = draft.journey, list(draft.steps)
    current = drafts[str(journey.current.number)] if journey.current else None
    graph = graph_of_draft(draft)
    found = [*draft.faults, *_missing(graph)] if graph and not draft.faults else draft.faults
    faults = tuple(((step_place(fault.place, ids) or ("", ""))[0], fault) for fault in found)
    page = PublishPage(
        draft=draft,
        tree=draw_tree(draft),
        difference=compare(current, draft) if current else None,
        faults=faults,
        asked=asked,
        rows=(),
        before=None,
        is_first=current is None,
    )
    if faults or graph is None:
        return page
    old = graph_of_draft(current) if current else None
    rows = plan_rows(draft, graph, asked, drafts, now)
    return replace(page, rows=rows, before=look_back(journey, graph, old, asked, now))


def _missing(graph: Graph) -> Sequence[Fault]:
    """Return what only the database knows to be missing: templates, plans and journeys that steps name."""
    try:
        publishing.refuse_missing_content(graph)
    except FaultyDocument as error:
        return error.faults
    return ()


def _publish(request: StaffRequest, page: PublishPage, now: datetime) -> HttpResponse:
    draft = page.draft
    try:
        if request.POST.get("revision") != str(draft.revision):
            raise DraftMoved
        version = operations.publish_journey(
            draft.document,
            actor=request.user,
            now=now,
            migration=page.asked.migration() if page.rows else None,
            backlog=page.asked.backlog_of() if page.before else None,
        )
    except FaultyDocument as error:
        return _refuse(request, page, "\n".join(fault.message for fault in error.faults))
    except DomainError as error:
        return _refuse(request, page, str(error))
    messages.success(request, _tell_success(page, version))
    return redirect("office:journey", draft.journey.slug)


def _refuse(request: StaffRequest, page: PublishPage, refused: str) -> HttpResponse:
    return _answer(request, replace(page, refused=refused), 422)


def _tell_success(page: PublishPage, version: JourneyVersion) -> str:
    sentences = [_("Version %(number)s is published: who enters from now on enters it.") % {"number": version.number}]
    if page.rows and page.asked.is_moving:
        moved = Enrollment.objects.filter(version=version, left_at__isnull=True).count()
        words = ngettext("%(number)s person went on in it.", "%(number)s people went on in it.", moved)
        sentences.append(words % {"number": number_words(moved, language())})
    elif page.rows:
        sentences.append(_("Whoever was under way stays in the version they began with."))
    if page.before and page.before.number:
        words = _("Up to %(number)s who qualified before come in, %(rate)s a minute.")
        rate = number_words(page.before.per_minute, language())
        sentences.append(words % {"number": number_words(page.before.number, language()), "rate": rate})
    return " ".join(sentences)
