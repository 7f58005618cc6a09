"""The engine process: follows the log and the clock until it is told to stop."""

import logging
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from qadam.lib.clock import utc_now
from qadam.site.engine import run_once
from qadam.site.schedule import Job, all_jobs

log = logging.getLogger("qadam.engine")

T = TypeVar("T")

IDLE_SECONDS = 0.5
"""How long the engine rests when there was nothing to do."""


class Command(BaseCommand):
    help = "Run the engine: journeys, tasks, messages and metrics."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_number, lambda *_: stop.set())
        jobs = all_jobs()
        while not stop.is_set():
            if not self._work(jobs):
                stop.wait(IDLE_SECONDS)

    def _work(self, jobs: list[Job]) -> int:
        """Do one round, then what is due by the clock; each on its own, so that one that fails stops no other."""
        # One round with each look at the clock: under a steady inflow more would let timers wait for it.
        handled = _attempt("a round of the engine", lambda: run_once(utc_now(), rounds=1))
        for job in jobs:
            _attempt(job.name, partial(job.run_if_due, utc_now()))
        return handled or 0


def _attempt(what: str, act: Callable[[], T]) -> T | None:
    """Do it; a fault is logged and it is tried again later, for nothing was half written."""
    try:
        return act()
    except OperationalError:
        log.exception("%s: the database did not answer; trying again", what)
        close_old_connections()
    except Exception:
        log.exception("%s failed; it was undone and will be tried again", what)
    return None
