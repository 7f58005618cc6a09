"""Gatherings in the office: what is planned and was, adding, changing, cancelling, who came."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.community import operations, queries
from qadam.community.queries import GatheringView
from qadam.community.reading import Form, empty_form, form_of, read_form
from qadam.lib import clock
from qadam.office.door import StaffRequest, has_role, staff_page
from qadam.people.access import SEES_PEOPLE
from qadam.people.models import RoleName

EDITS = (RoleName.OWNER, RoleName.RETENTION, RoleName.EDITOR)
"""Roles that plan gatherings."""


@dataclass(frozen=True, slots=True)
class ListPage:
    now: datetime
    is_past: bool
    gatherings: tuple[GatheringView, ...]


@dataclass(frozen=True, slots=True)
class OnePage:
    """One gathering, its form where it may still change; `names` of those who came, for who may see people."""

    form: Form
    zone: str
    view: GatheringView | None
    names: tuple[str, ...]


@require_safe
@staff_page(*EDITS)
def list_gatherings(request: StaffRequest) -> HttpResponse:
    now, is_past = clock.utc_now(), request.GET.get("show") == "past"
    rows = queries.list_gatherings(now, get_language() or "en", is_past=is_past)
    return render(request, "office/gatherings.html", {"page": ListPage(now, is_past, rows)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def add_gathering(request: StaffRequest) -> HttpResponse:
    """Plan a gathering for everybody; its day and time are the company's."""
    form = empty_form("")
    if request.method == "POST":
        now = clock.utc_now()
        plan, form = read_form(_posted(request), _zone(request), now)
        if plan is not None:
            row = operations.add_gathering(plan=plan, leader=None, actor=request.user, now=now)
            messages.success(request, _("Everybody sees it in their cabinet from now on."))
            return redirect("office:gathering", row.id)
    page = OnePage(form, request.company.zone, None, ())
    return render(request, "office/gathering.html", {"page": page}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*EDITS)
def edit_gathering(request: StaffRequest, gathering_id: int) -> HttpResponse:
    row, now = queries.get_gathering(gathering_id), clock.utc_now()
    form = form_of(row, _zone(request))
    if request.method == "POST":
        plan, form = read_form(_posted(request), _zone(request), now, current=row)
        if plan is not None:
            operations.change_gathering(gathering=row, plan=plan, actor=request.user, now=now)
            messages.success(request, _("Saved. Calendars that follow it will show the change."))
            return redirect("office:gathering", row.id)
    page = OnePage(
        form=form,
        zone=request.company.zone,
        view=queries.staff_view_of(row, now, get_language() or "en"),
        names=queries.attended_names(row.id) if has_role(request, SEES_PEOPLE) else (),
    )
    return render(request, "office/gathering.html", {"page": page}, status=422 if form.errors else 200)


@require_POST
@staff_page(*EDITS)
def cancel_gathering(request: StaffRequest, gathering_id: int) -> HttpResponse:
    row = queries.get_gathering(gathering_id)
    operations.cancel_gathering(gathering=row, actor=request.user, now=clock.utc_now())
    messages.success(request, _("Cancelled. Calendars that follow it will show that."))
    return redirect("office:gathering", row.id)


def _posted(request: StaffRequest) -> dict[str, str]:
    return request.POST.dict()


def _zone(request: StaffRequest) -> ZoneInfo:
    return clock.zone_of(request.company.zone, "UTC")


def may_edit(request: HttpRequest) -> bool:
    return has_role(request, EDITS)


urlpatterns = [
    path("gatherings/", list_gatherings, name="gatherings"),
    path("gatherings/add/", add_gathering, name="add_gathering"),
    path("gatherings/<int:gathering_id>/", edit_gathering, name="gathering"),
    path("gatherings/<int:gathering_id>/cancel/", cancel_gathering, name="cancel_gathering"),
]
