"""Gatherings for tests: a call tomorrow, for everybody unless told otherwise."""

from datetime import datetime, timedelta
from typing import Any

from qadam.community import operations
from qadam.community.models import Gathering
from qadam.community.rules import Plan
from qadam.people.models import Member
from tests.cast import NOW, a_user


def a_plan(*, now: datetime = NOW, **changes: Any) -> Plan:
    row: dict[str, Any] = {
        "kind": "call",
        "title": {"ru": "Вопросы новичков"},
        "host": "Dina Sadykova",
        "starts_at": now + timedelta(days=1),
        "minutes": 60,
        "url": "https://meet.example.com/secret-room",
        "place": "",
        **changes,
    }
    return Plan(**row)


def a_gathering(*, leader: Member | None = None, now: datetime = NOW, **changes: Any) -> Gathering:
    plan = a_plan(now=now, **changes)
    return operations.add_gathering(plan=plan, leader=leader, actor=a_user(roles=("owner",)), now=now)
