"""The arithmetic of metrics: intervals of shares, quantiles, survival, the first event after another. Pure numpy."""

from dataclasses import dataclass
from enum import StrEnum
from math import comb, inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qadam.lib.intervals import Z95, Interval, wilson_interval

__all__ = ["wilson_interval"]

MIN_N = 20
"""Below so many people a share is shown as "k of n", without a trend and without a verdict."""
DAY_US = 86_400_000_000
"""Microseconds of a day of 24 hours."""
HOUR_US = 3_600_000_000

Ids = NDArray[np.int64]
Instants = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class State(StrEnum):
    ON_TARGET = "on_target"
    WATCH = "watch"
    OFF = "off"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Aim:
    """What a metric should reach, in its own unit; `direction` says which way is better."""

    direction: Direction
    target: float | None = None
    watch: float | None = None
    critical: float | None = None


def quantile(values: Floats, p: float) -> float | None:
    """Return the quantile `p` (0–1) by linear interpolation between order statistics (Hyndman–Fan type 7), or None.

    The median of an even number of values is the mean of the two in the middle.
    """
    return float(np.quantile(values, p, method="linear")) if len(values) else None


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """S(t) right after each time at which something happened, ascending, with 95 % bounds (NaN where S is 0 or 1)."""

    times: Floats
    survival: Floats
    low: Floats
    high: Floats

    def at(self, time: float) -> float:
        """Return S(time): the share for whom the event has not happened up to and including `time`."""
        place = int(np.searchsorted(self.times, time, side="right"))
        return float(self.survival[place - 1]) if place else 1.0

    def median(self) -> float | None:
        """Return the smallest time with S <= 1/2; None where fewer than half have had the event while watched."""
        reached = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.times[reached[0]]) if len(reached) else None


def product_limit(durations: Floats, has_happened: Flags) -> SurvivalCurve:
    """Estimate survival by Kaplan–Meier; `durations` of those to whom it has not happened are censoring times.

    At a tie the events come before the censorings. Bounds: Greenwood's variance on the log(−log S) scale.
    Source: Kaplan and Meier, JASA 53 (1958); Kalbfleisch and Prentice (1980).
    """
    times, events = np.unique(durations[has_happened], return_counts=True)
    ordered = np.sort(durations)
    at_risk = len(ordered) - np.searchsorted(ordered, times, side="left")
    survival = np.cumprod(1.0 - events / at_risk)
    low, high = _log_log_bounds(survival, events, at_risk)
    return SurvivalCurve(times, survival, low, high)


def _log_log_bounds(survival: Floats, events: Ids, at_risk: Ids) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        log_survival = np.log(survival)
        spread = Z95 * np.sqrt(greenwood) / np.abs(log_survival)
        centre = np.log(-log_survival)
        low, high = np.exp(-np.exp(centre + spread)), np.exp(-np.exp(centre - spread))
    is_inside = (survival > 0) & (survival < 1)
    return np.where(is_inside, low, np.nan), np.where(is_inside, high, np.nan)


def first_at_or_after(members: Ids, since: Instants, event_members: Ids, event_times: Instants) -> Instants:
    """Return, for each row (member, since), the member's earliest event at or after `since`; NaT where there is none.

    An event at the very instant counts: imports often have the resolution of a day. Rows and events in any order.
    """
    found = np.full(len(members), np.datetime64("NaT", "us"))
    if not len(members) or not len(event_members):
        return found
    keys, event_keys = rank_pairs(members, since, event_members, event_times)
    order = np.argsort(event_keys, kind="stable")
    places = np.searchsorted(event_keys[order], keys, side="left")
    is_within = places < len(order)
    candidates = order[np.where(is_within, places, 0)]
    is_own = is_within & (event_members[candidates] == members)
    found[is_own] = event_times[candidates[is_own]]
    return found


def rank_pairs(members: Ids, times: Instants, event_members: Ids, event_times: Instants) -> tuple[Ids, Ids]:
    """Number (member, instant) pairs so that integer order is (member, instant) order, far from overflow."""
    member_ranks = np.unique(np.concatenate([members, event_members]), return_inverse=True)[1]
    time_ranks = np.unique(np.concatenate([times, event_times]), return_inverse=True)[1]
    packed = member_ranks.astype(np.int64) * (len(time_ranks) + 1) + time_ranks
    return packed[: len(members)], packed[len(members) :]


def earliest(members: Ids, event_members: Ids, event_times: Instants) -> Instants:
    """Return each member's earliest event; NaT where there is none."""
    if not len(event_times):
        return np.full(len(members), np.datetime64("NaT", "us"))
    return first_at_or_after(members, np.full(len(members), event_times.min()), event_members, event_times)


def has_any_between(members: Ids, since: Instants, until: Instants, event_members: Ids, event_times: Instants) -> Flags:
    """Tell, for each member (ascending, distinct), whether an event of theirs lies in the half-open [since, until)."""
    is_known = np.isin(event_members, members)
    places = np.searchsorted(members, event_members[is_known])
    times = event_times[is_known]
    is_within = (times >= since[places]) & (times < until[places])
    found: Flags = np.bincount(places[is_within], minlength=len(members)) > 0
    return found


def in_days(durations: NDArray[np.timedelta64]) -> Floats:
    """Turn microsecond durations into days of 24 hours."""
    return durations.astype(np.int64) / DAY_US


def judge(value: float | None, n: int, aim: Aim) -> State:
    """Hold a value against its aim: on target, watch (missed, but not past the watch line), off, or waiting for data.

    Without a watch line the critical one stands in for it; without both, a miss is off. Fewer than 20 people,
    no value or no target: waiting.
    """
    if value is None or aim.target is None or n < MIN_N:
        return State.WAITING
    sign = 1 if aim.direction is Direction.UP else -1
    if sign * value >= sign * aim.target:
        return State.ON_TARGET
    line = next((each for each in (aim.watch, aim.critical) if each is not None), aim.target)
    return State.WATCH if sign * value >= sign * line else State.OFF


def is_past_critical(value: float | None, n: int, aim: Aim) -> bool:
    """Tell whether a value of at least 20 people is worse than the critical line."""
    if value is None or aim.critical is None or n < MIN_N:
        return False
    return is_worse(value, aim.critical, aim.direction)


def is_worse(value: float, line: float, direction: Direction) -> bool:
    """Tell whether a value is on the wrong side of a line; on the line it isn't."""
    return value < line if direction is Direction.UP else value > line


def median_interval(values: Floats) -> Interval | None:
    """Return the 95 % interval of the median from order statistics; None for fewer than 6 values (there is none).

    Source: Conover, Practical Nonparametric Statistics (1980): the ranks by the binomial distribution with p = 1/2,
    exact up to 1,000 values, by its normal limit above.
    """
    n = len(values)
    rank = _lower_rank(n)
    if rank == 0:
        return None
    ordered = np.sort(values)
    return float(ordered[rank - 1]), float(ordered[n - rank])


def _lower_rank(n: int) -> int:
    """Return the largest r with P(Binomial(n, 1/2) < r) <= 2.5 %; 0 where there is none."""
    if n > 1_000:
        return int(n / 2 - Z95 * sqrt(n) / 2)
    total, below = 2**n * 0.025, 0
    for rank in range(n + 1):
        below += comb(n, rank)
        if below > total:
            return rank
    return n


def mean_interval(values: Floats, low: float = -inf, high: float = inf) -> Interval | None:
    """Return the 95 % interval of a mean by the normal distribution, cut to [low, high]; None for fewer than 2."""
    if len(values) < 2:
        return None
    mean, half = float(values.mean()), Z95 * float(values.std(ddof=1)) / sqrt(len(values))
    return max(low, mean - half), min(high, mean + half)


def points_interval(promoters: int, detractors: int, n: int) -> Interval | None:
    """Return the 95 % interval of a net promoter score in points; None for fewer than 2 answers.

    SE = 100·sqrt((p + d − (p − d)²)/n) with the shares p and d.
    """
    if n < 2:
        return None
    p, d = promoters / n, detractors / n
    half = 100 * Z95 * sqrt(max(p + d - (p - d) ** 2, 0.0) / n)
    return max(-100.0, 100 * (p - d) - half), min(100.0, 100 * (p - d) + half)
