"""Tasks close themselves when their event arrives."""

from collections.abc import Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.tasks import operations

NAME = "tasks"


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    operations.close_true_tasks(batch=batch, now=now)
