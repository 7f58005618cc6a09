"""What the engine asks of tasks by the clock."""

from datetime import datetime

from django.db.models import Min

from qadam.tasks import photos, proofs
from qadam.tasks.models import Proof, ProofState


def run(now: datetime) -> int:
    """Pass on the practical tasks that nobody has answered in time. Return how many."""
    return proofs.pass_on_late_proofs(now=now)


def next_due() -> datetime | None:
    """Return the moment at which the next answer is late."""
    waiting = Proof.objects.filter(state=ProofState.WAITING)
    at: datetime | None = waiting.aggregate(at=Min("due_at"))["at"]
    return at


def tidy_photos(now: datetime) -> int:
    """Delete the photos that no proof holds any more: taken back, refused halfway, or of an erased person."""
    return photos.drop_orphan_photos(now=now)
