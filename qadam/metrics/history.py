"""Metrics as they were: by the rules of an earlier version of a map, or in one chosen month or quarter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import override

from qadam.lib.documents import hash_of
from qadam.metrics import registry
from qadam.metrics.bindings import NewBinding, complete_params
from qadam.metrics.chips import MetricChip, chip_of
from qadam.metrics.models import Maturity, MetricBinding, MetricValue
from qadam.metrics.periods import Grain
from qadam.metrics.registry import TREND, MetricKind, Target
from qadam.metrics.rules import wilson_interval
from qadam.metrics.units import Unit

SUMMABLE = (MetricKind.CONVERSION, MetricKind.RESULT, MetricKind.RESPONSE)
"""Shares of cohorts or of what happened: each is counted in one month only, so three months make a quarter."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time; `key` names it in addresses."""

    key: str
    start: datetime
    end: datetime

    @property
    def is_quarter(self) -> bool:
        return "q" in self.key


def chips_by_rules(
    wanted: Mapping[Target, Sequence[NewBinding]], since: datetime, until: datetime, language: str
) -> dict[Target, list[MetricChip]]:
    """Return the chips of bindings as they stood in [since, until), with the aims that are given here.

    Only values whose period ended in that time count, as they were known at its end: a later restatement of them
    isn't shown. A binding that was retired keeps its values; one that never had any waits for data.
    """
    found: dict[Target, list[MetricChip]] = {target: [] for target in wanted}
    bindings = _bindings_of(wanted)
    rows = _rows_known_at(until, bindings)
    with override(language):
        for target, news in wanted.items():
            for new in news:
                binding = _find(bindings, target, new)
                if binding is not None:
                    then = _as_then(binding, new)
                    own = _headline(rows.get(binding.id, []), since)
                    found[target].append(chip_of(then, own, language, None))
    return found


def _bindings_of(targets: Iterable[Target]) -> list[MetricBinding]:
    """Return every binding that these targets ever had."""
    places = Q(pk__in=[])
    for kind, key in targets:
        places |= Q(target_kind=kind, target_key=key)
    return list(MetricBinding.objects.filter(places).order_by("id"))


def _find(bindings: Iterable[MetricBinding], target: Target, new: NewBinding) -> MetricBinding | None:
    """Return the binding that a plan made: that of its parameters, or where the metric has got more parameters since,
    that which had those of the plan.
    """
    own = [each for each in bindings if (each.target_kind, each.target_key, each.code) == (*target, new.code)]
    wanted = hash_of(complete_params(target, new.code, new.params))
    exact = next((each for each in own if each.params_hash == wanted), None)
    return exact or next((each for each in own if new.params.items() <= each.params.items()), None)


def _as_then(binding: MetricBinding, new: NewBinding) -> MetricBinding:
    """Give a binding the aims of its time; the row itself isn't saved."""
    binding.role, binding.target, binding.watch, binding.critical = new.role, new.target, new.watch, new.critical
    binding.error = ""
    return binding


def _rows_known_at(until: datetime, bindings: Iterable[MetricBinding]) -> dict[int, list[MetricValue]]:
    """Return what was known at `until`, oldest first, one row for each period of each binding."""
    shown = MetricValue.objects.filter(binding__in=list(bindings), period_end__lte=until)
    shown = shown.filter(Q(grain=Grain.WINDOW) | Q(grain__in=TREND))
    shown = shown.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gte=until))
    found: dict[int, dict[tuple[str, datetime, datetime], MetricValue]] = {}
    for row in shown.select_related("binding").order_by("period_end", "computed_at"):
        row.as_of = min(row.as_of, until)
        found.setdefault(row.binding_id, {}).setdefault((row.grain, row.period_start, row.period_end), row)
    return {binding: list(own.values()) for binding, own in found.items()}


def _headline(rows: Sequence[MetricValue], since: datetime) -> list[MetricValue]:
    """Keep the trend, the last window that ended after `since`, and the window that ends where it begins."""
    trend = [row for row in rows if row.grain != Grain.WINDOW]
    windows = [row for row in rows if row.grain == Grain.WINDOW]
    if not windows or windows[-1].period_end <= since:
        return trend
    last = windows[-1]
    before = next((row for row in windows if row.period_end == last.period_start), None)
    return [*trend, *([before] if before else []), last]


def chips_in(targets: Iterable[Target], span: Span, language: str) -> dict[Target, list[MetricChip]]:
    """Return the chips of today's bindings for one month or quarter, from stored values of that period.

    A quarter without a value of its own is the sum of its months, for shares whose months are other people. A metric
    that has neither has no value there.
    """
    found: dict[Target, list[MetricChip]] = {target: [] for target in targets}
    places = Q(pk__in=[])
    for kind, key in found:
        places |= Q(target_kind=kind, target_key=key)
    bindings = list(MetricBinding.objects.active().filter(places))
    rows: dict[int, list[MetricValue]] = {}
    standing = MetricValue.objects.standing().filter(binding__in=bindings, period_end__lte=span.end, grain__in=TREND)
    for row in standing.select_related("binding").order_by("period_end"):
        rows.setdefault(row.binding_id, []).append(row)
    with override(language):
        for binding in bindings:
            own = rows.get(binding.id, [])
            shown = _value_in(span, own, registry.BY_CODE[binding.code].kind)
            chip = chip_of(binding, [*own, *([shown] if shown else [])], language, None)
            found[binding.target_kind, binding.target_key].append(chip)
    return found


def _value_in(span: Span, rows: Sequence[MetricValue], kind: MetricKind) -> MetricValue | None:
    """Return the value of a period in the place of the headline."""
    exact = next((row for row in reversed(rows) if (row.period_start, row.period_end) == (span.start, span.end)), None)
    if exact is not None:
        return _in_front(exact, {})
    months = [row for row in rows if row.grain == Grain.MONTH and span.start <= row.period_start < span.end]
    return _sum(months, span) if span.is_quarter and len(months) == 3 and kind in SUMMABLE else None


def _in_front(row: MetricValue, changes: Mapping[str, Any]) -> MetricValue:
    names = [each.attname for each in MetricValue._meta.concrete_fields if each.attname != "id"]
    front = MetricValue(**{**{name: getattr(row, name) for name in names}, **changes, "grain": Grain.WINDOW})
    front.binding = row.binding
    return front


def _sum(months: Sequence[MetricValue], span: Span) -> MetricValue | None:
    if any(row.unit != Unit.SHARE for row in months):
        return None
    numerator, denominator = sum(row.numerator for row in months), sum(row.denominator for row in months)
    low, high = wilson_interval(numerator, denominator) or (None, None)
    is_final = all(row.maturity == Maturity.FINAL for row in months)
    return _in_front(
        months[-1],
        {
            "period_start": span.start,
            "numerator": numerator,
            "denominator": denominator,
            "value": numerator / denominator if denominator else None,
            "low": low,
            "high": high,
            "n_censored": sum(row.n_censored for row in months),
            "maturity": Maturity.FINAL if is_final else Maturity.PROVISIONAL,
            "detail": {},
        },
    )
