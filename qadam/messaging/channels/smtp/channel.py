"""E-mail over SMTP. One connection for a run; each answer of the server becomes an outcome."""

import re
import smtplib
import ssl
from dataclasses import replace
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError

from qadam.messaging.channels.protocol import Fate, Letter, Outcome
from qadam.messaging.channels.smtp.mime import Mailbox, compose, mailbox_of, sender_of

TIMEOUT = 20
"""Seconds; RFC 5321 allows minutes, but a silent server must not hold up everybody's letters."""

SHUTTING_DOWN = 421
LOST = Outcome(Fate.TEMPORARY, "connection_lost")
ENHANCED = re.compile(rb"5\.(?P<subject>\d{1,3})\.\d{1,3}(?!\d)")


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

        All at once where the server can (RFC 2920): over a real network each answer costs more than the letter itself.

        Raises:
            SMTPServerDisconnected: the server went away, says that it is about to, or talks nonsense.
        """
        commands = (f"MAIL FROM:<{self._sender.address}>", f"RCPT TO:<{recipient.address}>", "DATA")
        is_pipelined = connection.has_extn("pipelining")
        if is_pipelined:
            connection.send("".join(f"{command}\r\n" for command in commands))
        refusal, code = None, 0
        for command in commands:
            if not is_pipelined:
                connection.putcmd(command)
            code, answer = connection.getreply()
            if code == SHUTTING_DOWN or code < 200:
                raise smtplib.SMTPServerDisconnected(answer.decode(errors="replace"))
            if code >= 400 and refusal is None:
                refusal = _refusal(code, answer, is_about_address=command.startswith("RCPT"))
            if refusal is not None and not is_pipelined:
                break
        if refusal is not None:
            self._start_over(connection, is_listening=code < 400)
        return refusal

    def _start_over(self, connection: smtplib.SMTP, *, is_listening: bool) -> None:
        """Forget the refused letter; a server that waits for its text nevertheless is left."""
        if is_listening:
            self._drop()
            return
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _hand_over(self, connection: smtplib.SMTP, content: bytes) -> Outcome:
        """Send the letter itself. A connection lost here leaves its fate open: the server may have taken it."""
        try:
            connection.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            code, answer = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Fate.UNKNOWN, "no_answer", str(error))
        if code == SHUTTING_DOWN:
            self._drop()
        return _refusal(code, answer, is_about_address=False) if code >= 400 else outcome_of(code, answer)

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


def _refusal(code: int, answer: bytes, *, is_about_address: bool) -> Outcome:
    """Return the outcome of a 4xx or 5xx; it is a bounce when the server says that this mailbox takes nothing.

    The enhanced code (RFC 3463) decides where there is one: 5.1.x a bad address, 5.2.1 a closed mailbox; 5.7.x is
    policy, 5.2.2 a full mailbox. Without one, a 5xx in answer to the address is about the address.
    """
    outcome = outcome_of(code, answer)
    if outcome.fate is not Fate.PERMANENT:
        return outcome
    said = ENHANCED.match(answer)
    is_bounce = said["subject"] == b"1" or said[0] == b"5.2.1" if said else is_about_address
    return replace(outcome, is_bounce=is_bounce)


def open_channel() -> SmtpChannel:
    return SmtpChannel()
