"""Publish templates, queue messages, and move them through the outbox. Every closed message leaves one event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext

from qadam.conditions import ids_in
from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.lib.documents import Fault, FaultyDocument, hash_of
from qadam.messaging import queries, sources
from qadam.messaging.bulk import insert_messages
from qadam.messaging.channels.protocol import Letter
from qadam.messaging.documents import parse_policy, parse_template
from qadam.messaging.errors import FaultyTemplate
from qadam.messaging.models import Category, LocalMail, Outbox, Policy, StaffLetter, Status, Suppression, Template
from qadam.messaging.outcomes import Result, event_of, hand_over, store, take_slots, unchanged
from qadam.messaging.rules import HOLD, LEASE, Cap
from qadam.people import operations as people
from qadam.people.models import ConsentKind, Member, User


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to send to one member. Instants are aware UTC.

    `key` names the decision for ever (<= 150 characters); `category` "" takes the template's; `stop_when` is a
    condition that forbids sending when it holds at dispatch, with `since` as its entry; `is_withheld` is of a control
    group: it passes the gates and ends withheld. `priority` 1 (first) … 9 (last) says who gets a slot under the caps;
    `quiet`: "" the policy's quiet hours, "ignore", or own ones such as "22:00-06:00" in the member's zone.
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
    since_key: str = ""
    enrollment_id: int | None = None
    visit: int | None = None
    is_withheld: bool = False
    priority: int = 5
    obeys_caps: bool = True
    counts_caps: bool = True
    quiet: str = ""
    journey: str = ""


@write()
def publish_template(*, document: Mapping[str, Any], actor: User | None, now: datetime) -> Template:
    """Publish a template document as the newest version of its slug; the newest one again changes nothing. Audited.

    Raises:
        FaultyTemplate: every fault of the document with its path.
    """
    try:
        parsed = parse_template(document)
    except FaultyDocument as refusal:
        raise FaultyTemplate(str(document.get("template") or "?"), refusal.faults) from None
    if sources.is_foreign(parsed.slug):
        fault = Fault("template", gettext("names that begin like this belong to other letters; choose another"))
        raise FaultyTemplate(parsed.slug, [fault])
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
    default = Category.SERVICE.value
    given = [(each, each.category or categories.get(each.template, default)) for each in messages]
    insert_messages(given, now)


@write()
def cancel_messages(*, enrollment_ids: Collection[int], reason: str, now: datetime) -> int:
    """Suppress the pending messages of enrollments that have ended; claimed ones are on their way. Return how many."""
    rows = Outbox.objects.select_for_update().filter(enrollment_id__in=enrollment_ids, status=Status.PENDING)
    return store([Result(row, Status.SUPPRESSED, reason) for row in rows], now)


def claim_messages(*, channel: str, now: datetime, limit: int, priority: int | None = None) -> list[Outbox]:
    """Claim up to `limit` due messages for this process, until the lease ends; of one `priority`, if it is given."""
    due = Outbox.objects.filter(channel=channel, status=Status.PENDING, due_at__lte=now).order_by("due_at", "id")
    if priority is not None:
        due = due.filter(priority=priority)
    # Looking first costs a read; on SQLite an empty claim would take the writers' queue at every tick.
    return _claim(due, now, limit) if due.exists() else []


@write()
def _claim(due: QuerySet[Outbox], now: datetime, limit: int) -> list[Outbox]:
    ids = [row.id for row in due.select_for_update(skip_locked=True).only("id")[:limit]]
    Outbox.objects.filter(id__in=ids_in(ids)).update(
        status=Status.CLAIMED, lease_until=now + LEASE, handed_at=None, counted_at=None, attempts=F("attempts") + 1
    )
    return list(Outbox.objects.filter(id__in=ids_in(ids)).order_by("due_at", "id"))


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
    # A withheld one reaches no channel, wherever its process died.
    doubtful = [row for row in rows if row.handed_at is not None and not is_idempotent and not row.is_withheld]
    safe = {row.id for row in rows} - {row.id for row in doubtful}
    Outbox.objects.filter(id__in=safe).update(status=Status.PENDING, lease_until=None, handed_at=None, counted_at=None)
    store([Result(row, Status.UNKNOWN, "lease") for row in doubtful], now)
    return len(rows)


@write()
def record_results(
    results: Sequence[Result], *, now: datetime, next_up: Sequence[Outbox] = (), caps: Sequence[Cap] = ()
) -> set[int]:
    """Store what became of claimed messages, with their events, and hand `next_up` over as far as the caps allow.

    A message whose claim was lost meanwhile is left as it is; one over a cap waits for a slot, or is suppressed when
    that would be after its deadline. Returns the ids of `next_up` that are ours to send now.
    """
    held = unchanged([*(result.message for result in results), *next_up])
    store([result for result in results if result.message.id in held], now)
    ours = [message for message in next_up if message.id in held]
    over = take_slots(ours, caps, now)
    store(over, now)
    turned_away = {result.message.id for result in over}
    ready = [message for message in ours if message.id not in turned_away]
    hand_over(ready, now)
    return {message.id for message in ready}


@write()
def set_policy(*, document: Mapping[str, Any], actor: User | None, now: datetime) -> Policy:
    """Set the company's quiet hours and caps; the same document again changes nothing. Audited.

    Raises:
        FaultyDocument: every fault of the document with its path.
    """
    parse_policy(document)
    before = Policy.objects.filter(id=1).first()
    if before is not None and before.document == document:
        return before
    policy, _ = Policy.objects.update_or_create(id=1, defaults={"document": dict(document), "updated_at": now})
    detail = {"before": before.document if before else {}, "after": dict(document)}
    people.write_audit(actor=actor, action="messaging.policy_set", target="messaging:policy", detail=detail, now=now)
    return policy


@write()
def add_suppression(*, member: Member, channel: str, reason: str, actor: User | None, now: datetime) -> Suppression:
    """Send nothing more to the member's present address on a channel: a complaint, or staff's own wish. Audited.

    Concerns channels that write to an address of the member (email); a webhook's address is the company's own.
    """
    suppression, is_new = Suppression.objects.get_or_create(
        member=member, channel=channel, address=member.email, lifted_at=None, defaults={"reason": reason, "at": now}
    )
    if is_new:
        _audit_suppression("suppression.added", suppression, actor, now)
    return suppression


@write()
def lift_suppression(*, suppression: Suppression, actor: User | None, now: datetime) -> None:
    """Let an address take messages again; a second time changes nothing. Audited."""
    if Suppression.objects.filter(id=suppression.id, lifted_at__isnull=True).update(lifted_at=now):
        _audit_suppression("suppression.lifted", suppression, actor, now)


def _audit_suppression(action: str, suppression: Suppression, actor: User | None, now: datetime) -> None:
    # Without the address: the audit log outlives it.
    detail = {"channel": suppression.channel, "reason": suppression.reason}
    people.write_audit(actor=actor, action=action, target=f"member:{suppression.member_id}", detail=detail, now=now)


@write()
def stop_advertising(*, member: Member, now: datetime) -> None:
    """Withdraw the consent to advertising, as one click in a letter asks. A second time changes nothing."""
    people.withdraw_consent(member=member, kind=ConsentKind.ADVERTISING, now=now)


@write()
def release_paused(*, member: Member, now: datetime) -> int:
    """Let what waited for the end of a member's pause go out from now on. Return how many."""
    held = Outbox.objects.filter(member=member, status=Status.PENDING, reason="paused", due_at__gt=now)
    return held.update(due_at=now)


def note_opening(*, outbox_id: int, now: datetime) -> None:
    """Note that a letter was opened, at the first time only. Records `message.opened`."""
    # Letters are opened again and again; only the first time is worth the writers' queue.
    if Outbox.objects.filter(id=outbox_id, opened_at__isnull=True).exists():
        _note_opening(outbox_id, now)


@write()
def _note_opening(outbox_id: int, now: datetime) -> None:
    if Outbox.objects.filter(id=outbox_id, opened_at__isnull=True).update(opened_at=now):
        events.record_many([event_of(Outbox.objects.get(id=outbox_id), "opened", now)], now=now)


@write()
def note_categories(messages: Sequence[Outbox]) -> None:
    """Keep on rows that their template has become advertising meanwhile: caps and events go by that."""
    Outbox.objects.filter(id__in=[message.id for message in messages]).update(category=Category.ADVERTISING)


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


# Letters to staff


@dataclass(frozen=True, slots=True)
class NewStaffLetter:
    """A letter to one user of the staff. `key` names the decision for ever (<= 150 characters).

    `subject` and `body` are plain words in the user's language, empty lines part paragraphs; `path` is the page of ours
    behind the one button, with its `label`.
    """

    key: str
    user_id: int
    subject: str
    body: str
    label: str = ""
    path: str = ""


@write()
def queue_staff_letters(letters: Sequence[NewStaffLetter], *, now: datetime) -> None:
    """Queue letters to staff; the dispatcher sends them. A key that is there already adds nothing."""
    rows = [
        StaffLetter(
            key=letter.key,
            user_id=letter.user_id,
            subject=letter.subject[:400],
            body=letter.body,
            label=letter.label[:100],
            path=letter.path,
            due_at=now,
            created_at=now,
        )
        for letter in letters
    ]
    StaffLetter.objects.bulk_create(rows, ignore_conflicts=True)


def claim_staff_letters(*, now: datetime, limit: int = 100) -> list[StaffLetter]:
    """Claim staff letters that are due for this process, those of a dead one among them, until the lease ends."""
    due = StaffLetter.objects.filter(
        Q(status=Status.PENDING, due_at__lte=now) | Q(status=Status.CLAIMED, lease_until__lt=now)
    )
    # Looking first costs a read; on SQLite an empty claim would take the writers' queue at every tick.
    return _claim_staff_letters(due, now, limit) if due.exists() else []


@write()
def _claim_staff_letters(due: QuerySet[StaffLetter], now: datetime, limit: int) -> list[StaffLetter]:
    ids = [row.id for row in due.order_by("due_at", "id").select_for_update(skip_locked=True).only("id")[:limit]]
    claimed = StaffLetter.objects.filter(id__in=ids)
    claimed.update(status=Status.CLAIMED, lease_until=now + LEASE, attempts=F("attempts") + 1)
    return list(claimed.select_related("user").order_by("due_at", "id"))


@write()
def postpone_staff_letter(*, letter: StaffLetter, again_at: datetime, reason: str, detail: str) -> None:
    """Put a claimed letter back until `again_at`; one whose claim was lost stays as it is."""
    _held(letter).update(status=Status.PENDING, due_at=again_at, lease_until=None, reason=reason, detail=detail[:400])


@write()
def close_staff_letter(*, letter: StaffLetter, status: Status, reason: str, now: datetime, detail: str = "") -> None:
    """Close a claimed letter with its outcome; one whose claim was lost stays as it is."""
    _held(letter).update(status=status, reason=reason, detail=detail[:400], closed_at=now, lease_until=None)


def _held(letter: StaffLetter) -> QuerySet[StaffLetter]:
    return StaffLetter.objects.filter(id=letter.id, status=Status.CLAIMED, attempts=letter.attempts)
