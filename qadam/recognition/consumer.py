"""Points, streaks and badges follow the log."""

from collections.abc import Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.recognition import badges, merging, posting, streaks, together

NAME = "recognition"


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Score a batch, let streaks grow, give and take back badges. Runs after people's and segments' consumers."""
    if merges := [event for event in batch if event.type == "member.merged"]:
        merging.follow_merges(merges, now=now)
    posting.post_points(batch, now=now)
    streaks.note_acts(batch, now=now)
    badges.follow(batch, now=now)
    together.handle(batch, now)
