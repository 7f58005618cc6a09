"""Who listens to the log, in the order in which they hear a batch.

Features that conditions read (activity, then stages, segments and cases) come first, what acts on them after,
and the metrics last, so that at one `now` everybody decides on the same facts.
"""

from typing import Protocol

from qadam.events.consumers import Handler
from qadam.journeys import consumer as journeys
from qadam.maps import consumer as maps
from qadam.metrics import consumer as metrics
from qadam.people import consumer as people
from qadam.segments import consumer as segments
from qadam.tasks import consumer as tasks


class Consumer(Protocol):
    NAME: str
    handle: Handler


CONSUMERS: tuple[Consumer, ...] = (people, segments, maps, tasks, journeys, metrics)
