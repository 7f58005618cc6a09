"""Ask rules again when time alone may have changed their truth."""

from datetime import datetime

from qadam.segments import operations
from qadam.segments.models import Watch


def run_watches(now: datetime) -> int:
    """Handle every watch due at `now`, some thousands to a transaction. Return how many refreshes that took."""
    refreshes = 0
    while Watch.objects.filter(flips_at__lte=now, rule__is_active=True).exists():
        operations.refresh((), now=now)
        refreshes += 1
    return refreshes


def next_due() -> datetime | None:
    """Return the instant of the next watch, or None."""
    watches = Watch.objects.filter(rule__is_active=True).order_by("flips_at")
    return watches.values_list("flips_at", flat=True).first()
