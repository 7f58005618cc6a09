"""Write people: the company, members and their places in the tree, stays, consent, and the audit log."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from qadam.events import operations as events
from qadam.jobs.sql import chunks, update_many
from qadam.jobs.transactions import write
from qadam.people import tree
from qadam.people.errors import AlreadyRegistered
from qadam.people.models import (
    AuditEntry,
    Company,
    Consent,
    ConsentKind,
    DayZero,
    Kind,
    Member,
    Membership,
    Role,
    User,
)


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person to add. Instants are aware UTC; `zone` is an IANA name, "" for the company's."""

    name: str = ""
    kind: str = Kind.PROSPECT
    external_id: str | None = None
    email: str = ""
    phone: str = ""
    language: str = "kk"
    zone: str = ""
    sponsor_id: int | None = None
    mentor_id: int | None = None
    registered_at: datetime | None = None
    started_at: datetime | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """A member's coming into, or going out of, the stage, segment or case `key` at the instant `at` (aware UTC)."""

    member_id: int
    kind: str
    key: str
    at: datetime


@write()
def set_company(*, name: str, zone: str, language: str, currency: str, day_zero: str = DayZero.REGISTERED) -> Company:
    """Create the company of this installation, or change its settings. The salt of control groups never changes."""
    company, _ = Company.objects.update_or_create(
        id=1,
        defaults={"name": name, "zone": zone, "language": language, "currency": currency, "day_zero": day_zero},
        create_defaults={
            "name": name,
            "zone": zone,
            "language": language,
            "currency": currency,
            "day_zero": day_zero,
            "salt": secrets.token_hex(16),
        },
    )
    return company


@write()
def add_staff(
    *, email: str, name: str, roles: Sequence[str], password: str | None, language: str, now: datetime
) -> User:
    """Create a staff user with roles, or give an existing user these roles and, if one is given, this password."""
    user = User.objects.filter(email__iexact=email).first() or User(email=email)
    user.name, user.language = name or user.name, language
    if password is not None:
        user.set_password(password)
    elif user.pk is None:
        user.set_unusable_password()
    user.save()
    Role.objects.bulk_create([Role(user=user, name=role) for role in roles], ignore_conflicts=True)
    write_audit(actor=None, action="staff.added", target=f"user:{user.id}", detail={"roles": list(roles)}, now=now)
    return user


@write()
def set_language(*, user: User, language: str, now: datetime) -> None:
    """Keep the language of a person's pages and letters: kk, ru or en. Records `member.changed`."""
    User.objects.filter(pk=user.pk).update(language=language)
    for member in Member.objects.filter(user=user).exclude(language=language):
        record_changes(member_id=member.id, before={"language": member.language}, now=now)
    Member.objects.filter(user=user).update(language=language)


CHANGES_TOLD = ("kind", "language", "zone", "mentor", "sponsor")
"""The fields whose change is a fact of the log: rules and timers depend on them. Names and addresses aren't told."""


def record_changes(*, member_id: int, before: Mapping[str, object], now: datetime) -> None:
    """Record `member.changed` for each of these fields that rules depend on, with the value it had before."""
    events.record_many(
        [
            events.NewEvent(
                "member.changed",
                member_id,
                now,
                f"changed:{field}:{member_id}:{now.isoformat()}",
                {"field": field, "before": "" if value is None else str(value)},
            )
            for field, value in before.items()
            if field in CHANGES_TOLD
        ],
        now=now,
    )


@write()
def add_members(rows: Sequence[NewMember], *, now: datetime) -> list[Member]:
    """Add people in bulk and place them in the sponsor tree. Records `member.registered` for the registered ones."""
    company = Company.objects.first()
    starts_at_start = company is not None and company.day_zero == DayZero.STARTED
    members = Member.objects.bulk_create(
        [
            Member(
                **{name: getattr(row, name) for name in NewMember.__slots__},
                created_at=now,
                day_zero_at=row.started_at if starts_at_start else row.registered_at,
            )
            for row in rows
        ]
    )
    tree.place_members(members)
    events.record_many([_registered(member) for member in members if member.registered_at], now=now)
    return members


def _registered(member: Member) -> events.NewEvent:
    assert member.registered_at is not None
    props: dict[str, Any] = {"kind": member.kind}
    if member.sponsor_id is not None:
        props["sponsor"] = member.sponsor_id
    return events.NewEvent("member.registered", member.id, member.registered_at, f"registered:{member.id}", props)


@write()
def register_member(*, member: Member, kind: str, sponsor: Member | None, at: datetime, now: datetime) -> None:
    """Turn a prospect into a customer or distributor at the instant `at`. Records `member.registered`.

    Raises:
        AlreadyRegistered: the member has a registration.
        SponsorLoop: the sponsor stands below the member.
    """
    if member.registered_at is not None:
        raise AlreadyRegistered(member=member.name, at=member.registered_at.date().isoformat())
    if sponsor is not None and sponsor.id != member.sponsor_id:
        tree.move_branch(member=member, new_sponsor=sponsor)
    member.kind, member.registered_at = kind, at
    company = Company.objects.first()
    if company is None or company.day_zero == DayZero.REGISTERED:
        member.day_zero_at = at
    member.save(update_fields=["kind", "registered_at", "day_zero_at"])
    events.record_many([_registered(member)], now=now)


@write()
def move_branch(*, member: Member, new_sponsor: Member | None, actor: User | None, now: datetime) -> None:
    """Hang a member with the whole downline below another sponsor (None: a root). Audited.

    Raises:
        SponsorLoop: the new sponsor is the member or stands below.
    """
    old_sponsor_id = member.sponsor_id
    tree.move_branch(member=member, new_sponsor=new_sponsor)
    record_changes(member_id=member.id, before={"sponsor": old_sponsor_id}, now=now)
    detail = {"from": old_sponsor_id, "to": new_sponsor.id if new_sponsor else None}
    write_audit(actor=actor, action="member.moved", target=f"member:{member.id}", detail=detail, now=now)


@write()
def leave_company(*, member: Member, reason: str, at: datetime, now: datetime, key: str = "") -> None:
    """Note that a member has left at the instant `at`. Records `member.left`; a second time changes nothing.

    `key`: the event's own key, where it has to tell who decided.
    """
    if Member.objects.filter(id=member.id, left_at__isnull=True).update(left_at=at):
        # The instant is in the key: who came back may leave once more.
        key = key or f"left:{member.id}:{at.isoformat()}"
        events.record(type="member.left", member_id=member.id, occurred_at=at, key=key, now=now, reason=reason)


@write()
def enter_memberships(stays: Sequence[Stay], *, now: datetime) -> None:
    """Open stays and record `<kind>.entered` at their own instants. A stay that is open already is left as it is."""
    open_ones = _open_stays(stays)
    fresh = {(stay.member_id, stay.kind, stay.key): stay for stay in stays if _identity(stay) not in open_ones}
    Membership.objects.bulk_create(
        [
            Membership(member_id=stay.member_id, kind=stay.kind, key=stay.key, entered_at=stay.at)
            for stay in fresh.values()
        ]
    )
    events.record_many([_stay_event(stay, "entered") for stay in fresh.values()], now=now)


@write()
def leave_memberships(stays: Sequence[Stay], *, now: datetime) -> None:
    """Close open stays and record `<kind>.left` at their own instants. A stay that isn't open is passed over."""
    open_ones = _open_stays(stays)
    ending = {_identity(stay): stay for stay in stays if _identity(stay) in open_ones}
    update_many(
        "people_membership",
        ("left_at",),
        [(_database_value(stay.at), open_ones[identity]) for identity, stay in ending.items()],
    )
    events.record_many([_stay_event(stay, "left") for stay in ending.values()], now=now)


def _identity(stay: Stay) -> tuple[int, str, str]:
    return (stay.member_id, stay.kind, stay.key)


def _open_stays(stays: Sequence[Stay]) -> dict[tuple[int, str, str], int]:
    found = {}
    for chunk in chunks(stays, 500):
        rows = Membership.objects.filter(
            member_id__in={stay.member_id for stay in chunk},
            kind__in={stay.kind for stay in chunk},
            key__in={stay.key for stay in chunk},
            left_at__isnull=True,
        )
        found.update({(row.member_id, row.kind, row.key): row.id for row in rows})
    return found


def _stay_event(stay: Stay, verb: str) -> events.NewEvent:
    key = f"{stay.kind}.{verb}:{stay.key}:{stay.member_id}:{stay.at.isoformat()}"
    return events.NewEvent(f"{stay.kind}.{verb}", stay.member_id, stay.at, key, {"key": stay.key})


def _database_value(instant: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(instant)


@write()
def note_cabinet_opened(*, member: Member, on: date, now: datetime) -> None:
    """Record that the member opened the cabinet, once for each local day `on`."""
    events.record(type="cabinet.opened", member_id=member.id, occurred_at=now, key=f"cabinet:{member.id}:{on}", now=now)


@write()
def note_celebration(*, member: Member, what: str, now: datetime) -> None:
    """Record that the member was shown an occasion to be glad about, once for each: it is never shown again."""
    key = f"celebration:{member.id}:{what}"
    events.record(type="celebration.shown", member_id=member.id, occurred_at=now, key=key, now=now, what=what)


@write()
def give_consent(*, member: Member, kind: ConsentKind, text_version: str, channel: str, now: datetime) -> Consent:
    """Store a consent with the version of its text, the time and the channel: the proof that the law asks for."""
    return Consent.objects.create(member=member, kind=kind, text_version=text_version, channel=channel, given_at=now)


@write()
def give_consents(
    members: Sequence[Member], *, kind: ConsentKind, text_version: str, channel: str, at: datetime
) -> None:
    """The same for many members at once."""
    Consent.objects.bulk_create(
        [
            Consent(member=member, kind=kind, text_version=text_version, channel=channel, given_at=at)
            for member in members
        ]
    )


@write()
def withdraw_consent(*, member: Member, kind: ConsentKind, now: datetime) -> None:
    """End every open consent of this kind; the rows stay as proof."""
    Consent.objects.filter(member=member, kind=kind, withdrawn_at__isnull=True).update(withdrawn_at=now)


def write_audit(*, actor: User | None, action: str, target: str, detail: Mapping[str, object], now: datetime) -> None:
    """Add a line to the audit log, in the transaction of the act itself."""
    AuditEntry.objects.create(at=now, actor=actor, action=action, target=target, detail=dict(detail))
