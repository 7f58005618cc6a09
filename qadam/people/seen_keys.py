"""Answers that were sent while offline come with a key, so that a repeat changes nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError

from qadam.jobs.transactions import attempt, write
from qadam.people.models import Member, SeenKey

KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
KEPT = timedelta(days=60)
"""A phone that comes back later than this sends what the operations themselves take only once."""


@contextmanager
def once(*, member: Member, key: str, now: datetime) -> Iterator[bool]:
    """Open a transaction and tell whether this answer is new; what is written in it stands or falls with the key.

    Keys belong to a member: somebody else's can't stand in the way. Without a key (a form without script), or with one
    that isn't one, everything is new.
    """
    with write():
        yield not KEY.fullmatch(key) or _take(member, key, now)


def _take(member: Member, key: str, now: datetime) -> bool:
    try:
        with attempt():
            SeenKey.objects.create(member=member, key=key, at=now)
    except IntegrityError:
        return False
    return True


@write()
def forget_keys(now: datetime) -> int:
    """Drop the keys that no phone will send again. Return how many."""
    return SeenKey.objects.filter(at__lt=now - KEPT).delete()[0]
