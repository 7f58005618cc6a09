"""How each metric counts. A counter has read the log once and answers, for any period, who counts and who succeeded.

The number on a page and the list of people behind it come out of the same counter, so they can't differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from qadam.metrics import periods, primitives, rules
from qadam.metrics.periods import DAY, Frame, Grain, LocalDays, Period, as_instant
from qadam.metrics.rules import Flags, Ids, Instants

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXCLUDED_REASONS = ("excluded", "holdout")
"""Instances that left for one of these reasons are in no denominator."""


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
    """Who stands behind a value: one member id for each counted person (or instance of a case), and who succeeded.

    `n_censored` is how many have not been followed to the end.
    """

    members: Ids
    is_success: Flags
    value: float | None
    n_censored: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> Ids:
        """Return the ids behind "denominator", "numerator" or "rest" (those who didn't succeed)."""
        if name == "denominator":
            return self.members
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


def cohort_periods(study: Study) -> list[Period]:
    return periods.cohort_periods(study.frame, study.horizon)


def anniversary_periods(study: Study) -> list[Period]:
    return periods.anniversary_periods(study.frame, study.params["months"])


def snapshot_periods(study: Study) -> list[Period]:
    return periods.snapshot_periods(study.frame, study.params["trailing_days"])


@dataclass(frozen=True, slots=True)
class Passage:
    """First entries to a stage and what came of each; `is_ahead`: a later stage was entered before this one."""

    members: Ids
    times: Instants
    passed_at: Instants
    is_passed: Flags
    is_implied: Flags
    is_ahead: Flags
    is_followed: Flags


def read_passage(db: DuckDBPyConnection, study: Study) -> Passage:
    """Follow everybody from the first entry, for the horizon, to the first entry of any later stage at or after it."""
    entered = primitives.first_entries(db, study.stage)
    later = primitives.entries(db, study.params["stages_after"])
    following = primitives.entries(db, study.params["stages_after"][:1])
    limit = entered.times + np.timedelta64(study.horizon)
    passed_at = rules.first_at_or_after(entered.members, entered.times, later.members, later.times)
    next_at = rules.first_at_or_after(entered.members, entered.times, following.members, following.times)
    is_passed = passed_at <= limit
    return Passage(
        members=entered.members,
        times=entered.times,
        passed_at=passed_at,
        is_passed=is_passed,
        is_implied=is_passed & ~(next_at <= limit),
        is_ahead=rules.earliest(entered.members, later.members, later.times) < entered.times,
        is_followed=limit <= as_instant(study.now),
    )


def open_conversion(db: DuckDBPyConnection, study: Study) -> Counter:
    """M1: of those who first entered the stage in the period, those who entered any later stage within the horizon."""
    passage = read_passage(db, study)

    def count(period: Period) -> Count:
        chosen = in_period(passage.times, period)
        is_passed = passage.is_passed[chosen]
        return count_share(
            passage.members[chosen],
            is_passed,
            int((~is_passed & ~passage.is_followed[chosen]).sum()),
            implied=int(passage.is_implied[chosen].sum()),
            ahead=int(passage.is_ahead[chosen].sum()),
        )

    return count


def open_transit_time(db: DuckDBPyConnection, study: Study) -> Counter:
    """M2: days from entry to the next entry among M1's converters: median, 90th percentile, Kaplan–Meier median.

    People with a later stage before this one are data errors: left out and counted in `errors`.
    """
    passage = read_passage(db, study)
    watched_until = np.minimum(passage.times + np.timedelta64(study.horizon), as_instant(study.now))
    until = np.where(passage.is_passed, passage.passed_at, watched_until)
    days = rules.in_days(until - passage.times)

    def count(period: Period) -> Count:
        in_cohort = in_period(passage.times, period)
        chosen = in_cohort & ~passage.is_ahead
        is_passed = passage.is_passed[chosen]
        taken = days[chosen][is_passed]
        detail = {
            "p90": rules.quantile(taken, 0.9),
            "km_median": rules.product_limit(days[chosen], is_passed).median(),
            "errors": int((in_cohort & passage.is_ahead).sum()),
        }
        n_censored = int((~is_passed).sum())
        return Count(passage.members[chosen], is_passed, rules.quantile(taken, 0.5), n_censored, detail)

    return count


def open_active_share(db: DuckDBPyConnection, study: Study) -> Counter:
    """M4: of those registered before the trailing days and not gone at their start, those active on enough days."""
    people = primitives.registrations(db)
    start = min(period.start for period in snapshot_periods(study))
    acts = primitives.actions(db, study.params["event_types"], as_instant(start))
    days = LocalDays.covering(start, study.now, study.zone)
    active_days = _active_days(people.members, acts, days)

    def count(period: Period) -> Count:
        first = int(days.places(np.array([as_instant(period.start)]))[0])
        after = int(days.places(np.array([as_instant(period.end)]))[0]) + (period.grain is Grain.OPEN)
        low, high = np.searchsorted(active_days[0], [first, after])
        is_active = np.bincount(active_days[1][low:high], minlength=len(people.members)) >= study.params["days"]
        since, until = as_instant(period.start), as_instant(period.end)
        is_here = np.isnat(people.left_at) | (people.left_at >= since)
        is_settled = (people.times < since) & is_here
        is_new = (people.times >= since) & (people.times < until) & is_here
        return count_share(
            people.members[is_settled],
            is_active[is_settled],
            newcomers=int(is_new.sum()),
            newcomers_active=int((is_new & is_active).sum()),
        )

    return count


def _active_days(members: Ids, acts: primitives.Moments, days: LocalDays) -> tuple[Ids, Ids]:
    """Return the distinct (day, place of the member in `members`) pairs, ascending."""
    is_known = np.isin(acts.members, members)
    places = np.searchsorted(members, acts.members[is_known])
    width = len(members) + 1
    pairs = np.unique(days.places(acts.times[is_known]) * width + places)
    return pairs // width, pairs % width


def open_retention(db: DuckDBPyConnection, study: Study) -> Counter:
    """M5: of those registered in the period, those not gone at the anniversary and active in the days before it.

    The anniversary is the local day so many calendar months after that of the registration, clamped to the end of
    its month; the days before it are whole local days. Until it has come, people are censored and in no count;
    the open period counts who is on course instead: still here, with an action in the days up to now.
    """
    people = primitives.registrations(db)
    since, until = _anniversaries(people.times, study)
    trailing = study.params["trailing_days"]
    recent = as_instant(study.frame.midnight(study.frame.today - (trailing - 1) * DAY))
    earliest = min([recent, *since]) if len(since) else recent
    acts = primitives.actions(db, study.params["event_types"], earliest)
    has_acted = rules.has_any_between(people.members, since, until, acts.members, acts.times)
    is_retained = has_acted & (np.isnat(people.left_at) | (people.left_at >= until))
    has_acted_lately = np.isin(people.members, acts.members[acts.times >= recent])
    is_on_course = has_acted_lately & np.isnat(people.left_at)
    is_due = until <= as_instant(study.now)

    def count(period: Period) -> Count:
        in_cohort = in_period(people.times, period)
        if period.grain is Grain.OPEN:
            return count_share(people.members[in_cohort], is_on_course[in_cohort], int(in_cohort.sum()))
        chosen = in_cohort & is_due
        return count_share(people.members[chosen], is_retained[chosen], int((in_cohort & ~is_due).sum()))

    return count


def _anniversaries(registered_at: Instants, study: Study) -> tuple[Instants, Instants]:
    """Return, for each registration, the instants at which the days before the anniversary begin and end."""
    nothing = np.array([], dtype="datetime64[us]")
    if not len(registered_at):
        return nothing, nothing
    first = periods.as_datetime(registered_at.min())
    days = LocalDays.covering(first, periods.as_datetime(registered_at.max()), study.zone)
    ends = [periods.add_months(days.day(place), study.params["months"]) for place in range(len(days.midnights))]
    trailing = study.params["trailing_days"] * DAY
    begin = np.array([as_instant(study.frame.midnight(end - trailing)) for end in ends], dtype="datetime64[us]")
    until = np.array([as_instant(study.frame.midnight(end)) for end in ends], dtype="datetime64[us]")
    places = days.places(registered_at)
    return begin[places], until[places]


def open_success(db: DuckDBPyConnection, study: Study) -> Counter:
    """M9: of the case's instances detected in the period and decided, those that reached their goal within the horizon.

    Decided: closed, or the horizon has passed. An instance that left as excluded or held out is not counted.
    """
    found = primitives.instances(db, study.journey)
    limit = found.times + np.timedelta64(study.horizon)
    is_success = found.goal_at <= limit
    is_decided = is_success | ~np.isnat(found.left_at) | (limit <= as_instant(study.now))
    is_counted = ~np.isin(found.reasons.astype(str), EXCLUDED_REASONS)

    def count(period: Period) -> Count:
        in_cohort = in_period(found.times, period) & is_counted
        chosen = in_cohort & is_decided
        return count_share(found.members[chosen], is_success[chosen], int((in_cohort & ~is_decided).sum()))

    return count
