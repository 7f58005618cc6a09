"""Give, take back and give back badges: conditions asked in sets, once per tier and batch, for those affected only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from qadam import conditions
from qadam.conditions import Condition
from qadam.conditions.tree import Day
from qadam.events import operations as events
from qadam.events.consumers import EventRow
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people.models import Member, MemberQuerySet
from qadam.recognition.awards import Award
from qadam.recognition.badge_documents import BadgeDocument, Repeat, Tier, Way
from qadam.recognition.badge_rules import (
    is_lasting,
    is_on,
    period_key,
    split_days,
    start_of_period,
    undoing_types,
    within_period,
)
from qadam.recognition.evidence import find_evidence
from qadam.recognition.periods import day_in
from qadam.recognition.reading import BadgeVersion, read_book

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Goal:
    """One tier of a badge in force."""

    version: BadgeVersion
    tier: Tier

    @property
    def badge(self) -> BadgeDocument:
        return self.version.badge


@dataclass(frozen=True, slots=True)
class Moment:
    """When a tier is asked about some members, each with the instant of the fact that makes one ask."""

    at: datetime
    who: Mapping[int, datetime]


Key = tuple[str, str, str, int]
"""(badge, tier, period, member id)."""
Known = dict[Key, bool]
"""{award: whether it is revoked}."""


@write()
def follow(batch: Sequence[EventRow], *, now: datetime) -> None:
    """Bring the badges up to date with a batch of the log. Records `badge.awarded`, `.revoked` and `.restored`."""
    types = {event.type for event in batch}
    asking: list[tuple[Goal, Moment]] = []
    for goal in goals_in_force():
        wanted = conditions.event_types(goal.tier.when)
        if not wanted.isdisjoint(types):
            relevant = [event for event in batch if event.type in wanted and event.member_id is not None]
            asking += [(goal, moment) for moment in _moments_of(goal, relevant, now)]
        if "member.merged" in types:
            # Whoever has become one person with another has a new past.
            merged = {event.member_id: now for event in batch if event.type == "member.merged" and event.member_id}
            asking.append((goal, Moment(now, merged)))
    known = _read_known(asking)
    for goal, moment in asking:
        _settle(goal, moment, known, is_undone=not undoing_types(goal.tier.when).isdisjoint(types), now=now)


def _read_known(asking: Sequence[tuple[Goal, Moment]]) -> Known:
    """Read what those who are asked about have, of all the badges at once."""
    if not asking:
        return {}
    ids = set[int]().union(*(moment.who for _goal, moment in asking))
    rows = Award.objects.filter(badge__in={goal.badge.key for goal, _moment in asking})
    rows = rows.filter(member_id__in=conditions.ids_in(list(ids)))
    fields = rows.values_list("badge", "tier", "period", "member_id", "revoked_at")
    return {(badge, tier, period, who): revoked_at is not None for badge, tier, period, who, revoked_at in fields}


def goals_in_force() -> list[Goal]:
    earned = [version for version in read_book().badges if version.badge.way is Way.EARNED]
    return [Goal(version, tier) for version in earned for tier in version.badge.tiers]


def _moments_of(goal: Goal, relevant: Sequence[EventRow], now: datetime) -> Iterator[Moment]:
    """Return when to ask: late for what lasts, else at each instant of a fact, and at the end of a period."""
    groups: dict[object, list[EventRow]]
    if not is_lasting(goal.tier.when):
        groups = _group(relevant, lambda event: event.occurred_at)
    elif goal.badge.repeat is not Repeat.ONCE:
        zone = read_book().zone
        groups = _group(relevant, lambda event: period_key(goal.badge.repeat, day_in(event.occurred_at, zone)))
    else:
        groups = {None: list(relevant)}
    for key, found in groups.items():
        who = conditions.find_affected(goal.tier.when, _touched(found))
        newest = max(event.occurred_at for event in found)
        if who:
            yield Moment(max(newest, now) if key is None else newest, who)


def _group(relevant: Iterable[EventRow], key_of: Callable[[EventRow], object]) -> dict[object, list[EventRow]]:
    groups: dict[object, list[EventRow]] = defaultdict(list)
    for event in relevant:
        groups[key_of(event)].append(event)
    return groups


def _touched(found: Iterable[EventRow]) -> dict[str, dict[int, datetime]]:
    touched: dict[str, dict[int, datetime]] = {}
    for event in found:
        if event.member_id is not None:
            newest = touched.setdefault(event.type, {})
            newest[event.member_id] = max(event.occurred_at, newest.get(event.member_id, event.occurred_at))
    return touched


def _settle(goal: Goal, moment: Moment, known: Known, *, is_undone: bool, now: datetime) -> None:
    """Ask a tier about the members of a moment and let their awards follow."""
    period = as_asked(goal, moment.at)[0]
    revoked = {who: known.get((goal.badge.key, goal.tier.key, period, who)) for who in moment.who}
    asked = [who for who, is_revoked in revoked.items() if is_undone or is_revoked is not False]
    true_for = ask_tier(goal, among=asked, now=moment.at)
    fresh = {who: moment.who[who] for who in asked if who in true_for and revoked[who] is None}
    give(goal, fresh, asked_at=moment.at, now=now)
    known |= {(goal.badge.key, goal.tier.key, period, who): False for who in fresh}
    give_back(goal, [who for who in true_for if revoked[who]], asked_at=moment.at, now=now)
    if is_undone:
        take_back(goal, moment.who.keys() - fresh.keys(), {(who, period) for who in true_for}, now=now)


def as_asked(goal: Goal, at: datetime) -> tuple[str, Condition]:
    """Return the period of a moment and the condition as it is asked in it."""
    if goal.badge.repeat is Repeat.ONCE:
        return "", goal.tier.when
    zone = read_book().zone
    begins = start_of_period(goal.badge.repeat, day_in(at, zone), zone)
    key = period_key(goal.badge.repeat, day_in(at, zone))
    return key, goal.tier.when if begins is None else within_period(goal.tier.when, max(at - begins, SECOND))


def ask_tier(goal: Goal, *, among: Collection[int], now: datetime) -> set[int]:
    """Return for whom of these members a tier is true at `now`."""
    days, rest = _split(goal.tier) if goal.badge.repeat is Repeat.ONCE else ((), as_asked(goal, now)[1])
    found = _on_days(days, among, now) if days else set(among)
    return found if rest is None or not found else _ask_in_zones(rest, found, now)


@lru_cache(maxsize=512)
def _split(tier: Tier) -> tuple[tuple[Day, ...], Condition | None]:
    """Return always the same rest of a tier's condition, so that what is compiled of it is kept."""
    return split_days(tier.when)


def _on_days(days: tuple[Day, ...], among: Collection[int], now: datetime) -> set[int]:
    begun = Member.objects.filter(id__in=conditions.ids_in(list(among)), day_zero_at__lte=now)
    default, found = read_book().zone.key, set()
    for member_id, name, zero in begun.values_list("id", "zone", "day_zero_at"):
        zone = clock.zone_of(name, default)
        assert zero is not None
        if is_on(days, (clock.local_date(now, zone) - clock.local_date(zero, zone)).days):
            found.add(member_id)
    return found


def _ask_in_zones(condition: Condition, among: Collection[int], now: datetime) -> set[int]:
    zones = conditions.read_zones() if conditions.uses_days_of_others(condition) else None
    if zones is None and conditions.uses_days(condition):
        zones = conditions.read_zones(among=among)
    return conditions.ask(condition, now=now, among=among, zones=zones, ahead={}).true_for


def give(goal: Goal, who: Mapping[int, datetime], *, asked_at: datetime, now: datetime) -> None:
    """Award a tier to members, each at the instant of the fact that made it true."""
    if not who:
        return
    period, condition = as_asked(goal, asked_at)
    evidence = find_evidence(condition, who, asked_at)
    Award.objects.bulk_create(
        [
            Award(
                member_id=member_id,
                badge=goal.badge.key,
                version_id=goal.version.id,
                tier=goal.tier.key,
                period=period,
                awarded_at=min(at, now),
                asked_at=asked_at,
                evidence=evidence[member_id],
            )
            for member_id, at in sorted(who.items())
        ]
    )
    told = [
        events.NewEvent(
            "badge.awarded",
            member_id,
            min(at, now),
            f"badge:{goal.badge.key}:{goal.tier.key}:{period}:{member_id}",
            {"badge": goal.badge.key, "tier": goal.tier.key},
        )
        for member_id, at in sorted(who.items())
    ]
    events.record_many(told, now=now)


def give_back(goal: Goal, who: Collection[int], *, asked_at: datetime, now: datetime) -> None:
    """Restore revoked awards: the facts are there again, or others are."""
    if not who:
        return
    period, condition = as_asked(goal, asked_at)
    evidence = find_evidence(condition, who, asked_at)
    awards = list(Award.objects.filter(badge=goal.badge.key, tier=goal.tier.key, period=period, member_id__in=who))
    for award in awards:
        award.revoked_at, award.revoked_because = None, ""
        award.asked_at, award.evidence = asked_at, evidence[award.member_id]
    Award.objects.bulk_update(awards, ["revoked_at", "revoked_because", "asked_at", "evidence"])
    events.record_many([_event("badge.restored", award, now) for award in awards], now=now)


def take_back(goal: Goal, who: Collection[int], true_in: Collection[tuple[int, str]], *, now: datetime) -> None:
    """Revoke the awards that don't stand any more by what is known now of the facts of their own time.

    That a window has moved on takes nothing from anybody: each award is asked about the moment at which it was given.
    `true_in` are the (member, period) for which the condition is true at this moment anyway.
    """
    rows = Award.objects.held().filter(badge=goal.badge.key, tier=goal.tier.key)
    by_moment: dict[datetime, list[Award]] = defaultdict(list)
    for award in rows.filter(member_id__in=conditions.ids_in(list(who))):
        if (award.member_id, award.period) not in true_in:
            by_moment[award.asked_at].append(award)
    lost = []
    for asked_at, given in by_moment.items():
        _period, condition = as_asked(goal, asked_at)
        ids = [award.member_id for award in given]
        kept = conditions.keeps_true(condition, among=ids, asked_at=asked_at, now=now)
        lost += [award for award in given if award.member_id not in kept]
    if lost:
        Award.objects.filter(id__in=[award.id for award in lost]).update(revoked_at=now, revoked_because="reversed")
        events.record_many([_event("badge.revoked", award, now) for award in lost], now=now)


def _event(name: str, award: Award, now: datetime) -> events.NewEvent:
    key = f"{name}:{award.id}:{now.isoformat()}"
    return events.NewEvent(name, award.member_id, now, key, {"badge": award.badge, "tier": award.tier})


@write()
def sweep(*, now: datetime) -> int:
    """Give the badges that time alone has made true, and those that were missed. Return how many were given."""
    before = Award.objects.count()
    for goal in goals_in_force():
        if conditions.is_timed(goal.tier.when):
            award_everybody(goal, now=now)
    return Award.objects.count() - before


def asked_for_all() -> MemberQuerySet:
    """Return whom a badge is asked about without a fact of theirs: members who are here, without test accounts."""
    return Member.objects.registered().counted().filter(left_at__isnull=True, erased_at__isnull=True)


@write()
def award_everybody(goal: Goal, *, now: datetime) -> None:
    """Ask a tier about everybody of `asked_for_all` who hasn't got it; it is theirs from `now` on."""
    period = as_asked(goal, now)[0]
    have = Award.objects.filter(badge=goal.badge.key, tier=goal.tier.key, period=period).values("member_id")
    without = asked_for_all().exclude(id__in=have)
    for ids in chunks(list(without.order_by("id").values_list("id", flat=True))):
        true_for = ask_tier(goal, among=ids, now=now)
        give(goal, dict.fromkeys(true_for, now), asked_at=now, now=now)
