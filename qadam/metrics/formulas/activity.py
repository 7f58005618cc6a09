"""What members do: M4 active share, M5 retention, M6 invited per active, M14 lead to active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from qadam.metrics import counting, periods, primitives, rollup, rules, sequences
from qadam.metrics.counting import Count, Counter, Study, count_share, in_period
from qadam.metrics.kernels import MemberDays, day_number
from qadam.metrics.periods import DAY, Grain, LocalDays, Period, as_instant
from qadam.metrics.primitives import Registrations
from qadam.metrics.rules import Flags, Ids, Instants

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

INVOLUNTARY = ("involuntary", "company")
"""Reasons of leaving by which the company parted from the person."""


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """On which local days each of `people` acted, from the day `days.first` on; a place is a position in `people`."""

    people: Registrations
    days: LocalDays
    acted: MemberDays

    @classmethod
    def read(cls, db: DuckDBPyConnection, study: Study, start: datetime) -> ActiveDays:
        people = primitives.registrations(db)
        days = LocalDays.covering(start, study.now, study.zone)
        types, least = study.params["event_types"], study.params.get("min_order", 0)
        question = rollup.Question(types, study.zone, days.first, least)
        return cls(people, days, rollup.read_days(db, people.members, question))

    def pairs(self) -> tuple[Ids, Ids]:
        """Return the distinct (day number, place) pairs, ascending."""
        first = day_number(self.days.first)
        numbers, places = self.acted.pairs(first, first + len(self.days.midnights))
        return numbers - first, places

    def count(self, period: Period) -> Ids:
        """Return on how many days of the period each of the people acted."""
        first, after = (each + day_number(self.days.first) for each in self.edges(period))
        return self.acted.count_between(first, after)

    def edges(self, period: Period) -> tuple[int, int]:
        """Return the number of the period's first day, and of the first after it."""
        first, last = self.days.places(np.array([as_instant(period.start), as_instant(period.end)]))
        return int(first), int(last) + (period.grain is Grain.OPEN)

    def is_settled(self, period: Period) -> Flags:
        """Tell who was registered before the period and not gone at its start."""
        since = as_instant(period.start)
        return (self.people.times < since) & self.is_here(since)

    def is_here(self, moment: np.datetime64) -> Flags:
        return np.isnat(self.people.left_at) | (self.people.left_at >= moment)


def open_active_share(db: DuckDBPyConnection, study: Study) -> Counter:
    """M4: of those registered before the trailing days and not gone at their start, those active on enough days."""
    active = ActiveDays.read(db, study, min(period.start for period in counting.snapshot_periods(study)))
    people = active.people

    def count(period: Period) -> Count:
        is_active, is_settled = active.count(period) >= study.params["days"], active.is_settled(period)
        since, until = as_instant(period.start), as_instant(period.end)
        is_new = (people.times >= since) & (people.times < until) & active.is_here(since)
        return count_share(
            people.members[is_settled],
            is_active[is_settled],
            newcomers=int(is_new.sum()),
            newcomers_active=int((is_new & is_active).sum()),
        )

    return count


def open_invited(db: DuckDBPyConnection, study: Study) -> Counter:
    """M6: registrations in the period under sponsors active in it, for each active member.

    Active as in M4, with the period as its days. The sponsor is the one at registration, whoever it is now. Who left
    within the cooling-off days isn't counted. Beside the ratio: the median, and how many brought anybody.
    """
    active = ActiveDays.read(db, study, min(period.start for period in counting.calendar_periods(study)))
    people, brought = active.people, primitives.sponsorships(db)
    is_withdrawn = brought.left_at - brought.times <= np.timedelta64(study.params["cooling_off_days"] * DAY)
    sponsors = np.searchsorted(people.members, brought.sponsors)
    is_known = np.isin(brought.sponsors, people.members)

    def count(period: Period) -> Count:
        is_active = (active.count(period) >= study.params["days"]) & active.is_settled(period)
        in_time = in_period(brought.times, period)
        kept = in_time & ~is_withdrawn & is_known
        credited = np.flatnonzero(kept)[is_active[sponsors[kept]]]
        each = np.bincount(sponsors[credited], minlength=len(people.members))[is_active]
        detail = {
            "median": rules.quantile(each.astype(float), 0.5),
            "with_any": [int((each > 0).sum()), len(each)],
            "by_others": int((in_time & ~is_withdrawn).sum()) - len(credited),
            "withdrawn": int((in_time & is_withdrawn).sum()),
        }
        return Count(
            people.members[is_active],
            each > 0,
            float(each.mean()) if len(each) else None,
            detail=detail,
            total=len(credited),
            counted=brought.members[credited],
            interval=rules.mean_interval(each.astype(float), low=0.0),
        )

    return count


def open_retention(db: DuckDBPyConnection, study: Study) -> Counter:
    """M5: of those registered in the period, those not gone at the anniversary and active in the days before it.

    The anniversary is the local day so many calendar months after that of the registration, clamped to the end of
    its month; the days before it are whole local days. Until it has come, people are censored and in no count;
    the open period counts who is on course instead: still here, with an action in the days up to now. In the detail:
    who is still under contract, active or not, and whom the company itself parted from (lost all the same).
    """
    people = primitives.registrations(db)
    since, until = _anniversaries(people.times, study)
    trailing = study.params["trailing_days"]
    recent = as_instant(study.frame.midnight(study.frame.today - (trailing - 1) * DAY))
    earliest = min(recent, since.min()) if len(since) else recent
    acts = primitives.actions(db, study.params["event_types"], earliest, study.params["min_order"])
    has_acted = rules.has_any_between(people.members, since, until, acts.members, acts.times)
    is_under_contract = np.isnat(people.left_at) | (people.left_at >= until)
    is_retained = has_acted & is_under_contract
    is_let_go = ~is_under_contract & np.isin(people.members, primitives.departed(db, INVOLUNTARY))
    has_acted_lately = np.isin(people.members, acts.members[acts.times >= recent])
    is_on_course = has_acted_lately & np.isnat(people.left_at)
    is_due = until <= as_instant(study.now)

    def count(period: Period) -> Count:
        in_cohort = in_period(people.times, period)
        if period.grain is Grain.OPEN:
            return count_share(people.members[in_cohort], is_on_course[in_cohort], int(in_cohort.sum()))
        chosen = in_cohort & is_due
        return count_share(
            people.members[chosen],
            is_retained[chosen],
            int((in_cohort & ~is_due).sum()),
            under_contract=int(is_under_contract[chosen].sum()),
            involuntary=int(is_let_go[chosen].sum()),
        )

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


def open_activation(db: DuckDBPyConnection, study: Study) -> Counter:
    """M14: of those whose first contact was in the period, those registered and active within the days after it.

    Active: on the day that completes enough different days of action within the trailing days, since registration.
    Who was registered before the first contact was no lead, and is only counted in `registered_before`.
    """
    contacts = primitives.first_occurrences(db, study.params["contact_types"])
    people = primitives.registrations(db)
    active_at = _first_active(db, study, people)
    reached = sequences.look_up(contacts.members, people.members, active_at)
    registered = sequences.look_up(contacts.members, people.members, people.times)
    limit = contacts.times + np.timedelta64(study.params["within_days"] * DAY)
    is_lead = ~(registered < contacts.times)
    is_won, is_followed = reached <= limit, limit <= as_instant(study.now)

    def count(period: Period) -> Count:
        in_cohort = in_period(contacts.times, period)
        chosen = in_cohort & is_lead
        won = is_won[chosen]
        return count_share(
            contacts.members[chosen],
            won,
            int((~won & ~is_followed[chosen]).sum()),
            registered=int((registered[chosen] <= limit[chosen]).sum()),
            registered_before=int((in_cohort & ~is_lead).sum()),
        )

    return count


def _first_active(db: DuckDBPyConnection, study: Study, people: Registrations) -> Instants:
    """Return when each of the people first had acted on enough different days within the trailing days."""
    if not len(people.members):
        return people.times
    since = people.times.min()
    acts = primitives.actions(db, study.params["event_types"], since, study.params["min_order"])
    is_known = np.isin(acts.members, people.members)
    places = np.searchsorted(people.members, acts.members[is_known])
    times = acts.times[is_known]
    is_after = (times >= people.times[places]) & ~(times >= people.left_at[places])
    days = LocalDays.covering(periods.as_datetime(since), study.now, study.zone)
    rows = places[is_after], times[is_after], days.places(times[is_after])
    return sequences.first_repeated(len(people.members), rows, study.params["days"], study.params["trailing_days"])
