"""M8: who stopped, by leaving or by silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qadam.metrics import counting
from qadam.metrics.counting import Count, Counter, Study, count_share
from qadam.metrics.formulas.activity import ActiveDays
from qadam.metrics.periods import DAY, LocalDays, Period, as_instant
from qadam.metrics.primitives import Registrations
from qadam.metrics.rules import Flags, Ids

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEVER = 10**6
"""A day number after all others."""


@dataclass(frozen=True, slots=True)
class Silences:
    """The days of each person, registration and actions, by person and day, and what followed each.

    `churned` is the day on which a silence was complete (NEVER where it isn't), `is_return` whether the row ends one.
    """

    width: int
    keys: Ids
    places: Ids
    numbers: Ids
    churned: Ids
    is_return: Flags

    def last_before(self, day: int, count: int) -> Ids:
        """Return the last day before `day` of each of the people; −NEVER where there is none."""
        found = np.searchsorted(self.keys, np.arange(count) * self.width + day) - 1
        is_own = (found >= 0) & (self.places[found] == np.arange(count)) if len(self.keys) else np.zeros(count, bool)
        return np.where(is_own, self.numbers[found] if len(self.keys) else -NEVER, -NEVER)

    def is_between(self, days: Ids, first: int, after: int, count: int) -> Flags:
        """Tell of which of the people one of these days (one for each row) lies in [first, after)."""
        found: Flags = np.bincount(self.places[(days >= first) & (days < after)], minlength=count) > 0
        return found


def open_churn(db: DuckDBPyConnection, study: Study) -> Counter:
    """M8: of those alive at the start of the period, those who churned in it.

    Churned: left, or completed so many local days without an action (registration counts as one); that is dated on
    the last of these days, so that history never moves. Alive: registered before, not gone, not silent for as long.
    Who came back in the period is counted beside (`reactivated`) and not subtracted.
    """
    gap = study.params["gap_days"]
    start = min(period.start for period in counting.calendar_periods(study)) - (gap + 1) * DAY
    active = ActiveDays.read(db, study, start)
    people, count_of = active.people, len(active.people.members)
    registered, left = _days_of(people, active.days, study)
    silences = _find_silences(active, registered, left, gap, _today(active.days, study))

    def count(period: Period) -> Count:
        first, after = active.edges(period)
        since = as_instant(period.start)
        is_alive = (registered < first) & active.is_here(since) & (silences.last_before(first, count_of) + gap >= first)
        has_left = (people.left_at >= since) & (left < after)
        is_silent = silences.is_between(silences.churned, first, after, count_of)
        returns = np.where(silences.is_return, silences.numbers, NEVER)
        is_churned = (has_left | is_silent)[is_alive]
        return count_share(
            people.members[is_alive],
            is_churned,
            left=int((is_alive & has_left & ~is_silent).sum()),
            silent=int((is_alive & is_silent).sum()),
            reactivated=int(silences.is_between(returns, first, after, count_of).sum()),
        )

    return count


def _days_of(people: Registrations, days: LocalDays, study: Study) -> tuple[Ids, Ids]:
    """Return the day numbers of registration (negative long ago) and of leaving (NEVER for who is here)."""
    registered = days.places(people.times)
    left = np.where(np.isnat(people.left_at), NEVER, days.places(people.left_at))
    return registered, left


def _today(days: LocalDays, study: Study) -> int:
    return int(days.places(np.array([as_instant(study.now)]))[0])


def _find_silences(active: ActiveDays, registered: Ids, left: Ids, gap: int, today: int) -> Silences:
    """Order everybody's days and find where the next is more than `gap` days away (or never came, and time is up)."""
    everybody = np.arange(len(registered))
    acted_on, actors = active.pairs()
    places = np.concatenate([everybody, actors])
    numbers = np.concatenate([registered, acted_on])
    is_own = (numbers >= registered[places]) & (numbers <= left[places])
    width = NEVER
    keys = np.unique(places[is_own] * width + numbers[is_own] + 1)
    places, numbers = keys // width, keys % width - 1
    is_last = np.append(places[1:] != places[:-1], True) if len(places) else np.zeros(0, bool)
    following = np.where(is_last, NEVER, np.append(numbers[1:], NEVER)) if len(places) else numbers
    ends = numbers + gap
    is_silent = (following > ends) & (ends < today) & (ends < left[places])
    is_return = np.append(False, is_silent[:-1] & ~is_last[:-1]) if len(places) else is_silent
    return Silences(width, keys - 1, places, numbers, np.where(is_silent, ends, NEVER), is_return)
