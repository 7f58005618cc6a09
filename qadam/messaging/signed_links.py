"""Addresses in letters that work without a sign-in: each names one thing, does one thing, and can't be guessed."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import BadSignature, Signer

from qadam.messaging.providers import link_to

STOP = "stop"
"""Names a member: stops advertising at one click (RFC 8058)."""

SEEN = "seen"
"""Names an outbox row: a picture of one dot, fetched when the letter is opened."""

ANSWER = "answer"
"""Names an outbox row: the question that its letter asks. What stands behind it is the answer."""


def stop_url(member_id: int) -> str:
    """Return the address that stops advertising to a member; "" where nobody outside could reach it.

    RFC 8058 wants https; without it mail programmes show no button, and the letter's own link to the cabinet stays.
    """
    return _url_of(STOP, member_id)


def seen_url(outbox_id: int) -> str:
    """Return the address that tells of a letter's opening; "" where nobody outside could reach it."""
    return _url_of(SEEN, outbox_id)


def answer_url(outbox_id: int) -> str:
    """Return the address at which a letter's question is answered; an answer and a slash may follow."""
    return link_to(f"/s/{token_of(ANSWER, outbox_id)}/")


def can_tell_openings() -> bool:
    """Tell whether letters can report that they were opened: their readers must reach us."""
    return _is_public(settings.BASE_URL)


def _url_of(purpose: str, number: int) -> str:
    return link_to(path_of(purpose, number)) if _is_public(settings.BASE_URL) else ""


def path_of(purpose: str, number: int) -> str:
    return f"/letters/{purpose}/{token_of(purpose, number)}/"


def _is_public(address: str) -> bool:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" or host == "localhost":
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return True


def token_of(purpose: str, number: int) -> str:
    return _signer(purpose).sign(str(number))


def number_of(purpose: str, token: str) -> int | None:
    """Return what a token of this purpose names; None for one that we didn't make."""
    try:
        return int(_signer(purpose).unsign(token))
    except (BadSignature, ValueError):
        return None


def _signer(purpose: str) -> Signer:
    return Signer(sep=".", salt=f"messaging.{purpose}")
