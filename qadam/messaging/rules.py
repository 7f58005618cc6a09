"""When to try again, what may not be sent, and the stable names of a message."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

LEASE = timedelta(minutes=5)
"""How long a claimed message may stay without an outcome before its sender counts as dead."""

HOLD = timedelta(minutes=1)
"""How long everything waits for a channel that is down."""

RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
MAX_ATTEMPTS = 12
"""The last entry of RETRY_AFTER repeats until then: about 3.4 days in all, as long as mail servers usually try."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the gates look at. `is_stopped`: the message's own `stop_when` holds at this moment."""

    has_left: bool
    has_address: bool
    needs_consent: bool
    has_consent: bool
    is_stopped: bool


def find_obstacle(seen: Circumstances) -> str:
    """Return why a message must not go out (left, address, stopped, consent), or "" when nothing is against it."""
    if seen.has_left:
        return "left"
    if not seen.has_address:
        return "address"
    if seen.is_stopped:
        return "stopped"
    return "consent" if seen.needs_consent and not seen.has_consent else ""


def is_expired(deadline_at: datetime | None, now: datetime) -> bool:
    """Tell whether the deadline is over; a message may still go out exactly at its deadline."""
    return deadline_at is not None and now > deadline_at


def next_attempt_at(attempts: int, deadline_at: datetime | None, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` attempts (>= 1), or None when the tries or the time are used up."""
    again_at = now + RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
    if attempts >= MAX_ATTEMPTS or is_expired(deadline_at, again_at):
        return None
    return again_at


def message_id(key: str, salt: str) -> str:
    """Return the Message-ID of an outbox key: the same at every attempt, another in another installation."""
    return f"<{hashlib.sha256(f'{salt}:{key}'.encode()).hexdigest()[:40]}@qadam>"


def first_name_of(name: str) -> str:
    """Return the first word of a full name ("Aigul Serikkyzy" -> "Aigul"); "" for an empty one."""
    return name.split()[0] if name.split() else ""


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Split a text at its blank lines; spaces around paragraphs and lines go away."""
    lines = [line.strip() for line in text.strip().splitlines()]
    blocks = "\n".join(lines).split("\n\n")
    return tuple(block.strip("\n") for block in blocks if block.strip())


def one_line(text: str) -> str:
    """Join the words of a text with single spaces: a subject never holds a line break."""
    return " ".join(text.split())
