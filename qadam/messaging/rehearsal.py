"""Play the dispatcher for some messages and send nothing: gates, rendering and caps as always, then an outcome."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from qadam.conditions import ids_in
from qadam.jobs.transactions import write
from qadam.messaging import operations, queries
from qadam.messaging.channels.protocol import Letter
from qadam.messaging.models import Outbox, Status
from qadam.messaging.outcomes import Result
from qadam.messaging.preparation import Ready, prepare
from qadam.messaging.rules import LEASE


@write()
def rehearse(*, enrollment_ids: Sequence[int], now: datetime) -> tuple[int, list[Letter]]:
    """Deal with the due messages of these enrollments as if a channel took every one.

    For a transaction that is undone at its end. Returns how many there were, and the letters that would have gone out.
    """
    due = Outbox.objects.filter(enrollment_id__in=enrollment_ids, status=Status.PENDING, due_at__lte=now)
    ids = list(due.values_list("id", flat=True))
    if not ids:
        return 0, []
    claimed = Outbox.objects.filter(id__in=ids_in(ids))
    claimed.update(status=Status.CLAIMED, lease_until=now + LEASE, attempts=F("attempts") + 1)
    policy = queries.read_policy()
    batch = list(claimed.order_by("priority", "due_at", "id"))
    prepared = prepare(batch, policy, reads_letter=True, now=now, is_rehearsal=True)
    next_up = [each.message for each in prepared.ready]
    ours = operations.record_results(prepared.results, now=now, next_up=next_up, caps=policy.caps)
    taken = [each for each in prepared.ready if each.message.id in ours]
    operations.record_results([_result_of(each) for each in taken], now=now)
    return len(ids), [each.letter for each in taken if each.letter is not None]


def _result_of(ready: Ready) -> Result:
    return Result(ready.message, Status.WITHHELD if ready.letter is None else Status.SENT)
