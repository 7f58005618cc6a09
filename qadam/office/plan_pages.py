"""The pages of the action plan: the plans, one plan by weeks with its tasks and first goals, and the forms of each.

What is changed is saved at once as the draft, faults and all; only publishing asks for a plan without faults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.lib import clock
from qadam.lib.documents import SLUG
from qadam.lib.text import words_of
from qadam.office.door import StaffRequest, has_role, staff_page
from qadam.office.journey_pages import language
from qadam.office.plan_document import (
    add_goal,
    add_task,
    blank_plan,
    day_of,
    goals_of,
    move_task,
    remove_goal,
    tasks_of,
    weeks_of,
)
from qadam.office.plan_document import remove_task as without_task
from qadam.office.plan_draft import PlanDraft, is_recruiting, open_plan, refuse_moved, save
from qadam.office.plan_forms import DIRECTIONS, KIND_ICONS, KINDS
from qadam.office.recognition_told import tell_condition
from qadam.people.models import RoleName
from qadam.tasks import drafts
from qadam.tasks.errors import DraftMoved
from qadam.tasks.models import ActionPlan, PlanVersion

SEES = (RoleName.OWNER, RoleName.RETENTION, RoleName.EDITOR, RoleName.ANALYST, RoleName.COMPLIANCE)
EDITS = (RoleName.OWNER, RoleName.RETENTION, RoleName.EDITOR)


@dataclass(frozen=True, slots=True)
class PlanLine:
    slug: str
    name: str
    number: int
    tasks: int
    has_draft: bool


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task of the plan. `closed_by`: what closes it, in words."""

    key: str
    title: str
    day: int
    due_day: Any
    minutes: Any
    icon: str
    closed_by: str
    directions: str
    hours_from: int
    is_required: bool
    is_first_goal: bool
    faults: int
    is_new: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class WeekLines:
    """A week with its tasks; `number` 0 holds tasks of days for which there is no week."""

    number: int
    title: str
    aim: str
    tasks: tuple[TaskLine, ...]
    minutes: int
    first_day: int


@dataclass(frozen=True, slots=True)
class GoalLine:
    key: str
    name: str
    told: str
    is_offered: bool
    is_recruiting: bool
    reason: str
    faults: int


@dataclass(frozen=True, slots=True)
class PlanPage:
    draft: PlanDraft
    name: str
    weeks: tuple[WeekLines, ...]
    goals: tuple[GoalLine, ...]
    own_faults: int
    behind: int
    """People with open tasks of an older version."""
    may_edit: bool
    at: str

    @property
    def faults(self) -> int:
        return len(self.draft.faults)


def may_see(request: HttpRequest) -> bool:
    return has_role(request, SEES)


# ── The plans ─────────────────────────────────────────────


@require_safe
@staff_page(*SEES)
def list_plans(request: StaffRequest) -> HttpResponse:
    newest: dict[int, PlanVersion] = {}
    for version in PlanVersion.objects.order_by("number"):
        newest[version.plan_id] = version
    lines = [_plan_line(plan, newest.get(plan.id)) for plan in ActionPlan.objects.order_by("slug")]
    page = {"lines": [line for line in lines if line], "may_edit": has_role(request, EDITS)}
    return render(request, "office/plans.html", {"page": page})


def _plan_line(plan: ActionPlan, version: PlanVersion | None) -> PlanLine | None:
    document = plan.draft or (version.document if version else None)
    if document is None:
        return None
    name = words_of(document.get("name") or {}).in_language(language()) or plan.slug
    return PlanLine(plan.slug, name, version.number if version else 0, len(tasks_of(document)), plan.draft is not None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def begin_plan(request: StaffRequest) -> HttpResponse:
    """Ask for the key of a new plan, and begin its draft."""
    slug = request.POST.get("slug", "").strip()
    fault = ""
    if request.method == "POST":
        if not SLUG.fullmatch(slug) or len(slug) > 48:
            fault = _("Use small Latin letters, digits and hyphens only.")
        elif ActionPlan.objects.filter(slug=slug).exists():
            fault = _("There is a plan of this key already.")
        else:
            drafts.save_draft(slug=slug, document=blank_plan(slug), revision=0, actor=request.user, now=clock.utc_now())
            return redirect("office:plan_settings", slug)
    return render(request, "office/plan_new.html", {"slug": slug, "fault": fault}, status=422 if fault else 200)


# ── One plan ──────────────────────────────────────────────


@require_safe
@staff_page(*SEES)
def show_plan(request: StaffRequest, slug: str) -> HttpResponse:
    draft = open_plan(slug)
    page = PlanPage(
        draft=draft,
        name=draft.name(language()),
        weeks=tuple(_weeks(draft)),
        goals=tuple(_goal_line(draft, goal) for goal in goals_of(draft.document)),
        own_faults=len(draft.own_faults()),
        behind=0 if draft.is_draft else drafts.people_on_older_versions(slug),
        may_edit=has_role(request, EDITS),
        at=request.GET.get("at", ""),
    )
    return render(request, "office/plan.html", {"page": page})


def _weeks(draft: PlanDraft) -> list[WeekLines]:
    tasks = tasks_of(draft.document)
    lines = [_task_line(draft, task, place, len(tasks)) for place, task in enumerate(tasks)]
    weeks = weeks_of(draft.document)
    numbers = [week.get("week") for week in weeks]
    found = [_week_lines(week, [line for line in lines if line.day // 7 + 1 == week.get("week")]) for week in weeks]
    homeless = [line for line in lines if line.day // 7 + 1 not in numbers]
    return [*found, WeekLines(0, "", "", tuple(homeless), 0, 0)] if homeless else found


def _week_lines(week: Mapping[str, Any], lines: Sequence[TaskLine]) -> WeekLines:
    number = week["week"] if isinstance(week.get("week"), int) else 1
    minutes = sum(line.minutes for line in lines if isinstance(line.minutes, int))
    title, aim = (words_of(week.get(name) or {}).in_language(language()) for name in ("title", "aim"))
    return WeekLines(number, title, aim, tuple(lines), minutes, (number - 1) * 7)


def _task_line(draft: PlanDraft, task: Mapping[str, Any], place: int, count: int) -> TaskLine:
    key, kind = str(task.get("key") or ""), str(task.get("kind") or "self_check")
    given = task.get("directions")
    directions = given if isinstance(given, list) else [given] if given else []
    hours = task.get("hours_from")
    return TaskLine(
        key=key,
        title=words_of(task.get("title") or {}).in_language(language()) or key,
        day=day_of(task),
        due_day=task.get("due_day"),
        minutes=task.get("minutes"),
        icon=KIND_ICONS.get(kind, "circle"),
        closed_by=_closed_by(draft, task, kind),
        directions=", ".join(str(DIRECTIONS.get(each, each)) for each in directions),
        hours_from=hours if isinstance(hours, int) else 0,
        is_required=task.get("required", True) is not False,
        is_first_goal=bool(task.get("goal")),
        faults=len(draft.faults_of("tasks", key)),
        is_new=draft.number > 0 and not draft.is_published("tasks", key),
        is_first=place == 0,
        is_last=place == count - 1,
    )


def _closed_by(draft: PlanDraft, task: Mapping[str, Any], kind: str) -> str:
    if kind == "event":
        if task.get("goal") and goals_of(draft.document):
            return _("the first goal that the member chooses")
        return tell_condition(task.get("done_when"), language()).rstrip(".") or str(KINDS[kind])
    if kind == "lesson":
        return f"{KINDS[kind]}: {task.get('lesson') or '—'}"
    return str(KINDS.get(kind, kind))


def _goal_line(draft: PlanDraft, goal: Mapping[str, Any]) -> GoalLine:
    key = str(goal.get("key") or "")
    recruits = is_recruiting(goal)
    return GoalLine(
        key=key,
        name=words_of(goal.get("name") or {}).in_language(language()) or key,
        told=tell_condition(goal.get("done_when"), language()),
        is_offered=bool(goal.get("offered", not recruits)),
        is_recruiting=recruits,
        reason=str(goal.get("reason") or ""),
        faults=len(draft.faults_of("goals", key)),
    )


# ── Adding, moving, removing ──────────────────────────────


@require_POST
@staff_page(*EDITS)
def begin_task(request: StaffRequest, slug: str) -> HttpResponse:
    """Put a new task onto a day, and open its form."""
    day = request.POST.get("day", "")
    document, key = add_task(open_plan(slug).document, int(day) if day.isdecimal() and len(day) < 5 else 0)
    return _change(request, slug, document, reverse("office:plan_task", args=[slug, key]))


@require_POST
@staff_page(*EDITS)
def move(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    is_up = request.POST.get("direction") == "up"
    document = move_task(open_plan(slug).document, key, up=is_up)
    return _change(request, slug, document, f"{reverse('office:plan', args=[slug])}?at={key}#task-{key}")


@require_POST
@staff_page(*EDITS)
def remove_task(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    return _change(request, slug, without_task(open_plan(slug).document, key), reverse("office:plan", args=[slug]))


@require_POST
@staff_page(*EDITS)
def begin_goal(request: StaffRequest, slug: str) -> HttpResponse:
    document, key = add_goal(open_plan(slug).document)
    return _change(request, slug, document, reverse("office:plan_goal", args=[slug, key]))


@require_POST
@staff_page(*EDITS)
def drop_goal(request: StaffRequest, slug: str, key: str) -> HttpResponse:
    return _change(request, slug, remove_goal(open_plan(slug).document, key), reverse("office:plan", args=[slug]))


def _change(request: StaffRequest, slug: str, document: Mapping[str, Any], address: str) -> HttpResponse:
    try:
        save(open_plan(slug), document, request.POST.get("revision", ""), request.user)
    except DraftMoved:
        return refuse_moved(request, slug)
    return redirect(address)


@require_POST
@staff_page(*EDITS)
def discard(request: StaffRequest, slug: str) -> HttpResponse:
    """Drop the draft; a plan that was never published goes with it."""
    draft = open_plan(slug)
    drafts.discard_draft(slug=slug, actor=request.user, now=clock.utc_now())
    messages.success(request, _("The draft is dropped."))
    return redirect("office:plan", slug) if draft.number else redirect("office:plans")
