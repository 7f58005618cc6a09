"""What the engine asks of the outbox by the clock."""

from datetime import datetime

from django.db.models import Min

from qadam.messaging import dispatch
from qadam.messaging.models import Outbox, StaffLetter, Status


def run(now: datetime) -> int:
    """Send everything that is due. Return how many messages were dealt with."""
    return dispatch.dispatch_due(now=now)


def next_due() -> datetime | None:
    """Return the moment at which the dispatcher has something to do next: a message falls due or a lease ends."""
    pending = Outbox.objects.filter(status=Status.PENDING).aggregate(at=Min("due_at"))["at"]
    lease = Outbox.objects.filter(status=Status.CLAIMED).aggregate(at=Min("lease_until"))["at"]
    staff = StaffLetter.objects.filter(status=Status.PENDING).aggregate(at=Min("due_at"))["at"]
    moments = [moment for moment in (pending, lease, staff) if moment is not None]
    return min(moments, default=None)
