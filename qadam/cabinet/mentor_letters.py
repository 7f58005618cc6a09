"""Letters to a mentor about a fact of one of their people. They name nobody: a name must not outlive its erasure."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import override

from qadam.messaging import operations as messaging
from qadam.people.models import Member, User

PATH = "/team/"


def tell_mentor(*, member: Member, key: str, subject: Promise, body: Promise, label: Promise, now: datetime) -> None:
    """Write to the mentor, or the sponsor where there is none, in their language; to nobody without a sign-in."""
    helper = member.mentor_id or member.sponsor_id
    user = User.objects.filter(member_id=helper, is_active=True).first() if helper else None
    if user is None:
        return
    with override(user.language):
        letter = messaging.NewStaffLetter(key, user.id, str(subject), str(body), str(label), PATH)
    messaging.queue_staff_letters([letter], now=now)
