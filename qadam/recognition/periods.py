"""Days, weeks and months of recognition, in plain Python: a day begins at 03:00, and no change of zone gains one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qadam.lib import clock

DAY_START = timedelta(hours=3)
"""What is done at one in the morning belongs to the evening before."""
LIFE_STARTS_ON = date(1970, 1, 1)
"""Stands for “ever” among the first days of periods."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ZoneHistory:
    """Which zone was a person's when: `first` until the first of `changes` (instant, zone from then on), in order."""

    first: ZoneInfo
    changes: Sequence[tuple[datetime, ZoneInfo]] = ()


def local_day(instant: datetime, history: ZoneHistory) -> date:
    """Return the day to which a fact belongs.

    The day that is on when a person changes their zone lasts until it is over in the old zone, so that no two days
    are counted within minutes; and after a change the days never go back behind that one.
    """
    zone, floor = history.first, date.min
    for changed_at, next_zone in history.changes:
        if changed_at > instant:
            break
        started = max(day_in(changed_at, zone), floor)
        if day_in(instant, zone) <= started:
            return started
        zone, floor = next_zone, started
    return max(day_in(instant, zone), floor)


def day_in(instant: datetime, zone: ZoneInfo) -> date:
    """Return the day of an instant in one zone."""
    return (instant.astimezone(zone).replace(tzinfo=None) - DAY_START).date()


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which a day of `day_in` begins."""
    return clock.instant_of(day, time(DAY_START // timedelta(hours=1)), zone)


def monday_of(day: date) -> date:
    return day - A_DAY * day.weekday()


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_key(day: date) -> str:
    """Return 2026-03."""
    return f"{day:%Y-%m}"


def quarter_key(day: date) -> str:
    """Return 2026-Q1."""
    return f"{day.year}-Q{(day.month + 2) // 3}"
