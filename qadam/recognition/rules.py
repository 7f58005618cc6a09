"""Decide about points: which facts fit a rule, how many points they bring, and what caps and cool-downs let through."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from qadam.conditions.tree import Bounds, Comparison, Test, Where
from qadam.recognition.documents import Formula, PointRuleDocument, Which
from qadam.recognition.periods import monday_of

Props = Mapping[str, Any]


def fits(props: Props, where: Where) -> bool:
    """Tell whether the properties of a fact pass every test of a filter; an absent one passes none."""
    return all(name in props and _passes(props[name], test) for name, test in where)


def _passes(value: Any, test: Test) -> bool:
    if isinstance(test, Bounds):
        return all(_compare(value, comparison, limit) for comparison, limit in test.limits)
    return value in test.values


def _compare(value: Any, comparison: Comparison, limit: float) -> bool:
    match comparison:
        case Comparison.AT_LEAST:
            return bool(value >= limit)
        case Comparison.AT_MOST:
            return bool(value <= limit)
        case Comparison.ABOVE:
            return bool(value > limit)
    return bool(value < limit)


def points_of(rule: PointRuleDocument, props: Props) -> int:
    """Return what a fact brings by a rule: fixed, or for each full part of a property, capped; never below 0."""
    if isinstance(rule.points, Formula):
        amount = props.get(rule.points.of)
        return 0 if amount is None else max(min(int(amount // rule.points.per), rule.points.most), 0)
    return rule.points


def has_its_turn(rule: PointRuleDocument, props: Props, earlier: Sequence[Props]) -> bool:
    """Tell whether a fact is the one of its kind that scores: every, the first, or a later one.

    `earlier` are the doer's facts before it that fit the filter. A fact without a value that it is told apart by has
    no turn: nobody knows what it is the first of.
    """
    if rule.which is Which.EVERY:
        return True
    values = [props.get(name) for name in rule.per]
    if None in values:
        return False
    is_known = any([each.get(name) for name in rule.per] == values for each in earlier)
    return is_known == (rule.which is Which.LATER)


class Scored:
    """What one run of posting knows of the facts that were scored, by earner and rule. Reversed ones count on:
    whoever returns an order gets no second try that day."""

    def __init__(self) -> None:
        self._days: Counter[tuple[int, str, date]] = Counter()
        self._weeks: Counter[tuple[int, str, date]] = Counter()
        self._totals: Counter[tuple[int, str]] = Counter()
        self._instants: dict[tuple[int, str], list[datetime]] = {}

    def note(self, earner: int, rule: str, day: date, at: datetime) -> None:
        self._days[earner, rule, day] += 1
        self._weeks[earner, rule, monday_of(day)] += 1
        self._totals[earner, rule] += 1
        insort(self._instants.setdefault((earner, rule), []), at)

    def set_total(self, earner: int, rule: str, number: int) -> None:
        """Note how many facts were scored ever, where not all of them are known one by one."""
        self._totals[earner, rule] = number

    def allows(self, rule: PointRuleDocument, earner: int, day: date, at: datetime) -> bool:
        """Tell whether one more fact may be scored by the caps and the cool-down."""
        caps, key = rule.caps, rule.key
        return (
            (caps.day is None or self._days[earner, key, day] < caps.day)
            and (caps.week is None or self._weeks[earner, key, monday_of(day)] < caps.week)
            and (caps.total is None or self._totals[earner, key] < caps.total)
            and self._has_cooled(rule.cooldown, self._instants.get((earner, key), []), at)
        )

    @staticmethod
    def _has_cooled(cooldown: timedelta, instants: list[datetime], at: datetime) -> bool:
        if not cooldown or not instants:
            return True
        place = bisect_left(instants, at)
        near = instants[max(place - 1, 0) : place + 1]
        return all(abs(at - each) >= cooldown for each in near)
