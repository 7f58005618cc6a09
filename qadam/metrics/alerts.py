"""When a metric raises an alarm: past its line in the last two final periods of its trend. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import override

from qadam.metrics import registry, rules
from qadam.metrics.chips import ValueText, text_of
from qadam.metrics.models import Alert, AlertLine, MetricBinding, MetricValue
from qadam.metrics.registry import TREND, Target
from qadam.metrics.rules import MIN_N
from qadam.metrics.units import Unit, rests_on

CONSECUTIVE = 2


@dataclass(frozen=True, slots=True)
class Breach:
    """The newest of the periods that were past the line; `limit` and `value` in the metric's unit."""

    line: str
    limit: float
    period_start: datetime
    period_end: datetime
    value: float
    n: int


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a binding's alert: opened (`alert_id` None), renewed by a newer breach, or closed (no breach)."""

    binding_id: int
    alert_id: int | None
    breach: Breach | None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert as pages and letters tell it. `owner_id` is a user; `value`, `limit`, `aim` are in the metric's unit."""

    id: int
    binding_id: int
    target: Target
    code: str
    params: dict[str, object]
    line: str
    limit: float
    value: float
    n: int
    period_start: datetime
    period_end: datetime
    opened_at: datetime
    mailed_at: datetime | None
    seen_at: datetime | None
    owner_id: int | None
    aim: float | None

    @property
    def unit(self) -> Unit:
        return registry.BY_CODE[self.code].form_of(self.params).unit

    def name(self, language: str) -> str:
        """Return the metric's name."""
        return registry.BY_CODE[self.code].name(self.params, language)

    def value_text(self, language: str) -> ValueText:
        return self._say(self.value, language)

    def limit_text(self, language: str) -> ValueText:
        return self._say(self.limit, language)

    def _say(self, value: float, language: str) -> ValueText:
        with override(language):
            return text_of(value, self.unit, language)


def find_changes() -> list[Change]:
    """Return what has to change about alerts; nothing where all is told already. Three queries."""
    bindings = MetricBinding.objects.active().filter(Q(critical__isnull=False) | Q(watch__isnull=False))
    standing = {alert.binding_id: alert for alert in Alert.objects.filter(closed_at__isnull=True)}
    found = [_change(binding, rows, standing.pop(binding.id, None)) for binding, rows in _final_periods(bindings)]
    # What is left has lost its line, or its target has dropped the metric.
    gone = [Change(alert.binding_id, alert.id, None) for alert in standing.values()]
    return [each for each in found if each is not None] + gone


def _final_periods(bindings: Iterable[MetricBinding]) -> list[tuple[MetricBinding, list[MetricValue]]]:
    """Return each binding with its last two final periods, newest first."""
    by_id = {binding.id: (binding, list[MetricValue]()) for binding in bindings}
    values = MetricValue.objects.standing().filter(binding__in=by_id, grain__in=TREND, maturity="final").defer("detail")
    for row in values.order_by("-period_end"):
        if len(rows := by_id[row.binding_id][1]) < CONSECUTIVE:
            rows.append(row)
    return list(by_id.values())


def _change(binding: MetricBinding, rows: Sequence[MetricValue], alert: Alert | None) -> Change | None:
    line = AlertLine.CRITICAL if binding.critical is not None else AlertLine.WATCH
    limit = binding.critical if binding.critical is not None else binding.watch
    assert limit is not None
    states = [_is_past(row, binding, limit) for row in rows]
    if alert is None:
        is_raised = len(states) == CONSECUTIVE and all(states)
        return Change(binding.id, None, _breach(rows[0], line, limit)) if is_raised else None
    if states and states[0] is False:
        return Change(binding.id, alert.id, None)
    is_newer = bool(states) and states[0] is True and rows[0].period_end > alert.period_end
    return Change(binding.id, alert.id, _breach(rows[0], line, limit)) if is_newer else None


def _is_past(row: MetricValue, binding: MetricBinding, limit: float) -> bool | None:
    """Tell whether a period is past the line; None where it has no value of at least 20 people: it says nothing."""
    if row.value is None or rests_on(row.unit, row.numerator, row.denominator) < MIN_N:
        return None
    direction = registry.BY_CODE[binding.code].form_of(binding.params).direction
    return rules.is_worse(row.value, limit, direction)


def _breach(row: MetricValue, line: AlertLine, limit: float) -> Breach:
    assert row.value is not None
    n = rests_on(row.unit, row.numerator, row.denominator)
    return Breach(line.value, limit, row.period_start, row.period_end, row.value, n)


def read_alerts(*, is_unmailed: bool = False) -> list[OpenAlert]:
    """Return the open alerts, newest first; with `is_unmailed` those nobody was written to about, oldest first."""
    rows = Alert.objects.open().select_related("binding")
    rows = rows.filter(mailed_at__isnull=True).order_by("id") if is_unmailed else rows.order_by("-opened_at", "-id")
    return [_open_alert(row) for row in rows]


def _open_alert(row: Alert) -> OpenAlert:
    binding = row.binding
    return OpenAlert(
        id=row.id,
        binding_id=binding.id,
        target=(binding.target_kind, binding.target_key),
        code=binding.code,
        params=binding.params,
        line=row.line,
        limit=row.limit,
        value=row.value,
        n=row.n,
        period_start=row.period_start,
        period_end=row.period_end,
        opened_at=row.opened_at,
        mailed_at=row.mailed_at,
        seen_at=row.seen_at,
        owner_id=binding.owner_id,
        aim=binding.target,
    )
