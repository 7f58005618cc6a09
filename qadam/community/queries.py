"""Who is invited to what. Times aware UTC; texts in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qadam.community.errors import UnknownGathering
from qadam.community.models import Attendance, Feed, Gathering, GatheringKind
from qadam.community.rules import takes_code
from qadam.people.models import Member

THIS_WEEK = timedelta(days=7)
LONGEST = timedelta(minutes=600)
"""No gathering is longer: what began earlier is over."""
KIND_WORDS: dict[str, str | Promise] = {
    GatheringKind.LIVE.value: _("Live stream"),
    GatheringKind.CALL.value: _("Online call"),
    GatheringKind.MEETING.value: _("Meeting"),
}
AHEAD, FED_BACK = timedelta(days=92), timedelta(days=60)
"""How far lists look ahead, and how far back a calendar still tells what was."""


@dataclass(frozen=True, slots=True)
class NextGathering:
    """The gathering of this week for one member; `path` is its page, where the link to join is."""

    id: int
    title: str
    kind: str
    kind_words: str | Promise
    host: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    is_on_now: bool
    path: str
    is_checked_in: bool


@dataclass(frozen=True, slots=True)
class GatheringView:
    """A gathering as a page shows it. `url` and `place` are for those who are invited; `code` for who leads it.

    `attended`: how many have checked in; `takes_code`: a code may be typed now; `is_own`: the reader may change it.
    """

    id: int
    title: str
    kind: str
    kind_words: str | Promise
    host: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    url: str
    place: str
    is_for_everybody: bool
    leader_name: str
    is_over: bool
    is_on_now: bool
    is_cancelled: bool
    is_checked_in: bool
    takes_code: bool
    is_own: bool
    code: str
    attended: int
    path: str


def next_gathering_of(member: Member, now: datetime, language: str) -> NextGathering | None:
    """Return the gathering that goes on, else the next one within seven days; None where there is none."""
    coming = _invited(member).filter(
        cancelled_at__isnull=True, starts_at__gt=now - LONGEST, starts_at__lte=now + THIS_WEEK
    )
    for row in coming.order_by("starts_at", "id"):
        if _ends_at(row) > now:
            is_checked_in = Attendance.objects.filter(
                gathering=row, member=member, checked_in_at__isnull=False
            ).exists()
            return NextGathering(
                id=row.id,
                title=title_of(row, language),
                kind=row.kind,
                kind_words=KIND_WORDS[row.kind],
                host=row.host,
                starts_at=row.starts_at,
                ends_at=_ends_at(row),
                minutes=row.minutes,
                is_on_now=row.starts_at <= now,
                path=path_of(row),
                is_checked_in=is_checked_in,
            )
    return None


def upcoming_of(member: Member, now: datetime, language: str) -> tuple[GatheringView, ...]:
    """Return what a member is invited to and isn't over, soonest first, with what was cancelled."""
    rows = _invited(member).filter(starts_at__gt=now - LONGEST, starts_at__lte=now + AHEAD).select_related("leader")
    coming = [row for row in rows.order_by("starts_at", "id") if _ends_at(row) > now]
    return _views(coming, member, now, language)


def view_of(member: Member, gathering_id: int, now: datetime, language: str) -> GatheringView:
    """Return one gathering for a member.

    Raises:
        UnknownGathering: there is none, or the member isn't invited.
    """
    return _views([get_invited(member, gathering_id)], member, now, language)[0]


def get_invited(member: Member, gathering_id: int) -> Gathering:
    """Return a gathering that a member is invited to.

    Raises:
        UnknownGathering: there is none, or the member isn't invited.
    """
    row = _invited(member).select_related("leader").filter(id=gathering_id).first()
    if row is None:
        raise UnknownGathering
    return row


def get_own(leader: Member, gathering_id: int) -> Gathering:
    """Return a gathering of a leader's own branch.

    Raises:
        UnknownGathering: it isn't theirs.
    """
    row = Gathering.objects.filter(id=gathering_id, leader=leader, leader__left_at__isnull=True).first()
    if row is None:
        raise UnknownGathering
    return row


def get_gathering(gathering_id: int) -> Gathering:
    """Return any gathering, for the staff.

    Raises:
        UnknownGathering: there is none.
    """
    row = Gathering.objects.select_related("leader").filter(id=gathering_id).first()
    if row is None:
        raise UnknownGathering
    return row


def list_gatherings(now: datetime, language: str, *, is_past: bool = False) -> tuple[GatheringView, ...]:
    """Return all gatherings for the staff: what is to come, soonest first, or the last hundred that are over."""
    if is_past:
        rows = Gathering.objects.filter(starts_at__lte=now).order_by("-starts_at", "-id")[:200]
        chosen = [row for row in rows.select_related("leader") if _ends_at(row) <= now][:100]
    else:
        rows = Gathering.objects.filter(starts_at__gt=now - LONGEST).order_by("starts_at", "id")
        chosen = [row for row in rows.select_related("leader") if _ends_at(row) > now]
    return _views(chosen, None, now, language)


def staff_view_of(gathering: Gathering, now: datetime, language: str) -> GatheringView:
    """Return one gathering as the staff see it."""
    return _views([gathering], None, now, language)[0]


def attended_names(gathering_id: int) -> tuple[str, ...]:
    """Return the names of those who have checked in, in the order of their coming."""
    came = Attendance.objects.filter(gathering_id=gathering_id, checked_in_at__isnull=False)
    rows = came.order_by("checked_in_at", "id")
    return tuple(rows.values_list("member__name", flat=True))


def member_of_feed(token: str) -> Member | None:
    """Return whose calendar a token opens; nobody's for one that isn't known, or of a member who has left."""
    feed = Feed.objects.select_related("member").filter(token=token, member__left_at__isnull=True).first()
    return feed.member if feed else None


def token_of(member: Member) -> str:
    """Return the token of a member's calendar; "" before one was asked for."""
    return Feed.objects.filter(member=member).values_list("token", flat=True).first() or ""


def fed_to(member: Member, now: datetime) -> Sequence[Gathering]:
    """Return what a member's calendar holds: the last two months and what is to come, cancelled ones too."""
    rows = _invited(member).filter(starts_at__gt=now - FED_BACK, starts_at__lte=now + AHEAD)
    return list(rows.order_by("starts_at", "id"))


def title_of(gathering: Gathering, language: str) -> str:
    """Return the title to show: what kind of gathering it is where the leader's own words were erased."""
    return gathering.title_in(language) or str(KIND_WORDS[gathering.kind])


def path_of(gathering: Gathering) -> str:
    return f"/gatherings/{gathering.id}/"


def _invited(member: Member) -> QuerySet[Gathering]:
    """Return everybody's, the own ones, and those of the leaders above; of one who has left only what was cancelled."""
    above = Q(leader__tin__lte=member.tin, leader__tin__gt=member.tin - F("leader__size"))
    is_kept = Q(leader__left_at__isnull=True) | Q(cancelled_at__isnull=False)
    return Gathering.objects.filter(Q(leader__isnull=True) | (above & is_kept))


def _ends_at(row: Gathering) -> datetime:
    return row.starts_at + timedelta(minutes=row.minutes)


def _views(rows: Sequence[Gathering], member: Member | None, now: datetime, language: str) -> tuple[GatheringView, ...]:
    ids = [row.id for row in rows]
    came = Attendance.objects.filter(gathering_id__in=ids, checked_in_at__isnull=False)
    counts = dict(came.order_by().values_list("gathering_id").annotate(count=Count("id")))
    own = set(came.filter(member=member).values_list("gathering_id", flat=True)) if member else set()
    return tuple(_view(row, member, now, language, counts.get(row.id, 0), row.id in own) for row in rows)


def _view(
    row: Gathering, member: Member | None, now: datetime, language: str, attended: int, is_checked_in: bool
) -> GatheringView:
    is_own = member is None or row.leader_id == member.id
    is_over = _ends_at(row) <= now
    is_cancelled = row.cancelled_at is not None
    return GatheringView(
        id=row.id,
        title=title_of(row, language),
        kind=row.kind,
        kind_words=KIND_WORDS[row.kind],
        host=row.host,
        starts_at=row.starts_at,
        ends_at=_ends_at(row),
        minutes=row.minutes,
        url="" if is_over or is_cancelled else row.url,
        place=row.place,
        is_for_everybody=row.leader_id is None,
        leader_name=row.leader.name if row.leader else "",
        is_over=is_over,
        is_on_now=row.starts_at <= now < _ends_at(row),
        is_cancelled=is_cancelled,
        is_checked_in=is_checked_in,
        takes_code=not is_cancelled and not is_checked_in and takes_code(row.starts_at, row.minutes, now),
        is_own=is_own,
        code=row.code if is_own else "",
        attended=attended if is_own else 0,
        path=path_of(row),
    )
