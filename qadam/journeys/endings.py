"""What ends an enrollment from outside its path: the goal, the exit rule."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import Case, Q, TextField, Value, When

from qadam import conditions
from qadam.conditions import Condition
from qadam.journeys.models import Enrollment
from qadam.journeys.standings import Moves, Standing
from qadam.journeys.steps import Graph

FEW_RULES = 10
"""So many rules are asked in one statement; SQLite refuses expressions that are much larger."""


def end_by_rules(
    standings: Sequence[Standing], moves: Moves, *, at: Mapping[int, datetime], types: Collection[str] = ()
) -> None:
    """End those of these enrollments whose goal or exit rule holds now; of rules that `types` of events can change.

    `at` says per member when a goal was reached; `now` for the others.
    """
    versions = {standing.version_id for standing in standings}
    rules = list(_ending_rules({version: moves.graphs[version] for version in versions}, types))
    live = [standing for standing in standings if standing.left_at is None]
    reasons: dict[int, str] = {}
    for start in range(0, len(rules), FEW_RULES):
        reasons = _ending_reasons(live, rules[start : start + FEW_RULES], moves.now) | reasons
    for standing in standings:
        if standing.id in reasons:
            reason = reasons[standing.id]
            if reason == "goal":
                # What time alone made true is noticed at the horizon at the latest, and belongs to it.
                reached = at.get(standing.member_id) or standing.horizon_at or moves.now
                moves.record("journey.goal_reached", standing, min(reached, moves.now))
            moves.leave(standing, reason)


def _ending_reasons(
    standings: Sequence[Standing], rules: Sequence[tuple[int, Condition, str]], now: datetime
) -> dict[int, str]:
    """Return {enrollment: why it ends}, by the first rule that holds: one statement for all rules."""
    if not rules or not standings:
        return {}
    ways = [
        When(Q(version_id=version_id) & _is_true(rule, now, standings), then=Value(reason))
        for version_id, rule, reason in rules
    ]
    live = Enrollment.objects.filter(id__in=conditions.ids_in([standing.id for standing in standings]))
    ending = live.annotate(ending=Case(*ways, default=Value(""), output_field=TextField()))
    return {row_id: reason for row_id, reason in ending.values_list("id", "ending") if reason}


def _ending_rules(parsed: Mapping[int, Graph], types: Collection[str]) -> Iterator[tuple[int, Condition, str]]:
    """Yield each version's goal, exit and exclusion in this order, of those that these types of events can change."""
    for version_id, graph in parsed.items():
        for rule, reason in graph.endings():
            if not (types and conditions.event_types(rule).isdisjoint(types)):
                yield version_id, rule, reason


def matching_ids(standings: Sequence[Standing], rule: Condition, now: datetime) -> set[int]:
    """Return the ids of those enrollments for which a condition holds: one statement."""
    if not standings:
        return set()
    ids = conditions.ids_in([standing.id for standing in standings])
    found = Enrollment.objects.filter(_is_true(rule, now, standings), id__in=ids)
    return set(found.values_list("id", flat=True))


def _is_true(rule: Condition, now: datetime, standings: Sequence[Standing]) -> Q:
    zones = zones_for(rule, {each.member_id for each in standings})
    return conditions.matching(
        rule, now=now, member="member_id", entry="entered_at", entry_key="entry_key", zones=zones
    )


def zones_for(rule: Condition, member_ids: Collection[int]) -> "conditions.Zones | None":
    """Return the zones in which a condition counts days, without reading everybody's where it needn't."""
    if not conditions.uses_days(rule):
        return None
    return conditions.read_zones(among=None if conditions.uses_days_of_others(rule) else member_ids)
