"""Nobody stops the others: a batch that fails is halved until the one it fails for is found and set aside."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError

from qadam.events.consumers import EventRow
from qadam.jobs.transactions import attempt
from qadam.journeys.models import Enrollment, Phase, Trouble

log = logging.getLogger("qadam.engine")

T = TypeVar("T")

OUTAGES = (OperationalError, InterfaceError)
"""Faults of the database as a whole: nobody's own, so the batch is tried again as it is."""

MANY = 20
"""If it fails for more than so many of one batch, it isn't theirs: nothing is set aside, and the batch fails."""


@dataclass
class _Halves(Generic[T]):
    """Work on a batch by halves. `troubles` gathers what failed alone, to be noted when it was all tried."""

    work: Callable[[Sequence[T]], None]
    troubles: list[tuple[T, Exception]]

    def run(self, items: Sequence[T]) -> None:
        error = self._try(items)
        if error is None:
            return
        if len(items) == 1:
            self.troubles.append((items[0], error))
            if len(self.troubles) > MANY:
                raise error
            return
        middle = len(items) // 2
        self.run(items[:middle])
        self.run(items[middle:])

    def _try(self, items: Sequence[T]) -> Exception | None:
        try:
            with attempt():
                self.work(items)
        except OUTAGES:
            raise
        except Exception as error:
            return error
        return None


def handle_apart(batch: Sequence[EventRow], work: Callable[[Sequence[EventRow]], None], now: datetime) -> None:
    """Apply events; those of a member for whom it fails are passed over and noted. In the open transaction.

    Raises: whatever the work raises, where it does for many.
    """
    members = sorted({event.member_id or 0 for event in batch})

    def work_for(chosen: Sequence[int]) -> None:
        among = set(chosen)
        work(batch if len(chosen) == len(members) else [each for each in batch if (each.member_id or 0) in among])

    halves: _Halves[int] = _Halves(work_for, [])
    halves.run(members)
    for member_id, error in halves.troubles:
        log.error("the events of member %s can't be applied", member_id, exc_info=error)
        first = next(event.seq for event in batch if (event.member_id or 0) == member_id)
        if member_id:
            Trouble.objects.create(member_id=member_id, seq=first, error=_words(error), at=now)


def fire_apart(ids: Sequence[int], work: Callable[[Sequence[int]], None], now: datetime) -> None:
    """Fire timers; an enrollment for which it fails is stuck until somebody tries it again. In the open transaction.

    Raises: whatever the work raises, where it does for many.
    """
    halves: _Halves[int] = _Halves(work, [])
    halves.run(ids)
    for enrollment_id, error in halves.troubles:
        log.error("enrollment %s is stuck", enrollment_id, exc_info=error)
        for member_id, step in Enrollment.objects.filter(id=enrollment_id).values_list("member_id", "step"):
            Trouble.objects.create(
                member_id=member_id, enrollment_id=enrollment_id, step=step, error=_words(error), at=now
            )
        Enrollment.objects.filter(id=enrollment_id).update(phase=Phase.STUCK, due_at=None)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
