"""Whose an e-mail address is."""

from django.db.models import F
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from qadam.people.models import Member, User


def normalise(address: str) -> str:
    """Return an address in the one form in which sign-ins are kept: no spaces around, small letters."""
    return address.strip().lower()


def find_user(address: str) -> User | None:
    """Return the sign-in of an address, in whatever letters it was written; a closed one too."""
    if not (wanted := normalise(address)):
        return None
    return User.objects.select_related("member").filter(_has_address(wanted)).first()


def find_member_of(address: str, *, is_registered: bool | None = True) -> Member | None:
    """Return the member of an address: one who is still there first, then the earliest. None for an empty address.

    `is_registered` None takes prospects too, after everybody who is registered.
    """
    if not (wanted := normalise(address)):
        return None
    members = Member.objects.filter(_has_address(wanted), erased_at=None)
    if is_registered is not None:
        members = members.filter(registered_at__isnull=not is_registered)
    found = sorted(members, key=lambda each: (each.registered_at is None, each.left_at is not None, each.id))
    return found[0] if found else None


def _has_address(wanted: str) -> Exact:
    """Match an address in small letters, as the index has it."""
    return Exact(Lower(F("email")), wanted)
