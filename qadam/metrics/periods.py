"""The calendars of metrics: half-open periods that begin and end at local midnight in the company's zone. Pure.

Calendars of cohorts (people who entered in the period, followed for a horizon), of anniversaries (people who
registered in the period, looked at some calendar months later), of snapshots (what people did in the trailing days
before a midnight), of what happens in the period itself, and of what falls due in it. Each gives months, weeks,
quarters or years for the trend, two windows (the headline and the one before it, for the change), and one open
period: what is under way now.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from qadam.lib.clock import instant_of, local_date, start_of_day
from qadam.metrics.rules import HOUR_US, Floats, Ids, Instants

MONTHS_BACK = 24
WEEKS_BACK = 52
YEARS_BACK = 5
DAY = timedelta(days=1)


class Grain(StrEnum):
    WINDOW = "window"
    MONTH = "month"
    WEEK = "week"
    QUARTER = "quarter"
    YEAR = "year"
    OPEN = "open"


LENGTHS = {Grain.WEEK: 7, Grain.MONTH: 30, Grain.QUARTER: 90, Grain.YEAR: 365}
"""How many days a rolling window has that speaks for a week, a month, a quarter or a year."""
MONTHS_OF = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period [start, end) of aware UTC instants. `is_final`: everybody in it has been followed to the end.

    An open period has no end yet; `end` is the instant of looking, which still belongs to it.
    """

    grain: Grain
    start: datetime
    end: datetime
    is_final: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a calendar stands: the instant of looking, the zone, the trend's grain, the headline's length in days."""

    now: datetime
    zone: ZoneInfo
    grain: Grain = Grain.MONTH
    window_days: int = 90

    @property
    def today(self) -> date:
        return local_date(self.now, self.zone)

    def midnight(self, day: date) -> datetime:
        return _midnight(day, self.zone)


@lru_cache(maxsize=16_384)
def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return start_of_day(day, zone)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` calendar months later, clamped to the end of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def cohort_periods(frame: Frame, horizon: timedelta) -> list[Period]:
    """Return the periods of entry for a metric that follows each person for `horizon` after the entry.

    The headline window ends at the last midnight at which everybody who had entered has been followed to the end.
    """
    last = local_date(frame.now - horizon, frame.zone)

    def is_final(end: date) -> bool:
        return frame.midnight(end) + horizon <= frame.now

    return [
        *_trend(frame, is_final),
        *_windows(frame, last),
        Period(Grain.OPEN, frame.midnight(last), frame.now, is_final=False),
    ]


def anniversary_periods(frame: Frame, months: int) -> list[Period]:
    """Return the periods of registration for a metric that looks at each person `months` calendar months later."""
    last = add_months(frame.today, -months)
    while add_months(last, months) <= frame.today:
        last += DAY

    def is_final(end: date) -> bool:
        return add_months(end - DAY, months) <= frame.today

    return [
        *_trend(frame, is_final),
        *_windows(frame, last),
        Period(Grain.OPEN, frame.midnight(last), frame.now, is_final=False),
    ]


def snapshot_periods(frame: Frame, days: int) -> list[Period]:
    """Return the trailing periods of `days` local days before a midnight; the newest closed one is the headline.

    The trend takes the first midnight of each month (week); the open period holds today and the days before it.
    """

    def trailing(grain: Grain, end: date) -> Period:
        return Period(grain, frame.midnight(end - days * DAY), frame.midnight(end), is_final=True)

    begun = [end for _start, end in _calendar(frame) if end <= frame.today]
    return [
        *(trailing(frame.grain, end) for end in begun),
        trailing(Grain.WINDOW, frame.today - days * DAY),
        trailing(Grain.WINDOW, frame.today),
        Period(Grain.OPEN, frame.midnight(frame.today - (days - 1) * DAY), frame.now, is_final=False),
    ]


def calendar_periods(frame: Frame, days: int) -> list[Period]:
    """Return the periods of what happens in them, final once they are over; the windows are of `days` local days.

    The open period holds today and the days before it.
    """

    def window(end: date) -> Period:
        return Period(Grain.WINDOW, frame.midnight(end - days * DAY), frame.midnight(end), is_final=True)

    return [
        *_trend(frame, lambda end: end <= frame.today),
        window(frame.today - days * DAY),
        window(frame.today),
        Period(Grain.OPEN, frame.midnight(frame.today - (days - 1) * DAY), frame.now, is_final=False),
    ]


def due_periods(frame: Frame) -> list[Period]:
    """Return the periods of what falls due in them; the open one holds what falls due from today on."""
    return [
        *_trend(frame, lambda end: end <= frame.today),
        *_windows(frame, frame.today),
        Period(Grain.OPEN, frame.midnight(frame.today), frame.now, is_final=False),
    ]


def headline(periods: list[Period]) -> Period:
    """Return the newest window of a calendar: the one whose value stands in front."""
    return max((each for each in periods if each.grain is Grain.WINDOW), key=lambda each: each.end)


def _trend(frame: Frame, is_final: Callable[[date], bool]) -> Iterator[Period]:
    for start, end in _calendar(frame):
        yield Period(frame.grain, frame.midnight(start), frame.midnight(end), is_final(end))


def _windows(frame: Frame, end: date) -> Iterator[Period]:
    length = frame.window_days * DAY
    for last in (end - length, end):
        yield Period(Grain.WINDOW, frame.midnight(last - length), frame.midnight(last), is_final=True)


def _calendar(frame: Frame) -> Iterator[tuple[date, date]]:
    """Give the months (weeks from Monday, quarters, years) up to the one that holds today, oldest first."""
    if frame.grain is Grain.WEEK:
        monday = frame.today - frame.today.weekday() * DAY
        for back in range(WEEKS_BACK - 1, -1, -1):
            yield monday - 7 * back * DAY, monday - 7 * (back - 1) * DAY
        return
    months = MONTHS_OF[frame.grain]
    first = frame.today.replace(day=1, month=(frame.today.month - 1) // months * months + 1)
    count = YEARS_BACK if frame.grain is Grain.YEAR else MONTHS_BACK // months
    for back in range(count - 1, -1, -1):
        yield add_months(first, -back * months), add_months(first, (1 - back) * months)


def as_instant(moment: datetime) -> np.datetime64:
    """Turn an aware instant into the UTC microseconds that arrays hold."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def as_datetime(instant: np.datetime64) -> datetime:
    """Turn UTC microseconds of an array into an aware instant."""
    found: datetime = instant.astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The local days of a zone from `first` on, by their midnights: no day is assumed to have 24 hours."""

    first: date
    midnights: Instants

    @classmethod
    def covering(cls, start: datetime, end: datetime, zone: ZoneInfo) -> "LocalDays":
        """Return the local days from the one that holds `start` to the one after that of `end`."""
        first = local_date(start, zone)
        count = (local_date(end, zone) - first).days + 2
        midnights = [as_instant(_midnight(first + place * DAY, zone)) for place in range(count)]
        return cls(first, np.array(midnights, dtype="datetime64[us]"))

    def places(self, moments: Instants) -> Ids:
        """Return the number of each instant's local day, counted from `first`."""
        return np.searchsorted(self.midnights, moments, side="right").astype(np.int64) - 1

    def day(self, place: int) -> date:
        return self.first + place * DAY


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A clock that runs Monday to Friday between two wall times of a zone, and stands still otherwise."""

    days: LocalDays
    opens: Instants
    closes: Instants
    before: Ids
    """How many microseconds of work each day has before it."""

    @classmethod
    def covering(cls, start: datetime, end: datetime, zone: ZoneInfo, hours: tuple[time, time]) -> "WorkingHours":
        days = LocalDays.covering(start, end, zone)
        dates = [days.day(place) for place in range(len(days.midnights))]
        opens, closes = (
            np.array([as_instant(instant_of(day, hour, zone)) for day in dates], dtype="datetime64[us]")
            for hour in hours
        )
        is_working = np.array([day.weekday() < 5 for day in dates])
        closes = np.where(is_working, closes, opens)
        lengths = (closes - opens).astype(np.int64)
        return cls(days, opens, closes, np.concatenate([[0], np.cumsum(lengths)[:-1]]))

    def at(self, moments: Instants) -> Floats:
        """Return how many hours of work there have been before each instant."""
        places = self.days.places(moments)
        since = np.clip(moments, self.opens[places], self.closes[places]) - self.opens[places]
        hours: Floats = (self.before[places] + since.astype(np.int64)) / HOUR_US
        return hours
