"""What a condition needs to be asked, and whose events may change it, read off its tree. No Django, no clock."""

from dataclasses import replace

from qadam.conditions import tree
from qadam.conditions.tree import DAY, Condition, Count, Did, Fixed, Leaf, leaves, own_event_types

JOINING = frozenset({"member.registered", "member.left"})
"""The events by which somebody joins or leaves a circle of people."""


def event_types(condition: Condition) -> frozenset[str]:
    """Return the types of all events that may change the truth: the member's own, and the team's."""
    return own_event_types(condition).union(*(circle_event_types(leaf) for leaf in leaves(condition)))


def circle_of(leaf: Leaf) -> tree.Circle | None:
    """Return the circle of other people whose events a leaf looks at."""
    match leaf:
        case tree.Team(of=circle):
            return circle
        case tree.Ratio(of=tally):
            return tally.by
    return None


def circle_event_types(leaf: Leaf) -> frozenset[str]:
    """Return the types of other people's events that may change a leaf."""
    match leaf:
        case tree.Team(where=inner):
            return event_types(inner) | JOINING
        case tree.Ratio(of=tally) if tally.by:
            return tally.event_types | JOINING
    return frozenset()


def uses_days(condition: Condition) -> bool:
    """Tell whether the condition asks for local days, so that zones matter."""
    return any(_leaf_uses_days(leaf) for leaf in leaves(condition))


def _leaf_uses_days(leaf: Leaf) -> bool:
    match leaf:
        case Did(days=days, distinct=distinct):
            return days is not None or distinct == DAY
        case tree.Rate(of=tally) | tree.Ratio(of=tally):
            return tally.distinct == DAY
        case tree.Team(where=inner) | tree.Running(where=inner):
            return uses_days(inner)
    return isinstance(leaf, tree.Day)


def uses_day_of_path(condition: Condition) -> bool:
    """Tell whether the condition asks which day of the path it is, so that it is another question every day."""
    return any(_leaf_is_day(leaf) for leaf in leaves(condition))


def _leaf_is_day(leaf: Leaf) -> bool:
    if isinstance(leaf, tree.Team | tree.Running):
        return uses_day_of_path(leaf.where)
    return isinstance(leaf, tree.Day)


def uses_days_of_others(condition: Condition) -> bool:
    """Tell whether local days of other people than the one asked about matter."""
    return any(isinstance(leaf, tree.Team) and uses_days(leaf.where) for leaf in leaves(condition))


def uses_entry(condition: Condition) -> bool:
    """Tell whether the condition needs an entry to be asked: its instant, its key, or both."""
    return uses_entry_instant(condition) or uses_entry_key(condition)


def uses_entry_instant(condition: Condition) -> bool:
    """Tell whether the condition counts from the instant of an entry."""
    return any(_leaf_uses_instant(leaf) for leaf in leaves(condition))


def _leaf_uses_instant(leaf: Leaf) -> bool:
    match leaf:
        case Did(since=anchor) | tree.Elapsed(since=anchor):
            return anchor is Fixed.ENTRY
        case tree.Team(where=inner):
            return uses_entry_instant(inner)
    return False


def uses_entry_key(condition: Condition) -> bool:
    """Tell whether the condition asks for the key of an entry, such as the ticket that a case belongs to."""
    return any(_leaf_uses_key(leaf) for leaf in leaves(condition))


def _leaf_uses_key(leaf: Leaf) -> bool:
    match leaf:
        case Did(same=same):
            return bool(same)
        case tree.Team(where=inner) | tree.Running(where=inner):
            return uses_entry_key(inner)
    return False


def key_property(condition: Condition) -> str:
    """Return the property that the condition is true `per`; "" where there is none, or more than one."""
    names = {leaf.per for leaf in leaves(condition) if isinstance(leaf, Did) and leaf.per}
    return names.pop() if len(names) == 1 else ""


def about_one_key(condition: Condition) -> Condition:
    """Return the condition about the key of an entry instead of about any key: `per` becomes `same … as: entry`."""
    match condition:
        case tree.All(parts):
            return tree.All(tuple(map(about_one_key, parts)))
        case tree.Any_(parts):
            return tree.Any_(tuple(map(about_one_key, parts)))
        case tree.Not(part):
            return tree.Not(about_one_key(part))
        case Did(per=name) if name:
            count = Count(max(condition.count.at_least, 1), condition.count.at_most)
            return replace(condition, per="", same=name, count=count)
    return condition


def looks_at_others(condition: Condition) -> bool:
    """Tell whether what other people do may change the truth."""
    return any(circle_of(leaf) for leaf in leaves(condition))
