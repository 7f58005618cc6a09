"""What the engine asks of surveys by the clock."""

from datetime import datetime

from django.db.models import Min

from qadam.surveys import operations
from qadam.surveys.models import Request
from qadam.surveys.rules import CORRECTION


def run(now: datetime) -> int:
    """Put the answers that stand by now into the log. Return how many."""
    return operations.settle_answers(now=now)


def next_due() -> datetime | None:
    """Return the moment at which the next answer can't be corrected any more."""
    rows = Request.objects.filter(answered_at__isnull=False, recorded_at__isnull=True)
    first = rows.aggregate(at=Min("answered_at"))["at"]
    return first + CORRECTION if first is not None else None
