"""The part of the engine's round that cases need, without the composition root above them."""

from datetime import datetime

from qadam.cases import consumer as cases
from qadam.cases import jobs as cases_jobs
from qadam.events.consumers import advance_to_end
from qadam.journeys import consumer as journeys
from qadam.journeys import engine
from qadam.people import consumer as people
from qadam.segments import consumer as segments
from qadam.segments import jobs as segments_jobs


def catch_up(now: datetime, *others: object) -> None:
    """Bring everything up to `now` until nothing follows any more; `others` listen after segments."""
    for _round in range(30):
        handled = segments_jobs.run_watches(now)
        for each in (people, segments, *others, journeys, cases):
            handled += advance_to_end(each.NAME, each.handle, now=now)
        handled += engine.fire_due(now) + cases_jobs.run_due(now)
        if not handled:
            return
    raise AssertionError("never comes to rest")
