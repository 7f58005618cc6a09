"""Whom an event reaches: the member it is about and, where a condition looks at a team, the people above."""

from collections.abc import Mapping
from datetime import datetime

from qadam.conditions import tree
from qadam.conditions.expressions import ids_in
from qadam.conditions.tree import Circle, Condition
from qadam.people.models import Member

Touched = Mapping[str, Mapping[int, datetime]]
"""{event type: {member id: instant of the newest event of that type}}."""


def find_affected(condition: Condition, touched: Touched) -> dict[int, datetime]:
    """Return {member id: newest instant} of the members whose truth these events may change."""
    found = _newest(touched, tree.own_event_types(condition))
    for leaf in tree.leaves(condition):
        if isinstance(leaf, tree.Team):
            inner = find_affected(leaf.where, touched)
            _merge(inner, _newest(touched, frozenset({"member.registered", "member.left"})))
            _merge(found, _leaders_of(leaf.of, inner))
    return found


def _newest(touched: Touched, types: frozenset[str]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for name in types & touched.keys():
        _merge(found, touched[name])
    return found


def _merge(found: dict[int, datetime], more: Mapping[int, datetime]) -> None:
    for member_id, instant in more.items():
        found[member_id] = max(instant, found.get(member_id, instant))


def _leaders_of(circle: Circle, people: Mapping[int, datetime]) -> dict[int, datetime]:
    """Return the sponsors of these people, or everybody above them, with the newest instant from below."""
    found: dict[int, datetime] = {}
    level = dict(people)
    while level:
        above: dict[int, datetime] = {}
        sponsors = Member.objects.filter(id__in=ids_in(list(level)), sponsor_id__isnull=False)
        for member_id, sponsor_id in sponsors.values_list("id", "sponsor_id"):
            if sponsor_id is not None:
                _merge(above, {sponsor_id: level[member_id]})
        above = {who: at for who, at in above.items() if who not in found or at > found[who]}
        _merge(found, above)
        level = {} if circle is Circle.FRONTLINE else above
    return found
