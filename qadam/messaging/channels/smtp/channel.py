"""E-mail over SMTP. One connection for a run; each answer of the server becomes an outcome."""

import re
import smtplib
import ssl
from collections.abc import Callable
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError

from qadam.messaging.channels.protocol import Fate, Letter, Outcome
from qadam.messaging.channels.smtp.mime import Mailbox, compose, mailbox_of, sender_of

TIMEOUT = 20
"""Seconds; RFC 5321 allows minutes, but a silent server must not hold up everybody's letters."""

SHUTTING_DOWN = 421
LOST = Outcome(Fate.TEMPORARY, "connection_lost")
LINE_STARTS_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)


class SmtpChannel:
    is_idempotent: ClassVar[bool] = False
    reads_letter: ClassVar[bool] = True
    batch_size: ClassVar[int] = 100

    def __init__(self) -> None:
        self._connection: smtplib.SMTP | None = None
        self._sender = sender_of(settings.MAIL_FROM)

    def send(self, letter: Letter) -> Outcome:
        try:
            recipient = mailbox_of(letter.to_name, letter.to_address)
            content = compose(letter, self._sender, recipient)
        except (ValueError, ValidationError) as error:
            return Outcome(Fate.PERMANENT, "address", str(error))
        was_open = self._connection is not None
        outcome = self._try(recipient, content)
        if outcome == LOST and was_open:
            # Servers drop idle connections and limit letters per connection; that says nothing about this letter.
            return self._try(recipient, content)
        return outcome

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _try(self, recipient: Mailbox, content: bytes) -> Outcome:
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Fate.UNREACHABLE, "unreachable", str(error))
        try:
            refusal = self._announce(connection, recipient)
        except (OSError, smtplib.SMTPException):
            # Only this letter waits: were the server down for all, the next one couldn't even connect.
            self._drop()
            return LOST
        return refusal or self._hand_over(connection, content)

    def _connect(self) -> smtplib.SMTP:
        """Return the open connection, or a new one. A refused password raises too: the letter is blameless."""
        if self._connection is None:
            connection = self._connection = _open_connection()
            if settings.EMAIL_USE_TLS:
                connection.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                connection.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            connection.ehlo_or_helo_if_needed()
        return self._connection

    def _announce(self, connection: smtplib.SMTP, recipient: Mailbox) -> Outcome | None:
        """Say MAIL, RCPT and DATA. Return the refusal, or None when the server waits for the letter.

        Raises:
            SMTPServerDisconnected: the server went away, says that it is about to, or talks nonsense.
        """
        steps: tuple[Callable[[], tuple[int, bytes]], ...] = (
            lambda: connection.mail(self._sender.address),
            lambda: connection.rcpt(recipient.address),
            lambda: connection.docmd("DATA"),
        )
        for say in steps:
            code, answer = say()
            if code == SHUTTING_DOWN or code < 200:
                raise smtplib.SMTPServerDisconnected(answer.decode(errors="replace"))
            if code >= 400:
                self._start_over(connection)
                return outcome_of(code, answer)
        return None

    def _start_over(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _hand_over(self, connection: smtplib.SMTP, content: bytes) -> Outcome:
        """Send the letter itself. A connection lost here leaves its fate open: the server may have taken it."""
        try:
            connection.send(LINE_STARTS_WITH_DOT.sub(b"..", content) + b".\r\n")
            code, answer = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Fate.UNKNOWN, "no_answer", str(error))
        if code == SHUTTING_DOWN:
            self._drop()
        return outcome_of(code, answer)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open_connection() -> smtplib.SMTP:
    timeout = settings.EMAIL_TIMEOUT or TIMEOUT
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=timeout, context=context)
    return smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=timeout)


def outcome_of(code: int, answer: bytes) -> Outcome:
    """Turn a server's answer into an outcome: 2xx sent, 4xx try later, 5xx never, no number unknown."""
    said = answer.decode(errors="replace")
    if code < 200:
        return Outcome(Fate.UNKNOWN, "no_answer", said)
    if code < 400:
        return Outcome(Fate.SENT)
    return Outcome(Fate.PERMANENT if code >= 500 else Fate.TEMPORARY, f"smtp_{code}", said)


def open_channel() -> SmtpChannel:
    return SmtpChannel()
