"""Badges that people give each other: a member nominates, the nominee's leader decides."""

from __future__ import annotations

from datetime import datetime

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.people import operations as people
from qadam.people.access import roles_of
from qadam.people.models import Member, RoleName, User
from qadam.recognition.awards import Award, Nomination, NominationState
from qadam.recognition.badge_documents import ONLY_TIER, BadgeDocument, Way
from qadam.recognition.badge_rules import period_key
from qadam.recognition.errors import (
    DecidedAlready,
    HasItAlready,
    NominatedAlready,
    NominatedOneself,
    NotByNomination,
    NotTheirLeader,
    OwnNomination,
)
from qadam.recognition.facts import read_people, read_zones
from qadam.recognition.periods import local_day, month_key
from qadam.recognition.reading import find_badge

MOST_WORDS = 400
DECIDING = (RoleName.OWNER, RoleName.RETENTION)
"""Staff that decide where no leader does."""


@write()
def nominate_badge(*, badge: str, nominee: Member, nominated_by: Member, words: str, now: datetime) -> Nomination:
    """Nominate a colleague for a badge, in one's own words. Records `badge.nominated` of the nominee.

    Raises:
        NotByNomination: there is no such badge, or it is earned.
        NominatedOneself: by another record of the same human, too.
        NominatedAlready: this person for this badge in its period (a month, where the badge has none).
        HasItAlready: the nominee has it in this period.
    """
    definition = _get_nominable(badge)
    persons = read_people([nominee.id, nominated_by.id])
    if nominee.id == nominated_by.id or not persons[nominee.id].contacts.isdisjoint(persons[nominated_by.id].contacts):
        raise NominatedOneself
    day = local_day(now, read_zones([persons[nominated_by.id]])[nominated_by.id])
    if _has_it(definition, nominee, now):
        raise HasItAlready
    found, is_new = Nomination.objects.get_or_create(
        badge=badge,
        nominee=nominee,
        nominated_by=nominated_by,
        period=period_key(definition.repeat, day) or month_key(day),
        defaults={"words": words.strip()[:MOST_WORDS], "created_at": now},
    )
    if not is_new:
        raise NominatedAlready
    key = f"badge.nominated:{found.id}"
    events.record(type="badge.nominated", member_id=nominee.id, occurred_at=now, key=key, now=now, badge=badge)
    return found


def _get_nominable(key: str) -> BadgeDocument:
    version = find_badge(key)
    if version is None or version.badge.way is not Way.NOMINATED:
        raise NotByNomination
    return version.badge


def _has_it(badge: BadgeDocument, nominee: Member, now: datetime) -> bool:
    awards = Award.objects.held().filter(badge=badge.key, member=nominee)
    return awards.filter(period=_period(badge, nominee, now)).exists()


def _period(badge: BadgeDocument, nominee: Member, now: datetime) -> str:
    zones = read_zones(read_people([nominee.id]).values())
    return period_key(badge.repeat, local_day(now, zones[nominee.id]))


@write()
def decide_nomination(*, nomination: Nomination, decider: User, is_approved: bool, now: datetime) -> None:
    """Approve or decline a nomination, as the nominee's leader or for the office; approved, it awards the badge.

    Raises:
        NotTheirLeader: the decider stands neither above the nominee nor in the office; or is the nominee.
        OwnNomination: the decider nominated.
        DecidedAlready: it was decided before.
    """
    row = Nomination.objects.select_for_update(of=("self",)).select_related("nominee").get(id=nomination.id)
    _refuse_decider(row, decider)
    if row.state != NominationState.WAITING:
        raise DecidedAlready
    row.state = NominationState.APPROVED if is_approved else NominationState.DECLINED
    row.decided_by, row.decided_at = decider, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    if is_approved:
        _award(row, now)
    detail = {"badge": row.badge, "state": str(row.state)}
    target = f"member:{row.nominee_id}"
    people.write_audit(actor=decider, action="nomination.decided", target=target, detail=detail, now=now)


def _refuse_decider(row: Nomination, decider: User) -> None:
    leader, nominee = decider.member, row.nominee
    if leader is not None and leader.id == row.nominated_by_id:
        raise OwnNomination
    is_here = leader is not None and leader.left_at is None
    is_above = leader is not None and is_here and (nominee.mentor_id == leader.id or leader.downline_has(nominee))
    if not is_above and (roles_of(decider).isdisjoint(DECIDING) or (leader is not None and leader.id == nominee.id)):
        raise NotTheirLeader


def _award(row: Nomination, now: datetime) -> None:
    """Give the badge once for its period, however many had nominated the same person."""
    version = find_badge(row.badge)
    if version is None:
        raise NotByNomination
    period = _period(version.badge, row.nominee, row.created_at)
    award, is_new = Award.objects.get_or_create(
        member_id=row.nominee_id,
        badge=row.badge,
        tier=ONLY_TIER,
        period=period,
        defaults={"version_id": version.id, "awarded_at": now, "asked_at": now, "nomination": row},
    )
    if is_new:
        props = {"badge": row.badge, "tier": ONLY_TIER}
        key = f"badge:{row.badge}:{ONLY_TIER}:{period}:{award.member_id}"
        events.record_many([events.NewEvent("badge.awarded", award.member_id, now, key, props)], now=now)
