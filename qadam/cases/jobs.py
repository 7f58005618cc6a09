"""What cases do by the clock: measures that begin by themselves, some of them 48 hours after another."""

from datetime import datetime

from qadam.cases.models import CaseFile
from qadam.cases.starting import due_files, start_due


def run_due(now: datetime) -> int:
    """Begin every automatic measure that is due and allowed. Return how many files were decided on."""
    total = 0
    while due_files(now).exists():
        total += start_due(now)
    return total


def next_due() -> datetime | None:
    """Return the instant at which the next automatic measure may begin, or None."""
    waiting = CaseFile.objects.filter(automatic_due_at__isnull=False, enrollment__left_at__isnull=True)
    waiting = waiting.filter(enrollment__journey__paused_at__isnull=True)
    return waiting.order_by("automatic_due_at").values_list("automatic_due_at", flat=True).first()
