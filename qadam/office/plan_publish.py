"""Publishing an action plan: what changes, what is missing, and whether the people under way go over to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from qadam.lib import clock
from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.text import words_of
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_pages import language
from qadam.office.plan_document import goals_of, tasks_of
from qadam.office.plan_draft import PlanDraft, is_recruiting, open_plan, refuse_moved
from qadam.office.plan_pages import EDITS
from qadam.tasks import drafts, operations
from qadam.tasks.models import Task
from qadam.ui.formats import number_words

FIELDS: dict[str, str | Promise] = {
    "title": gettext_lazy("title"),
    "name": gettext_lazy("title"),
    "offered": gettext_lazy("in the choice"),
    "reason": gettext_lazy("reason"),
    "why": gettext_lazy("why"),
    "how": gettext_lazy("how"),
    "minutes": gettext_lazy("minutes"),
    "kind": gettext_lazy("what closes it"),
    "done_when": gettext_lazy("what closes it"),
    "lesson": gettext_lazy("what closes it"),
    "url": gettext_lazy("address of the lesson"),
    "proof": gettext_lazy("what is shown"),
    "with": gettext_lazy("with whom"),
    "due_day": gettext_lazy("last day"),
    "required": gettext_lazy("part of the plan"),
    "directions": gettext_lazy("for whom"),
    "hours_from": gettext_lazy("for whom"),
    "after": gettext_lazy("after what"),
    "link": gettext_lazy("link"),
    "goal": gettext_lazy("first goal"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of the plan: `what` happened to it, `told` in detail."""

    what: str | Promise
    icon: str
    name: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A fault, with the form in which it can be mended."""

    name: str
    address_name: str
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class PublishPage:
    draft: PlanDraft
    name: str
    changes: tuple[Change, ...]
    missing: tuple[Missing, ...]
    recruiting: tuple[tuple[str, str], ...]
    """[(goal that counts people brought in and is offered, the reason given)]."""
    under_way: int
    asked: str = ""
    refused: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def publish(request: StaffRequest, slug: str) -> HttpResponse:
    """Show what publishing does; publish, and move the people under way where that was chosen."""
    draft = open_plan(slug)
    if not draft.is_draft:
        messages.info(request, _("There is no draft to publish: what you see is published."))
        return redirect("office:plan", slug)
    page = _page(draft, request.POST.get("people", ""))
    if request.method != "POST":
        return render(request, "office/plan_publish.html", {"page": page})
    if request.POST.get("revision") != str(draft.revision):
        return refuse_moved(request, slug)
    if page.under_way and page.asked not in ("move", "stay"):
        return _refuse(request, draft, page.asked, _("Choose what happens to the people under way."))
    return _publish(request, page)


def _refuse(request: StaffRequest, draft: PlanDraft, asked: str, refused: str) -> HttpResponse:
    page = _page(draft, asked, refused)
    return render(request, "office/plan_publish.html", {"page": page}, status=422)


def _publish(request: StaffRequest, page: PublishPage) -> HttpResponse:
    draft, now = page.draft, clock.utc_now()
    try:
        version = operations.publish_plan(document=draft.in_order, actor=request.user, now=now)
    except FaultyDocument:
        return _refuse(request, draft, page.asked, _("Not published: something is still missing."))
    words = _("Version %(number)s is published: newcomers get it from now on.") % {"number": version.number}
    if page.asked == "move":
        moved = drafts.move_to_newest_version(plan=draft.slug, actor=request.user, now=now)
        words = f"{words} {_moved_words(moved)}"
    messages.success(request, words)
    return redirect("office:plan", draft.slug)


def _moved_words(moved: int) -> str:
    words = ngettext("%(number)s person went over to it.", "%(number)s people went over to it.", moved)
    return words % {"number": number_words(moved, language())}


@require_POST
@staff_page(*EDITS)
def move_people(request: StaffRequest, slug: str) -> HttpResponse:
    """Let the people who stayed behind go over to what is published, later than at the publishing."""
    moved = drafts.move_to_newest_version(plan=open_plan(slug).slug, actor=request.user, now=clock.utc_now())
    messages.success(request, _moved_words(moved))
    return redirect("office:plan", slug)


def _page(draft: PlanDraft, asked: str, refused: str = "") -> PublishPage:
    offered = [goal for goal in goals_of(draft.document) if goal.get("offered") and is_recruiting(goal)]
    return PublishPage(
        draft=draft,
        name=draft.name(language()),
        changes=tuple(compare(draft.published or {}, draft.document, language())),
        missing=tuple(_missing(draft, fault) for fault in draft.faults),
        recruiting=tuple((_name(goal, "name", language()), str(goal.get("reason") or "")) for goal in offered),
        under_way=_under_way(draft.slug),
        asked=asked,
        refused=refused,
    )


def _under_way(slug: str) -> int:
    """Return how many people have open tasks of this plan, of whatever version."""
    rows = Task.objects.filter(plan_version__plan__slug=slug, done_at__isnull=True, member__left_at__isnull=True)
    return rows.values("member_id").distinct().count()


def _missing(draft: PlanDraft, fault: Fault) -> Missing:
    for list_name, items, words, address in (
        ("tasks", tasks_of(draft.document), "title", "office:plan_task"),
        ("goals", goals_of(draft.document), "name", "office:plan_goal"),
    ):
        start = f"{list_name}["
        if fault.place.startswith(start):
            place = int(fault.place[len(start) :].partition("]")[0])
            return Missing(_name(items[place], words, language()), address, str(items[place].get("key")), fault.message)
    return Missing(_("The plan itself"), "office:plan_settings", "", fault.message)


def _name(item: Mapping[str, Any], words: str, code: str) -> str:
    return words_of(item.get(words) or {}).in_language(code) or str(item.get("key") or "—")


# ── What changes ──────────────────────────────────────────


def compare(old: Mapping[str, Any], new: Mapping[str, Any], code: str) -> list[Change]:
    """Return what a new version of a plan changes, task by task, then the goals and the weeks."""
    changes = _compare_items(tasks_of(old), tasks_of(new), "title", code)
    changes += _compare_items(goals_of(old), goals_of(new), "name", code)
    for key, words in (("name", _("Name of the plan")), ("weeks", _("Weeks")), ("restart", _("Beginning again"))):
        if old.get(key) != new.get(key):
            changes.append(Change(_("changed"), "pencil-line", words))
    return changes


def _compare_items(old: list[dict[str, Any]], new: list[dict[str, Any]], words: str, code: str) -> list[Change]:
    before, after = {item.get("key"): item for item in old}, {item.get("key"): item for item in new}
    changes = []
    for key, item in after.items():
        if key not in before:
            told = _("day %(day)s") % {"day": item["day"]} if "day" in item else ""
            changes.append(Change(_("new"), "plus", _name(item, words, code), told))
        elif told := _changed(before[key], item):
            changes.append(Change(_("changed"), "pencil-line", _name(item, words, code), told))
    gone = [item for key, item in before.items() if key not in after]
    return changes + [Change(_("taken out"), "trash-2", _name(item, words, code)) for item in gone]


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    parts = []
    if old.get("day") != new.get("day"):
        parts.append(_("day %(old)s → day %(new)s") % {"old": old.get("day"), "new": new.get("day")})
    others = [key for key in (*old, *new) if key not in ("day", "key") and old.get(key) != new.get(key)]
    if parts and "due_day" in others:
        others = [key for key in others if key != "due_day"]
    parts += dict.fromkeys(str(FIELDS.get(key, key)) for key in others)
    return ", ".join(parts)
