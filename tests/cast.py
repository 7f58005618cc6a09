"""The one cast of tests: factories with sensible people and a company in Almaty."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from qadam.events import operations as events
from qadam.people import operations as people
from qadam.people.models import Company, Member, Role, User

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday, 11:00 in Almaty."""

_numbers = count(1)


def a_company(**changes: Any) -> Company:
    settings = {"name": "Dala Wellness", "zone": "Asia/Almaty", "language": "kk", "currency": "KZT", **changes}
    return people.set_company(**settings)


def a_member(*, now: datetime = NOW, **changes: Any) -> Member:
    """A distributor registered `now`, unless told otherwise."""
    number = next(_numbers)
    row = {
        "name": f"Member {number}",
        "kind": "distributor",
        "external_id": f"m-{number}",
        "email": f"member{number}@example.com",
        "registered_at": now,
        **changes,
    }
    return people.add_members([people.NewMember(**row)], now=max(now, row["registered_at"] or now))[0]


def a_prospect(*, now: datetime = NOW, **changes: Any) -> Member:
    return a_member(now=now, **{"kind": "prospect", "registered_at": None, **changes})


def a_user(*, member: Member | None = None, roles: tuple[str, ...] = (), email: str = "") -> User:
    user = User.objects.create(email=email or f"user{next(_numbers)}@example.com", member=member, language="en")
    Role.objects.bulk_create([Role(user=user, name=role) for role in roles])
    return user


def an_event(
    type: str,
    member: Member | int | None,
    at: datetime = NOW,
    *,
    key: str = "",
    now: datetime | None = None,
    **props: Any,
) -> None:
    """Record one fact from outside; `key` as given, else a fresh one."""
    member_id = member.id if isinstance(member, Member) else member
    new = events.NewEvent(type, member_id, at, key or f"test-{next(_numbers)}", props, source="test")
    events.record_many([new], now=now or at)


def days(number: float) -> timedelta:
    return timedelta(days=number)
