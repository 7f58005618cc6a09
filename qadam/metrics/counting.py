"""What counting a metric needs: the question, the answer, and the calendars by which it is asked.

A counter has read the log once and answers, for any period, who counts and who succeeded. The number on a page and
the list of people behind it come out of the same counter, so they can't differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qadam.lib.intervals import Interval, newcombe_interval
from qadam.metrics import periods
from qadam.metrics.periods import DAY, LENGTHS, Frame, Grain, Period, as_instant
from qadam.metrics.rules import Flags, Ids, Instants

ARM_N = 30
"""Below so many in either arm the lift is not told."""


@dataclass(frozen=True, slots=True)
class Study:
    """What is asked: the metric's target and parameters, the instant of looking and the company's zone."""

    target_key: str
    params: Mapping[str, Any]
    now: datetime
    zone: ZoneInfo

    @property
    def frame(self) -> Frame:
        grain = Grain(self.params.get("grain", Grain.MONTH))
        return Frame(self.now, self.zone, grain, self.params.get("headline_days", 90))

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.params["horizon_days"])

    @property
    def stage(self) -> str:
        return str(self.params.get("stage") or self.target_key)

    @property
    def journey(self) -> str:
        return f"case:{self.target_key}"


@dataclass(frozen=True, slots=True)
class Count:
    """Who stands behind a value: one id for each counted person (answer, lesson, instance), and which succeeded.

    `total` is the numerator where it isn't how many succeeded, `counted` the people behind it where they aren't
    among `members`. `interval` is that of a value that isn't a share. `n_censored` is how many have not been followed
    to the end.
    """

    members: Ids
    is_success: Flags
    value: float | None
    n_censored: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    total: int | None = None
    counted: Ids | None = None
    interval: Interval | None = None

    @property
    def numerator(self) -> int:
        return int(self.is_success.sum()) if self.total is None else self.total

    def part(self, name: str) -> Ids:
        """Return the ids behind "denominator", "numerator" or "rest" (those who didn't succeed)."""
        if name == "denominator":
            return self.members
        if name == "numerator" and self.counted is not None:
            return self.counted
        return self.members[self.is_success if name == "numerator" else ~self.is_success]


Counter = Callable[[Period], Count]


def count_share(members: Ids, is_success: Flags, n_censored: int = 0, **detail: object) -> Count:
    """Count distinct people and the share that succeeded; no value where there is nobody."""
    value = float(is_success.sum()) / len(members) if len(members) else None
    return Count(members, is_success, value, n_censored, detail)


def in_period(times: Instants, period: Period) -> Flags:
    """Tell which instants lie in the half-open period; an open period has no upper end."""
    is_since: Flags = times >= as_instant(period.start)
    return is_since if period.grain is Grain.OPEN else is_since & (times < as_instant(period.end))


def compare_arms(treated: tuple[int, int], control: tuple[int, int]) -> dict[str, object]:
    """Return what the control group did and, where each arm has 30, treated − control with Newcombe's interval.

    Each arm is (succeeded, counted). Nothing where nobody was held out.
    """
    if not control[1]:
        return {}
    found: dict[str, object] = {"control": list(control)}
    interval = newcombe_interval(treated, control)
    if min(treated[1], control[1]) >= ARM_N and interval is not None:
        lift = treated[0] / treated[1] - control[0] / control[1]
        found |= {"lift": lift, "low": interval[0], "high": interval[1]}
    return found


def cohort_periods(study: Study) -> list[Period]:
    return periods.cohort_periods(study.frame, study.horizon)


def following(name: str) -> Callable[[Study], list[Period]]:
    """Return the calendar of people who enter in a period and are followed for the days of a parameter."""
    return lambda study: periods.cohort_periods(study.frame, study.params[name] * DAY)


def anniversary_periods(study: Study) -> list[Period]:
    return periods.anniversary_periods(study.frame, study.params["months"])


def snapshot_periods(study: Study) -> list[Period]:
    return periods.snapshot_periods(study.frame, study.params["trailing_days"])


def rolling_periods(study: Study) -> list[Period]:
    """Return windows of the headline's length before each month's (week's) first midnight: rolling, as of that day."""
    return periods.snapshot_periods(study.frame, study.params["headline_days"])


def calendar_periods(study: Study) -> list[Period]:
    """Return months (quarters, years) of what happens in them; the headline has the length of one."""
    return periods.calendar_periods(study.frame, LENGTHS[study.frame.grain])


def due_periods(study: Study) -> list[Period]:
    """Return months (weeks) by the day on which something falls due; under way is what isn't due yet."""
    return periods.due_periods(study.frame)
