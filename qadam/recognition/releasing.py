"""Let points count whose time of waiting is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.recognition.ledger import PointEntry
from qadam.recognition.posting import tell_posted
from qadam.recognition.shapes import Posted


def release_due(*, now: datetime) -> int:
    """Release what was held until `now`. Return how many entries began to count; again changes nothing."""
    if not _due(now).exists():
        return 0
    return sum(_release(ids, now) for ids in sql.chunks(list(_due(now).order_by("id").values_list("id", flat=True))))


def next_release() -> datetime | None:
    """Return the instant of the next release, or None."""
    waiting = PointEntry.objects.waiting().filter(reverses__isnull=True, reversal__isnull=True)
    return waiting.order_by("held_until").values_list("held_until", flat=True).first()


def _due(now: datetime) -> QuerySet[PointEntry]:
    """Return what is due; what was undone while it waited never counts, and neither does its reversal."""
    waiting = PointEntry.objects.waiting().filter(held_until__lte=now)
    return waiting.filter(reverses__isnull=True, reversal__isnull=True)


@write()
def _release(ids: Sequence[int], now: datetime) -> int:
    rows = list(_due(now).filter(id__in=ids).select_for_update(of=("self",)).order_by("id"))
    PointEntry.objects.filter(id__in=[row.id for row in rows]).update(released_at=now)
    posted = [Posted(row.member_id, row.rule, row.points, row.occurred_at, row.local_day, row.id) for row in rows]
    tell_posted(posted, now=now)
    return len(rows)
