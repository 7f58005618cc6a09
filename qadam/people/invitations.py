"""A member's own invitation: a code for a link and a picture, and whom it brought."""

import secrets
from datetime import datetime

from qadam.jobs.transactions import write
from qadam.people.errors import CannotInvite
from qadam.people.invitation_rules import ALPHABET, LENGTH, code_of, read_code
from qadam.people.joining_models import Invitation, Joining
from qadam.people.models import Kind, Member


def may_invite(member: Member) -> bool:
    """Tell whether new people can be hung below a member: a registered distributor who is still there."""
    return member.kind == Kind.DISTRIBUTOR and member.registered_at is not None and member.left_at is None


@write()
def invitation_of(*, member: Member, now: datetime) -> Invitation:
    """Return a member's own invitation; it is made at the first time and never changes.

    Raises:
        CannotInvite: the member isn't a distributor, or has left.
    """
    if not may_invite(member):
        raise CannotInvite
    Member.objects.select_for_update().get(id=member.id)
    own = Invitation.objects.filter(sponsor=member).order_by("id").first()
    return own or Invitation.objects.create(code=_fresh_code(), sponsor=member, created_at=now)


def _fresh_code() -> str:
    """Return a code that nobody has: of 10¹² there is one at the first try, practically always."""
    while True:
        code = code_of([secrets.randbelow(len(ALPHABET)) for _ in range(LENGTH)])
        if not Invitation.objects.filter(code=code).exists():
            return code


def find_invitation(text: str) -> Invitation | None:
    """Return the invitation in what somebody typed or pasted; None where nobody who can invite has it."""
    code = read_code(text)
    found = Invitation.objects.select_related("sponsor").filter(code=code).first() if code else None
    return found if found is not None and may_invite(found.sponsor) else None


def count_brought(member: Member) -> int:
    """Return how many people joined by a member's link. For the member's own eyes only."""
    return Joining.objects.filter(invitation__sponsor=member, confirmed_at__isnull=False).count()
