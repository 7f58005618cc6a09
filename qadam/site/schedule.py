"""What the engine does by the clock, beside following the log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qadam.maps import alerts
from qadam.metrics import jobs as metrics
from qadam.people import joining, pausing, seen_keys
from qadam.recognition import jobs as recognition
from qadam.recognition import together
from qadam.site.letting_in import forget_sessions
from qadam.tasks import jobs as tasks

RETRY = timedelta(minutes=1)
"""How long a job that failed rests, if it doesn't come more often anyway."""


@dataclass
class Job:
    name: str
    every: timedelta
    run: Callable[[datetime], object]
    next_at: datetime | None = field(default=None)

    def run_if_due(self, now: datetime) -> None:
        """Run, and be due again after `every`; after a fault, which comes out, sooner."""
        if self.next_at is not None and now < self.next_at:
            return
        self.next_at = now + min(self.every, RETRY)
        self.run(now)
        self.next_at = now + self.every


def all_jobs() -> list[Job]:
    return [
        Job("metrics.compute", timedelta(seconds=15), metrics.compute),
        Job("maps.tell_owners", timedelta(minutes=1), alerts.tell_owners),
        Job("metrics.seal", timedelta(minutes=1), metrics.seal),
        Job("people.pauses", timedelta(minutes=1), pausing.start_and_end_pauses),
        Job("people.joining", timedelta(hours=1), joining.forget_unfinished),
        Job("people.seen_keys", timedelta(days=1), seen_keys.forget_keys),
        Job("recognition.days", timedelta(hours=1), recognition.close_days),
        Job("recognition.night", timedelta(days=1), recognition.nightly),
        Job("recognition.together", timedelta(minutes=5), together.run),
        Job("recognition.together.hour", timedelta(hours=1), together.hourly),
        Job("recognition.together.night", timedelta(days=1), together.nightly),
        Job("site.sessions", timedelta(days=1), forget_sessions),
        Job("tasks.photos", timedelta(minutes=1), tasks.tidy_photos),
    ]
