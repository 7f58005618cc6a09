"""The engine process: follows the log and the clock until it is told to stop."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from qadam.lib.clock import utc_now
from qadam.site.engine import run_once
from qadam.site.schedule import Job, all_jobs

log = logging.getLogger("qadam.engine")

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
        """Do one round; a fault is logged and tried again, for nothing was half written."""
        try:
            # One round with each look at the clock: under a steady inflow more would let timers wait for it.
            handled = run_once(utc_now(), rounds=1)
            for job in jobs:
                job.run_if_due(utc_now())
        except OperationalError:
            log.exception("the database did not answer; trying again")
            close_old_connections()
            return 0
        except Exception:
            log.exception("a round of the engine failed; it was undone and will be tried again")
            return 0
        return handled
