"""M7: how soon a person answers questions and objections, by two clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from qadam.metrics import contacts, periods, primitives, rules, sequences
from qadam.metrics.counting import Count, Counter, Study, count_share, in_period
from qadam.metrics.periods import DAY, Period, WorkingHours, as_instant
from qadam.metrics.rules import Flags, Floats, Ids, Instants

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ALWAYS, WORKING = "always", "working"
CLOCKS = (ALWAYS, WORKING)
OPENS, CLOSES = time(9), time(18)
HOURS_OF_DAY = 9


@dataclass(frozen=True, slots=True)
class Waits:
    """Questions, each from its opening to the first reply of a person (NaT: none yet).

    `hours`: {clock: how long each waited, until the reply or now}.
    """

    members: Ids
    opened: Instants
    is_replied: Flags
    is_again: Flags
    hours: dict[str, Floats]


def response_periods(study: Study) -> list[Period]:
    """Return the periods of opening; the headline ends where the latest question in it has had its time."""
    hours = study.params["sla_hours"]
    if study.params["clock"] == WORKING:
        working_days = -(-hours // HOURS_OF_DAY)
        return periods.cohort_periods(study.frame, (working_days + 2 * (working_days // 5 + 1)) * DAY)
    return periods.cohort_periods(study.frame, timedelta(hours=hours))


def open_response(db: DuckDBPyConnection, study: Study) -> Counter:
    """M7: of the questions opened in the period that were answered or have had their time, those answered in time.

    With `value: median` the number is the median wait of those answered. Both clocks stand in the detail: around the
    clock, and Monday to Friday 9–18 in the company's zone.
    """
    waits = _read_waits(db, study)
    sla = study.params["sla_hours"]
    clock = waits.hours[study.params["clock"]]
    is_decided = waits.is_replied | (clock >= sla)

    def count(period: Period) -> Count:
        in_time = in_period(waits.opened, period)
        chosen = in_time & is_decided
        is_replied, n_censored = waits.is_replied[chosen], int((in_time & ~is_decided).sum())
        detail = _detail(waits, chosen, sla) | {"reopened": int(waits.is_again[chosen].sum())}
        if study.params["value"] == "share":
            return count_share(waits.members[chosen], is_replied & (clock[chosen] <= sla), n_censored, **detail)
        taken = clock[chosen][is_replied]
        middle, interval = rules.quantile(taken, 0.5), rules.median_interval(taken)
        return Count(waits.members[chosen], is_replied, middle, n_censored, detail, interval=interval)

    return count


def _detail(waits: Waits, chosen: Flags, sla: int) -> dict[str, object]:
    is_replied = waits.is_replied[chosen]
    detail: dict[str, object] = {"unanswered": int((~is_replied).sum())}
    for name, hours in waits.hours.items():
        taken = hours[chosen][is_replied]
        detail[name] = {
            "median": rules.quantile(taken, 0.5),
            "p90": rules.quantile(taken, 0.9),
            "in_time": [int((taken <= sla).sum()), len(is_replied)],
        }
    return detail


def _read_waits(db: DuckDBPyConnection, study: Study) -> Waits:
    steps = contacts.questions(db, study.params["channel"])
    begins = sequences.interval_starts(steps.tickets, steps.is_reply)
    replies = sequences.next_flagged(steps.tickets, steps.is_reply)[begins]
    wanted = steps.is_wanted[begins] & _is_in_stage(db, study, steps.members[begins], steps.times[begins])
    begins, replies = begins[wanted], replies[wanted]
    opened, is_replied = steps.times[begins], replies >= 0
    until = np.where(is_replied, steps.times[replies], as_instant(study.now)).astype("datetime64[us]")
    is_again = (begins > 0) & (steps.tickets[begins - 1] == steps.tickets[begins])
    around = rules.in_days(until - opened) * 24
    hours = {ALWAYS: around, WORKING: _working_hours(opened, until, study)}
    return Waits(steps.members[begins], opened, is_replied, is_again, hours)


def _is_in_stage(db: DuckDBPyConnection, study: Study, members: Ids, times: Instants) -> Flags:
    """Tell who stood in the stage asked for at that instant; everybody where none is."""
    if not study.params["stage"]:
        return np.ones(len(members), dtype=bool)
    return sequences.is_staying(members, times, *primitives.stays(db, study.params["stage"]))


def _working_hours(opened: Instants, until: Instants, study: Study) -> Floats:
    if not len(opened):
        return np.zeros(0)
    clock = WorkingHours.covering(periods.as_datetime(opened.min()), study.now, study.zone, (OPENS, CLOSES))
    return clock.at(until) - clock.at(opened)
