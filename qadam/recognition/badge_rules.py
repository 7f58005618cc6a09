"""What a badge's condition needs, read off its tree: when it may be asked, what makes it stand, what undoes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qadam.conditions import tree
from qadam.conditions.tree import Condition, Did, Fixed, leaves
from qadam.recognition.badge_documents import Repeat
from qadam.recognition.periods import beginning_of, month_key, quarter_key


def is_lasting(condition: Condition) -> bool:
    """Tell whether the condition, once true, stays true unless facts are undone: then it may be asked late.

    Of any other a moment in the past may have been the only one at which it was true.
    """
    match condition:
        case tree.All(parts) | tree.Any_(parts):
            return all(map(is_lasting, parts))
        case Did():
            is_open = condition.within is None and condition.not_followed_by is None and condition.count.at_most is None
            return is_open and not (isinstance(condition.since, tree.EventAnchor) and condition.since.is_last)
        case tree.Day(at_most=most):
            return most is None
        case tree.Elapsed(since=anchor):
            return not (isinstance(anchor, tree.EventAnchor) and anchor.is_last)
        case tree.Team(where=inner, count=count):
            return count.at_most is None and is_lasting(inner)
        case tree.Is():
            return True
    return False


def undoing_types(condition: Condition) -> frozenset[str]:
    """Return the types of facts that undo others by which the condition was true."""
    found = set()
    for leaf in leaves(condition):
        match leaf:
            case Did(unless=unless) if unless is not None:
                found.add(unless.event)
            case tree.Team(where=inner) | tree.Running(where=inner):
                found |= undoing_types(inner)
            case tree.Rate(of=tally) | tree.Ratio(of=tally) if tally.unless is not None:
                found.add(tally.unless.event)
    return frozenset(found)


def counted_leaves(condition: Condition) -> Iterator[Did | tree.Team]:
    """Yield the leaves whose occurrences are the evidence: what must not have happened is none."""
    match condition:
        case tree.All(parts) | tree.Any_(parts):
            for part in parts:
                yield from counted_leaves(part)
        case Did() | tree.Team():
            yield condition


def split_days(condition: Condition) -> tuple[tuple[tree.Day, ...], Condition | None]:
    """Return the days of the path that a condition asks for beside everything else, and the rest.

    Days are quickly told in Python, and whom they leave out needs no question; as SQL they are another one every day.
    """
    parts = condition.parts if isinstance(condition, tree.All) else (condition,)
    days = tuple(part for part in parts if isinstance(part, tree.Day))
    rest = tuple(part for part in parts if not isinstance(part, tree.Day))
    if not days:
        return (), condition
    return days, (rest[0] if len(rest) == 1 else tree.All(rest)) if rest else None


def is_on(days: Iterable[tree.Day], day: int) -> bool:
    """Tell whether a day of the path lies in all of these bounds."""
    return all(
        (each.at_least is None or day >= each.at_least) and (each.at_most is None or day <= each.at_most)
        for each in days
    )


def period_key(repeat: Repeat, day: date) -> str:
    """Return the key of the period in which a badge is given: "" once for ever, 2026-03, 2026-Q1."""
    match repeat:
        case Repeat.MONTH:
            return month_key(day)
        case Repeat.QUARTER:
            return quarter_key(day)
    return ""


def start_of_period(repeat: Repeat, day: date, zone: ZoneInfo) -> datetime | None:
    """Return the instant at which the period of a day begins in the company's zone; None where there is none."""
    if repeat is Repeat.ONCE:
        return None
    month = day.month if repeat is Repeat.MONTH else day.month - (day.month - 1) % 3
    return beginning_of(date(day.year, month, 1), zone)


def within_period(condition: Condition, length: timedelta) -> Condition:
    """Let occurrences without a window of their own count only in the period that began so long ago."""
    match condition:
        case tree.All(parts):
            return tree.All(tuple(within_period(part, length) for part in parts))
        case tree.Any_(parts):
            return tree.Any_(tuple(within_period(part, length) for part in parts))
        case tree.Not(part):
            return tree.Not(within_period(part, length))
        case Did(within=None, since=None, days=None):
            return replace(condition, within=length)
        case Did(within=None, since=Fixed.DAY_ZERO):
            return replace(condition, within=length)
    return condition
