"""The people below a mentor or leader: where each one stands, without anybody's earnings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.lib.text import words_of
from qadam.maps.models import Stage
from qadam.people import access, pausing
from qadam.people.models import Member, Membership, MembershipKind
from qadam.tasks import queries
from qadam.tasks.rules import PATH_DAYS

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class StageName:
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person. Contacts are empty unless the person is in the own frontline or a mentee."""

    name: str
    stage: StageName | None
    day: int | None
    open_tasks: int
    email: str
    phone: str
    paused_until: date | None
    """The last day of the pause that the person is on."""


@dataclass(frozen=True, slots=True)
class LeftRow:
    """Somebody who has gone, as a fact; nobody's reason is told."""

    name: str
    left_on: date


@dataclass(frozen=True, slots=True)
class TeamPage:
    """People in their first 90 days, or everybody (`is_all`); newest first, prospects last.

    `left`: who of the own frontline and mentees has gone in the last 90 days.
    """

    now: datetime
    rows: tuple[PersonRow, ...]
    newcomers: int
    everybody: int
    is_all: bool
    number: int
    page_count: int
    left: tuple[LeftRow, ...]


@require_safe
@member_page
def show_team(request: MemberRequest) -> HttpResponse:
    now = clock.utc_now()
    people = access.visible_members(request.user).exclude(id=request.member.id).filter(left_at__isnull=True)
    newcomers = people.filter(day_zero_at__gt=now - timedelta(days=PATH_DAYS + 1))
    is_all = request.GET.get("show") == "all"
    chosen = people if is_all else newcomers
    newest_first = chosen.order_by(F("day_zero_at").desc(nulls_last=True), "-created_at", "-id")
    shown = Paginator(newest_first, PAGE_SIZE).get_page(request.GET.get("page"))
    page = TeamPage(
        now=now,
        rows=_rows(request, list(shown), now),
        newcomers=newcomers.count(),
        everybody=people.count(),
        is_all=is_all,
        number=shown.number,
        page_count=shown.paginator.num_pages,
        left=_left(request.member, now),
    )
    return render(request, "cabinet/team.html", {"page": page})


def _rows(request: MemberRequest, members: list[Member], now: datetime) -> tuple[PersonRow, ...]:
    ids = [member.id for member in members]
    stages, tasks = _standing(ids), queries.count_open_tasks(members, request.company, now)
    me, paused = request.member.id, pausing.paused_until(ids, request.company, now)
    return tuple(
        PersonRow(
            name=member.name,
            stage=stages.get(member.id),
            day=member.day_of_path(request.company, now),
            open_tasks=tasks.get(member.id, 0),
            email=member.email if me in (member.sponsor_id, member.mentor_id) else "",
            phone=member.phone if me in (member.sponsor_id, member.mentor_id) else "",
            paused_until=_last_day_before(paused[member.id], member, request) if member.id in paused else None,
        )
        for member in members
    )


def _last_day_before(end: datetime, member: Member, request: MemberRequest) -> date:
    """Return the member's local day that a midnight ends."""
    return clock.local_date(end, member.zone_in(request.company)) - timedelta(days=1)


def _left(member: Member, now: datetime) -> tuple[LeftRow, ...]:
    own = Member.objects.filter(Q(sponsor=member) | Q(mentor=member), erased_at__isnull=True)
    gone = own.filter(left_at__gt=now - timedelta(days=PATH_DAYS), left_at__lte=now).order_by("-left_at", "-id")
    return tuple(LeftRow(each.name, timezone.localdate(each.left_at)) for each in gone[:PAGE_SIZE])


def _standing(ids: Collection[int]) -> dict[int, StageName]:
    """Return {member: the farthest open stage} by the maps that are valid now."""
    names = {
        f"{slug}/{key}": StageName(position, words_of(name).in_language(get_language() or "en"))
        for slug, key, position, name in Stage.objects.filter(
            version__published_at__isnull=False, version__valid_to__isnull=True
        ).values_list("version__map__slug", "key", "position", "name")
    }
    open_stays = Membership.objects.filter(member_id__in=ids, kind=MembershipKind.STAGE, left_at__isnull=True)
    standing: dict[int, StageName] = {}
    for member_id, key in open_stays.values_list("member_id", "key"):
        here, known = names.get(key), standing.get(member_id)
        if here is not None and (known is None or here.number > known.number):
            standing[member_id] = here
    return standing
