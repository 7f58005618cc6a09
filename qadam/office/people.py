"""The list of people, those behind a number, and one member with everything that happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.lib import clock
from qadam.office import behind, identity, joining, member_journeys, timeline
from qadam.office.case_pages import FileRow, member_files
from qadam.office.door import StaffRequest, has_role, staff_page
from qadam.office.names import StageName, case_names, journey_names, stage_names, task_names
from qadam.people import access
from qadam.people.access import SEES_PEOPLE
from qadam.people.joining import waiting_for_place
from qadam.people.models import Company, Kind, Member, MemberQuerySet, Membership, MembershipKind
from qadam.surveys.queries import survey_names

PAGE_SIZE = 50
HTMX = ("HX-Request", "HX-Target")
"""A page and its part have one address: nobody may be shown the one from the cache of the other."""

KINDS: dict[str, str | Promise] = {
    Kind.PROSPECT: _("Prospect"),
    Kind.CUSTOMER: _("Customer"),
    Kind.DISTRIBUTOR: _("Distributor"),
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    name: str
    kind: str | Promise
    stage: StageName | None
    day: int | None
    mentor: str
    registered_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list. `behind` names the number whose people these are; then there is no search."""

    now: datetime
    rows: tuple[PersonRow, ...]
    total: int
    number: int
    page_count: int
    query: str
    stage: str
    case: str
    """The name of the case whose people these are; "" for all."""
    stages: tuple[StageName, ...]
    behind: behind.Number | None
    link: str
    """The address of this list without the page number."""
    unplaced: int
    """How many wait for a sponsor, for who may settle it."""


@dataclass(frozen=True, slots=True)
class StayRow:
    name: str
    number: int
    entered_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Everything the office shows of one member. Stays and events are newest first."""

    now: datetime
    member: Member
    kind: str | Promise
    day: int | None
    stages: tuple[StayRow, ...]
    cases: tuple[FileRow, ...]
    segments: tuple[StayRow, ...]
    journeys: member_journeys.MemberJourneys
    days: tuple[timeline.Day, ...]
    has_more: bool
    may_merge: bool
    may_erase: bool


@require_safe
@vary_on_headers(*HTMX)
@staff_page(*SEES_PEOPLE)
def list_people(request: StaffRequest) -> HttpResponse:
    page = _people_page(request, clock.utc_now())
    name = "office/_people.html" if request.htmx.target == "people" else "office/people.html"
    return render(request, name, {"page": page})


def _people_page(request: StaffRequest, now: datetime) -> PeoplePage:
    asked, language = request.GET, get_language() or "en"
    question = behind.Asked(asked.get("behind", ""), asked.get("part", "numerator"), asked.get("grain", "window"))
    source = behind.find_number(question, language, now)
    stages = stage_names(language)
    slice_ = _members_behind(request, source) if source else _members_found(request)
    kept = {key: asked[key] for key in ("q", "stage", "case", "behind", "part", "grain") if asked.get(key)}
    return PeoplePage(
        now=now,
        rows=_rows(slice_.members, request.company, now, stages),
        total=slice_.total,
        number=slice_.number,
        page_count=slice_.page_count,
        query=asked.get("q", ""),
        stage=asked.get("stage", ""),
        case=case_names(language).get(asked.get("case", ""), ""),
        stages=tuple(stages.values()),
        behind=source,
        link="?" + urlencode(kept) + ("&" if kept else ""),
        unplaced=waiting_for_place().count() if has_role(request, joining.PLACES) else 0,
    )


@dataclass(frozen=True, slots=True)
class Slice:
    """The members of one page, and where it stands among the pages."""

    members: list[Member]
    total: int
    number: int
    page_count: int


def _members_behind(request: StaffRequest, source: behind.Number) -> Slice:
    chunk = Paginator(source.ids, PAGE_SIZE).get_page(request.GET.get("page"))
    members = list(_visible(request).filter(id__in=list(chunk)).order_by("id"))
    return Slice(members, chunk.paginator.count, chunk.number, chunk.paginator.num_pages)


def _members_found(request: StaffRequest) -> Slice:
    people = find_people(_visible(request), request.GET.get("q", ""))
    for kind in (MembershipKind.STAGE, MembershipKind.CASE):
        if key := request.GET.get(kind):
            inside = Membership.objects.filter(kind=kind, key=key, left_at__isnull=True)
            people = people.filter(id__in=inside.values("member_id"))
    chunk = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    return Slice(list(chunk), chunk.paginator.count, chunk.number, chunk.paginator.num_pages)


def _visible(request: StaffRequest) -> MemberQuerySet:
    return access.visible_members(request.user).select_related("mentor")


def find_people(people: MemberQuerySet, text: str) -> MemberQuerySet:
    """Return those of `people` whom every word of a search finds, newest first."""
    for word in text.split():
        people = people.filter(_holds(word))
    return people.order_by("-created_at", "-id")


def _holds(word: str) -> Q:
    """Match a name in any case. SQLite folds the case of Latin letters only, so Cyrillic forms are given by hand."""
    condition = Q(email__icontains=word) | Q(external_id=word) | Q(name__icontains=word)
    for form in {word.lower(), word.capitalize(), word.upper()}:
        condition |= Q(name__contains=form)
    return condition


def _rows(
    members: list[Member], company: Company, now: datetime, stages: dict[str, StageName]
) -> tuple[PersonRow, ...]:
    open_stages = Membership.objects.filter(
        member__in=members, kind=MembershipKind.STAGE, left_at__isnull=True
    ).order_by("entered_at")
    standing: dict[int, StageName] = {}
    for member_id, key in open_stages.values_list("member_id", "key"):
        here, known = stages.get(key), standing.get(member_id)
        if here is not None and (known is None or here.number > known.number):
            standing[member_id] = here
    return tuple(
        PersonRow(
            id=member.id,
            name=member.name or str(_("No name")),
            kind=KINDS[member.kind],
            stage=standing.get(member.id),
            day=member.day_of_path(company, now),
            mentor=member.mentor.name if member.mentor else "",
            registered_at=member.registered_at,
            left_at=member.left_at,
        )
        for member in members
    )


@require_safe
@vary_on_headers(*HTMX)
@staff_page(*SEES_PEOPLE)
def show_member(request: StaffRequest, member_id: int) -> HttpResponse:
    member = access.get_visible_member(request.user, member_id)
    page = _member_page(member, request, clock.utc_now())
    is_panel = request.htmx.target == "panel-body"
    return render(request, "office/_member.html" if is_panel else "office/member.html", {"page": page})


def _member_page(member: Member, request: StaffRequest, now: datetime) -> MemberPage:
    company, language = request.company, get_language() or "en"
    stages, cases = stage_names(language), case_names(language)
    stays = list(Membership.objects.filter(member=member).order_by("-entered_at", "-id"))
    names = {key: stage.name for key, stage in stages.items()} | cases
    labels = names | journey_names(language) | task_names(member, language) | survey_names(language)
    voice = timeline.Voice(labels, language, company.currency)
    days, has_more = timeline.read_days(member, voice)
    rows = {
        kind: tuple(_stay_row(stay, names, stages) for stay in stays if stay.kind == kind)
        for kind in MembershipKind.values
    }
    return MemberPage(
        now=now,
        member=member,
        kind=KINDS[member.kind],
        day=member.day_of_path(company, now),
        stages=rows[MembershipKind.STAGE],
        cases=member_files(member, now),
        segments=rows[MembershipKind.SEGMENT],
        journeys=member_journeys.read_journeys(member, request.user, voice, now),
        days=days,
        has_more=has_more,
        may_merge=member.erased_at is None and has_role(request, identity.MERGES),
        may_erase=member.erased_at is None and has_role(request, identity.ERASES),
    )


def _stay_row(stay: Membership, names: Mapping[str, str], stages: Mapping[str, StageName]) -> StayRow:
    number = stages[stay.key].number if stay.key in stages else 0
    return StayRow(names.get(stay.key, stay.key), number, stay.entered_at, stay.left_at)
