"""What the dispatcher and the pages ask about templates, the outbox and the local mailbox."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from qadam.lib.documents import FaultyDocument
from qadam.messaging import sources
from qadam.messaging.documents import PolicyDocument, TemplateDocument, parse_policy, parse_template
from qadam.messaging.errors import NoSuchLetter
from qadam.messaging.models import LocalMail, Outbox, Policy, Status, Suppression, Template
from qadam.messaging.rules import secret_for
from qadam.people.queries import get_company

PAGE = 50


_checked: dict[str, TemplateDocument] = {}
"""Templates that were read already, by the hash of their content: published documents never change."""


def newest_templates(slugs: Collection[str]) -> dict[str, TemplateDocument]:
    """Return {slug: template} of the newest versions; a slug without a usable version is left out."""
    rows = Template.objects.filter(slug__in=slugs).order_by("id").values_list("slug", "content_hash", "id")
    newest = {slug: (content_hash, row_id) for slug, content_hash, row_id in rows}
    hashes = dict(newest.values())
    fresh = [row_id for content_hash, row_id in hashes.items() if content_hash not in _checked]
    for row in Template.objects.filter(id__in=fresh) if fresh else ():
        try:
            _checked[row.content_hash] = parse_template(row.document)
        except FaultyDocument:
            # Its variables' provider is gone; the letters fail with a reason, one by one.
            continue
    found = [_checked[content_hash] for content_hash in hashes if content_hash in _checked]
    return {template.slug: template for template in found} | sources.read_templates(slugs)


def has_work(now: datetime) -> bool:
    """Tell whether a message is due at `now`, or the lease of a claimed one has ended."""
    due = Q(status=Status.PENDING, due_at__lte=now)
    return Outbox.objects.filter(due | Q(status=Status.CLAIMED, lease_until__lt=now)).exists()


def due_lanes(now: datetime, among: Collection[str]) -> list[tuple[int, str]]:
    """Return the (priority, channel) of what is due, first things first."""
    due = Outbox.objects.filter(channel__in=among, status=Status.PENDING, due_at__lte=now)
    return sorted(due.order_by().values_list("priority", "channel").distinct())


def channels_with_lost_claims(now: datetime, among: Collection[str]) -> list[str]:
    """Return the channels of claimed messages whose lease has ended."""
    lost = Outbox.objects.filter(channel__in=among, status=Status.CLAIMED, lease_until__lt=now)
    return sorted(lost.order_by().values_list("channel", flat=True).distinct())


def read_policy() -> PolicyDocument:
    """Return the company's quiet hours and caps; nothing is asked where no policy was set."""
    return parse_policy(read_policy_document())


def read_policy_document() -> dict[str, Any]:
    """Return the policy as it was set; {} where none was."""
    return dict(Policy.objects.filter(id=1).values_list("document", flat=True).first() or {})


def open_suppressions(member_id: int) -> list[Suppression]:
    """Return the addresses of a member that take nothing now, newest first."""
    return list(Suppression.objects.filter(member_id=member_id, lifted_at__isnull=True).order_by("-at", "-id"))


def webhook_secret() -> str:
    """Return what the receivers of our webhooks check the signature with."""
    return secret_for("webhook", get_company().salt)


def key_of_message(outbox_id: int) -> str:
    """Return the key of the decision behind a message; "" where there is no such message."""
    return Outbox.objects.filter(id=outbox_id).values_list("key", flat=True).first() or ""


def categories_of(slugs: Collection[str]) -> dict[str, str]:
    """Return {slug: service or advertising} of the newest versions."""
    return {slug: template.category for slug, template in newest_templates(slugs).items()}


@dataclass(frozen=True, slots=True)
class MailRow:
    """A line of the mailbox page. `member_name` may be empty; a letter that staff sent to themselves has no member."""

    id: int
    at: datetime
    member_id: int | None
    member_name: str
    to: str
    subject: str
    language: str
    template: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter of the mailbox with both its parts; `html` is a whole page of its own, to be shown in a frame."""

    row: MailRow
    message_id: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class MailPage:
    """Letters, newest first. `next_before` is the `before` of the following page, None at the end."""

    rows: Sequence[MailRow]
    total: int
    next_before: int | None


def _row_of(mail: LocalMail) -> MailRow:
    return MailRow(
        id=mail.id,
        at=mail.at,
        member_id=mail.member_id,
        member_name=mail.member.name if mail.member else "",
        to=mail.to,
        subject=mail.subject,
        language=mail.language,
        template=mail.outbox.template if mail.outbox else "",
    )


def mail_page(*, before: int | None = None, member_id: int | None = None, size: int = PAGE) -> MailPage:
    """Return a page of the local mailbox, newest first; `before` is a letter's id, `member_id` keeps one person's."""
    mails = LocalMail.objects.select_related("member", "outbox").defer("html", "text", "outbox__stop_when")
    if member_id is not None:
        mails = mails.filter(member_id=member_id)
    page = mails.filter(id__lt=before) if before is not None else mails
    rows = [_row_of(mail) for mail in page.order_by("-id")[: size + 1]]
    return MailPage(rows[:size], mails.count(), rows[size - 1].id if len(rows) > size else None)


def get_mail(mail_id: int) -> Mail:
    """Return one letter of the local mailbox.

    Raises:
        NoSuchLetter: there is none with this id.
    """
    mail = LocalMail.objects.select_related("member", "outbox").filter(id=mail_id).first()
    if mail is None:
        raise NoSuchLetter(letter=mail_id)
    return Mail(_row_of(mail), mail.message_id, mail.html, mail.text)


def count_by_status() -> dict[str, int]:
    """Return {status: number of messages} of the whole outbox."""
    return dict(Outbox.objects.values_list("status").annotate(Count("id")).order_by("status"))
