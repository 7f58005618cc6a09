"""What becomes of claimed messages, stored in bulk: rows, events, slots under the caps and refused addresses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F

from qadam.conditions import ids_in
from qadam.events import operations as events
from qadam.messaging.models import Outbox, Status, Suppression
from qadam.messaging.rules import Cap, Taken, is_expired, slot_free_at

CAPS_LOCK = 733_104_552
"""Key of the PostgreSQL advisory lock that lets one dispatcher at a time take slots under the caps."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claimed message. `again_at`: back to pending until then, when `status` is PENDING.

    `is_refusal`: the channel refused it for now, which counts among its tries; `bounced`: an address that it refused
    for good.
    """

    message: Outbox
    status: Status
    reason: str = ""
    detail: str = ""
    again_at: datetime | None = None
    is_refusal: bool = False
    bounced: str = ""


def unchanged(messages: Sequence[Outbox]) -> set[int]:
    """Return the ids of those rows that still are as they were read, and hold them until the transaction ends."""
    rows = Outbox.objects.select_for_update().filter(id__in=ids_in([message.id for message in messages]))
    current = {row_id: (status, attempts) for row_id, status, attempts in rows.values_list("id", "status", "attempts")}
    return {message.id for message in messages if current.get(message.id) == (message.status, message.attempts)}


def store(results: Iterable[Result], now: datetime) -> int:
    """Store the results of rows that are held. Return how many were closed."""
    postponed: list[Result] = []
    closed: list[Result] = []
    for result in results:
        (postponed if result.status == Status.PENDING else closed).append(result)
    _postpone(postponed)
    _close(closed, now)
    return len(closed)


def _close(results: Sequence[Result], now: datetime) -> None:
    """Close messages. Equal ends share a statement."""
    alike: dict[tuple[Status, str, str, datetime | None], list[int]] = {}
    for result in results:
        end = (result.status, result.reason, result.detail[:400], _slot_of(result, now))
        alike.setdefault(end, []).append(result.message.id)
    for (status, reason, detail, counted_at), group in alike.items():
        Outbox.objects.filter(id__in=ids_in(group)).update(
            status=status,
            reason=reason,
            detail=detail,
            closed_at=now,
            sent_at=now if status == Status.SENT else None,
            counted_at=counted_at,
            lease_until=None,
        )
    _suppress([result for result in results if result.bounced], now)
    events.record_many([event_of(each.message, each.status.value, now, each.reason) for each in results], now=now)


def _slot_of(result: Result, now: datetime) -> datetime | None:
    """Return the slot that a closed message keeps: what went out, or may have, counts; all else gives its slot back."""
    went_out = result.status in (Status.SENT, Status.UNKNOWN)
    return (result.message.counted_at or now) if went_out and result.message.counts_caps else None


def _postpone(results: Sequence[Result]) -> None:
    alike: dict[tuple[datetime | None, str, str, bool], list[int]] = {}
    for result in results:
        end = (result.again_at, result.reason, result.detail[:400], result.is_refusal)
        alike.setdefault(end, []).append(result.message.id)
    for (again_at, reason, detail, is_refusal), group in alike.items():
        Outbox.objects.filter(id__in=ids_in(group)).update(
            status=Status.PENDING,
            due_at=again_at,
            lease_until=None,
            handed_at=None,
            counted_at=None,
            reason=reason,
            detail=detail,
            tries=F("tries") + int(is_refusal),
        )


def _suppress(results: Sequence[Result], now: datetime) -> None:
    if results:
        Suppression.objects.bulk_create(
            [
                Suppression(
                    member_id=result.message.member_id,
                    channel=result.message.channel,
                    address=result.bounced,
                    reason=result.reason,
                    at=now,
                )
                for result in results
            ],
            ignore_conflicts=True,
        )


def event_of(message: Outbox, what: str, now: datetime, reason: str = "") -> events.NewEvent:
    """Return the event `message.<what>`: once for each message, by its key."""
    optional = {"enrollment": message.enrollment_id, "visit": message.visit, "reason": reason or None}
    props = {
        "template": message.template,
        "channel": message.channel,
        "category": message.category,
        **{name: value for name, value in optional.items() if value is not None},
    }
    key = f"opened:{message.key}" if what == "opened" else f"message:{message.key}"
    return events.NewEvent(f"message.{what}", message.member_id, now, key, props)


def take_slots(messages: Sequence[Outbox], caps: Sequence[Cap], now: datetime) -> list[Result]:
    """Give slots under the caps to held messages, in their order. Return what becomes of those that found none.

    One dispatcher at a time, until the transaction ends: two that looked at once would both find the last slot free.
    """
    if not caps or not any(message.obeys_caps or message.counts_caps for message in messages):
        return []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CAPS_LOCK])
    taken = _taken_slots({message.member_id for message in messages}, caps, now)
    over = []
    for message in sorted(messages, key=lambda each: (each.priority, each.due_at, each.id)):
        wanted = Taken(message.channel, message.category, now)
        of_member = taken.setdefault(message.member_id, [])
        free_at = slot_free_at(caps, of_member, wanted) if message.obeys_caps else None
        if free_at is not None:
            over.append(_defer(message, free_at))
        elif message.counts_caps and not message.is_withheld:
            of_member.append(wanted)
    return over


def _taken_slots(member_ids: set[int], caps: Sequence[Cap], now: datetime) -> dict[int, list[Taken]]:
    longest = max(cap.within for cap in caps)
    rows = Outbox.objects.filter(member_id__in=member_ids, counted_at__gt=now - longest)
    taken: dict[int, list[Taken]] = {}
    for member_id, channel, category, at in rows.values_list("member_id", "channel", "category", "counted_at"):
        assert at is not None
        taken.setdefault(member_id, []).append(Taken(channel, category, at))
    return taken


def _defer(message: Outbox, free_at: datetime) -> Result:
    if is_expired(message.deadline_at, free_at):
        return Result(message, Status.SUPPRESSED, "cap")
    return Result(message, Status.PENDING, "cap", again_at=free_at)


def hand_over(messages: Sequence[Outbox], now: datetime) -> None:
    """Note that a channel gets these now, and the slots that they took."""
    for counts in (True, False):
        ids = [each.id for each in messages if (each.counts_caps and not each.is_withheld) is counts]
        if ids:
            Outbox.objects.filter(id__in=ids_in(ids)).update(handed_at=now, counted_at=now if counts else None)
