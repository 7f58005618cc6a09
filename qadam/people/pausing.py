"""A path that stands still for some days: asked for by the member, begun and ended by the calendar or by coming back.

A pause is a row of local dates. `path.paused` is recorded when it begins, `path.resumed` when it ends; the plan moves
its dates by these two, and streaks read the dates.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from qadam.events import operations as events
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people.errors import (
    NoPause,
    PauseInPast,
    PauseTooFar,
    PauseTooLong,
    PauseTooOften,
    PauseTwice,
    PauseUpsideDown,
)
from qadam.people.models import Company, Member, Pause
from qadam.people.pause_rules import DAY, FARTHEST_DAYS, MOST_DAYS, Span, find_fault, last_paused_on, next_quarter
from qadam.people.queries import get_company

LONGEST_AHEAD = timedelta(hours=14)
"""No zone is farther ahead of UTC: a local day begins at most so long before it does in UTC."""


@write()
def pause_path(*, member: Member, first_on: date, last_on: date, now: datetime) -> Pause:
    """Let a member's path stand still from `first_on` to `last_on` (local dates, both included).

    A pause that begins today begins at once, another at its local midnight.

    Raises:
        PauseUpsideDown, PauseInPast, PauseTooFar, PauseTooLong: the dates.
        PauseTooOften: two pauses begin in that quarter already.
        PauseTwice: one is under way or planned.
    """
    zone = member.zone_in(get_company())
    today = clock.local_date(now, zone)
    Member.objects.select_for_update().filter(id=member.id).first()
    if Pause.objects.filter(member=member, resumed_at__isnull=True).exists():
        raise PauseTwice
    begun = Pause.objects.filter(member=member).values_list("first_on", flat=True)
    _refuse(find_fault(Span(first_on, last_on), today, begun), first_on)
    pause = Pause.objects.create(member=member, first_on=first_on, last_on=last_on, asked_at=now)
    if first_on == today:
        _begin(pause, at=now, now=now)
    return pause


@write()
def resume_path(*, member: Member, now: datetime) -> None:
    """Come back before the pause is over; the day of coming back is an ordinary day. A planned pause is called off.

    Raises:
        NoPause: there is none.
    """
    pause = Pause.objects.filter(member=member, resumed_at__isnull=True).first()
    if pause is None:
        raise NoPause
    if pause.started_at is None:
        pause.delete()
        return
    today = clock.local_date(now, member.zone_in(get_company()))
    asked = Span(pause.first_on, pause.last_on)
    kept = Span(pause.first_on, last_paused_on(asked, today))
    _end(pause, days=kept.days, back=asked.days - kept.days, at=now, now=now)
    # A pause that was given back on its first day holds no day, and the database keeps no empty one.
    if kept.days:
        Pause.objects.filter(id=pause.id).update(last_on=kept.last_on)
    else:
        pause.delete()


def start_and_end_pauses(now: datetime) -> int:
    """Begin the pauses whose first day has come, and end those whose last day is over. Return how many."""
    company = get_company() if Company.objects.exists() else None
    if company is None:
        return 0
    latest = (now + LONGEST_AHEAD).date()
    open_ones = Pause.objects.filter(resumed_at__isnull=True).select_related("member")
    due = open_ones.filter(started_at__isnull=True, first_on__lte=latest) | open_ones.filter(last_on__lt=latest)
    return sum(_follow_calendar(pause.id, company, now) for pause in due.order_by("id"))


@write()
def _follow_calendar(pause_id: int, company: Company, now: datetime) -> bool:
    """Begin and end one pause as far as the calendar has come; each at its own local midnight."""
    pause = Pause.objects.select_related("member").filter(id=pause_id, resumed_at__isnull=True).first()
    if pause is None:
        return False
    zone = pause.member.zone_in(company)
    today, has_moved = clock.local_date(now, zone), False
    if pause.started_at is None and pause.first_on <= today:
        _begin(pause, at=max(clock.start_of_day(pause.first_on, zone), pause.asked_at), now=now)
        has_moved = True
    if pause.started_at is not None and pause.last_on < today:
        # Whoever changed the zone meanwhile comes back no earlier than they went.
        at = max(clock.start_of_day(pause.last_on + DAY, zone), pause.started_at)
        _end(pause, days=Span(pause.first_on, pause.last_on).days, back=0, at=min(at, now), now=now)
        has_moved = True
    return has_moved


def _begin(pause: Pause, *, at: datetime, now: datetime) -> None:
    pause.started_at = at
    pause.save(update_fields=["started_at"])
    props = {
        "from": pause.first_on.isoformat(),
        "until": pause.last_on.isoformat(),
        "days": Span(pause.first_on, pause.last_on).days,
    }
    _record("path.paused", pause, at, props, now)


def _end(pause: Pause, *, days: int, back: int, at: datetime, now: datetime) -> None:
    pause.resumed_at = at
    pause.save(update_fields=["resumed_at"])
    _record("path.resumed", pause, at, {"days": days, "back": back}, now)


def _record(event_type: str, pause: Pause, at: datetime, props: dict[str, object], now: datetime) -> None:
    key = f"{event_type}:{pause.member_id}:{pause.id}"
    events.record_many([events.NewEvent(event_type, pause.member_id, at, key, props)], now=now)


@write()
def close_pause(*, member: Member, now: datetime) -> None:
    """End or call off whatever pause a member has, if any: who leaves doesn't come back by the calendar."""
    if Pause.objects.filter(member=member, resumed_at__isnull=True).exists():
        resume_path(member=member, now=now)


def _refuse(fault: str, first_on: date) -> None:
    match fault:
        case "order":
            raise PauseUpsideDown
        case "past":
            raise PauseInPast
        case "far":
            raise PauseTooFar(days=FARTHEST_DAYS)
        case "long":
            raise PauseTooLong(days=MOST_DAYS)
        case "often":
            raise PauseTooOften(on=next_quarter(first_on))


# Reading


def open_pause_of(member: Member) -> Pause | None:
    """Return the pause that is under way or planned."""
    return Pause.objects.filter(member=member, resumed_at__isnull=True).first()


def pauses_of(member: Member) -> QuerySet[Pause]:
    """Return all pauses of a member, newest first."""
    return Pause.objects.filter(member=member).order_by("-first_on", "-id")


def is_paused(member: Member, on: date) -> bool:
    """Tell whether a local day of a member is a paused one."""
    return member.id in paused_days_of([member.id], on, on)


def paused_days_of(member_ids: Collection[int], since: date, until: date) -> dict[int, frozenset[date]]:
    """Return {member: paused local dates} between two dates, both included; who has none is left out.

    A pause that is only planned, and one whose days lie ahead, counts too: it may still be given back.
    """
    days: dict[int, set[date]] = {}
    for chunk in chunks(list(member_ids)):
        rows = Pause.objects.filter(member_id__in=chunk, first_on__lte=until, last_on__gte=since)
        for member_id, first_on, last_on in rows.values_list("member_id", "first_on", "last_on"):
            days.setdefault(member_id, set()).update(Span(first_on, last_on).within(since, until).each_day())
    return {member_id: frozenset(found) for member_id, found in days.items()}


def paused_until(member_ids: Collection[int], company: Company, now: datetime) -> dict[int, datetime]:
    """Return {member: the UTC instant at which the pause ends} of those whose path stands still at `now`."""
    ends: dict[int, datetime] = {}
    for chunk in chunks(list(member_ids)):
        rows = Pause.objects.filter(member_id__in=chunk, started_at__isnull=False, resumed_at__isnull=True)
        for pause in rows.select_related("member"):
            end = clock.start_of_day(pause.last_on + DAY, pause.member.zone_in(company))
            if end > now:
                ends[pause.member_id] = end
    return ends
