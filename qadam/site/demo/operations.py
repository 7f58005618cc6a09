"""The one write that only a demo needs: a sign-in for a member of the cast."""

from qadam.jobs.transactions import write
from qadam.people.models import Member, User


@write()
def give_sign_in(*, member: Member) -> User:
    """Create the user of a member, without a usable password: only the demo's one-click sign-in lets it in."""
    user = User(email=member.email, name=member.name, language=member.language, member=member)
    user.set_unusable_password()
    user.save()
    return user
