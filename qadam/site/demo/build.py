"""Build the demo company in the present data folder: the pack, the staff, the history, the metrics."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from qadam.events.models import Event
from qadam.metrics import jobs as metrics
from qadam.packs.documents import find_folder, read_pack
from qadam.packs.operations import apply_pack
from qadam.people import operations as people
from qadam.people.models import Member
from qadam.site.demo import operations
from qadam.site.demo.beginnings import (
    PROMPT_FROM,
    RECOGNITION_FROM,
    WHOLE_FROM,
    first_version,
    without_promise,
    without_recognition,
)
from qadam.site.demo.cast import DOMAIN, STAFF
from qadam.site.demo.history import History, imagine_history
from qadam.site.demo.lives import Span
from qadam.site.demo.play import play
from qadam.site.engine import run_once

FIRST_YEAR = timedelta(days=60)
"""A history that is hardly longer than the time of the whole pack has it from the beginning."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to build. `days` None: 18 months."""

    anchor: datetime
    members: int = 600
    seed: int = 7
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What was built."""

    registered: int
    prospects: int
    events: int
    days: int
    seconds: float


def build_demo(order: Order, *, on_moment: Callable[[datetime], None] = lambda now: None) -> Built:
    """Build a demo company in an empty, migrated database.

    `on_moment(now)` hears of every instant that was played.
    """
    began = time.monotonic()
    history = imagine_history(anchor=order.anchor, members=order.members, seed=order.seed, days=order.days)
    with _without_garbage_runs():
        content = _open_company(history)

        def after(now: datetime) -> None:
            content.keep_up(now)
            on_moment(now)

        play(history, on_moment=after)
        _let_cast_in()
    metrics.seal(order.anchor)
    metrics.compute(order.anchor, only_touched=False)
    return Built(
        registered=Member.objects.filter(registered_at__isnull=False).count(),
        prospects=Member.objects.filter(registered_at__isnull=True).count(),
        events=Event.objects.count(),
        days=len(history.span.midnights),
        seconds=time.monotonic() - began,
    )


class _Content:
    """What the company has published so far: half of the pack in the beginning, all of it in three steps later."""

    def __init__(self, span: Span) -> None:
        pack = read_pack(find_folder("start"))
        steps = [
            (span.anchor - WHOLE_FROM, without_recognition(without_promise(pack))),
            (span.anchor - RECOGNITION_FROM, without_promise(pack)),
            (span.anchor - PROMPT_FROM, pack),
        ]
        is_short = span.anchor - WHOLE_FROM < span.start + FIRST_YEAR
        self._later = [] if is_short else steps
        apply_pack(pack if is_short else first_version(pack), actor=None, now=span.start)

    def keep_up(self, now: datetime) -> None:
        while self._later and now >= self._later[0][0]:
            apply_pack(self._later.pop(0)[1], actor=None, now=now)


def _open_company(history: History) -> _Content:
    start = history.span.start
    # The staff come first: a map isn't published without somebody who answers for its metrics.
    for each in STAFF:
        people.add_staff(
            email=each.email, name=each.name, roles=each.roles, password=None, language=each.language, now=start
        )
    content = _Content(history.span)
    run_once(start)
    return content


def _let_cast_in() -> None:
    for member in Member.objects.filter(email__endswith=f"@{DOMAIN}", user__isnull=True):
        operations.give_sign_in(member=member)


@contextmanager
def _without_garbage_runs() -> Iterator[None]:
    """Hold the collector of cycles: it would walk the whole history again and again and find next to nothing."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
