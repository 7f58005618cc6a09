"""Put messages into the outbox by the thousand: the engine queues in bulk, and the ORM would be its slowest part."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from qadam.jobs import sql

if TYPE_CHECKING:
    from qadam.messaging.operations import NewMessage

GIVEN = {
    "key": "text",
    "member_id": "bigint",
    "template": "text",
    "channel": "text",
    "due_at": "timestamptz",
    "deadline_at": "timestamptz",
    "stop_when": "jsonb",
    "since": "timestamptz",
    "since_key": "text",
    "enrollment_id": "bigint",
    "visit": "integer",
    "journey": "text",
    "is_withheld": "boolean",
    "priority": "smallint",
    "obeys_caps": "boolean",
    "counts_caps": "boolean",
    "quiet": "text",
}
"""What a new message says itself, with the columns' types on PostgreSQL."""

BEGUN = {
    "category": "text",
    "created_at": "timestamptz",
    "status": "text",
    "attempts": "integer",
    "tries": "integer",
    "reason": "text",
    "detail": "text",
}

_given_of = attrgetter(*GIVEN)


def insert_messages(messages: Sequence[tuple["NewMessage", str]], created_at: object) -> None:
    """Insert messages, each with its category; a key that is there already adds nothing."""
    rows: list[tuple[Any, ...]] = [
        (*_given_of(message), category, created_at, "pending", 0, 0, "", "") for message, category in messages
    ]
    sql.insert_many("messaging_outbox", {**GIVEN, **BEGUN}, rows, conflict="ON CONFLICT (key) DO NOTHING")
