"""The editor of a journey's draft. Every answer is the whole editor, as a page or as the part that htmx swaps.

What is changed is saved at once as the draft, faults and all; only publishing asks for a document without faults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.journeys import editing, operations
from qadam.journeys.errors import DraftMoved, UnknownStep
from qadam.journeys.outline import KINDS
from qadam.lib import clock
from qadam.lib.documents import Fault
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import EDITS, ICONS, KIND_NAMES, Draft, open_draft, read_places, step_place
from qadam.office.journey_fields import Part
from qadam.office.journey_forms import read_settings, read_step
from qadam.office.journey_pages import language, tell_facts
from qadam.office.journey_settings_fields import settings_parts
from qadam.office.journey_step_fields import StepForm
from qadam.office.journey_tree import Tree, draw_tree, parse_way

UNDO = "journey-undo"


@dataclass(frozen=True, slots=True)
class Deletion:
    """What deleting a step does: who leads there goes on at `onwards` ("": the end); `lost` is led to by it alone."""

    is_possible: bool
    sources: int
    onwards: str
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditorPage:
    """The editor with at most one thing open. `focus` is the id of the element that takes the keyboard."""

    draft: Draft
    tree: Tree
    facts: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str, object], ...]
    focus: str
    can_undo: bool
    faults: tuple[tuple[str, Fault], ...]
    """[(the step's id, "" for the journey itself; the fault)]."""
    step: str = ""
    parts: tuple[Part, ...] = ()
    is_settings: bool = False
    deleting: str = ""
    deletion: Deletion | None = None
    refused: str = ""

    @property
    def main_parts(self) -> list[Part]:
        return [part for part in self.parts if not part.is_more]

    @property
    def more_parts(self) -> list[Part]:
        return [part for part in self.parts if part.is_more]

    @property
    def is_more_open(self) -> bool:
        return any(part.faults for part in self.more_parts)


@dataclass(frozen=True, slots=True)
class Open:
    """What is open in the editor."""

    step: str = ""
    is_settings: bool = False
    deleting: str = ""
    focus: str = ""
    refused: str = ""


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def show_editor(request: StaffRequest, slug: str) -> HttpResponse:
    draft = open_draft(slug, language())
    at = request.GET.get("at", "")
    deleting = request.GET.get("delete", "")
    focus = f"delete-{deleting}" if deleting in draft.steps else f"open-{at}" if at in draft.steps else ""
    return answer(request, draft, Open(deleting=deleting if deleting in draft.steps else "", focus=focus))


def answer(request: StaffRequest, draft: Draft, opened: Open, status: int = 200) -> HttpResponse:
    page = _page(request, draft, opened)
    is_part = request.htmx and not request.htmx.history_restore_request
    name = "office/_journey_editor.html" if is_part else "office/journey_editor.html"
    return render(request, name, {"page": page}, status=200 if is_part else status)


def _page(request: StaffRequest, draft: Draft, opened: Open) -> EditorPage:
    ids = list(draft.steps)
    places = read_places(language()) if opened.step or opened.is_settings else {}
    page = EditorPage(
        draft=draft,
        tree=draw_tree(draft, is_edited=True),
        facts=tuple(tell_facts(draft.document)),
        kinds=tuple((kind, ICONS[kind], KIND_NAMES[kind]) for kind in KINDS),
        focus=opened.focus,
        can_undo=_undo_of(request, draft) is not None,
        faults=tuple(((step_place(fault.place, ids) or ("", ""))[0], fault) for fault in draft.faults),
        refused=opened.refused,
    )
    if opened.step:
        page = replace(page, step=opened.step, parts=tuple(StepForm(draft, opened.step, places).parts()))
    if opened.is_settings:
        page = replace(page, is_settings=True, parts=tuple(settings_parts(draft, places)))
    if opened.deleting:
        page = replace(page, deleting=opened.deleting, deletion=_deletion(draft, opened.deleting))
    return page if page.focus else replace(page, focus=_first_field(page))


def _first_field(page: EditorPage) -> str:
    """Return the id of the form's first field, where a form has just been opened."""
    for part in page.parts:
        if part.builder is not None:
            return f"f-{part.builder.path}.0.is" if part.builder.root else f"b-begin:{part.builder.path}"
        if part.widgets:
            return part.widgets[0].id
    return ""


def _deletion(draft: Draft, step: str) -> Deletion:
    document = draft.document
    onwards = editing.goes_on_at(document, step) or ""
    return Deletion(
        editing.can_delete(document, step),
        len(editing.leads_here(document, step)),
        onwards,
        tuple(editing.lost_without(document, step)),
    )


# ── Saving ────────────────────────────────────────────────


def save(request: StaffRequest, draft: Draft, document: Mapping[str, Any]) -> None:
    """Save a changed document as the draft, and keep the one before for undoing.

    Raises:
        DraftMoved: somebody else has saved since the page was made.
    """
    revision = _asked_revision(request)
    if revision != draft.revision:
        raise DraftMoved
    if document == draft.document:
        return
    slug, now = draft.journey.slug, clock.utc_now()
    saved = operations.save_draft(slug=slug, document=document, revision=revision, actor=request.user, now=now)
    before = dict(draft.document) if draft.is_draft else None
    request.session[UNDO] = {"slug": slug, "revision": saved, "document": before}


def _asked_revision(request: StaffRequest) -> int:
    asked = request.POST.get("revision", "")
    return int(asked) if asked.isdecimal() else -1


def _undo_of(request: StaffRequest, draft: Draft) -> Mapping[str, Any] | None:
    """Return what was there before the newest saving, if that was this visitor's."""
    kept = request.session.get(UNDO)
    is_newest = kept and kept["slug"] == draft.journey.slug and kept["revision"] == draft.revision
    return kept if is_newest else None


def back(slug: str, at: str = "") -> HttpResponse:
    address = reverse("office:journey_editor", args=[slug])
    return redirect(f"{address}?at={at}" if at else address)


def refuse_moved(request: StaffRequest, slug: str) -> HttpResponse:
    messages.warning(request, _("Somebody else has changed this draft meanwhile. This is how it is now; try again."))
    return back(slug)


def change(request: StaffRequest, draft: Draft, document: Mapping[str, Any], at: str = "") -> HttpResponse:
    try:
        save(request, draft, document)
    except DraftMoved:
        return refuse_moved(request, draft.journey.slug)
    return back(draft.journey.slug, at)


# ── Steps ─────────────────────────────────────────────────


@require_POST
@staff_page(*EDITS)
def add_step(request: StaffRequest, slug: str) -> HttpResponse:
    """Put a new step onto a way, and open its form."""
    draft = open_draft(slug, language())
    way, kind = parse_way(request.POST.get("way", "")), request.POST.get("kind", "")
    known = way.step in draft.steps or not way.step
    if kind not in KINDS or not known:
        raise UnknownStep(step=way.step)
    document, step = editing.add_step(draft.document, way, kind)
    try:
        save(request, draft, document)
    except DraftMoved:
        return refuse_moved(request, slug)
    return redirect("office:journey_step", slug, step)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def edit_step(request: StaffRequest, slug: str, step: str) -> HttpResponse:
    """Show a step's form in its place; take it, or change what it asks without saving (`do`)."""
    draft = _draft_with(slug, step)
    if request.method != "POST":
        return answer(request, draft, Open(step))
    do = request.POST.get("do", "")
    document = editing.replace_step(draft.document, step, read_step(request.POST, draft.steps[step], do))
    if do:
        return answer(request, replace(draft, document=document), Open(step, focus=focus_after(do)))
    try:
        save(request, draft, document)
    except DraftMoved:
        return answer(request, replace(draft, document=document), Open(step, refused=str(DraftMoved())), 409)
    return back(slug, step)


def focus_after(do: str) -> str:
    """Return the id of the element to go on at after a button changed the form: mostly the button itself."""
    action, _colon, path = do.partition(":")
    return {"begin": f"f-{path}.0.is"}.get(action, f"b-{do}")


def _draft_with(slug: str, step: str) -> Draft:
    draft = open_draft(slug, language())
    if step not in draft.steps:
        raise UnknownStep(step=step)
    return draft


@require_POST
@staff_page(*EDITS)
def move_step(request: StaffRequest, slug: str, step: str) -> HttpResponse:
    draft = _draft_with(slug, step)
    is_up = request.POST.get("direction") == "up"
    return change(request, draft, editing.move_step(draft.document, step, up=is_up), step)


@require_POST
@staff_page(*EDITS)
def delete_step(request: StaffRequest, slug: str, step: str) -> HttpResponse:
    draft = _draft_with(slug, step)
    if not editing.can_delete(draft.document, step):
        return back(slug, step)
    onwards = editing.goes_on_at(draft.document, step) or ""
    with_lost = request.POST.get("lost") == "too"
    return change(request, draft, editing.delete_step(draft.document, step, with_lost=with_lost), onwards)


# ── The journey itself ────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def edit_settings(request: StaffRequest, slug: str) -> HttpResponse:
    draft = open_draft(slug, language())
    if request.method != "POST":
        return answer(request, draft, Open(is_settings=True))
    do = request.POST.get("do", "")
    document = read_settings(request.POST, draft.document, do)
    if do:
        return answer(request, replace(draft, document=document), Open(is_settings=True, focus=focus_after(do)))
    try:
        save(request, draft, document)
    except DraftMoved:
        return answer(
            request, replace(draft, document=document), Open(is_settings=True, refused=str(DraftMoved())), 409
        )
    return back(slug)


@require_POST
@staff_page(*EDITS)
def undo(request: StaffRequest, slug: str) -> HttpResponse:
    """Bring back the draft before the newest saving; undoing again brings that one back."""
    draft = open_draft(slug, language())
    kept = _undo_of(request, draft)
    if kept is None or _asked_revision(request) != draft.revision:
        return refuse_moved(request, slug)
    if kept["document"] is None:
        published = draft.journey.current
        return change(request, draft, published.document if published else draft.document)
    return change(request, draft, kept["document"])


@require_POST
@staff_page(*EDITS)
def discard(request: StaffRequest, slug: str) -> HttpResponse:
    """Drop the draft: what is published is edited from here on."""
    draft = open_draft(slug, language())
    operations.discard_draft(slug=slug, actor=request.user, now=clock.utc_now())
    messages.success(request, _("The draft is dropped."))
    return redirect("office:journey", slug) if draft.journey.current else redirect("office:journeys")
