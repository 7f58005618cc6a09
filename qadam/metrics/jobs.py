"""What the engine does for metrics by the clock: seal the log, compute what is due."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q

from qadam.lib import clock
from qadam.metrics import files, operations, primitives, registry, segment_operations, store
from qadam.metrics.models import MetricBinding
from qadam.people import identity
from qadam.people.models import Company
from qadam.people.queries import get_company

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REST = timedelta(seconds=15)
"""A metric is computed at most so often, however many events touch it."""
RETRY = timedelta(minutes=5)

log = logging.getLogger(__name__)


def seal(now: datetime) -> int:
    """Seal what is ripe, compact closed months, roll up days, clear away old orphan files. Return the rows sealed.

    Only the engine seals.
    """
    total = 0
    while count := segment_operations.seal_log(now=now):
        total += count
    follow_renumberings()
    segment_operations.compact(now=now)
    roll_up()
    files.clean_orphans(now=clock.utc_now())
    return total


def rebuild(now: datetime, on_segment: Callable[[int], None]) -> int:
    """Write all segments anew from the log, compacted, with their days. Return how many rows they hold."""
    rows = segment_operations.rebuild_segments(now=now, on_segment=on_segment)
    segment_operations.compact(now=now, everything=True)
    roll_up()
    return rows


def roll_up() -> int:
    """Write the day files that are missing, by the company's calendar (UTC while there is no company)."""
    company = Company.objects.first()
    return segment_operations.roll_up(zone=clock.zone_of(company.zone if company else "", registry.UTC_ZONE))


def follow_renumberings() -> None:
    """Give the events in sealed files the owners that the log has given them: records merged, people erased."""
    for each in identity.read_renumberings():
        segment_operations.erase_member_from_segments(member_id=each.old_id, replacement=each.new_id)
        identity.forget_renumbering(each)


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
    follow_renumberings()
    with store.open_log(now) as db:
        watermark = primitives.watermark(db)
        for binding in bindings:
            if (readings := _read(db, binding, now, company)) is not None:
                version = registry.BY_CODE[binding.code].formula_version
                operations.store_values(
                    binding=binding, readings=readings, formula_version=version, watermark=watermark, now=now
                )
    operations.update_alerts(now)
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
        definition = registry.BY_CODE[binding.code]
        # Bindings made before a parameter was added get its default.
        return definition.compute(db, target, definition.complete(binding.params), now, company)
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
