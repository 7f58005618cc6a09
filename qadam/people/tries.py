"""How often somebody may try: letters to one address, guesses of a password, forms of a network address, photos."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from qadam.jobs.transactions import write
from qadam.people.sign_in_models import SignInTry

KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    most: int
    within: timedelta


LIMITS = {
    "letter": (Limit(3, timedelta(minutes=15)), Limit(10, timedelta(days=1))),
    "password": (Limit(10, timedelta(minutes=15)),),
    # A meeting room is one network address: these end floods, not guests.
    "from": (Limit(60, timedelta(minutes=15)),),
    "photo": (Limit(20, timedelta(hours=1)),),
}
"""By purpose: tries that count, of one address of e-mail, of one network address (`from`), of one member (`photo`)."""


def is_allowed(*, purpose: str, subject: str, now: datetime) -> bool:
    """Tell whether one more try stays within every limit of its purpose."""
    tries = SignInTry.objects.filter(purpose=purpose, subject=_hide(subject))
    return all(tries.filter(at__gt=now - limit.within).count() < limit.most for limit in LIMITS[purpose])


@write()
def note_try(*, purpose: str, subject: str, now: datetime) -> bool:
    """Count one try. Return whether it was within the limits; one beyond them isn't counted and lengthens nothing.

    Two processes at the same instant may let one more through than the limit says: it is no lock on a door.
    """
    if not is_allowed(purpose=purpose, subject=subject, now=now):
        return False
    SignInTry.objects.create(purpose=purpose, subject=_hide(subject), at=now)
    return True


@write()
def forget_tries(*, now: datetime) -> int:
    """Delete what is older than every limit. Return how many."""
    deleted, _ = SignInTry.objects.filter(at__lt=now - KEPT).delete()
    return deleted


def _hide(subject: str) -> str:
    return salted_hmac("qadam.people.tries", subject.casefold(), algorithm="sha256").hexdigest()
