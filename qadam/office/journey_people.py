"""Who stands where in a journey now: since when, until when, and who is stuck, with another try."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.journeys import operations
from qadam.journeys.models import Enrollment, Journey, Phase, Trouble
from qadam.lib import clock
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_draft import EDITS, Draft, may_edit, open_published, read_journey
from qadam.office.journey_pages import language
from qadam.people import access
from qadam.people.access import SEES_PEOPLE

PAGE_SIZE = 50
STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Place:
    """A step as a filter: how many stand there."""

    step: str
    label: str
    people: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """`until` is None where only something that happens ends the wait; `trouble` where the step failed."""

    member_id: int
    name: str
    step: str
    version: int
    since: datetime
    until: datetime | None
    is_sending: bool
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    journey: Journey
    name: str
    now: datetime
    rows: tuple[PersonRow, ...]
    total: int
    number: int
    page_count: int
    link: str
    step: str
    title: str
    version: str
    is_stuck: bool
    stuck: int
    places: tuple[Place, ...]
    may_edit: bool


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@staff_page(*SEES_PEOPLE)
def list_standing(request: StaffRequest, slug: str) -> HttpResponse:
    journey = read_journey(slug)
    draft = open_published(journey, language())
    page = _page(request, journey, draft)
    name = "_journey_people" if request.htmx.target == "standing" else "journey_people"
    return render(request, f"office/{name}.html", {"page": page})


def _page(request: StaffRequest, journey: Journey, draft: Draft) -> PeoplePage:
    step, version = request.GET.get("step", ""), request.GET.get("version", "")
    is_stuck = request.GET.get("state") == STUCK
    live = Enrollment.objects.filter(journey=journey, left_at__isnull=True)
    live = live.filter(member__in=access.visible_members(request.user))
    counts = dict(live.order_by().values_list("step").annotate(n=Count("id")))
    chosen = _narrow(live, step, version, is_stuck=is_stuck)
    chunk = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = {"step": step, "version": version, "state": STUCK if is_stuck else ""}
    kept = {key: value for key, value in asked.items() if value}
    return PeoplePage(
        journey=journey,
        name=draft.name,
        now=clock.utc_now(),
        rows=_rows(list(chunk), draft.names.steps),
        total=chunk.paginator.count,
        number=chunk.number,
        page_count=chunk.paginator.num_pages,
        link="?" + urlencode(kept) + ("&" if kept else ""),
        step=step,
        title=draft.names.steps.get(step, step),
        version=version,
        is_stuck=is_stuck,
        stuck=live.filter(phase=Phase.STUCK).count(),
        places=_places(draft, counts, step),
        may_edit=may_edit(request.user),
    )


def _narrow(live: QuerySet[Enrollment], step: str, version: str, *, is_stuck: bool) -> QuerySet[Enrollment]:
    live = live.filter(step=step) if step else live
    live = live.filter(version__number=int(version)) if version.isdecimal() else live
    live = live.filter(phase=Phase.STUCK) if is_stuck else live
    return live.select_related("member", "version").defer("version__document").order_by("armed_at", "id")


def _places(draft: Draft, counts: Mapping[str, int], chosen: str) -> tuple[Place, ...]:
    """Return the steps where somebody stands, in the order of the tree, those of older versions last."""
    ordered = sorted({*counts, *([chosen] if chosen else [])}, key=lambda step: draft.order.get(step, 10_000))
    return tuple(Place(step, _label(step, draft), counts.get(step, 0), is_chosen=step == chosen) for step in ordered)


def _label(step: str, draft: Draft) -> str:
    if step not in draft.order:
        return _("%(step)s (older version)") % {"step": step}
    return f"{draft.order[step]}. {draft.names.steps[step]}"


def _rows(enrollments: list[Enrollment], labels: Mapping[str, str]) -> tuple[PersonRow, ...]:
    open_troubles = Trouble.objects.filter(enrollment__in=enrollments, closed_at__isnull=True).order_by("id")
    troubles = {trouble.enrollment_id: trouble for trouble in open_troubles}
    return tuple(
        PersonRow(
            member_id=each.member_id,
            name=each.member.name or _("No name"),
            step=labels.get(each.step, each.step),
            version=each.version.number,
            since=each.armed_at,
            until=each.ends_at or (each.due_at if each.phase == Phase.READY else None),
            is_sending=each.phase == Phase.SENDING,
            trouble=troubles.get(each.id),
        )
        for each in enrollments
    )


@require_POST
@staff_page(*EDITS)
def retry(request: StaffRequest, slug: str, trouble_id: int) -> HttpResponse:
    """Try one stuck step again, and go back to where the button was."""
    trouble = Trouble.objects.filter(id=trouble_id, enrollment__journey__slug=slug).first()
    if trouble is None or trouble.closed_at is not None:
        messages.warning(request, _("This was dealt with already."))
    else:
        operations.retry_trouble(trouble_id=trouble_id, actor=request.user, now=clock.utc_now())
        messages.success(request, _("The step is tried again within a minute."))
    if request.POST.get("back") == "member" and trouble is not None:
        return redirect(reverse("office:member", args=[trouble.member_id]) + "#journeys")
    return redirect(reverse("office:journey_people", args=[slug]) + f"?state={STUCK}")
