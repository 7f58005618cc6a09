"""Keep each member in one stage of a map: an earlier stage ends when a later one begins, and all end on leaving."""

from collections.abc import Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.maps import operations

NAME = "maps"


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Close the stages that the members of this batch have passed or left."""
    arrived = {
        event.member_id
        for event in batch
        if event.type in ("stage.entered", "member.merged") and event.member_id is not None
    }
    left = {
        event.member_id: event.occurred_at
        for event in batch
        if event.type == "member.left" and event.member_id is not None
    }
    operations.close_passed_stages(member_ids=arrived, now=now)
    operations.close_stages_of_leavers(left_at=left, now=now)
