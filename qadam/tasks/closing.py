"""Which open tasks became true: one query for each condition of a plan that the facts can have changed.

The task of the first goal has a condition for every goal that is offered: the chosen one closes it, or any of them
while none is chosen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from qadam import conditions
from qadam.conditions import tree
from qadam.conditions.tree import Condition
from qadam.events.consumers import EventRow
from qadam.events.models import Event
from qadam.tasks.documents import PlannedTask
from qadam.tasks.models import Task
from qadam.tasks.plans import Version, read_versions


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a task true, as far as one batch of the log tells: its instant, and its place in the log if known."""

    at: datetime
    seq: int | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task of a plan that may have become true for some members, with each one's newest cause. `goal`: by which."""

    version: Version
    planned: PlannedTask
    goal: str
    condition: Condition
    causes: dict[int, Cause] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closing:
    """A task that is done: since when, and by which event of the log (None: a team's, or true when it was assigned).

    `goal`: the goal that was reached by it, of the plans that let people choose one.
    """

    task_id: int
    member_id: int
    version: Version
    planned: PlannedTask
    done_at: datetime
    event_seq: int | None
    goal: str


def find_closed_by(batch: Sequence[EventRow], now: datetime) -> list[Closing]:
    """Return the open tasks that this batch of the log made true, each with the newest event that speaks for it."""
    by_type: dict[str, list[EventRow]] = {}
    for event in batch:
        by_type.setdefault(event.type, []).append(event)
    candidates = [
        Candidate(version, planned, goal, condition, causes)
        for version in read_versions().values()
        for planned, goal, condition in version.closers
        if (causes := _find_causes(condition, by_type))
    ]
    return _once(
        _closing(row, candidate, now)
        for candidate, member_ids in _with_open_tasks(candidates)
        for row in _true_tasks(candidate, member_ids, now)
    )


def _once(closings: Iterable[Closing]) -> list[Closing]:
    """Keep one closing of each task, the earliest: two goals may come true in one batch."""
    found: dict[int, Closing] = {}
    for each in closings:
        known = found.get(each.task_id)
        if known is None or each.done_at < known.done_at:
            found[each.task_id] = each
    return list(found.values())


def _find_causes(condition: Condition, by_type: Mapping[str, Sequence[EventRow]]) -> dict[int, Cause]:
    """Return, for each member whose truth this batch may have changed, the newest event that speaks for it."""
    causes: dict[int, Cause] = {}
    for name in conditions.event_types(condition) & by_type.keys():
        for event in by_type[name]:
            if event.member_id is not None and _speaks_for(condition, event):
                known = causes.get(event.member_id)
                if known is None or event.occurred_at >= known.at:
                    causes[event.member_id] = Cause(event.occurred_at, event.seq)
    for member_id, at in _team_causes(condition, by_type).items():
        causes.setdefault(member_id, Cause(at, None))
    return causes


def _speaks_for(condition: Condition, event: EventRow) -> bool:
    """Tell whether an event can change the truth for its own member. Sparing a query is all; in doubt yes."""
    return any(_leaf_hears(leaf, event) for leaf in tree.leaves(condition))


def _leaf_hears(leaf: tree.Leaf, event: EventRow) -> bool:
    match leaf:
        case tree.Did(events=names, where=where, unless=unless, since=None | tree.Fixed()) if event.type in names:
            undoes = {each.event for each in (unless, leaf.not_followed_by) if each is not None}
            return event.type in undoes or all(_passes(test, event.props.get(name)) for name, test in where)
        case _:
            return event.type in tree.own_event_types(leaf)


def _passes(test: tree.Test, value: object) -> bool:
    return value in test.values if isinstance(test, tree.OneOf) else True


def _team_causes(condition: Condition, by_type: Mapping[str, Sequence[EventRow]]) -> dict[int, datetime]:
    if not conditions.looks_at_others(condition):
        return {}
    touched = {
        name: {event.member_id: event.occurred_at for event in events if event.member_id is not None}
        for name, events in by_type.items()
    }
    return conditions.find_affected(condition, touched)


def _with_open_tasks(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, list[int]]]:
    """Yield the candidates with those of their members whose task is still open; one query for all."""
    if not candidates:
        return
    open_ones = set(
        Task.objects.filter(
            done_at__isnull=True,
            member_id__in={member_id for candidate in candidates for member_id in candidate.causes},
            plan_version_id__in={candidate.version.id for candidate in candidates},
            key__in={candidate.planned.key for candidate in candidates},
        ).values_list("plan_version_id", "key", "member_id")
    )
    for each in candidates:
        place = (each.version.id, each.planned.key)
        if member_ids := [member_id for member_id in each.causes if (*place, member_id) in open_ones]:
            yield each, member_ids


def _true_tasks(candidate: Candidate, member_ids: Collection[int], now: datetime) -> list[Task]:
    rows = Task.objects.filter(
        conditions.matching(candidate.condition, now=now, member="member_id", entry="assigned_at"),
        Q(goal__in=("", candidate.goal)),
        member_id__in=member_ids,
        plan_version_id=candidate.version.id,
        key=candidate.planned.key,
        done_at__isnull=True,
    )
    return list(rows.only("id", "member_id", "assigned_at"))


def _closing(row: Task, candidate: Candidate, now: datetime) -> Closing:
    cause = candidate.causes.get(row.member_id, Cause(now, None))
    done_at = max(row.assigned_at, min(cause.at, now))
    return Closing(row.id, row.member_id, candidate.version, candidate.planned, done_at, cause.seq, candidate.goal)


def find_true_already(version: Version, member_ids: Collection[int], now: datetime, key: str = "") -> list[Closing]:
    """Return the open tasks (only `key`, if given) that hold at once, by what these members did before."""
    did = set(Event.objects.filter(member_id__in=member_ids).values_list("type", flat=True).distinct())
    candidates = [
        Candidate(version, planned, goal, condition)
        for planned, goal, condition in version.closers
        if key in ("", planned.key) and _may_hold(condition, did)
    ]
    return _once(
        _closing(row, candidate, now) for candidate in candidates for row in _true_tasks(candidate, member_ids, now)
    )


def _may_hold(condition: Condition, did: Collection[str]) -> bool:
    """Tell whether a condition can be true for people who did only these types of events. Spares useless queries."""
    match condition:
        case tree.All(parts):
            return all(_may_hold(part, did) for part in parts)
        case tree.Any_(parts):
            return any(_may_hold(part, did) for part in parts)
        case tree.Did(events=events, count=count) if count.at_least > 0:
            return any(event in did for event in events)
        case _:
            return True
