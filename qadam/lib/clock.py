"""Time: aware UTC in tables, the member's IANA zone for what a person sees. Only doors and jobs read the clock."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of our clock a sender's clock may run before its event counts as 'in the future'."""


def utc_now() -> datetime:
    """Read the clock. Called by doors and jobs only; everything below takes `now`."""
    return datetime.now(UTC)


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Tell whether `name` is an IANA zone such as Asia/Almaty (not 'GMT+3', not empty)."""
    if not name or ("/" not in name and name != "UTC"):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def zone_of(name: str, default: str) -> ZoneInfo:
    """Return the zone `name`, or the zone `default` where `name` is empty or unknown."""
    return ZoneInfo(name if is_zone(name) else default)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of an instant in a zone; a day ends at local midnight."""
    return instant.astimezone(zone).date()


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local wall time, with the offset valid on that day.

    A wall time that the day skips (gap) gives the first instant after the gap; one that it has twice (fold)
    gives the first occurrence.
    """
    local = datetime.combine(day, at, tzinfo=zone).replace(fold=0)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """Find the first instant after the gap that swallows `local`, by bisection to the second."""
    offset_after = local.replace(fold=0).utcoffset() or timedelta()
    offset_before = local.replace(fold=1).utcoffset() or timedelta()
    naive = local.replace(tzinfo=UTC)
    low, high = naive - max(offset_after, offset_before), naive - min(offset_after, offset_before)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which a local day begins."""
    return instant_of(day, time.min, zone)
