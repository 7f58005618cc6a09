"""The part of the engine's round that cases need, without the composition root above them."""

from datetime import datetime

from qadam.events.consumers import advance_to_end
from qadam.journeys import consumer as journeys
from qadam.people import consumer as people
from qadam.segments import consumer as segments
from qadam.segments import jobs as segments_jobs


def catch_up(now: datetime, *others: object) -> None:
    """Read the log to its end until nothing follows any more; `others` listen after segments."""
    for _round in range(20):
        handled = segments_jobs.run_watches(now)
        for each in (people, segments, *others, journeys):
            handled += advance_to_end(each.NAME, each.handle, now=now)
        if not handled:
            return
