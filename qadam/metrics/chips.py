"""A stored value put into what a chip shows: words, state, change and trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.numbers import format_decimal
from django.utils.translation import gettext, pgettext

from qadam.metrics import registry, rules
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.metrics.periods import Grain
from qadam.metrics.registry import TREND, Definition, Reading
from qadam.metrics.rules import MIN_N, Aim
from qadam.metrics.units import Unit, rests_on

STALE_AFTER = timedelta(hours=24)
SPARKLINE = 12
DASH = "—"
DECIMALS = {Unit.RATIO: "#,##0.##", Unit.SCORE: "#,##0.0#", Unit.POINTS: "#,##0"}


@dataclass(frozen=True, slots=True)
class ValueText:
    """A value in words, in two parts that a chip sets in two sizes: "38" "%", "4.2" "d", "3 of 12" "", "—" ""."""

    number: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One period of the trend; `value` is None where nobody was there."""

    start: datetime
    end: datetime
    value: float | None
    numerator: int
    denominator: int
    n: int
    is_final: bool
    restatement: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class MetricChip:
    """A metric as the map shows it. Values and aims in the metric's unit (see `units`).

    `n` is how many people the value rests on. `delta_points`: the change against the window before this one, in
    percentage points for a share, else in the unit; None where either rests on fewer than 20. `open_*`: under way now.
    """

    binding_id: int
    code: str
    name: str
    kind: str
    unit: str
    direction: str
    role: str
    value: float | None
    text: ValueText
    numerator: int
    denominator: int
    n: int
    low: float | None
    high: float | None
    n_censored: int
    detail: Mapping[str, Any]
    period_start: datetime | None
    period_end: datetime | None
    as_of: datetime | None
    is_stale: bool
    maturity: str
    state: str
    is_past_critical: bool
    target: float | None
    target_text: ValueText
    delta_points: float | None
    open_numerator: int
    open_denominator: int
    series: tuple[SeriesPoint, ...]
    formula: str
    formula_id: str
    formula_version: int
    error: str
    watermark: int | None = None

    @property
    def is_small(self) -> bool:
        """Too few people for a trend or a verdict: shown as "k of n"."""
        return self.n < MIN_N


def chip_of(binding: MetricBinding, rows: Sequence[MetricValue], language: str, now: datetime | None) -> MetricChip:
    definition = registry.BY_CODE[binding.code]
    windows = [row for row in rows if row.grain == Grain.WINDOW]
    shown = windows[-1] if windows else _nothing(binding, definition)
    under_way = next((row for row in rows if row.grain == Grain.OPEN), None)
    form = definition.form_of(binding.params)
    n, aim = n_of(shown), Aim(form.direction, binding.target, binding.watch, binding.critical)
    trend = [row for row in rows if row.grain in TREND][-SPARKLINE:]
    return MetricChip(
        binding_id=binding.id,
        code=binding.code,
        name=definition.name(binding.params, language),
        kind=definition.kind.value,
        unit=form.unit.value,
        direction=form.direction.value,
        role=binding.role,
        value=shown.value,
        text=text_of_row(shown, language),
        numerator=shown.numerator,
        denominator=shown.denominator,
        n=n,
        low=shown.low,
        high=shown.high,
        n_censored=shown.n_censored,
        detail=shown.detail,
        period_start=shown.period_start if windows else None,
        period_end=shown.period_end if windows else None,
        as_of=shown.as_of if windows else None,
        is_stale=bool(windows) and now is not None and now - shown.as_of > STALE_AFTER,
        maturity=shown.maturity,
        state=rules.judge(shown.value, n, aim).value,
        is_past_critical=rules.is_past_critical(shown.value, n, aim),
        target=binding.target,
        target_text=text_of(binding.target, form.unit, language),
        delta_points=_delta(windows),
        open_numerator=under_way.numerator if under_way else 0,
        open_denominator=under_way.denominator if under_way else 0,
        series=tuple(point_of(row) for row in trend),
        formula=definition.explain(binding.params, language),
        formula_id=form.formula_id,
        formula_version=shown.formula_version,
        error=binding.error,
        watermark=shown.watermark if windows else None,
    )


def _nothing(binding: MetricBinding, definition: Definition) -> MetricValue:
    """Stand in for the value of a metric that was never computed."""
    return MetricValue(
        binding=binding,
        numerator=0,
        denominator=0,
        maturity="provisional",
        unit=definition.form_of(binding.params).unit.value,
        formula_version=definition.formula_version,
    )


def n_of(row: MetricValue) -> int:
    """Return how many people the value rests on: a time on those who arrived, everything else on everybody counted."""
    return rests_on(row.unit, row.numerator, row.denominator)


def _delta(windows: Sequence[MetricValue]) -> float | None:
    if len(windows) < 2 or min(n_of(row) for row in windows) < MIN_N:
        return None
    before, after = windows[0].value, windows[-1].value
    if before is None or after is None:
        return None
    return (after - before) * (100 if windows[-1].unit == Unit.SHARE else 1)


def point_of(row: MetricValue) -> SeriesPoint:
    return SeriesPoint(
        start=row.period_start,
        end=row.period_end,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        n=n_of(row),
        is_final=row.maturity == "final",
        restatement=row.restatement,
        low=row.low,
        high=row.high,
    )


def text_of_row(row: MetricValue | Reading, language: str) -> ValueText:
    """Say a value: "k of n" where it rests on fewer than 20 people, a dash where there is nobody."""
    if row.denominator == 0:
        return ValueText(DASH)
    if rests_on(row.unit, row.numerator, row.denominator) >= MIN_N:
        return text_of(row.value, Unit(row.unit), language)
    if row.unit == Unit.RATIO:
        return ValueText(f"{row.numerator} / {row.denominator}")
    if row.unit in (Unit.POINTS, Unit.SCORE):
        return ValueText(f"n = {row.denominator}")
    return ValueText(gettext("%(k)s of %(n)s") % {"k": row.numerator, "n": row.denominator})


def text_of(value: float | None, unit: Unit, language: str) -> ValueText:
    """Say a number of a metric's unit in `language`: whole from 10 on, with decimals below; points with their sign."""
    if value is None:
        return ValueText(DASH)
    number = value * 100 if unit is Unit.SHARE else value
    pattern = "#,##0" if round(abs(number), 1) >= 10 else DECIMALS.get(unit, "#,##0.#")
    shown = format_decimal(abs(number), format=pattern, locale=language.split("-")[0])
    return ValueText(_sign(number, shown, unit) + shown, _unit_words(unit))


def _sign(number: float, shown: str, unit: Unit) -> str:
    if not shown.strip("0.,"):
        return ""
    return "−" if number < 0 else "+" if unit is Unit.POINTS else ""


def _unit_words(unit: Unit) -> str:
    if unit is Unit.SHARE:
        return "%"
    if unit is Unit.DAYS:
        return pgettext("days, short", "d")
    return pgettext("hours, short", "h") if unit is Unit.HOURS else ""
