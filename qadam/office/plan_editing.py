"""The forms of one task, one first goal and the plan itself. What is sent is saved as the draft, faults and all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from qadam.lib.documents import SLUG, Fault
from qadam.lib.text import words_of
from qadam.office.board_edit_parts import Part
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_editor import focus_after
from qadam.office.journey_pages import language
from qadam.office.plan_document import find, goals_of, put_goal, put_task, tasks_of
from qadam.office.plan_draft import PlanDraft, is_recruiting, open_plan, save
from qadam.office.plan_forms import goal_sections, plan_sections, read_goal, read_plan, read_task, task_sections
from qadam.office.plan_pages import EDITS
from qadam.office.recognition_fields import Document, Faults, Section, note_part, sent
from qadam.office.recognition_pages import go_to
from qadam.office.recognition_reading import read_known
from qadam.office.recognition_warnings import Warned
from qadam.recognition.compliance import WORDS, Matter
from qadam.tasks.errors import DraftMoved


@dataclass(frozen=True, slots=True)
class EditPage:
    """The form of one thing of a plan. `remove`: where it can be taken out, with the question."""

    draft: PlanDraft
    name: str
    title: str
    action: str
    sections: tuple[Section, ...]
    left: tuple[Fault, ...]
    is_checked: bool
    remove: str = ""
    question: str = ""
    warned: Warned = field(default_factory=Warned)
    reason: Part | None = None
    focus: str = ""
    refused: str = ""
    may_edit: bool = True

    @property
    def has_faults(self) -> bool:
        return bool(self.left) or any(section.has_faults for section in self.sections)


Make = Callable[[PlanDraft, Document, Faults], EditPage]


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def edit_task(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    """Show the form of a task, and take it."""
    draft = open_plan(slug)
    task = draft.find_task(key)

    def make(draft: PlanDraft, task: Document, faults: Faults) -> EditPage:
        is_new = not draft.is_published("tasks", key)
        sections = task_sections(task, draft.in_order, faults, read_known(language()), is_new=is_new)
        return EditPage(
            draft=draft,
            name=draft.name(language()),
            title=_name(task.get("title"), _("New task")),
            action=reverse("office:plan_task", args=[slug, key]),
            sections=tuple(sections),
            left=faults.left(),
            is_checked=False,
            remove=reverse("office:plan_remove", args=[slug, key]),
            question=_("Take this task out of the plan"),
        )

    if request.method != "POST":
        return _show(request, _made(make, draft, task, draft.faults_of("tasks", key)))
    do = request.POST.get("do", "")
    changed = read_task(sent(request.POST), task, draft.document, do)
    if fault := _key_fault(tasks_of(draft.document), key, changed):
        return _show(request, _made(make, draft, changed, (fault,)), 422)
    return _take(request, draft, make, changed, put_task(draft.document, key, changed), do)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def edit_goal(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    """Show the form of a first goal, and take it."""
    draft = open_plan(slug)
    goal = draft.find_goal(key)

    def make(draft: PlanDraft, goal: Document, faults: Faults) -> EditPage:
        recruits = is_recruiting(goal)
        is_new = not draft.is_published("goals", key)
        asked = [fault for fault in faults.all if fault.place == "reason"]
        faults.take(asked)
        known = read_known(language())
        is_warned = recruits and bool(goal.get("offered", not recruits))
        return EditPage(
            draft=draft,
            name=draft.name(language()),
            title=_name(goal.get("name"), _("New first goal")),
            action=reverse("office:plan_goal", args=[slug, key]),
            sections=tuple(goal_sections(goal, faults, known, is_new=is_new, is_recruiting=recruits)),
            left=faults.left(),
            is_checked=False,
            remove=reverse("office:plan_goal_remove", args=[slug, key]),
            question=_("Take this goal out of the plan"),
            warned=Warned((str(WORDS[Matter.RECRUITING]),)) if is_warned else Warned(),
            reason=_reason(goal, is_asked=bool(asked)) if is_warned or goal.get("reason") else None,
        )

    if request.method != "POST":
        return _show(request, _made(make, draft, goal, draft.faults_of("goals", key)))
    do = request.POST.get("do", "")
    changed = read_goal(sent(request.POST), goal, do, is_recruiting=is_recruiting(goal))
    if fault := _key_fault(goals_of(draft.document), key, changed):
        return _show(request, _made(make, draft, changed, (fault,)), 422)
    return _take(request, draft, make, changed, put_goal(draft.document, key, changed), do)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@staff_page(*EDITS)
def edit_settings(request: StaffRequest, slug: str) -> HttpResponse:
    """Show the form of the plan's name and weeks, and take it."""
    draft = open_plan(slug)

    def make(draft: PlanDraft, plan: Document, faults: Faults) -> EditPage:
        return EditPage(
            draft=draft,
            name=draft.name(language()),
            title=_("Name and weeks"),
            action=reverse("office:plan_settings", args=[slug]),
            sections=tuple(plan_sections(plan, faults)),
            left=faults.left(),
            is_checked=False,
        )

    if request.method != "POST":
        return _show(request, _made(make, draft, draft.document, draft.own_faults()))
    do = request.POST.get("do", "")
    changed = read_plan(sent(request.POST), draft.document, do)
    return _take(request, draft, make, changed, changed, do)


def _key_fault(items: Sequence[Document], old: str, changed: Document) -> Fault | None:
    """Return what is wrong with a key: pages find tasks and goals by it, so it must be right."""
    key = str(changed.get("key") or "")
    if not SLUG.fullmatch(key):
        return Fault("key", _("Use small Latin letters, digits and hyphens only."))
    if key != old and any(each.get("key") == key for each in items):
        return Fault("key", _("there is one of this key already"))
    return None


def _reason(goal: Document, *, is_asked: bool) -> Part:
    missing = (Fault("", _("Write down the reason: it is kept in the audit log.")),) if is_asked else ()
    help = _("Who decided it, and what for. It stands in the audit log with your name.")
    return note_part("reason", _("Reason"), goal.get("reason"), missing, help=help)


def _name(words: Any, blank: str) -> str:
    return words_of(words or {}).in_language(language()) or blank


def _made(make: Make, draft: PlanDraft, item: Document, faults: Sequence[Fault], **more: Any) -> EditPage:
    """Return the page of a form; before anything was written nothing is said to be missing."""
    is_blank = not any(item.get(name) for name in ("title", "name"))
    return replace(make(draft, item, Faults(() if is_blank else faults)), **more)


def _take(
    request: StaffRequest, draft: PlanDraft, make: Make, item: Document, document: Document, do: str
) -> HttpResponse:
    """Save what was sent; a button that only changes the form gives it back as typed."""
    changed = replace(draft, document=document)
    faults = _faults_in(changed, draft, item)
    if do:
        return _show(request, _made(make, changed, item, faults, focus=focus_after(do)))
    try:
        save(draft, document, request.POST.get("revision", ""), request.user)
    except DraftMoved as error:
        return _show(request, _made(make, changed, item, faults, refused=str(error)), 409)
    return go_to(request, "office:plan", draft.slug)


def _faults_in(changed: PlanDraft, draft: PlanDraft, item: Document) -> tuple[Fault, ...]:
    key = str(item.get("key") or "")
    if find(tasks_of(changed.document), key) == item:
        return changed.faults_of("tasks", key)
    return changed.faults_of("goals", key) if find(goals_of(changed.document), key) == item else changed.own_faults()


def _show(request: StaffRequest, page: EditPage, status: int = 200) -> HttpResponse:
    is_part = request.htmx and not request.htmx.history_restore_request
    name = "office/_plan_form.html" if is_part else "office/plan_form.html"
    return render(request, name, {"page": page}, status=200 if is_part else status)
