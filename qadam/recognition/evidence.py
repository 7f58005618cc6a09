"""The facts that an award stands on: their places in the log, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from qadam.conditions import tree
from qadam.conditions.tallies import ABOVE
from qadam.conditions.tree import Circle, Condition, Did
from qadam.events.consumers import EventRow
from qadam.people.models import Member
from qadam.recognition import rules
from qadam.recognition.badge_rules import counted_leaves
from qadam.recognition.facts import Log, read_log

MOST = 50
"""Facts kept for one award: enough to show, and a limit for a badge of thousands."""


def find_evidence(condition: Condition, who: Collection[int], asked_at: datetime) -> dict[int, list[int]]:
    """Return {member id: places in the log} of what the leaves of a condition counted up to `asked_at`."""
    leaves = list(counted_leaves(condition))
    own = [leaf for leaf in leaves if isinstance(leaf, Did)]
    found: dict[int, set[int]] = {each: set() for each in who}
    log = read_log(who, sorted(_types_of(own)))
    for each in who:
        found[each] |= _counted(own, log, each, asked_at)
    for leaf in leaves:
        if isinstance(leaf, tree.Team) and leaf.of is not Circle.DOWNLINE:
            for leader, places in _counted_in_circle(leaf, who, asked_at).items():
                found[leader] |= places
    return {each: sorted(places, reverse=True)[:MOST] for each, places in found.items()}


def _types_of(leaves: Iterable[Did]) -> set[str]:
    return {name for leaf in leaves for name in (*leaf.events, *([leaf.unless.event] if leaf.unless else []))}


def _counted(leaves: Iterable[Did], log: Log, member_id: int, asked_at: datetime) -> set[int]:
    return {fact.seq for leaf in leaves for fact in _facts_of(leaf, log, member_id) if _counts(leaf, fact, asked_at)}


def _facts_of(leaf: Did, log: Log, member_id: int) -> list[EventRow]:
    facts = [fact for name in leaf.events for fact in log.get((member_id, name), ())]
    if leaf.unless is None:
        return facts
    void = [other.props.get(leaf.unless.same) for other in log.get((member_id, leaf.unless.event), ())]
    return [fact for fact in facts if leaf.unless.same not in fact.props or fact.props[leaf.unless.same] not in void]


def _counts(leaf: Did, fact: EventRow, asked_at: datetime) -> bool:
    is_in_window = leaf.within is None or fact.occurred_at > asked_at - leaf.within
    return fact.occurred_at <= asked_at and is_in_window and rules.fits(fact.props, leaf.where)


def _counted_in_circle(team: tree.Team, who: Collection[int], asked_at: datetime) -> Mapping[int, set[int]]:
    """Return the facts of the people of a leader's circle of one level."""
    leaves = [leaf for leaf in counted_leaves(team.where) if isinstance(leaf, Did)]
    above = ABOVE[team.of]
    whose = dict(Member.objects.filter(**{f"{above}__in": list(who)}).values_list("id", above))
    log = read_log(list(whose), sorted(_types_of(leaves)))
    found: dict[int, set[int]] = {}
    for member_id, leader in whose.items():
        found.setdefault(leader, set()).update(_counted(leaves, log, member_id, asked_at))
    return found
