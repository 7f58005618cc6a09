"""Letters to users: alerts to the company's own staff, and ways in for everybody. Plain words and one link, by e-mail.

No consent, caps or quiet hours are asked: they belong to the work, or were asked for. A letter that may have gone out
when a process died is sent again: a double alert costs less than a lost one.
"""

import logging
from dataclasses import replace
from datetime import datetime

from qadam.lib.text import LANGUAGES, Words
from qadam.messaging import channels, operations, sign_in_letters
from qadam.messaging.channels.protocol import Channel, Fate, Letter, Outcome
from qadam.messaging.documents import Button, TemplateDocument
from qadam.messaging.letters import ACCOUNT, STAFF, Frame, make_content
from qadam.messaging.models import StaffLetter, Status
from qadam.messaging.rules import message_id, next_attempt_at
from qadam.people.queries import get_company

log = logging.getLogger(__name__)


def _same(text: str) -> Words:
    return Words(text, text, text)


# The words are values, not Liquid: braces in somebody's text stay what they are.
LAYOUT = TemplateDocument(
    slug="staff",
    channel="email",
    category=STAFF,
    variables=(),
    subject=_same("{{ subject }}"),
    body=_same("{{ body }}"),
)


def send_due(*, now: datetime) -> int:
    """Send the staff letters that are due. Return how many were dealt with, whatever the outcome."""
    letters = operations.claim_staff_letters(now=now)
    if not letters:
        return 0
    channel = channels.open_channel("email")
    try:
        for letter in letters:
            _send(channel, letter, now)
    finally:
        channel.close()
    return len(letters)


def _send(channel: Channel, letter: StaffLetter, now: datetime) -> None:
    user = letter.user
    if not user.is_active or not user.email:
        operations.close_staff_letter(letter=letter, status=Status.SUPPRESSED, reason="address", now=now)
        return
    path = sign_in_letters.complete(letter.path, now)
    if path is None:
        operations.close_staff_letter(letter=letter, status=Status.EXPIRED, reason="deadline", now=now)
        return
    outcome = _try(channel, letter, path, now)
    again_at = None
    if outcome.fate in (Fate.TEMPORARY, Fate.UNREACHABLE):
        again_at = next_attempt_at(letter.attempts, None, now)
    status = {Fate.SENT: Status.SENT, Fate.UNKNOWN: Status.UNKNOWN}.get(outcome.fate, Status.FAILED)
    if again_at is not None:
        operations.postpone_staff_letter(letter=letter, again_at=again_at, reason=outcome.reason, detail=outcome.detail)
        return
    operations.close_staff_letter(letter=letter, status=status, reason=outcome.reason, detail=outcome.detail, now=now)


def _try(channel: Channel, letter: StaffLetter, path: str, now: datetime) -> Outcome:
    try:
        return channel.send(_compose(letter, path, now))
    except Exception as error:
        # A fault of the channel's own; the other letters must go on.
        log.exception("can't send staff letter %s", letter.id)
        return Outcome(Fate.PERMANENT, "channel", f"{type(error).__name__}: {error}")


def _compose(letter: StaffLetter, path: str, now: datetime) -> Letter:
    company = get_company()
    language = letter.user.language if letter.user.language in LANGUAGES else company.language
    layout = replace(LAYOUT, button=Button(_same("{{ label }}"), path)) if path else LAYOUT
    category = ACCOUNT if letter.key.startswith(sign_in_letters.KEY) else STAFF
    values = {"subject": letter.subject, "body": letter.body, "label": letter.label}
    content = make_content(layout, Frame(language, company.name, category), values)
    return Letter(
        outbox_id=None,
        # So that what is kept of it goes when the person is erased.
        member_id=letter.user.member_id,
        message_id=message_id(f"staff:{letter.key}", company.salt),
        to_name=letter.user.name,
        to_address=letter.user.email,
        language=language,
        subject=content.subject,
        html=content.html,
        text=content.text,
        at=now,
    )
