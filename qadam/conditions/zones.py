"""Local days of many members at once: the zones in use, their days at an instant, and their offsets through time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from qadam.conditions.lists import select_about
from qadam.lib import clock
from qadam.people.models import Member
from qadam.people.queries import get_company

K = TypeVar("K")

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Offsets before this are taken as they were then."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Zones:
    """The company's zone, and the other known zones that members use. Any other name counts as the company's."""

    default: str
    others: tuple[str, ...]

    def groups(self, key: Callable[[str], K]) -> dict[K, list[str]]:
        """Group `others` by something they have in common: members in one group are treated at once."""
        found: dict[K, list[str]] = {}
        for name in self.others:
            found.setdefault(key(name), []).append(name)
        return found


def read_zones(*, among: Collection[int] | None = None) -> Zones:
    """Return the zones in use now; with `among`, at least those of these members, without reading all the others.

    Raises:
        NotSetUp: there is no company, so no zone to fall back on.
    """
    default = get_company().zone
    if among is None:
        names = Member.objects.order_by().values_list("zone", flat=True).distinct()
        return Zones(default, tuple(sorted(name for name in names if name != default and clock.is_zone(name))))
    rows = select_about(list(among), "SELECT DISTINCT zone FROM people_member WHERE id IN")
    # A zone that nobody asked about has is harmless, and the same zones each time need no new compiling.
    _known.update(name for (name,) in rows if clock.is_zone(name))
    return Zones(default, tuple(sorted(_known - {default})))


_known: set[str] = set()
"""The zones that this process met."""


Offsets = tuple[tuple[datetime, int], ...]
"""(from this instant, seconds east of UTC), newest first; the last entry holds for everything before, too."""


def offsets_between(zone: str, start: datetime, end: datetime) -> Offsets:
    """Return the offsets that `zone` has from `start` to `end`."""
    changes = _all_offsets(zone, end.year + 1)
    found = [change for change in changes if change[0] <= end]
    first = next((place for place, change in enumerate(found) if change[0] <= start), len(found) - 1)
    return tuple(found[: first + 1])


@lru_cache(maxsize=512)
def _all_offsets(name: str, until_year: int) -> Offsets:
    """Find every change of a zone's offset, to the second: day by day, then by bisection inside the day."""
    zone = ZoneInfo(name)
    days = (datetime(until_year, 12, 31, tzinfo=UTC) - EARLIEST) // DAY
    changes = [(EARLIEST, _offset(EARLIEST, zone))]
    for before, after in pairwise(EARLIEST + DAY * number for number in range(days + 1)):
        if _offset(after, zone) != changes[-1][1]:
            changes.append((_find_change(before, after, zone), _offset(after, zone)))
    return tuple(reversed(changes))


def _find_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    offset = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(instant: datetime, zone: ZoneInfo) -> int:
    return int((instant.astimezone(zone).utcoffset() or timedelta()).total_seconds())
