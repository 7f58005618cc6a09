"""Who listens to the log, in the order in which they hear a batch.

Features that conditions read (activity, then stages, segments and cases) come first, what acts on them after,
and the metrics last, so that at one `now` everybody decides on the same facts.
"""

from qadam.cases import consumer as cases
from qadam.events.consumers import Handler
from qadam.journeys import consumer as journeys
from qadam.maps import consumer as maps
from qadam.metrics import consumer as metrics
from qadam.people import consumer as people
from qadam.recognition import consumer as recognition
from qadam.segments import consumer as segments
from qadam.site import telling
from qadam.tasks import consumer as tasks

CONSUMERS: tuple[tuple[str, Handler], ...] = (
    (people.NAME, people.handle),
    (segments.NAME, segments.handle),
    (maps.NAME, maps.handle),
    (tasks.NAME, tasks.handle),
    (recognition.NAME, recognition.handle),
    (journeys.NAME, journeys.handle),
    (telling.NAME, telling.handle),
    (cases.NAME, cases.handle),
    (metrics.NAME, metrics.handle),
)
