"""Small logs without a database: snapshots for the store, made of plain rows that an oracle can read too."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from qadam.metrics import store
from qadam.people.models import Company

START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    id: int
    registered_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class Stay:
    member_id: int
    key: str
    at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True)
class Fact:
    member_id: int
    type: str
    at: datetime
    props: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SmallLog:
    people: Sequence[Person]
    stays: Sequence[Stay] = ()
    facts: Sequence[Fact] = ()

    @contextmanager
    def open(self, now: datetime) -> Iterator[Any]:
        with store.connect(self.snapshot(), now) as db:
            yield db

    def snapshot(self) -> store.Snapshot:
        members = [
            (p.id, "distributor", "kk", "", None, None, text(p.registered_at), None, text(p.left_at), 0, 1, 0)
            for p in self.people
        ]
        stays = [(stay.member_id, "stage", stay.key, text(stay.at), text(stay.left_at)) for stay in self.stays]
        facts = [
            (seq, fact.member_id, fact.type, text(fact.at), json.dumps(fact.props))
            for seq, fact in enumerate(self.facts, start=1)
        ]
        return store.Snapshot(
            files=[],
            sealed_seq=0,
            tail=store.make_columns(store.EVENTS, facts),
            members=store.make_columns(store.MEMBERS, members),
            membership=store.make_columns(store.MEMBERSHIP, stays),
        )


def text(instant: datetime | None) -> str | None:
    return None if instant is None else str(instant.astimezone(UTC).replace(tzinfo=None))


def company(zone: str = "Asia/Almaty") -> Company:
    return Company(id=1, zone=zone)
