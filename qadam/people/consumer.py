"""Keep `Activity` (count, first, last per member and event type), which conditions read instead of the whole log."""

from collections.abc import Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.jobs import sql

NAME = "people"

COLUMNS = {
    "member_id": "bigint",
    "event_type": "text",
    "count": "integer",
    "first_at": "timestamptz",
    "last_at": "timestamptz",
}
ADD = """
ON CONFLICT (member_id, event_type) DO UPDATE SET
    count = people_activity.count + excluded.count,
    first_at = CASE WHEN excluded.first_at < people_activity.first_at
        THEN excluded.first_at ELSE people_activity.first_at END,
    last_at = CASE WHEN excluded.last_at > people_activity.last_at
        THEN excluded.last_at ELSE people_activity.last_at END
"""


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Add a batch of the log to the members' activity."""
    spans: dict[tuple[int, str], tuple[int, datetime, datetime]] = {}
    for event in batch:
        if event.member_id is None:
            continue
        key = (event.member_id, event.type)
        count, first, last = spans.get(key, (0, event.occurred_at, event.occurred_at))
        spans[key] = (count + 1, min(first, event.occurred_at), max(last, event.occurred_at))
    sql.insert_many("people_activity", COLUMNS, [(*key, *span) for key, span in spans.items()], conflict=ADD)
