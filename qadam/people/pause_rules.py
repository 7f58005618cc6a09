"""How long a path may stand still, how often, and which days that makes. Dates are local to the member."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

MOST_DAYS = 14
MOST_IN_QUARTER = 2
FARTHEST_DAYS = 30
"""How far ahead a pause may begin."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first_on` to `last_on`, both included; `last_on` before `first_on` holds none."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        return max(0, (self.last_on - self.first_on).days + 1)

    def each_day(self) -> Iterable[date]:
        return (self.first_on + DAY * number for number in range(self.days))

    def within(self, since: date, until: date) -> "Span":
        """Return the part between two dates, both included."""
        return Span(max(self.first_on, since), min(self.last_on, until))


def find_fault(wanted: Span, today: date, begun: Iterable[date]) -> str:
    """Return why a pause can't be taken (past, far, order, long, often), or "" when it may.

    `begun`: the first days of this member's earlier pauses. Two may begin in a calendar quarter.
    """
    if wanted.last_on < wanted.first_on:
        return "order"
    if wanted.first_on < today:
        return "past"
    if wanted.first_on > today + DAY * FARTHEST_DAYS:
        return "far"
    if wanted.days > MOST_DAYS:
        return "long"
    in_quarter = sum(quarter_of(day) == quarter_of(wanted.first_on) for day in begun)
    return "often" if in_quarter >= MOST_IN_QUARTER else ""


def quarter_of(day: date) -> tuple[int, int]:
    """Return (year, quarter 1 to 4)."""
    return day.year, (day.month - 1) // 3 + 1


def next_quarter(day: date) -> date:
    """Return the first day of the quarter after the one of `day`."""
    year, quarter = quarter_of(day)
    return date(year + quarter // 4, quarter % 4 * 3 + 1, 1)


def last_paused_on(pause: Span, today: date) -> date:
    """Return the last day of a pause that ends early today: the day of coming back is an ordinary day."""
    return min(pause.last_on, today - DAY)
