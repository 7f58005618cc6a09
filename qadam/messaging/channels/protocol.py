"""What a channel is: a letter goes in, an outcome comes out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message. `message_id` is the same at every attempt: the provider's idempotency key.

    `url` is where a webhook goes, and its `text` is the JSON. `stop_url` stops advertising at one click (RFC 8058).
    A letter that staff send to themselves has neither outbox row nor member.
    """

    outbox_id: int | None
    member_id: int | None
    message_id: str
    to_name: str
    to_address: str
    language: str
    subject: str
    html: str
    text: str
    at: datetime
    url: str = ""
    stop_url: str = ""


class Fate(StrEnum):
    SENT = "sent"
    TEMPORARY = "temporary"
    """Not taken this time; the same letter may be tried later."""
    PERMANENT = "permanent"
    """Refused for good; trying again would only annoy."""
    UNREACHABLE = "unreachable"
    """The channel itself is down: no letter gets through now, and this one surely didn't."""
    UNKNOWN = "unknown"
    """It may or may not have gone out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is a code without personal data; `detail` is what the other side said.

    `is_bounce`: this address takes nothing, now or later, whatever the letter.
    """

    fate: Fate
    reason: str = ""
    detail: str = ""
    is_bounce: bool = False


class Channel(Protocol):
    """One way out. An instance lives for one run of the dispatcher and may keep a connection meanwhile."""

    is_idempotent: ClassVar[bool]
    """The same letter twice arrives once, so a lost claim may simply be sent again."""
    reads_letter: ClassVar[bool]
    """False: it never looks at subject, text and html, so they needn't be rendered."""
    batch_size: ClassVar[int]

    def send(self, letter: Letter) -> Outcome:
        """Hand one letter over, outside any transaction. Failures are outcomes, not exceptions."""
        ...

    def close(self) -> None: ...
