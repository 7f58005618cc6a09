"""The engine's round: read the log, fire what is due, dispatch messages, until there is nothing left to do at `now`."""

import logging
from datetime import datetime

from qadam.cases import jobs as cases_jobs
from qadam.events.consumers import advance_to_end, advance_together, find_behind
from qadam.journeys import engine as journeys
from qadam.messaging import dispatch
from qadam.messaging import jobs as messaging_jobs
from qadam.recognition import jobs as recognition_jobs
from qadam.segments import jobs as segments_jobs
from qadam.site.consumers import CONSUMERS
from qadam.surveys import jobs as surveys_jobs
from qadam.tasks import jobs as tasks_jobs

log = logging.getLogger("qadam.engine")

MAX_ROUNDS = 100
"""Facts lead to facts (a message's outcome lets a journey go on); far more rounds than any chain of one moment has."""


def run_once(now: datetime, *, rounds: int = MAX_ROUNDS) -> int:
    """Bring everything up to `now`. Return how many events, timers and messages were handled.

    With fewer `rounds`, what follows from the last round's own facts waits for the next call.
    """
    total = 0
    for _ in range(rounds):
        handled = _round(now)
        total += handled
        if not handled:
            break
    return total


def _round(now: datetime) -> int:
    # Reading the log takes the watches that are due along; alone they are looked at only where the log is quiet.
    handled = _read_log(now)
    handled += segments_jobs.run_watches(now)
    handled += surveys_jobs.run(now)
    handled += tasks_jobs.run(now)
    handled += recognition_jobs.run_due(now)
    handled += journeys.fire_due(now)
    handled += cases_jobs.run_due(now)
    return handled + dispatch.dispatch_due(now=now)


def _read_log(now: datetime) -> int:
    """Bring the consumers to the end of the log: together where they stand together, else each on its own."""
    handlers = dict(CONSUMERS)
    behind, end = find_behind(list(handlers))
    if len(behind) == len(handlers):
        try:
            count = advance_together(handlers, now=now)
        except Exception:
            log.exception("reading the log together failed; each consumer goes on alone, so that one can't stop all")
            count = -1
        if count >= 0:
            return count
    # All to the same place, so that they can go on together: what one of them adds waits for the next round.
    return sum(advance_to_end(name, handlers[name], now=now, until=end) for name in behind)


def next_due() -> datetime | None:
    """Return the next instant at which something is due without a new event, or None."""
    moments = (
        segments_jobs.next_due(),
        surveys_jobs.next_due(),
        tasks_jobs.next_due(),
        recognition_jobs.next_due(),
        journeys.next_due(),
        cases_jobs.next_due(),
        messaging_jobs.next_due(),
    )
    return min((moment for moment in moments if moment is not None), default=None)
