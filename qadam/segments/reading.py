"""What a refresh reads: once for all rules and all their candidates, as plain rows."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from qadam import conditions
from qadam.conditions import Condition
from qadam.segments.models import Mode

DUE_AT_ONCE = 5_000
"""How many watches one refresh takes: a transaction stays short."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An active rule, its condition read and its event types at hand."""

    id: int
    kind: str
    key: str
    is_latch: bool
    condition: Condition
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stays:
    """Of one rule: who is in (for a latch, who ever was), and what changed last for each member."""

    inside: set[int]
    changes: dict[int, list[Any]]
    """{member id: the instants of entering and leaving, as they were read}: most of them nobody asks for."""

    def since(self, who: int) -> datetime | None:
        """Return since when a member is in or out."""
        instants = [conditions.as_instant(each) for each in self.changes.get(who, ())]
        return max(instants, default=None)


Flips = dict[int, datetime]
"""{member id: when to ask again}."""


def read_rules() -> list[Asked]:
    """Return the active rules. Their documents are parsed when they change, not when they are read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind, key, mode, CAST(condition AS text) FROM segments_rule WHERE is_active ORDER BY id"
        )
        return [_parse_rule(*row) for row in cursor.fetchall()]


@lru_cache(maxsize=1024)
def _parse_rule(id: int, kind: str, key: str, mode: str, document: str) -> Asked:
    condition = conditions.parse(json.loads(document), where=f"{kind}.{key}")
    return Asked(id, kind, key, mode == Mode.LATCH, condition, conditions.event_types(condition))


def read_due(now: datetime) -> dict[int, Flips]:
    """Return {rule id: its watches due at `now`}, the earliest of all rules."""
    due: dict[int, Flips] = {}
    with connection.cursor() as cursor:
        cursor.execute(DUE, [connection.ops.adapt_datetimefield_value(now)])
        for rule_id, member_id, flips_at in cursor.fetchall():
            due.setdefault(rule_id, {})[member_id] = conditions.as_instant(flips_at)
    return due


DUE = f"""
SELECT rule_id, member_id, flips_at FROM segments_watch
WHERE flips_at <= %s AND +rule_id IN (SELECT id FROM segments_rule WHERE is_active)
ORDER BY flips_at LIMIT {DUE_AT_ONCE}
"""
"""The plus keeps SQLite on the index of `flips_at`; by the index of rules it would read every watch there is."""


def read_stays(rules: Collection[Asked], ids: Collection[int]) -> dict[int, Stays]:
    """Return {rule id: what is known of these members' stays}."""
    by_place = {(rule.kind, rule.key): (rule, Stays(set(), {})) for rule in rules}
    at, left = conditions.plain("entered_at"), conditions.plain("left_at")
    statement = f"SELECT kind, key, member_id, {at}, {left} FROM people_membership WHERE member_id IN"
    for kind, key, member_id, entered_at, left_at in conditions.select_about(list(ids), statement):
        if (kind, key) in by_place:
            rule, stays = by_place[kind, key]
            stays.changes.setdefault(member_id, []).append(left_at or entered_at)
            if left_at is None or rule.is_latch:
                stays.inside.add(member_id)
    return {rule.id: stays for rule, stays in by_place.values()}


def read_watches(rules: Collection[Asked], ids: Collection[int]) -> dict[int, Flips]:
    """Return {rule id: the watches on these members}."""
    found: dict[int, Flips] = {rule.id: {} for rule in rules}
    statement = f"SELECT rule_id, member_id, {conditions.plain('flips_at')} FROM segments_watch WHERE member_id IN"
    for rule_id, member_id, flips_at in conditions.select_about(list(ids), statement):
        if rule_id in found:
            found[rule_id][member_id] = conditions.as_instant(flips_at)
    return found


def read_zones(rules: Collection[Asked], ids: Collection[int]) -> "conditions.Zones | None":
    """Return the zones in use where a rule asks for local days."""
    if not any(conditions.uses_days(rule.condition) for rule in rules):
        return None
    if any(conditions.uses_days_of_others(rule.condition) for rule in rules):
        return conditions.read_zones()
    return conditions.read_zones(among=ids)
