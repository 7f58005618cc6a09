"""Ask the rules that a batch of the log touches, and those whose watches are due."""

from collections.abc import Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.segments import operations

NAME = "segments"


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Bring memberships up to date with a batch, in log order. Runs after people's consumer, before journeys'."""
    operations.refresh(batch, now=now)
