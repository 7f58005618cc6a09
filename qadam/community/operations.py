"""Write gatherings: add, change, cancel, check in, and the secret address of a calendar."""

import secrets
import uuid
from datetime import datetime

from django.db.models import F

from qadam.community import queries
from qadam.community.errors import (
    AlreadyCancelled,
    CodeNotTaken,
    FaultyGathering,
    NoBranch,
    TooManyTries,
    WrongCode,
)
from qadam.community.models import Attendance, Feed, Gathering
from qadam.community.rules import ALPHABET, CODE_LENGTH, MOST_TRIES, Plan, find_faults, read_code, takes_code
from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.people import operations as people
from qadam.people.models import Member, User


@write()
def add_gathering(*, plan: Plan, leader: Member | None, actor: User, now: datetime) -> Gathering:
    """Add a gathering for everybody (`leader` None) or for a leader's branch, with a fresh check-in code. Audited.

    Raises:
        FaultyGathering: the plan can't be kept.
        NoBranch: nobody stands below the leader.
    """
    _refuse_faults(plan, now, is_new=True)
    if leader is not None and (leader.size <= 1 or leader.left_at is not None):
        raise NoBranch
    gathering = Gathering.objects.create(
        **_columns(plan), uid=str(uuid.uuid4()), leader=leader, code=_fresh_code(), created_at=now, changed_at=now
    )
    detail = _detail(plan.kind, plan.starts_at)
    people.write_audit(
        actor=actor, action="gathering.added", target=f"gathering:{gathering.id}", detail=detail, now=now
    )
    return gathering


@write()
def change_gathering(*, gathering: Gathering, plan: Plan, actor: User, now: datetime) -> None:
    """Change a gathering; calendars follow by its grown `sequence`. What is the same already isn't told. Audited.

    Raises:
        FaultyGathering: the plan can't be kept, or moves the beginning into the past.
        AlreadyCancelled: it won't be.
    """
    if gathering.cancelled_at is not None:
        raise AlreadyCancelled
    columns = _columns(plan)
    if all(getattr(gathering, name) == value for name, value in columns.items()):
        return
    _refuse_faults(plan, now, is_new=plan.starts_at != gathering.starts_at)
    Gathering.objects.filter(id=gathering.id).update(**columns, changed_at=now, sequence=F("sequence") + 1)
    detail = _detail(plan.kind, plan.starts_at)
    people.write_audit(
        actor=actor, action="gathering.changed", target=f"gathering:{gathering.id}", detail=detail, now=now
    )


@write()
def cancel_gathering(*, gathering: Gathering, actor: User, now: datetime) -> None:
    """Cancel a gathering: calendars show it as cancelled, and nobody can check in. Audited.

    Raises:
        AlreadyCancelled: it was cancelled before.
    """
    open_ones = Gathering.objects.filter(id=gathering.id, cancelled_at__isnull=True)
    if not open_ones.update(cancelled_at=now, changed_at=now, sequence=F("sequence") + 1):
        raise AlreadyCancelled
    detail = _detail(gathering.kind, gathering.starts_at)
    people.write_audit(
        actor=actor, action="gathering.cancelled", target=f"gathering:{gathering.id}", detail=detail, now=now
    )


def check_in(*, member: Member, gathering_id: int, code: str, now: datetime) -> None:
    """Note that a member was there, by the code that the call shows. Records `live.attended`, once; again is harmless.

    A wrong code counts, and is kept although the check-in is refused.

    Raises:
        UnknownGathering: there is none, or the member isn't invited.
        CodeNotTaken: too early, too late, or cancelled.
        TooManyTries: ten wrong codes before.
        WrongCode: not the code.
    """
    if not _take_try(member, queries.get_invited(member, gathering_id), code, now):
        raise WrongCode


@write()
def _take_try(member: Member, gathering: Gathering, code: str, now: datetime) -> bool:
    row, _ = Attendance.objects.get_or_create(gathering=gathering, member=member)
    if row.checked_in_at is not None:
        return True
    if gathering.cancelled_at is not None or not takes_code(gathering.starts_at, gathering.minutes, now):
        raise CodeNotTaken
    # Counted in the database and read back, so that tries at the same moment can't pass the limit together.
    Attendance.objects.filter(id=row.id).update(tries=F("tries") + 1)
    row.refresh_from_db()
    if row.tries > MOST_TRIES:
        raise TooManyTries
    if not secrets.compare_digest(read_code(code).encode(), gathering.code.encode()):
        return False
    Attendance.objects.filter(id=row.id).update(checked_in_at=now)
    _record_attended(member.id, gathering, now)
    return True


def _record_attended(member_id: int, gathering: Gathering, now: datetime) -> None:
    props = {"event": f"gathering-{gathering.id}"}
    key = f"live.attended:gathering-{gathering.id}:{member_id}"
    events.record_many([events.NewEvent("live.attended", member_id, now, key, props)], now=now)


@write()
def give_feed(*, member: Member, is_anew: bool = False, now: datetime) -> str:
    """Return the token of a member's calendar, made at the first wish; `is_anew` makes another and closes the old."""
    feed, is_fresh = Feed.objects.get_or_create(
        member=member, defaults={"token": secrets.token_urlsafe(32), "created_at": now}
    )
    if is_anew and not is_fresh:
        feed.token, feed.created_at = secrets.token_urlsafe(32), now
        feed.save(update_fields=["token", "created_at"])
    return feed.token


@write()
def close_feed(*, member: Member) -> None:
    """Close the address of a member's calendar."""
    Feed.objects.filter(member=member).delete()


def _refuse_faults(plan: Plan, now: datetime, *, is_new: bool) -> None:
    faults = find_faults(plan, now=now, is_new=is_new)
    if faults:
        raise FaultyGathering(faults)


def _columns(plan: Plan) -> dict[str, object]:
    titles = {f"title_{language}": plan.title.get(language, "") for language in ("kk", "ru", "en")}
    names = ("kind", "host", "starts_at", "minutes", "url", "place")
    return titles | {name: getattr(plan, name) for name in names}


def _detail(kind: str, starts_at: datetime) -> dict[str, object]:
    """Say which gathering it was without its title: the log is never emptied, and the words are its leader's."""
    return {"gathering": kind, "starts_at": starts_at.isoformat()}


def _fresh_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))
