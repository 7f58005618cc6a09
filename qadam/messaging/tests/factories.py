"""Templates and messages for the tests of this folder."""

from datetime import datetime
from itertools import count
from typing import Any

from qadam.messaging import operations
from qadam.messaging.models import Outbox, Template
from qadam.messaging.operations import NewMessage
from tests.cast import NOW

_numbers = count(1)


def in_three(text: str) -> dict[str, str]:
    return {"kk": f"{text} kk", "ru": f"{text} ru", "en": f"{text} en"}


def a_template_document(**changes: Any) -> dict[str, Any]:
    document = {
        "template": "welcome",
        "channel": "email",
        "category": "service",
        "variables": ["member.first_name", "company.name"],
        "subject": in_three("Welcome, {{ member.first_name }}"),
        "body": in_three("{{ member.first_name }}, welcome to {{ company.name }}.\n\nOne step a day is enough."),
        "button": {"label": in_three("First step"), "path": "/today/"},
    }
    return {**document, **changes}


def a_template(*, now: datetime = NOW, **changes: Any) -> Template:
    return operations.publish_template(document=a_template_document(**changes), actor=None, now=now)


def a_message(member: Any, *, now: datetime = NOW, **changes: Any) -> Outbox:
    """Queue one message, due `now`, and return its row."""
    row = {"key": f"test:{next(_numbers)}", "member_id": member.id, "template": "welcome", "due_at": now, **changes}
    operations.queue_messages([NewMessage(**row)], now=now)
    return Outbox.objects.get(key=row["key"])
