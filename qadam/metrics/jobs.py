"""What the engine does for metrics by the clock: seal the log, compute what is due."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q

from qadam.lib import clock
from qadam.metrics import operations, primitives, registry, store
from qadam.metrics.models import MetricBinding
from qadam.people.models import Company
from qadam.people.queries import get_company

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REST = timedelta(seconds=15)
"""A metric is computed at most so often, however many events touch it."""
RETRY = timedelta(minutes=5)

log = logging.getLogger(__name__)


def seal(now: datetime) -> int:
    """Seal what is ripe and clear away old orphan files. Return how many rows were sealed. Only the engine seals."""
    total = 0
    while count := operations.seal_log(now=now):
        total += count
    store.clean_orphans(now=clock.utc_now())
    return total


def compute(now: datetime, only_touched: bool = True) -> int:
    """Compute the metrics that are due as of `now` and store their values. Return how many.

    Due: its inputs have changed and it has rested 15 s; a new local day has begun in the company's zone (windows
    end at midnight); the last try failed and is 5 minutes old. With only_touched=False: all of them.
    """
    if not MetricBinding.objects.active().exists():
        return 0
    company = get_company()
    bindings = list(_due(now, company) if only_touched else MetricBinding.objects.active())
    if not bindings:
        return 0
    with store.open_log(now) as db:
        watermark = primitives.watermark(db)
        for binding in bindings:
            if (readings := _read(db, binding, now, company)) is not None:
                version = registry.BY_CODE[binding.code].formula_version
                operations.store_values(
                    binding=binding, readings=readings, formula_version=version, watermark=watermark, now=now
                )
    return len(bindings)


def _due(now: datetime, company: Company) -> list[MetricBinding]:
    zone = clock.zone_of(company.zone, registry.UTC_ZONE)
    midnight = clock.start_of_day(clock.local_date(now, zone), zone)
    is_due = (
        Q(computed_at__isnull=True)
        | Q(computed_at__lt=midnight)
        | Q(touches__gt=F("computed_touches"), computed_at__lte=now - REST)
        | Q(computed_at__lte=now - RETRY) & ~Q(error="")
    )
    return list(MetricBinding.objects.active().filter(is_due))


def _read(
    db: "DuckDBPyConnection", binding: MetricBinding, now: datetime, company: Company
) -> list[registry.Reading] | None:
    target = (binding.target_kind, binding.target_key)
    try:
        return registry.BY_CODE[binding.code].compute(db, target, binding.params, now, company)
    except Exception as error:  # one broken metric must not stop the others; the map shows that it failed
        log.exception("metric %s on %s could not be computed", binding.code, binding.target_key)
        operations.note_failure(binding=binding, error=repr(error), now=now)
        return None


def next_due(now: datetime) -> datetime | None:
    """Return when `compute` has something to do next: when a touched metric's rest is over, or midnight."""
    bindings = list(MetricBinding.objects.active().values_list("computed_at", "touches", "computed_touches", "error"))
    if not bindings:
        return None
    zone = clock.zone_of(get_company().zone, registry.UTC_ZONE)
    midnight = clock.start_of_day(clock.local_date(now, zone) + timedelta(days=1), zone)
    moments = [
        now if computed_at is None else computed_at + REST if touches > computed else computed_at + RETRY
        for computed_at, touches, computed, error in bindings
        if computed_at is None or touches > computed or error
    ]
    return min([midnight, *moments])
