"""What the ingest door and the office ask about senders, names and the quarantine."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from qadam.events.decoding import decode
from qadam.events.ingest import hash_of
from qadam.events.models import NameMapping, Quarantined, WriteKey
from qadam.events.rules import NameMap


def find_source(write_key: str) -> str | None:
    """Return the sender to whom a valid write key belongs."""
    keys = WriteKey.objects.filter(key_hash=hash_of(write_key), revoked_at__isnull=True)
    return keys.values_list("source", flat=True).first()


def names_of(source: str, incoming: Collection[str]) -> dict[str, NameMap]:
    """Return the mappings of these incoming names; the sender's own win over those for every sender."""
    if not incoming:
        return {}
    rows = NameMapping.objects.filter(source__in=["", source], incoming_name__in=incoming).order_by("source")
    return {row.incoming_name: NameMap(row.event_type, row.property_names, row.constants) for row in rows}


@dataclass(frozen=True, slots=True)
class PutAside:
    """A quarantined message, with its payload as it came."""

    id: int
    source: str
    key: str
    code: str
    place: str
    detail: str
    payload: Any
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """How many open messages have been put aside for one reason, the oldest since `since`."""

    code: str
    count: int
    since: datetime


def count_by_reason() -> list[Reason]:
    """Return the reasons of open messages, the most frequent first."""
    rows = (
        Quarantined.objects.filter(resolved_at__isnull=True)
        .values("code")
        .annotate(count=Count("id"), since=Min("received_at"))
        .order_by("-count", "code")
    )
    return [Reason(row["code"], row["count"], row["since"]) for row in rows]


def list_put_aside(*, code: str = "", after: int = 0, limit: int = 50) -> list[PutAside]:
    """Return open messages in the order of their coming, from behind the id `after`."""
    rows = Quarantined.objects.filter(resolved_at__isnull=True, id__gt=after).order_by("id")
    return [_put_aside(row) for row in (rows.filter(code=code) if code else rows)[:limit]]


def get_put_aside(ids: Collection[int]) -> list[PutAside]:
    return [_put_aside(row) for row in Quarantined.objects.filter(id__in=ids, resolved_at__isnull=True).order_by("id")]


def waiting_for(user_ids: Sequence[str], codes: Collection[str]) -> list[PutAside]:
    """Return open messages that wait for one of these people (`codes`: the reasons that name a person)."""
    rows = Quarantined.objects.filter(resolved_at__isnull=True, detail__in=user_ids, code__in=codes)
    return [_put_aside(row) for row in rows.order_by("id")]


def _put_aside(row: Quarantined) -> PutAside:
    payload = row.payload
    if isinstance(payload, Mapping) and set(payload) == {"text"}:
        payload = decode(payload["text"].encode())
    return PutAside(row.id, row.source, row.external_id, row.code, row.place, row.detail, payload, row.received_at)
