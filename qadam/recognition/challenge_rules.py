"""Decide about challenges: windows, what one person's share counts, how it ends. Plain Python."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qadam.lib.clock import start_of_day

Window = tuple[datetime, datetime]
"""[starts_at, ends_at) in UTC."""
A_DAY = timedelta(days=1)
OPENING_DAYS = 3
"""A team's challenge of the path opens while its first member is on one of the first days of it, then no more."""


def window_of_days(first: date, last: date, zone: ZoneInfo) -> Window:
    """Return the instants of the days from `first` to `last`, both included, in a zone."""
    return start_of_day(first, zone), start_of_day(last + A_DAY, zone)


def window_of_path(day_zero: date, first: int, last: int, zone: ZoneInfo) -> Window:
    """Return the instants of the days of a path, both included; day 0 is the first."""
    return window_of_days(day_zero + A_DAY * first, day_zero + A_DAY * last, zone)


def total_of(amounts: Iterable[int], most_of_one: int) -> int:
    """Add up contributions, each up to the most that one person may carry; what is below nothing is nothing."""
    return sum(max(0, min(amount, most_of_one)) for amount in amounts)


def percent_of(done: int, goal: int) -> int:
    """Return how much of the goal is done, from 0 to 100, rounded down: 100 only when it is met."""
    return min(100, done * 100 // goal)


def days_left(today: date, last: date) -> int:
    """Return how many days there are left after today; 0 on the last day and later."""
    return max(0, (last - today).days)
