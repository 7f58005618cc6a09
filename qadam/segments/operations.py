"""Keep the membership of stages, segments and cases: rules asked in sets, once per rule and batch, never per member."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Max

from qadam import conditions
from qadam.conditions import Condition
from qadam.events.consumers import EventRow
from qadam.events.models import Event
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import write
from qadam.people import operations as people
from qadam.people.models import Member, Membership
from qadam.people.operations import Stay
from qadam.segments import rules
from qadam.segments.errors import RuleUsesEntry
from qadam.segments.models import Mode, Rule, Watch
from qadam.segments.reading import Asked, Stays, read_due, read_rules, read_stays, read_watches, read_zones

RuleKey = tuple[str, str]
"""(kind, key), e.g. ("stage", "s2")."""


@write()
def define_rules(
    kind: str, definitions: Mapping[str, tuple[Condition, str]], *, now: datetime, prefix: str | None = None
) -> list[RuleKey]:
    """Set the rules `{key: (condition, "latch" | "live")}` of one kind. Return those that are new or changed.

    With `prefix`, the active rules of this kind whose key begins so and isn't given are retired: nobody enters
    any more, and who is in a live one leaves `now`. Follow with `evaluate_everybody` for the returned keys.

    Raises:
        RuleUsesEntry: a condition counts from an entry.
    """
    existing = {rule.key: rule for rule in Rule.objects.filter(kind=kind)}
    changed = []
    for key, (condition, mode) in definitions.items():
        if conditions.uses_entry(condition):
            raise RuleUsesEntry(key=key)
        values = {"condition": conditions.as_document(condition), "mode": Mode(mode), "is_active": True}
        if _store_rule(existing.get(key), kind, key, values):
            changed.append((kind, key))
    if prefix is not None:
        _retire(
            [rule for rule in existing.values() if rule.key.startswith(prefix) and rule.key not in definitions], now
        )
    return changed


def _store_rule(rule: Rule | None, kind: str, key: str, values: dict[str, object]) -> bool:
    if rule is None:
        Rule.objects.create(kind=kind, key=key, **values)
        return True
    if all(getattr(rule, name) == value for name, value in values.items()):
        return False
    Rule.objects.filter(id=rule.id).update(**values)
    Watch.objects.filter(rule_id=rule.id).delete()
    return True


def _retire(retired: Sequence[Rule], now: datetime) -> None:
    Rule.objects.filter(id__in=[rule.id for rule in retired]).update(is_active=False)
    Watch.objects.filter(rule_id__in=[rule.id for rule in retired]).delete()
    for rule in retired:
        if rule.mode == Mode.LIVE:
            inside = Membership.objects.filter(kind=rule.kind, key=rule.key, left_at__isnull=True)
            stays = [Stay(stay.member_id, rule.kind, rule.key, max(now, stay.entered_at)) for stay in inside]
            people.leave_memberships(stays, now=now)


@write()
def refresh(batch: Sequence[EventRow], *, now: datetime) -> None:
    """Bring every membership up to date with a batch of the log and with the watches due at `now`.

    Truth is taken at `now` only, so leaving and coming back within one refresh changes nothing. A member enters
    or leaves at the newest relevant event's instant, or at the instant of the watch that was due; where both
    point to the member, at the later one.
    """
    touched = rules.newest_by_type(batch, now)
    # Whoever has become another by a merge has a new past: every rule is asked.
    merged = touched.get("member.merged", {})
    due = read_due(now)
    moments: dict[int, dict[int, datetime]] = {}
    active = read_rules()
    for rule in active:
        affected = {} if rule.types.isdisjoint(touched) else conditions.find_affected(rule.condition, touched)
        affected = {**merged, **affected}
        if reached := rules.latest_of(affected, due.get(rule.id, {})):
            moments[rule.id] = reached
    found = [rule for rule in active if rule.id in moments]
    if found:
        _settle(found, {rule.id: set(moments[rule.id]) for rule in found}, lambda rule, _enters: moments[rule.id], now)


@write()
def evaluate_everybody(rule_keys: Collection[RuleKey], *, now: datetime) -> None:
    """Ask rules for all members: the backfill of a new or changed rule.

    A member enters at the instant of the newest event that the rule mentions; where time alone can make the rule
    true, or no event made it true, at `now`. Whoever leaves, leaves `now`.
    """
    everybody = list(Member.objects.order_by("id").values_list("id", flat=True))
    for rule in read_rules():
        if (rule.kind, rule.key) in rule_keys:
            for ids in chunks(everybody):
                _settle([rule], {rule.id: set(ids)}, lambda rule, enters: _backfill_moments(rule, enters, now), now)


def _backfill_moments(rule: Asked, enters: Collection[int], now: datetime) -> dict[int, datetime]:
    if conditions.is_timed(rule.condition):
        return {}
    mentioned = Event.objects.filter(
        member_id__in=conditions.ids_in(list(enters)), type__in=rule.types, occurred_at__lte=now
    )
    rows = mentioned.order_by().values_list("member_id").annotate(newest=Max("occurred_at"))
    return {member_id: newest for member_id, newest in rows if member_id is not None}


Moments = Callable[[Asked, Collection[int]], Mapping[int, datetime]]
"""When those who enter a rule, or leave it, do so; whoever isn't named does `now`."""


def _settle(asked: Sequence[Asked], candidates: Mapping[int, set[int]], moments: Moments, now: datetime) -> None:
    """Ask rules about their candidates, one after the other, move members, and store when to ask again."""
    ids = set[int]().union(*candidates.values())
    stays, watches = read_stays(asked, ids), read_watches(asked, ids)
    zones = read_zones(asked, ids)
    ahead = conditions.read_ahead(frozenset[str]().union(*(rule.types for rule in asked)), now=now)
    stale: list[tuple[int, int]] = []
    fresh: list[tuple[int, int, datetime]] = []
    for rule in asked:
        who, known = candidates[rule.id], stays[rule.id]
        # Whoever is in a latch stays: nothing to ask.
        open_ones = who - known.inside if rule.is_latch else who
        answer = conditions.ask(rule.condition, now=now, among=open_ones, zones=zones, ahead=ahead)
        verdict = rules.judge(who, known.inside, answer.true_for, is_latch=rule.is_latch)
        flips = {each: at for each, at in answer.flips.items() if each in verdict.undecided}
        stale += [(rule.id, each) for each in watches[rule.id].keys() & who if each not in flips]
        fresh += [(rule.id, each, at) for each, at in flips.items() if watches[rule.id].get(each) != at]
        _move(rule, verdict, known, moments(rule, verdict.enters), now)
    _store_watches(stale, fresh)


def _store_watches(stale: Sequence[tuple[int, int]], fresh: Sequence[tuple[int, int, datetime]]) -> None:
    """Delete the watches (rule, member) that are of no use any more, and write the new and changed ones."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        if stale:
            cursor.executemany("DELETE FROM segments_watch WHERE rule_id = %s AND member_id = %s", stale)
        if fresh:
            cursor.executemany(UPSERT_WATCH, [(rule_id, member_id, adapt(at)) for rule_id, member_id, at in fresh])


UPSERT_WATCH = """
INSERT INTO segments_watch (rule_id, member_id, flips_at) VALUES (%s, %s, %s)
ON CONFLICT (rule_id, member_id) DO UPDATE SET flips_at = excluded.flips_at
"""


def _move(rule: Asked, verdict: rules.Verdict, known: Stays, moments: Mapping[int, datetime], now: datetime) -> None:
    """Let in and out at each member's moment, which is never later than `now` nor before the stay's last change."""

    def stays(ids: Collection[int]) -> list[Stay]:
        times = {who: min(moments.get(who, now), now) for who in sorted(ids)}
        return [Stay(who, rule.kind, rule.key, max(at, known.since(who) or at)) for who, at in times.items()]

    if verdict.enters:
        people.enter_memberships(stays(verdict.enters), now=now)
    if verdict.leaves:
        people.leave_memberships(stays(verdict.leaves), now=now)
