"""When to try again, what may not be sent, when to be quiet, how much is enough, and the stable names of a message."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from qadam.lib import clock

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
MAX_TRIES = 12
"""The last entry of RETRY_AFTER repeats until then: about 3.4 days in all, as long as mail servers usually try."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the gates look at. `is_stopped`: the message's own `stop_when` holds at this moment.

    `has_bounced`: the channel refused this very address for good before. `is_unwanted`: the member asked for fewer.
    """

    has_left: bool
    has_address: bool
    has_bounced: bool
    needs_consent: bool
    has_consent: bool
    is_stopped: bool
    is_unwanted: bool = False


def find_obstacle(seen: Circumstances) -> str:
    """Return why a message must not go out (left, address, bounced, stopped, consent, unwanted), or "" when it may."""
    if seen.has_left:
        return "left"
    if not seen.has_address:
        return "address"
    if seen.has_bounced:
        return "bounced"
    if seen.is_stopped:
        return "stopped"
    if seen.needs_consent and not seen.has_consent:
        return "consent"
    return "unwanted" if seen.is_unwanted else ""


def is_expired(deadline_at: datetime | None, now: datetime) -> bool:
    """Tell whether the deadline is over; a message may still go out exactly at its deadline."""
    return deadline_at is not None and now > deadline_at


def next_attempt_at(tries: int, deadline_at: datetime | None, now: datetime) -> datetime | None:
    """Return when to try again after `tries` refusals (>= 1), or None when the tries or the time are used up."""
    again_at = now + RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
    if tries >= MAX_TRIES or is_expired(deadline_at, again_at):
        return None
    return again_at


# Quiet hours


@dataclass(frozen=True, slots=True)
class Window:
    """Quiet hours by the wall clock, from `start` until just before `end`; over midnight when `start` is later."""

    start: time
    end: time


WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
IGNORE = "ignore"


def window_of(text: str) -> Window | None:
    """Read quiet hours such as 22:00-06:00; None where it isn't that, or where it has no length."""
    found = WINDOW.fullmatch(text)
    if found is None:
        return None
    hours = [int(part) for part in found.groups()]
    window = Window(time(hours[0], hours[1]), time(hours[2], hours[3]))
    return window if window.start != window.end else None


def quiet_until(window: Window, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the instant (UTC) at which the quiet hours around `now` end in a zone; None outside them.

    The end takes the offset of its own day. An end that the clock skips is the first instant after the gap; one that
    the clock shows twice is over at the first time.
    """
    local = now.astimezone(zone)
    at, crosses = local.time(), window.start > window.end
    is_inside = at >= window.start or at < window.end if crosses else window.start <= at < window.end
    if not is_inside:
        return None
    is_tomorrow = crosses and at >= window.start
    end = clock.instant_of(local.date() + timedelta(days=is_tomorrow), window.end, zone)
    return end if end > now else None


def quiet_until_all_end(windows: Sequence[Window], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the first instant (UTC) at which none of several quiet hours holds any more; None when none holds now.

    Hours that cover the whole day together never end: the end of the last one that was looked at is returned, and
    asking again then goes on.
    """
    at = now
    for _turn in windows:
        ends = [end for window in windows if (end := quiet_until(window, zone, at)) is not None]
        if not ends:
            break
        at = max(ends)
    return at if at > now else None


# Caps


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` messages within the last `within`; `category` and `channel` "" mean any."""

    limit: int
    within: timedelta
    category: str = ""
    channel: str = ""

    def concerns(self, channel: str, category: str) -> bool:
        return self.category in ("", category) and self.channel in ("", channel)


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot that a message took at an instant."""

    channel: str
    category: str
    at: datetime


def slot_free_at(caps: Iterable[Cap], taken: Sequence[Taken], message: Taken) -> datetime | None:
    """Return when the caps let a message of one member out that would go at `message.at`; None: at once.

    Time rolls in exact seconds: a message sent at t counts until just before t + `within`.
    """
    waits = [_free_at(cap, taken, message.at) for cap in caps if cap.concerns(message.channel, message.category)]
    return max((wait for wait in waits if wait is not None), default=None)


def _free_at(cap: Cap, taken: Sequence[Taken], now: datetime) -> datetime | None:
    ends = sorted(each.at + cap.within for each in taken if cap.concerns(each.channel, each.category))
    running = [end for end in ends if end > now]
    # With `limit` left of those that run now, the next one must wait until all but limit - 1 have ended.
    return running[-cap.limit] if len(running) >= cap.limit else None


# Names


def message_id(key: str, salt: str) -> str:
    """Return the Message-ID of an outbox key: the same at every attempt, another in another installation."""
    return f"<{hashlib.sha256(f'{salt}:{key}'.encode()).hexdigest()[:40]}@qadam>"


def key_of(message_id: str) -> str:
    """Return the idempotency key in a Message-ID: what stands before its @."""
    return message_id.strip("<>").partition("@")[0]


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


def secret_for(purpose: str, salt: str) -> str:
    """Return a secret of this installation for one purpose, such as signing webhooks; it tells nothing of the salt."""
    return hashlib.sha256(f"{purpose}:{salt}".encode()).hexdigest()
