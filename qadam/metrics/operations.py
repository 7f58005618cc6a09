"""Write the manifest of segments, which metrics hang where, and the values that were computed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import F

from qadam.jobs.transactions import attempt, write
from qadam.lib.documents import hash_of
from qadam.metrics import registry, store
from qadam.metrics.errors import FaultyParameter, UnknownMetric
from qadam.metrics.models import BindingRole, Maturity, MetricBinding, MetricValue, Segment
from qadam.metrics.periods import Grain
from qadam.metrics.registry import Reading
from qadam.metrics.store import SEGMENT_ROWS, SealedFile

RESTATED = (
    "numerator", "denominator", "value", "low", "high", "n_censored", "maturity", "formula_version", "detail",
)  # fmt: skip
"""What makes two rows of one period the same."""


@dataclass(frozen=True, slots=True)
class NewBinding:
    """A metric to hang on a target. `target`, `watch`, `critical` in the metric's unit: share 0–1, time in days."""

    code: str
    role: str = BindingRole.MANDATORY
    params: Mapping[str, Any] = field(default_factory=dict)
    target: float | None = None
    watch: float | None = None
    critical: float | None = None
    owner_id: int | None = None


def seal_log(*, now: datetime, min_rows: int = SEGMENT_ROWS) -> int:
    """Seal the next 50,000 rows of the log (or what there is, from `min_rows` on) into a segment. Return how many.

    The file is safe on disk before the one transaction that puts it into the manifest; whatever dies before that
    leaves an orphan file and the rows in the tail. When two seal at once, the second gives way and seals nothing.
    """
    sealed_seq = _mend_manifest()
    if store.newest_seq() < sealed_seq + max(1, min_rows):
        return 0
    rows = store.read_tail(sealed_seq, SEGMENT_ROWS)
    if len(rows["seq"]) < max(1, min_rows):
        return 0
    sealed = store.write_segment(rows, sealed_seq + 1)
    try:
        with attempt():
            Segment.objects.create(**_fields_of(sealed), sealed_at=now)
    except IntegrityError:
        return 0
    return sealed.row_count


def _mend_manifest() -> int:
    """Forget the segments from the first missing or cut file on; return the sealed `seq`. Their rows are in the log."""
    sealed_seq = max((segment.last_seq for segment in store.standing_segments()), default=0)
    if (broken := Segment.objects.filter(first_seq__gt=sealed_seq)).exists():
        with write():
            broken.delete()
    return sealed_seq


def rebuild_segments(*, now: datetime, on_segment: Callable[[int], None] = lambda rows: None) -> int:
    """Write all segments anew from the log and swap the manifest in one transaction. Return how many rows they hold.

    The old files stay for readers that have just opened them; `store.clean_orphans` removes them later.
    What is sealed meanwhile returns to the tail and is sealed again. `on_segment(rows)` hears of each file.
    """
    sealed: list[SealedFile] = []
    while True:
        after = sealed[-1].last_seq if sealed else 0
        rows = store.read_tail(after, SEGMENT_ROWS)
        if len(rows["seq"]) < SEGMENT_ROWS:
            break
        sealed.append(store.write_segment(rows, after + 1))
        on_segment(sealed[-1].row_count)
    _replace_manifest(sealed, now)
    return sum(each.row_count for each in sealed)


@write()
def _replace_manifest(sealed: Sequence[SealedFile], now: datetime) -> None:
    Segment.objects.all().delete()
    Segment.objects.bulk_create([Segment(**_fields_of(each), sealed_at=now) for each in sealed])


def _fields_of(sealed: SealedFile) -> dict[str, Any]:
    return asdict(sealed)


@write()
def set_bindings(target_kind: str, target_key: str, bindings: Sequence[NewBinding], *, now: datetime) -> None:
    """Make these the metrics of a target, in this order; those it had beside them are retired with their values.

    A binding with the same metric and parameters keeps its values; another aim or owner changes nothing in them.

    Raises:
        UnknownMetric: the registry has no metric of this code.
        FaultyParameter: a parameter is absent, unknown or not what it must be.
    """
    kept = [_set_binding((target_kind, target_key), position, each, now) for position, each in enumerate(bindings)]
    dropped = MetricBinding.objects.active().filter(target_kind=target_kind, target_key=target_key)
    dropped.exclude(id__in=kept).order_by().update(retired_at=now)


def _set_binding(target: registry.Target, position: int, new: NewBinding, now: datetime) -> int:
    params = _complete_params(target, new)
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


def _complete_params(target: registry.Target, new: NewBinding) -> dict[str, Any]:
    definition = registry.find_definition(new.code)
    if definition is None:
        raise UnknownMetric(code=new.code, codes=", ".join(registry.BY_CODE))
    try:
        return definition.complete(new.params)
    except ValueError as error:
        raise FaultyParameter(code=new.code, target=":".join(target), parameter=str(error)) from error


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
