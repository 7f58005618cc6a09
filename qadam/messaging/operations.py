"""Publish templates, queue messages, and move them through the outbox. Every closed message leaves one event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.messaging import queries
from qadam.messaging.bulk import COLUMNS, insert_messages
from qadam.messaging.channels.protocol import Letter
from qadam.messaging.documents import parse_template
from qadam.messaging.models import Category, LocalMail, Outbox, Status, Template
from qadam.messaging.rules import HOLD, LEASE
from qadam.people import operations as people
from qadam.people.models import User


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to send to one member. Instants are aware UTC.

    `key` names the decision for ever (<= 150 characters); `category` "" takes the template's; `stop_when` is a
    condition that forbids sending when it holds at dispatch, with `since` as its entry; `is_withheld` keeps the row
    for a control group and sends nothing.
    """

    key: str
    member_id: int
    template: str
    due_at: datetime
    channel: str = "email"
    category: str = ""
    deadline_at: datetime | None = None
    stop_when: Mapping[str, Any] | None = None
    since: datetime | None = None
    enrollment_id: int | None = None
    visit: int | None = None
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claimed message. `again_at`: back to pending until then, when `status` is PENDING."""

    message: Outbox
    status: Status
    reason: str = ""
    detail: str = ""
    again_at: datetime | None = None


COPIED = tuple(name for name in COLUMNS if name not in ("category", "status", "created_at"))


@write()
def publish_template(*, document: Mapping[str, Any], actor: User | None, now: datetime) -> Template:
    """Publish a template document as the newest version of its slug; the newest one again changes nothing. Audited.

    Raises:
        FaultyDocument: every fault of the document with its path.
    """
    parsed = parse_template(document)
    content_hash = hash_of(document)
    newest = Template.objects.filter(slug=parsed.slug).order_by("-version").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    version = newest.version + 1 if newest else 1
    template = Template.objects.create(
        slug=parsed.slug, version=version, document=dict(document), content_hash=content_hash, published_at=now
    )
    target = f"template:{parsed.slug}"
    people.write_audit(actor=actor, action="template.published", target=target, detail={"version": version}, now=now)
    return template


@write()
def queue_messages(messages: Sequence[NewMessage], *, now: datetime) -> None:
    """Put messages into the outbox in bulk. A key that is there already adds nothing, whatever became of it."""
    categories = queries.categories_of({message.template for message in messages if not message.category})
    insert_messages([_make_row(message, categories, now) for message in messages])


def _make_row(message: NewMessage, categories: Mapping[str, str], now: datetime) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in COPIED}
    category = message.category or categories.get(message.template, Category.SERVICE.value)
    status = Status.WITHHELD if message.is_withheld else Status.PENDING
    return {**row, "category": category, "status": status.value, "created_at": now}


@write()
def cancel_messages(*, enrollment_ids: Collection[int], reason: str, now: datetime) -> int:
    """Suppress the pending messages of enrollments that have ended; claimed ones are on their way. Return how many."""
    rows = Outbox.objects.select_for_update().filter(enrollment_id__in=enrollment_ids, status=Status.PENDING)
    return _close([Result(row, Status.SUPPRESSED, reason) for row in rows], now)


def claim_messages(*, channel: str, now: datetime, limit: int) -> list[Outbox]:
    """Claim up to `limit` due messages for this process, until the lease ends. Empty when nothing is due."""
    due = Outbox.objects.filter(channel=channel, status=Status.PENDING, due_at__lte=now).order_by("due_at", "id")
    # Looking first costs a read; on SQLite an empty claim would take the writers' queue at every tick.
    return _claim(due, now, limit) if due.exists() else []


@write()
def _claim(due: QuerySet[Outbox], now: datetime, limit: int) -> list[Outbox]:
    ids = [row.id for row in due.select_for_update(skip_locked=True).only("id")[:limit]]
    Outbox.objects.filter(id__in=ids).update(
        status=Status.CLAIMED, lease_until=now + LEASE, handed_at=None, attempts=F("attempts") + 1
    )
    return list(Outbox.objects.filter(id__in=ids).order_by("due_at", "id"))


@write()
def hold_back(*, channel: str, now: datetime) -> None:
    """Let everything that is due on a channel that is down wait for a minute.

    Otherwise each batch would wait out the connection's timeout anew, and the engine's other work with it.
    """
    due = Outbox.objects.filter(channel=channel, status=Status.PENDING, due_at__lte=now)
    due.update(due_at=now + HOLD)


def recover_lost_claims(*, channel: str, is_idempotent: bool, now: datetime) -> int:
    """Settle claims whose lease ended without an outcome: their process died. Return how many there were.

    What can't have arrived, or may arrive twice without harm (`is_idempotent`), goes back to pending; what was handed
    to a channel that can't tell a double is closed as unknown: a lost nudge costs less than a double.
    """
    lost = Outbox.objects.filter(channel=channel, status=Status.CLAIMED, lease_until__lt=now)
    return _recover(lost, is_idempotent, now) if lost.exists() else 0


@write()
def _recover(lost: QuerySet[Outbox], is_idempotent: bool, now: datetime) -> int:
    rows = list(lost.select_for_update(skip_locked=True))
    doubtful = [row for row in rows if row.handed_at is not None and not is_idempotent]
    safe = {row.id for row in rows} - {row.id for row in doubtful}
    Outbox.objects.filter(id__in=safe).update(status=Status.PENDING, lease_until=None, handed_at=None)
    _close([Result(row, Status.UNKNOWN, "lease") for row in doubtful], now)
    return len(rows)


@write()
def record_results(results: Sequence[Result], *, now: datetime, next_up: Sequence[Outbox] = ()) -> set[int]:
    """Store what became of claimed messages, with their events, and mark `next_up` as handed to the channel.

    A message whose claim was lost meanwhile is left as it is. Returns the ids of `next_up` that are still ours to send.
    """
    _close([result for result in results if result.status != Status.PENDING], now)
    postponed = [result for result in results if result.status == Status.PENDING]
    held = _unchanged([*(result.message for result in postponed), *next_up])
    for result in postponed:
        Outbox.objects.filter(id__in=held & {result.message.id}).update(
            status=Status.PENDING,
            due_at=result.again_at,
            lease_until=None,
            handed_at=None,
            reason=result.reason,
            detail=result.detail[:400],
        )
    ours = held & {message.id for message in next_up}
    Outbox.objects.filter(id__in=ours).update(handed_at=now)
    return ours


def _unchanged(messages: Sequence[Outbox]) -> set[int]:
    """Return the ids of those rows that still are as they were read, and hold them until the transaction ends."""
    rows = Outbox.objects.select_for_update().filter(id__in=[message.id for message in messages])
    current = {row_id: (status, attempts) for row_id, status, attempts in rows.values_list("id", "status", "attempts")}
    return {message.id for message in messages if current.get(message.id) == (message.status, message.attempts)}


def _close(results: Sequence[Result], now: datetime) -> int:
    """Close messages that still are as they were read; return how many. Equal ends share a statement."""
    unchanged = _unchanged([result.message for result in results])
    ours = [result for result in results if result.message.id in unchanged]
    alike: dict[tuple[Status, str, str], list[int]] = {}
    for result in ours:
        alike.setdefault((result.status, result.reason, result.detail[:400]), []).append(result.message.id)
    for (status, reason, detail), group in alike.items():
        Outbox.objects.filter(id__in=group).update(
            status=status,
            reason=reason,
            detail=detail,
            closed_at=now,
            sent_at=now if status == Status.SENT else None,
            lease_until=None,
        )
    events.record_many([_event_of(result, now) for result in ours], now=now)
    return len(ours)


def _event_of(result: Result, now: datetime) -> events.NewEvent:
    message = result.message
    optional = {"enrollment": message.enrollment_id, "visit": message.visit, "reason": result.reason or None}
    props = {
        "template": message.template,
        "channel": message.channel,
        "category": message.category,
        **{name: value for name, value in optional.items() if value is not None},
    }
    return events.NewEvent(f"message.{result.status.value}", message.member_id, now, f"message:{message.key}", props)


@write()
def keep_local_mail(*, letter: Letter) -> None:
    """Put a letter into the local mailbox; the same letter again adds nothing."""
    LocalMail.objects.bulk_create(
        [
            LocalMail(
                outbox_id=letter.outbox_id,
                member_id=letter.member_id,
                message_id=letter.message_id,
                to=f"{letter.to_name} <{letter.to_address}>" if letter.to_name else letter.to_address,
                subject=letter.subject[:400],
                language=letter.language,
                html=letter.html,
                text=letter.text,
                at=letter.at,
            )
        ],
        ignore_conflicts=True,
    )
