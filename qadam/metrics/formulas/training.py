"""M13: assigned lessons completed in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qadam.metrics import contacts, primitives, sequences
from qadam.metrics.counting import Count, Counter, Study, count_share, in_period
from qadam.metrics.periods import DAY, Grain, Period, as_instant

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def open_lessons(db: DuckDBPyConnection, study: Study) -> Counter:
    """M13: of the assigned lessons that fell due in the period, those completed by then.

    A lesson assigned anew before its due date has a new one; after it, the missed one stays and the new one is
    counted too. The open period holds what isn't due yet, and who has completed it already.
    """
    steps = contacts.lessons(db, study.params["path"])
    rows = np.flatnonzero(~steps.is_completed)
    assigned, due = steps.times[rows], steps.due_at[rows]
    due = np.where(np.isnat(due), assigned + np.timedelta64(study.params["due_days"] * DAY), due)
    done_rows = sequences.next_flagged(steps.lessons, steps.is_completed)[rows]
    again_rows = sequences.next_flagged(steps.lessons, ~steps.is_completed)[rows]
    nothing = np.datetime64("NaT", "us")
    done = np.where(done_rows >= 0, steps.times[done_rows], nothing)
    again = np.where(again_rows >= 0, steps.times[again_rows], nothing)
    is_replaced = (again <= due) & ~(done <= again)
    chosen_stage = np.ones(len(rows), dtype=bool)
    if study.params["stage"]:
        chosen_stage = sequences.is_staying(steps.members[rows], assigned, *primitives.stays(db, study.params["stage"]))
    is_counted, is_done = ~is_replaced & chosen_stage, done <= due
    is_late = ~is_done & ~np.isnat(done)
    members, now = steps.members[rows], as_instant(study.now)

    def count(period: Period) -> Count:
        chosen = in_period(due, period) & is_counted
        is_due = due[chosen] <= now
        n_censored = int((~is_due & ~is_done[chosen]).sum())
        if period.grain is not Grain.OPEN and not period.is_final:
            chosen &= due <= now
        return count_share(members[chosen], is_done[chosen], n_censored, late=int(is_late[chosen].sum()))

    return count
