"""Answers that a phone kept while there was no connection: taken once, whenever and however often they arrive."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from qadam.cabinet.door import MemberRequest
from qadam.people import seen_keys

HEADER, FIELD = "Idempotency-Key", "idempotency_key"


@contextmanager
def once(request: MemberRequest, now: datetime) -> Iterator[bool]:
    """Open a transaction and tell whether this answer is new; without a key of the phone it always is.

    The server's clock counts, never the phone's: what comes late was done when it came.
    """
    key = request.headers.get(HEADER) or request.POST.get(FIELD, "")
    with seen_keys.once(member=request.member, key=key, now=now) as is_new:
        yield is_new
