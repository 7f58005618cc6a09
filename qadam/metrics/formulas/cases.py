"""How cases end: M9 successful cases, M15 reinvolvement. The control group always apart, by the same clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qadam.experiments.rules import CONTROL
from qadam.metrics import primitives, rules, sequences
from qadam.metrics.counting import Count, Counter, Study, compare_arms, count_share, in_period
from qadam.metrics.periods import DAY, Period, as_instant
from qadam.metrics.primitives import Instances
from qadam.metrics.rules import Flags

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXCLUDED_REASONS = ("excluded", "holdout")
"""Instances that left for one of these reasons are in no denominator."""
MANUAL_REASONS = ("stopped", "manual", "cancelled")
"""Ended by somebody's hand."""
CONTROL_ARMS = (CONTROL, "holdout")


def open_success(db: DuckDBPyConnection, study: Study) -> Counter:
    """M9: of the case's instances detected in the period and decided, those that reached their goal within the horizon.

    Decided: closed, or the horizon has passed. An instance that left as excluded is in no count; one of the control
    group is only in `control`. What somebody closed by hand has failed here, whatever they called it: how many were
    called a success, of how many, is `manual`. `overlapping` met another case meanwhile.
    """
    found = primitives.instances(db, study.journey)
    limit = found.times + np.timedelta64(study.horizon)
    is_success = found.goal_at <= limit
    is_decided = is_success | ~np.isnat(found.left_at) | (limit <= as_instant(study.now))
    is_counted = ~_has_reason(found, EXCLUDED_REASONS)
    is_control = np.isin(found.arms.astype(str), CONTROL_ARMS)
    is_manual, is_shared = _has_reason(found, MANUAL_REASONS), _meets_another(db, found, study)
    closed = primitives.closed_well(db, study.target_key)
    called_well = is_manual & (
        rules.first_at_or_after(found.members, found.left_at, closed.members, closed.times) == found.left_at
    )

    def count(period: Period) -> Count:
        in_cohort = in_period(found.times, period) & is_counted
        chosen = in_cohort & is_decided & ~is_control
        held = in_cohort & is_decided & is_control
        won = is_success[chosen]
        control = int(is_success[held].sum()), int(held.sum())
        return count_share(
            found.members[chosen],
            won,
            int((in_cohort & ~is_decided & ~is_control).sum()),
            manual=[int(called_well[chosen].sum()), int(is_manual[chosen].sum())],
            overlapping=int(is_shared[chosen].sum()),
            **compare_arms((int(won.sum()), len(won)), control),
        )

    return count


def open_reinvolvement(db: DuckDBPyConnection, study: Study) -> Counter:
    """M15: of the case's instances detected in the period, those who came back within the days after the detection.

    Came back: did one of the events after it, or reached the case's own goal (a positive reply). The control group has
    the same clock and is only in `control`.
    """
    found = primitives.instances(db, study.journey)
    limit = found.times + np.timedelta64(study.params["within_days"] * DAY)
    since = found.times + np.timedelta64(1, "us")
    first = found.times.min() if len(found.times) else as_instant(study.now)
    acts = primitives.actions(db, study.params["event_types"], first)
    acted_at = rules.first_at_or_after(found.members, since, acts.members, acts.times)
    is_back = (acted_at <= limit) | (found.goal_at <= limit)
    is_followed = limit <= as_instant(study.now)
    is_counted = ~_has_reason(found, EXCLUDED_REASONS)
    is_control = np.isin(found.arms.astype(str), CONTROL_ARMS)

    def count(period: Period) -> Count:
        in_cohort = in_period(found.times, period) & is_counted
        chosen, held = in_cohort & ~is_control, in_cohort & is_control
        back = is_back[chosen]
        control = int(is_back[held].sum()), int(held.sum())
        return count_share(
            found.members[chosen],
            back,
            int((~back & ~is_followed[chosen]).sum()),
            **compare_arms((int(back.sum()), len(back)), control),
        )

    return count


def _has_reason(found: Instances, reasons: tuple[str, ...]) -> Flags:
    return np.isin(found.reasons.astype(str), reasons)


def _meets_another(db: DuckDBPyConnection, found: Instances, study: Study) -> Flags:
    """Tell which instances were open while the same person was in another case."""
    others = primitives.other_instances(db, study.journey)
    now = as_instant(study.now)
    own_end = np.where(np.isnat(found.left_at), now, found.left_at)
    other_end = np.where(np.isnat(others.left_at), now, others.left_at)
    return sequences.overlaps_any(
        (found.members, found.times, own_end), (others.members, others.times, other_end)
    )  # fmt: skip
