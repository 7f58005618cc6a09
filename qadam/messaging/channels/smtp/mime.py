"""A letter as the bytes of an Internet message (RFC 5322, MIME), with a text part and an HTML part.

Written out by hand: the standard library's EmailMessage costs ten times as much, more than all the rest of a sending.
"""

import base64
from dataclasses import dataclass
from email.utils import format_datetime, parseaddr, quote

from django.core.validators import validate_email

from qadam.messaging.channels.protocol import Letter
from qadam.messaging.rules import key_of, one_line

LONGEST_PLAIN = 60
"""Longer texts, and those beyond ASCII, are written as encoded words, which fold by themselves."""

WORD_BYTES = 39
"""Of UTF-8 in one encoded word: a line of 64 characters, with room for the header's name (78 at most)."""

LINE = 76
"""Letters of base64 in a line (RFC 2045)."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address in ASCII."""

    name: str
    address: str

    def written(self) -> str:
        """Return the value of a header: `"Name" <address>`."""
        if not self.name:
            return self.address
        name = f'"{quote(self.name)}"' if _is_plain(self.name) else _encoded(self.name)
        return f"{name}\r\n <{self.address}>"


def mailbox_of(name: str, address: str) -> Mailbox:
    """Check an address and write its domain in ASCII.

    Raises:
        ValueError: no mail server would understand the address.
        ValidationError: it isn't one.
    """
    validate_email(address)
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("the part before @ holds letters other than Latin")
    return Mailbox(one_line(name), f"{local}@{domain.encode('idna').decode()}")


def sender_of(mail_from: str) -> Mailbox:
    return Mailbox(*parseaddr(mail_from))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= LONGEST_PLAIN


def _encoded(text: str) -> str:
    """Return a text as encoded words (RFC 2047), a line each; no letter is cut in two."""
    words, word = [], b""
    for letter in text:
        more = letter.encode()
        if len(word) + len(more) > WORD_BYTES:
            words.append(word)
            word = b""
        word += more
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(each).decode()}?=" for each in [*words, word])


def compose(letter: Letter, sender: Mailbox, recipient: Mailbox) -> bytes:
    """Return the message with CRLF ends, in ASCII throughout: every server takes it."""
    boundary = f"=_{key_of(letter.message_id)}"
    subject = one_line(letter.subject)
    lines = [
        f"From: {sender.written()}",
        f"To: {recipient.written()}",
        f"Subject: {subject if _is_plain(subject) else _encoded(subject)}",
        f"Date: {format_datetime(letter.at)}",
        f"Message-ID: {letter.message_id}",
        f"Content-Language: {letter.language}",
        "Auto-Submitted: auto-generated",
        *_way_out(letter.stop_url),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        *_part(boundary, "plain", letter.text),
        *_part(boundary, "html", letter.html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def _way_out(stop_url: str) -> list[str]:
    """Return the headers of RFC 8058: the mail programme's own button stops advertising at one click."""
    if not stop_url:
        return []
    return [f"List-Unsubscribe: <{stop_url}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


def _part(boundary: str, subtype: str, content: str) -> list[str]:
    """Return a part; base64 has no “=_”, so the boundary can't stand in it."""
    with_crlf = "\r\n".join(content.splitlines()) + "\r\n"
    encoded = base64.b64encode(with_crlf.encode()).decode()
    return [
        f"--{boundary}",
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        *(encoded[start : start + LINE] for start in range(0, len(encoded), LINE)),
    ]
