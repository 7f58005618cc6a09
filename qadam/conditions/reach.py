"""Whom an event reaches: the member it is about and, where a condition looks at a circle of people, whose it is."""

from collections.abc import Mapping
from datetime import datetime

from qadam.conditions import tree
from qadam.conditions.lists import ids_in
from qadam.conditions.needs import JOINING, circle_event_types, circle_of
from qadam.conditions.tree import Circle, Condition
from qadam.people.models import Member

Touched = Mapping[str, Mapping[int, datetime]]
"""{event type: {member id: instant of the newest event of that type}}."""


def find_affected(condition: Condition, touched: Touched) -> dict[int, datetime]:
    """Return {member id: newest instant} of the members whose truth these events may change."""
    found = _newest(touched, tree.own_event_types(condition))
    for leaf in tree.leaves(condition):
        if circle := circle_of(leaf):
            _merge(found, leaders_of(circle, _others(leaf, touched)))
    return found


def _others(leaf: tree.Leaf, touched: Touched) -> dict[int, datetime]:
    """Return the people by whom a leaf about a circle may change: they act, they join, or it holds for them."""
    if not isinstance(leaf, tree.Team):
        return _newest(touched, circle_event_types(leaf))
    inner = find_affected(leaf.where, touched)
    _merge(inner, _newest(touched, JOINING))
    return inner


def _newest(touched: Touched, types: frozenset[str]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for name in types & touched.keys():
        _merge(found, touched[name])
    return found


def _merge(found: dict[int, datetime], more: Mapping[int, datetime]) -> None:
    for member_id, instant in more.items():
        found[member_id] = max(instant, found.get(member_id, instant))


def leaders_of(circle: Circle, people: Mapping[int, datetime]) -> dict[int, datetime]:
    """Return whose circle these people are in, with the newest instant from among them."""
    above = "mentor_id" if circle is Circle.MENTEES else "sponsor_id"
    found: dict[int, datetime] = {}
    level = dict(people)
    while level:
        next_level: dict[int, datetime] = {}
        rows = Member.objects.filter(id__in=ids_in(list(level)), **{f"{above}__isnull": False})
        for member_id, leader_id in rows.values_list("id", above):
            _merge(next_level, {leader_id: level[member_id]})
        next_level = {who: at for who, at in next_level.items() if who not in found or at > found[who]}
        _merge(found, next_level)
        level = next_level if circle is Circle.DOWNLINE else {}
    return found
