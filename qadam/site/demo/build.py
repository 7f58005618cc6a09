"""Build the demo company in the present data folder: the pack, the staff, the history, the metrics."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from qadam.events.models import Event
from qadam.metrics import jobs as metrics
from qadam.packs.documents import find_folder, read_pack
from qadam.packs.operations import apply_pack
from qadam.people import operations as people
from qadam.people.models import Member
from qadam.site.demo import operations
from qadam.site.demo.cast import DOMAIN, STAFF
from qadam.site.demo.history import History, imagine_history
from qadam.site.demo.play import play
from qadam.site.engine import run_once


@dataclass(frozen=True, slots=True)
class Order:
    """What to build. `days` None: 18 months."""

    anchor: datetime
    members: int = 1_200
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
        _open_company(history)
        play(history, on_moment=on_moment)
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


def _open_company(history: History) -> None:
    start = history.span.start
    apply_pack(read_pack(find_folder("start")), actor=None, now=start)
    for each in STAFF:
        people.add_staff(
            email=each.email, name=each.name, roles=each.roles, password=None, language=each.language, now=start
        )
    run_once(start)


def _let_cast_in() -> None:
    for member in Member.objects.filter(email__endswith=f"@{DOMAIN}"):
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
