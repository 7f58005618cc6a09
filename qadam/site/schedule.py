"""What the engine does by the clock, beside following the log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qadam.maps import alerts
from qadam.metrics import jobs as metrics


@dataclass
class Job:
    name: str
    every: timedelta
    run: Callable[[datetime], object]
    ran_at: datetime | None = field(default=None)

    def run_if_due(self, now: datetime) -> None:
        if self.ran_at is None or now - self.ran_at >= self.every:
            self.run(now)
            self.ran_at = now


def all_jobs() -> list[Job]:
    return [
        Job("metrics.compute", timedelta(seconds=15), metrics.compute),
        Job("maps.tell_owners", timedelta(minutes=1), alerts.tell_owners),
        Job("metrics.seal", timedelta(minutes=1), metrics.seal),
    ]
