"""When people may check in, how a code is read, and what a gathering must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for another when they are read out: no I, L, O, 0, 1."""
CODE_LENGTH = 5
LOOKALIKES = str.maketrans("АВЕКМНРСТХ", "ABEKMHPCTX")
"""Cyrillic letters that look like Latin ones: a phone with a Kazakh keyboard types these."""
MOST_TRIES = 10
"""So many wrong codes per member and gathering; the alphabet to the power of five stands against them."""
OPENS_BEFORE = timedelta(minutes=10)
OPEN_AFTER = timedelta(hours=2)
"""How long after its end a gathering still takes its code: people close the call first."""
LEAST_MINUTES, MOST_MINUTES = 5, 600
FARTHEST = timedelta(days=366)
TITLE_LENGTH, HOST_LENGTH, PLACE_LENGTH, URL_LENGTH = 120, 120, 200, 500
KINDS = ("live", "call", "meeting")


@dataclass(frozen=True, slots=True)
class Plan:
    """A gathering as somebody wants it. `starts_at` aware UTC; at least one title."""

    kind: str
    title: Mapping[str, str]
    host: str
    starts_at: datetime
    minutes: int
    url: str
    place: str


def find_faults(plan: Plan, *, now: datetime, is_new: bool = True) -> dict[str, str]:
    """Return {field: code} of what is wrong; empty when nothing is.

    Codes: missing, long, link, past, far, minutes, kind. A gathering that stands may lie in the past: its title can be
    put right afterwards.
    """
    faults = {}
    if not any(plan.title.values()):
        faults["title"] = "missing"
    elif any(len(text) > TITLE_LENGTH for text in plan.title.values()):
        faults["title"] = "long"
    if plan.kind not in KINDS:
        faults["kind"] = "kind"
    if len(plan.host) > HOST_LENGTH:
        faults["host"] = "long"
    if len(plan.place) > PLACE_LENGTH:
        faults["place"] = "long"
    if plan.url and not is_link(plan.url):
        faults["url"] = "link"
    if not LEAST_MINUTES <= plan.minutes <= MOST_MINUTES:
        faults["minutes"] = "minutes"
    if is_new and plan.starts_at <= now:
        faults["starts"] = "past"
    elif plan.starts_at > now + FARTHEST:
        faults["starts"] = "far"
    return faults


def is_link(text: str) -> bool:
    """Tell whether a text is an address of the web that a page may offer: https or http, with a host, no spaces."""
    if len(text) > URL_LENGTH or any(char.isspace() or ord(char) < 32 for char in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        return False


def read_code(typed: str) -> str:
    """Return a typed code as it is kept: capital Latin letters and digits, spaces and dashes dropped."""
    bare = "".join(char for char in typed if not char.isspace() and char not in "-–—")
    return bare.upper().translate(LOOKALIKES)


def takes_code(starts_at: datetime, minutes: int, now: datetime) -> bool:
    """Tell whether a gathering takes its code: from ten minutes before its start until two hours after its end."""
    return starts_at - OPENS_BEFORE <= now <= starts_at + timedelta(minutes=minutes) + OPEN_AFTER
