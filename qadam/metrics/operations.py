"""Write which metrics hang where, and the values that were computed. Segments: `segment_operations`."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F

from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.metrics import alerts, registry, store
from qadam.metrics.bindings import NewBinding, complete_params
from qadam.metrics.models import Alert, Maturity, MetricBinding, MetricValue, Rehearsal
from qadam.metrics.periods import Grain
from qadam.metrics.registry import Reading, Target
from qadam.people.models import Company

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)

__all__ = ["NewBinding"]

RESTATED = (
    "numerator", "denominator", "value", "low", "high", "n_censored", "maturity", "unit", "formula_id",
    "formula_version", "detail",
)  # fmt: skip
"""What makes two rows of one period the same."""


@write()
def set_bindings(target_kind: str, target_key: str, bindings: Sequence[NewBinding], *, now: datetime) -> None:
    """Make these the metrics of a target, in this order; those it had beside them are retired with their values.

    A binding with the same metric and parameters keeps its values; another aim or owner changes nothing in them.

    Raises:
        UnknownMetric, FaultyParameter: as `bindings.complete_params`.
    """
    kept = [_set_binding((target_kind, target_key), position, each, now) for position, each in enumerate(bindings)]
    dropped = MetricBinding.objects.active().filter(target_kind=target_kind, target_key=target_key)
    dropped.exclude(id__in=kept).order_by().update(retired_at=now)


def _set_binding(target: Target, position: int, new: NewBinding, now: datetime) -> int:
    params = complete_params(target, new.code, new.params)
    aim = {
        "position": position,
        "role": new.role,
        "target": new.target,
        "watch": new.watch,
        "critical": new.critical,
        "owner_id": new.owner_id,
    }
    binding, is_new = MetricBinding.objects.get_or_create(
        target_kind=target[0],
        target_key=target[1],
        code=new.code,
        params_hash=hash_of(params),
        defaults={**aim, "params": params, "created_at": now},
    )
    if not is_new:
        MetricBinding.objects.filter(id=binding.id).update(**aim)
        MetricBinding.objects.filter(id=binding.id, retired_at__isnull=False).update(retired_at=None, computed_at=None)
    return binding.id


@write()
def touch_bindings(binding_ids: Collection[int]) -> None:
    """Note that events have come which can move these metrics; they are computed again at the next occasion."""
    if binding_ids:
        MetricBinding.objects.filter(id__in=binding_ids).update(touches=F("touches") + 1)


@write()
def store_values(
    *, binding: MetricBinding, readings: Sequence[Reading], formula_version: int, watermark: int, now: datetime
) -> None:
    """Store what was computed for `binding` as of `now`, from a log that ended at `watermark`.

    `binding` is as it was read before the log was opened: touches that came since stay open. A row that says the
    same is not rewritten, only its `as_of` moves on. A provisional row is corrected in place; a final one is kept,
    marked superseded, and followed by a new row that notes what the old one had said.
    """
    MetricBinding.objects.select_for_update().get(id=binding.id)
    standing = {_place_of(row): row for row in MetricValue.objects.standing().filter(binding=binding)}
    stamp = {"as_of": now, "watermark": watermark, "computed_at": now}
    fresh, unchanged = [], []
    for reading in readings:
        new = MetricValue(binding=binding, formula_version=formula_version, **asdict(reading), **stamp)
        old = standing.get(_place_of(new))
        if old is not None and _say_the_same(old, new):
            unchanged.append(old.id)
        elif old is not None and old.maturity == Maturity.PROVISIONAL:
            _correct(old, new)
        else:
            fresh.append(_restate(old, new, now) if old else new)
    MetricValue.objects.filter(id__in=unchanged).update(**stamp)
    MetricValue.objects.bulk_create(fresh)
    _note_computed(binding, readings, now)


def _place_of(row: MetricValue) -> tuple[Any, ...]:
    """Return what a row speaks about. There is one open period at a time, and it moves with the clock."""
    return (row.grain,) if row.grain == Grain.OPEN else (row.grain, row.period_start, row.period_end)


def _say_the_same(old: MetricValue, new: MetricValue) -> bool:
    is_same_period = (old.period_start, old.period_end) == (new.period_start, new.period_end)
    return is_same_period and all(getattr(old, name) == getattr(new, name) for name in RESTATED)


def _correct(old: MetricValue, new: MetricValue) -> None:
    new.id = old.id
    new.save(force_update=True, update_fields=[
        "period_start", "period_end", "as_of", "watermark", "computed_at", *RESTATED,
    ])  # fmt: skip


def _restate(old: MetricValue, new: MetricValue, now: datetime) -> MetricValue:
    MetricValue.objects.filter(id=old.id).update(superseded_at=now)
    new.restatement = f"{old.numerator}/{old.denominator} → {new.numerator}/{new.denominator}"
    if old.formula_version != new.formula_version:
        new.restatement += f" (v{old.formula_version} → v{new.formula_version})"
    return new


def _note_computed(binding: MetricBinding, readings: Sequence[Reading], now: datetime) -> None:
    windows = [each for each in readings if each.grain == Grain.WINDOW]
    headline = max(windows, key=lambda each: each.period_end, default=None)
    MetricBinding.objects.filter(id=binding.id).update(
        computed_at=now,
        computed_touches=binding.touches,
        error="",
        headline_start=headline.period_start if headline else None,
        headline_end=headline.period_end if headline else None,
    )


@write()
def note_failure(*, binding: MetricBinding, error: str, now: datetime) -> None:
    """Note that computing failed; the old values stay and grow stale. It is tried again after a while."""
    MetricBinding.objects.filter(id=binding.id).update(error=error[:2_000], computed_at=now)


def rehearse_bindings(wanted: Sequence[tuple[Target, NewBinding]], *, now: datetime) -> None:
    """Compute each metric once as of `now`, in no transaction of its own, and note whether it ran.

    Nobody to count is fine; an exception is not, and neither is a metric or parameter that isn't known. See
    `queries.last_runs`.
    """
    if not wanted:
        return
    company = Company.objects.first()
    with store.open_log(now) as db:
        ran = [_rehearse(db, target, new, now, company) for target, new in wanted]
    _note_rehearsals(ran)


def _rehearse(
    db: "DuckDBPyConnection", target: Target, new: NewBinding, now: datetime, company: Company | None
) -> Rehearsal:
    params, error = dict(new.params), ""
    try:
        params = complete_params(target, new.code, new.params)
        if company is None:
            raise RuntimeError("there is no company")
        registry.BY_CODE[new.code].compute(db, target, params, now, company)
    except Exception as failure:  # whatever it is, the gate says so; the other metrics are tried all the same
        log.info("metric %s on %s could not be rehearsed", new.code, target[1], exc_info=True)
        error = str(failure) or repr(failure)
    return Rehearsal(
        target_kind=target[0], target_key=target[1], code=new.code, params_hash=hash_of(params), ran_at=now,
        error=error[:2_000],
    )  # fmt: skip


@write()
def _note_rehearsals(ran: Sequence[Rehearsal]) -> None:
    # Two stages may ask for the same metric with the same parameters; a statement writes each row once.
    distinct = {(each.target_kind, each.target_key, each.code, each.params_hash): each for each in ran}
    Rehearsal.objects.bulk_create(
        distinct.values(),
        update_conflicts=True,
        unique_fields=["target_kind", "target_key", "code", "params_hash"],
        update_fields=["ran_at", "error"],
    )


def update_alerts(now: datetime) -> int:
    """Open, renew and close alerts by the last two final periods of each metric's trend. Return how many changed.

    An alert opens when both are past the line with at least 20 people each, and stays, once, until the newest final
    period is back within. Provisional periods are never asked.
    """
    changes = alerts.find_changes()
    if changes:
        _store_alerts(changes, now)
    return len(changes)


@write()
def _store_alerts(changes: Sequence[alerts.Change], now: datetime) -> None:
    closing = [change.alert_id for change in changes if change.breach is None and change.alert_id is not None]
    Alert.objects.filter(id__in=closing, closed_at__isnull=True).update(closed_at=now)
    for change in changes:
        if change.breach is None:
            continue
        fields = asdict(change.breach)
        if change.alert_id is None:
            Alert.objects.get_or_create(
                binding_id=change.binding_id, closed_at__isnull=True, defaults={**fields, "opened_at": now}
            )
        else:
            Alert.objects.filter(id=change.alert_id).update(**fields)


@write()
def note_alert_mailed(*, alert_id: int, now: datetime) -> None:
    """Note that the owner has been written to about an alert."""
    Alert.objects.filter(id=alert_id, mailed_at__isnull=True).update(mailed_at=now)


@write()
def note_alerts_seen(*, alert_ids: Collection[int], now: datetime) -> None:
    """Note that somebody has seen these alerts in the office."""
    Alert.objects.filter(id__in=alert_ids, seen_at__isnull=True).update(seen_at=now)
