"""Goals and exits: which enrollments end because a rule has become true."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import Case, Q, QuerySet, TextField, Value, When

from qadam import conditions
from qadam.conditions import Condition
from qadam.events.consumers import EventRow
from qadam.jobs.sql import chunks
from qadam.journeys.models import Enrollment
from qadam.journeys.rules import Graph
from qadam.journeys.standings import Moves, read_standings
from qadam.people.models import Company

FEW_RULES = 10
"""So many goals and exits are asked at once without looking first which versions have anybody under way."""


def end_by_events(batch: Sequence[EventRow], moves: Moves, company: Company) -> None:
    """End enrollments of the members in this batch whose goal or exit rule has become true."""
    newest: dict[int, datetime] = {}
    for event in batch:
        if event.member_id is not None:
            newest[event.member_id] = max(event.occurred_at, newest.get(event.member_id, event.occurred_at))
    for members in chunks(sorted(newest)):
        live = Enrollment.objects.filter(member_id__in=members, left_at__isnull=True)
        end_by_rules(live, moves, company, at=newest, types={event.type for event in batch})


def end_by_rules(
    live: QuerySet[Enrollment],
    moves: Moves,
    company: Company,
    *,
    at: dict[int, datetime],
    types: Collection[str] = (),
) -> None:
    rules = list(_ending_rules(moves.graphs, types))
    if len(rules) > FEW_RULES:
        versions = set(live.values_list("version_id", flat=True).distinct())
        rules = [each for each in rules if each[0] in versions]
    reasons = _ending_reasons(live, rules, moves.now)
    for ids in chunks(sorted(reasons.keys() - moves.moved.keys())):
        for standing in read_standings(Enrollment.objects.filter(id__in=ids), company):
            reason = reasons[standing.id]
            if reason == "goal":
                reached = min(at.get(standing.member_id, moves.now), moves.now)
                moves.record("journey.goal_reached", standing, reached)
            moves.leave(standing, reason)


def _ending_reasons(
    live: QuerySet[Enrollment], rules: Sequence[tuple[int, Condition, str]], now: datetime
) -> dict[int, str]:
    """Return {enrollment: why it ends}, by the first rule that holds: one statement for all rules."""
    if not rules:
        return {}
    ways = [
        When(Q(version_id=version_id) & is_true(rule, now), then=Value(reason)) for version_id, rule, reason in rules
    ]
    ending = live.annotate(ending=Case(*ways, default=Value(""), output_field=TextField()))
    return {row_id: reason for row_id, reason in ending.values_list("id", "ending") if reason}


def _ending_rules(parsed: Mapping[int, Graph], types: Collection[str]) -> Iterator[tuple[int, Condition, str]]:
    """Yield each version's goal and then its exit, of those that these types of events can make true."""
    for version_id, graph in parsed.items():
        for rule, reason in ((graph.goal, "goal"), (graph.exit, "exit")):
            if rule is not None and not (types and conditions.event_types(rule).isdisjoint(types)):
                yield version_id, rule, reason


def is_true(rule: Condition, now: datetime) -> Q:
    return conditions.matching(rule, now=now, member="member_id", entry="entered_at")
