"""What only somebody who has just signed in may do: a phone that lies around signed in isn't enough."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

FRESH = timedelta(minutes=15)
SIGNED_IN_AT = "signed_in_at"
"""Kept in the session by every way in, in seconds since 1970."""


def is_fresh(request: HttpRequest, now: datetime) -> bool:
    """Tell whether this browser signed in within the last quarter of an hour."""
    at = request.session.get(SIGNED_IN_AT)
    if isinstance(at, bool) or not isinstance(at, int | float):
        return False
    return 0 <= now.timestamp() - at <= FRESH.total_seconds()


def path_to_sign_in(back: str) -> str:
    """Return the address of the sign-in that asks also who is signed in, and leads back."""
    return f"/sign-in/?{urlencode({'again': 1, 'next': back})}"


def ask_to_sign_in(back: str) -> HttpResponse:
    return redirect(path_to_sign_in(back))
