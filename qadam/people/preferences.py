"""What a member wishes about the own pages and letters: which letters, at what hours, in which zone."""

import re
from datetime import date, datetime, timedelta

from django.db import models

from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people.errors import FaultyHours, ZoneChangedLately
from qadam.people.models import Company, Consent, ConsentKind, Member, User
from qadam.people.operations import give_consent, record_changes, withdraw_consent

ZONE_KEPT = timedelta(days=7)
"""A zone stays at least so long: a change could give a day of a streak twice."""
HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


class Letters(models.TextChoices):
    ALL = "all", "all"
    NEEDED = "needed", "only what answers the member's own acts"


@write()
def change_zone(*, member: Member, zone: str, now: datetime) -> None:
    """Change a member's IANA zone, "" for the company's; once in seven days. Records `member.changed`.

    The same zone, and another name for what the clock shows already, aren't held back.

    Raises:
        ZoneChangedLately: the last change is too fresh.
    """
    current = Member.objects.select_for_update().get(id=member.id)
    if current.zone == zone:
        return
    company = Company.objects.get(id=1)
    is_same_clock = str(clock.zone_of(zone, company.zone)) == str(current.zone_in(company))
    if not is_same_clock and (free_at := zone_free_at(current)) is not None and free_at > now:
        raise ZoneChangedLately(on=clock.local_date(free_at, current.zone_in(company)))
    record_changes(member_id=member.id, before={"zone": current.zone}, now=now)
    changed_at = current.zone_changed_at if is_same_clock else now
    Member.objects.filter(id=member.id).update(zone=zone, zone_changed_at=changed_at)


def zone_free_at(member: Member) -> datetime | None:
    """Return from when the zone may change again; None when it never changed."""
    return member.zone_changed_at + ZONE_KEPT if member.zone_changed_at else None


def zone_free_on(member: Member, company: Company, now: datetime) -> date | None:
    """Return the local date from which the zone may change again; None when it may now."""
    free_at = zone_free_at(member)
    return clock.local_date(free_at, member.zone_in(company)) if free_at and free_at > now else None


@write()
def change_name(*, user: User, name: str) -> None:
    """Change a person's own name."""
    User.objects.filter(pk=user.pk).update(name=name)
    Member.objects.filter(user=user).update(name=name)


@write()
def set_letters(*, member: Member, letters: Letters, quiet: str) -> None:
    """Keep which letters a member wants, and the hours without them ("21:00-08:00", "" for the company's only).

    Raises:
        FaultyHours: not hours, or hours without length.
    """
    if quiet and (not HOURS.fullmatch(quiet) or quiet[:5] == quiet[6:]):
        raise FaultyHours
    Member.objects.filter(id=member.id).update(letters=letters.value, quiet=quiet)


@write()
def set_advertising(*, member: Member, is_wanted: bool, text_version: str, channel: str, now: datetime) -> None:
    """Give the consent to advertising with the version of its text, or withdraw it. The same again changes nothing."""
    given = open_consent(member, ConsentKind.ADVERTISING)
    if is_wanted and given is None:
        give_consent(member=member, kind=ConsentKind.ADVERTISING, text_version=text_version, channel=channel, now=now)
    elif not is_wanted and given is not None:
        withdraw_consent(member=member, kind=ConsentKind.ADVERTISING, now=now)


def open_consent(member: Member, kind: ConsentKind) -> Consent | None:
    """Return the consent of a kind that is given and not withdrawn; the newest."""
    given = Consent.objects.filter(member=member, kind=kind, withdrawn_at__isnull=True)
    return given.order_by("-given_at", "-id").first()
