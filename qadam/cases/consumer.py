"""Follow the journeys of cases: whoever enters one gets a file, whoever leaves waits for nothing any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qadam.cases import filing, rules
from qadam.cases.starting import NAME
from qadam.events.consumers import EventRow
from qadam.jobs.transactions import write

__all__ = ["NAME", "handle"]


@write()
def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Open and close files after a batch of the log. Comes after `journeys`."""
    if entered := _enrollments(batch, "journey.entered"):
        filing.open_files(entered, now=now)
    if left := _enrollments(batch, "journey.left"):
        filing.stop_waiting(left)
    if erased := [event.member_id for event in batch if event.type == "member.erased" and event.member_id]:
        filing.forget_words(erased)


def _enrollments(batch: Sequence[EventRow], type_name: str) -> list[Any]:
    return [
        event.props["enrollment"]
        for event in batch
        if event.type == type_name and rules.case_of(str(event.props.get("journey", "")))
    ]
