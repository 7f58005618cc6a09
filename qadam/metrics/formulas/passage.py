"""M1, M2: from one stage to a later one. M3: from a presentation to registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qadam.metrics import contacts, primitives, rules, sequences
from qadam.metrics.contacts import Attendances
from qadam.metrics.counting import Count, Counter, Study, count_share, in_period
from qadam.metrics.periods import DAY, Grain, Period, as_instant
from qadam.metrics.rules import Flags, Ids, Instants

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PRESENTATIONS_SHOWN = 12


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
        return Count(
            passage.members[chosen],
            is_passed,
            rules.quantile(taken, 0.5),
            int((~is_passed).sum()),
            detail,
            interval=rules.median_interval(taken),
        )

    return count


def open_registration(db: DuckDBPyConnection, study: Study) -> Counter:
    """M3: of those who attended a presentation unregistered in the period, those who registered in the days after.

    Each person counts from the first attendance in the period: (t, t + days]. Each registration is credited to the
    last presentation attended before it (`presentations` in the headline's detail: [key, credited, attended]).
    """
    attended = contacts.attendances(db, study.params["minutes"], study.params["watched"])
    registered = attended.registered_at
    limit = np.timedelta64(study.params["days"] * DAY)
    is_open = np.isnat(registered) | (registered > attended.times)
    is_won = is_open & (registered <= attended.times + limit)
    is_followed = attended.times + limit <= as_instant(study.now)

    def count(period: Period) -> Count:
        rows = np.flatnonzero(in_period(attended.times, period) & is_open)
        firsts = rows[np.unique(attended.members[rows], return_index=True)[1]]
        won, recorded = is_won[firsts], attended.is_recording[firsts]
        detail: dict[str, object] = {"recording": [int(won[recorded].sum()), int(recorded.sum())]}
        if period.grain is Grain.WINDOW:
            detail["presentations"] = _credits(attended, rows, firsts[won])
        return count_share(attended.members[firsts], won, int((~won & ~is_followed[firsts]).sum()), **detail)

    return count


def _credits(attended: Attendances, rows: Ids, winners: Ids) -> list[list[object]]:
    """Credit each winner's registration to the last of these attendances of theirs; the most attended first."""
    places = sequences.last_places(attended.members[rows])
    last = rows[places][np.isin(attended.members[rows][places], attended.members[winners])]
    keys, seen = np.unique(attended.presentations[rows].astype(str), return_counts=True)
    credited = dict(zip(*np.unique(attended.presentations[last].astype(str), return_counts=True), strict=True))
    order = np.lexsort((keys, -seen))[:PRESENTATIONS_SHOWN]
    return [[str(keys[place]), int(credited.get(keys[place], 0)), int(seen[place])] for place in order]
