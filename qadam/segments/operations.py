"""Keep the membership of stages, segments and cases: rules asked in sets, once per rule and batch, never per member."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

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

DUE_AT_ONCE = 5_000
"""How many watches one refresh takes: a transaction stays short."""

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
    due = _read_due(now)
    found = []
    for rule in Rule.objects.filter(is_active=True).order_by("id"):
        condition = _parse(rule)
        affected = conditions.find_affected(condition, touched)
        if moments := rules.latest_of(affected, due.get(rule.id, {})):
            found.append((rule, condition, moments))
    zones = _read_zones([condition for _rule, condition, _moments in found])
    for rule, condition, moments in found:
        _move(_judge(rule, condition, set(moments), now, zones), moments, now)


@write()
def evaluate_everybody(rule_keys: Collection[RuleKey], *, now: datetime) -> None:
    """Ask rules for all members: the backfill of a new or changed rule.

    A member enters at the instant of the newest event that the rule mentions; where time alone can make the rule
    true, or no event made it true, at `now`. Whoever leaves, leaves `now`.
    """
    chosen = [rule for rule in Rule.objects.filter(is_active=True).order_by("id") if (rule.kind, rule.key) in rule_keys]
    zones = _read_zones([_parse(rule) for rule in chosen])
    everybody = list(Member.objects.order_by("id").values_list("id", flat=True))
    for rule in chosen:
        for ids in chunks(everybody):
            condition = _parse(rule)
            judged = _judge(rule, condition, set(ids), now, zones)
            _move(judged, _backfill_moments(condition, judged.verdict.enters, now), now)


def _backfill_moments(condition: Condition, enters: Collection[int], now: datetime) -> dict[int, datetime]:
    if conditions.is_timed(condition):
        return {}
    mentioned = Event.objects.filter(
        member_id__in=conditions.ids_in(list(enters)),
        type__in=conditions.event_types(condition),
        occurred_at__lte=now,
    )
    rows = mentioned.order_by().values_list("member_id").annotate(newest=Max("occurred_at"))
    return {member_id: newest for member_id, newest in rows if member_id is not None}


def _read_due(now: datetime) -> dict[int, dict[int, datetime]]:
    due: dict[int, dict[int, datetime]] = {}
    watches = Watch.objects.filter(flips_at__lte=now, rule__is_active=True).order_by("flips_at")
    for rule_id, member_id, flips_at in watches.values_list("rule_id", "member_id", "flips_at")[:DUE_AT_ONCE]:
        due.setdefault(rule_id, {})[member_id] = flips_at
    return due


def _parse(rule: Rule) -> Condition:
    return _parse_document(json.dumps(rule.condition), f"{rule.kind}.{rule.key}")


@lru_cache(maxsize=1024)
def _parse_document(document: str, where: str) -> Condition:
    return conditions.parse(json.loads(document), where=where)


def _read_zones(needed_by: Collection[Condition]) -> "conditions.Zones | None":
    return conditions.read_zones() if any(map(conditions.uses_days, needed_by)) else None


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule's verdict, and for whom it knows one, the instant since when the member is in or out."""

    rule: Rule
    verdict: rules.Verdict
    since: Mapping[int, datetime]


def _judge(
    rule: Rule, condition: Condition, candidates: set[int], now: datetime, zones: "conditions.Zones | None"
) -> Judged:
    """Ask one rule about its candidates, and store when to ask again."""
    since, inside = _read_stays(rule, candidates)
    is_latch = rule.mode == Mode.LATCH
    asked = candidates - inside if is_latch else candidates
    if not asked:
        # Whoever is in a latch stays, and lost the watch on entering.
        return Judged(rule, rules.judge(candidates, inside, set(), is_latch=is_latch), since)
    matching = conditions.matching_members(condition, now=now, among=asked, zones=zones)
    true_for = set(matching.values_list("id", flat=True))
    verdict = rules.judge(candidates, inside, true_for, is_latch=is_latch)
    flips = conditions.next_flips(condition, now=now, among=verdict.undecided, zones=zones)
    # A rule that time alone can't change has watches only for events dated ahead: none to look up on most days.
    if flips or conditions.is_timed(condition) or Watch.objects.filter(rule=rule).exists():
        _store_watches(rule, candidates, flips)
    return Judged(rule, verdict, since)


def _read_stays(rule: Rule, candidates: Collection[int]) -> tuple[dict[int, datetime], set[int]]:
    """Return since when members are in or out, and who is in; for a latch, also who ever was."""
    stays = Membership.objects.filter(kind=rule.kind, key=rule.key, member_id__in=conditions.ids_in(list(candidates)))
    since: dict[int, datetime] = {}
    inside = set()
    for member_id, entered_at, left_at in stays.values_list("member_id", "entered_at", "left_at"):
        since[member_id] = max(left_at or entered_at, since.get(member_id, entered_at))
        if left_at is None or rule.mode == Mode.LATCH:
            inside.add(member_id)
    return since, inside


def _store_watches(rule: Rule, candidates: Collection[int], flips: Mapping[int, datetime]) -> None:
    ids = conditions.ids_in(list(candidates))
    known = dict(Watch.objects.filter(rule=rule, member_id__in=ids).values_list("member_id", "flips_at"))
    gone = [member_id for member_id in known if member_id not in flips]
    if gone:
        Watch.objects.filter(rule=rule, member_id__in=conditions.ids_in(gone)).delete()
    adapt = connection.ops.adapt_datetimefield_value
    rows = [(rule.id, who, adapt(at)) for who, at in flips.items() if known.get(who) != at]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(UPSERT_WATCH, rows)


UPSERT_WATCH = """
INSERT INTO segments_watch (rule_id, member_id, flips_at) VALUES (%s, %s, %s)
ON CONFLICT (rule_id, member_id) DO UPDATE SET flips_at = excluded.flips_at
"""


def _move(judged: Judged, moments: Mapping[int, datetime], now: datetime) -> None:
    """Let in and out at each member's moment, which is never later than `now` nor before the stay's last change."""
    rule = judged.rule

    def stays(ids: Collection[int]) -> list[Stay]:
        times = {who: min(moments.get(who, now), now) for who in sorted(ids)}
        return [Stay(who, rule.kind, rule.key, max(at, judged.since.get(who, at))) for who, at in times.items()]

    if judged.verdict.enters:
        people.enter_memberships(stays(judged.verdict.enters), now=now)
    if judged.verdict.leaves:
        people.leave_memberships(stays(judged.verdict.leaves), now=now)
