"""The whole action plan by weeks: ticking what people check themselves, and saying "not today"."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.cabinet import offline, today
from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.surveys.expectations import Expectation, expectation_of
from qadam.tasks import moving, operations, queries
from qadam.tasks.shapes import PlanView, PlanWeek
from qadam.ui.formats import weekday_words

WEEK = "week-"
"""How the ids of the weeks begin on the page, so that a tick swaps its own week only."""


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan by weeks; `view` is None before the plan was given. `open_week` is the number of the unfolded one."""

    now: datetime
    view: PlanView | None
    open_week: int
    expectation: Expectation | None = None


@require_safe
@member_page
def show_plan(request: MemberRequest) -> HttpResponse:
    now, slug = clock.utc_now(), request.GET.get("plan")
    page = _read_page(request, now, slug)
    if page.view is not None and page.view.is_unsettled and request.method == "GET":
        moving.settle_plan(member=request.member, away_days=0, now=now)
        page = _read_page(request, now, slug)
    page = replace(page, expectation=expectation_of(request.member, now, _language()))
    return render(request, "cabinet/plan.html", {"page": page})


@require_POST
@member_page
def tick_task(request: MemberRequest, task_id: int) -> HttpResponse:
    now = clock.utc_now()
    is_done = request.POST.get("done") == "1"
    with offline.once(request, now) as is_new:
        if is_new:
            operations.tick_task(member=request.member, task_id=task_id, is_done=is_done, now=now)
    return _answer(request, now)


@require_POST
@member_page
def put_off(request: MemberRequest, task_id: int) -> HttpResponse:
    """Give a task a near free day: not today."""
    now = clock.utc_now()
    row = moving.put_off(member=request.member, task_id=task_id, now=now)
    if row.moved_to is not None and not request.htmx:
        messages.success(request, _("It waits for you on %(day)s.") % {"day": weekday_words(row.moved_to, _language())})
    return _answer(request, now)


def _answer(request: MemberRequest, now: datetime) -> HttpResponse:
    """Send back the part of the page that was asked for, or the way to it."""
    target = request.htmx.target or ""
    if target == "today":
        return today.render_today(request, today.read_page(request, now))
    if target.startswith(WEEK):
        return _render_week(request, target.removeprefix(WEEK), now)
    return redirect(safe_next(request))


def _language() -> str:
    return get_language() or "en"


def _read_page(request: MemberRequest, now: datetime, slug: str | None) -> PlanPage:
    view = queries.plan_of(request.member, request.company, now, _language(), slug)
    weeks = view.weeks if view else ()
    current = next((week.number for week in weeks if week.is_current), None)
    fallback = weeks[-1].number if weeks and view and weeks[-1].ends_on < view.today else 1
    return PlanPage(now, view, current or fallback)


def _render_week(request: MemberRequest, number: str, now: datetime) -> HttpResponse:
    page = _read_page(request, now, request.POST.get("plan"))
    week = _find_week(page, number)
    if week is None:
        return redirect("cabinet:plan")
    return render(request, "cabinet/_week_swap.html", {"page": page, "week": week})


def _find_week(page: PlanPage, number: str) -> PlanWeek | None:
    weeks = page.view.weeks if page.view else ()
    return next((week for week in weeks if str(week.number) == number), None)


def safe_next(request: MemberRequest) -> str:
    """Return where the form wants to go back to, if that is a page of ours; else the home."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else "/today/"
