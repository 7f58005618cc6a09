"""Ask the database what the guards need: a few statements for everybody at once."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max

from qadam.cases.guards import CONTACT_REST, REST, Facts
from qadam.cases.measures import Trigger
from qadam.cases.models import MeasureRun
from qadam.conditions import ids_in
from qadam.people import queries as people
from qadam.people.models import Activity, ConsentKind, Kind, Member, Membership, MembershipKind
from qadam.segments.models import Rule

BUYERS = "role/buyer"
"""The segment of people who only buy; without it those of the kind “customer”."""


def read_facts(member_ids: Collection[int], now: datetime) -> dict[int, Facts]:
    """Return what the guards ask about each of these members."""
    ids = ids_in(sorted(member_ids))
    consenting = people.members_with_consent(ConsentKind.ADVERTISING, among=list(member_ids))
    refusals = dict(
        Activity.objects.filter(member_id__in=ids, event_type="presentation.declined").values_list("member_id", "count")
    )
    silent = set(
        Activity.objects.filter(
            member_id__in=ids, event_type="contact.refused", last_at__gt=now - CONTACT_REST
        ).values_list("member_id", flat=True)
    )
    buyers = _buyers(member_ids)
    return {
        member_id: Facts(
            has_left=left_at is not None and left_at <= now,
            has_consent=member_id in consenting,
            refusals=refusals.get(member_id, 0),
            is_buyer=member_id in buyers,
            wants_no_contact=member_id in silent,
        )
        for member_id, left_at in Member.objects.filter(id__in=ids).values_list("id", "left_at")
    }


def _buyers(member_ids: Collection[int]) -> set[int]:
    ids = ids_in(sorted(member_ids))
    if not Rule.objects.filter(kind=MembershipKind.SEGMENT, key=BUYERS, is_active=True).exists():
        return set(Member.objects.filter(id__in=ids, kind=Kind.CUSTOMER).values_list("id", flat=True))
    inside = Membership.objects.filter(member_id__in=ids, kind=MembershipKind.SEGMENT, key=BUYERS, left_at__isnull=True)
    return set(inside.values_list("member_id", flat=True))


def read_last_starts(member_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Return {member: when a measure last began by itself} of those for whom it was less than 48 h ago."""
    runs = MeasureRun.objects.filter(
        trigger=Trigger.AUTOMATIC,
        started_at__gt=now - REST,
        file__enrollment__member_id__in=ids_in(sorted(member_ids)),
    )
    return dict(runs.order_by().values_list("file__enrollment__member_id").annotate(last=Max("started_at")))
