"""What pages ask about metrics. They read stored values; only `people_behind` opens the log, when somebody clicks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.numbers import format_decimal
from django.db.models import F, Q
from django.utils.translation import gettext, override, pgettext

from qadam.metrics import registry, rules, store
from qadam.metrics.errors import UnknownBinding, UnknownPart
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.metrics.periods import Grain
from qadam.metrics.registry import TREND, Definition, Target, Unit
from qadam.metrics.rules import MIN_N, Aim
from qadam.people.queries import get_company

STALE_AFTER = timedelta(hours=24)
SPARKLINE = 12
DASH = "—"
PARTS = ("numerator", "denominator", "rest")


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


@dataclass(frozen=True, slots=True)
class MetricChip:
    """A metric as the map shows it. Values and aims in the metric's unit (share 0–1, time in days).

    `n` is how many people the value rests on. `delta_points`: the change against the window before this one, in
    percentage points (days for a time); None where either rests on fewer than 20. `open_*`: what is under way now.
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

    @property
    def is_small(self) -> bool:
        """Too few people for a trend or a verdict: shown as "k of n"."""
        return self.n < MIN_N


@dataclass(frozen=True, slots=True)
class BindingState:
    """A binding as the publish gate sees it."""

    id: int
    target: Target
    code: str
    kind: str
    role: str
    has_target: bool
    owner_id: int | None
    computed_at: datetime | None
    error: str


def known_codes() -> tuple[str, ...]:
    """Return the codes of the registry's metrics."""
    return tuple(registry.BY_CODE)


def kinds() -> dict[str, str]:
    """Return {code: kind}: conversion, time, share, retention or result."""
    return {code: definition.kind.value for code, definition in registry.BY_CODE.items()}


def bindings_of(targets: Collection[Target]) -> list[BindingState]:
    """Return the active bindings of the targets, as the publish gate wants to know them."""
    return [
        BindingState(
            id=each.id,
            target=(each.target_kind, each.target_key),
            code=each.code,
            kind=registry.BY_CODE[each.code].kind.value,
            role=each.role,
            has_target=each.target is not None,
            owner_id=each.owner_id,
            computed_at=each.computed_at,
            error=each.error,
        )
        for each in _bindings(targets)
    ]


def chips(targets: Collection[Target], language: str, now: datetime | None = None) -> dict[Target, list[MetricChip]]:
    """Return the chips of each target in the order of its bindings, from stored values. Two queries.

    With `now`, chips whose values are older than 24 hours are marked stale.
    """
    bindings = _bindings(targets)
    values = _shown_values(bindings)
    found: dict[Target, list[MetricChip]] = {target: [] for target in targets}
    with override(language):
        for binding in bindings:
            chip = _chip(binding, values.get(binding.id, []), language, now)
            found[(binding.target_kind, binding.target_key)].append(chip)
    return found


def series(binding_id: int) -> list[SeriesPoint]:
    """Return the whole trend of a binding, oldest first."""
    rows = MetricValue.objects.standing().filter(binding_id=binding_id, grain__in=TREND).select_related("binding")
    return [_point(row, registry.BY_CODE[row.binding.code]) for row in rows.order_by("period_end")]


def people_behind(binding_id: int, part: str, grain: str = Grain.WINDOW.value) -> list[int]:
    """Return the ids of the people behind a number.

    `part` is numerator, denominator or rest (those who didn't succeed); `grain` "window" is the headline, "open"
    what is under way. The counter is the number's own, as of the same instant. One id for each counted person,
    or for each instance of a case.

    Raises:
        UnknownBinding: there is no such binding, or it has no value yet.
        UnknownPart: a metric has no such part.
    """
    if part not in PARTS or grain not in (Grain.WINDOW, Grain.OPEN):
        raise UnknownPart(part=f"{grain}/{part}")
    row = _shown_rows().filter(binding_id=binding_id, grain=grain).order_by("-period_end").first()
    if row is None:
        raise UnknownBinding
    definition, target = registry.BY_CODE[row.binding.code], (row.binding.target_kind, row.binding.target_key)
    with store.open_log(row.as_of) as db:
        counts = definition.people(db, target, row.binding.params, row.as_of, get_company())
    ids: list[int] = counts[grain].part(part).tolist()
    return ids


def _bindings(targets: Collection[Target]) -> list[MetricBinding]:
    wanted = Q()
    for kind, key in targets:
        wanted |= Q(target_kind=kind, target_key=key)
    return list(MetricBinding.objects.active().filter(wanted)) if targets else []


def _shown_rows() -> Any:
    """The rows of a chip: the headline window and the one that ends where it begins, the trend, what is under way."""
    is_window = Q(grain=Grain.WINDOW) & (
        Q(period_end=F("binding__headline_end")) | Q(period_end=F("binding__headline_start"))
    )
    return MetricValue.objects.standing().filter(is_window | ~Q(grain=Grain.WINDOW)).select_related("binding")


def _shown_values(bindings: Sequence[MetricBinding]) -> dict[int, list[MetricValue]]:
    found: dict[int, list[MetricValue]] = {}
    for row in _shown_rows().filter(binding__in=bindings).order_by("period_end"):
        found.setdefault(row.binding_id, []).append(row)
    return found


def _chip(binding: MetricBinding, rows: Sequence[MetricValue], language: str, now: datetime | None) -> MetricChip:
    definition = registry.BY_CODE[binding.code]
    windows = [row for row in rows if row.grain == Grain.WINDOW]
    shown = windows[-1] if windows else _nothing(binding, definition)
    under_way = next((row for row in rows if row.grain == Grain.OPEN), None)
    n, aim = _n(shown, definition), _aim(binding, definition)
    trend = [row for row in rows if row.grain in TREND][-SPARKLINE:]
    return MetricChip(
        binding_id=binding.id,
        code=binding.code,
        name=definition.name(binding.params, language),
        kind=definition.kind.value,
        unit=definition.unit.value,
        direction=definition.direction.value,
        role=binding.role,
        value=shown.value,
        text=_text_of(shown, definition, language),
        numerator=shown.numerator,
        denominator=shown.denominator,
        n=n,
        low=shown.low,
        high=shown.high,
        n_censored=shown.n_censored,
        detail=shown.detail,
        period_start=binding.headline_start,
        period_end=binding.headline_end,
        as_of=shown.as_of if windows else None,
        is_stale=bool(windows) and now is not None and now - shown.as_of > STALE_AFTER,
        maturity=shown.maturity,
        state=rules.judge(shown.value, n, aim).value,
        is_past_critical=rules.is_past_critical(shown.value, n, aim),
        target=binding.target,
        target_text=text_of(binding.target, definition.unit, language),
        delta_points=_delta(windows, definition),
        open_numerator=under_way.numerator if under_way else 0,
        open_denominator=under_way.denominator if under_way else 0,
        series=tuple(_point(row, definition) for row in trend),
        formula=definition.explain(binding.params, language),
        formula_id=definition.formula_id,
        formula_version=shown.formula_version,
        error=binding.error,
    )


def _nothing(binding: MetricBinding, definition: Definition) -> MetricValue:
    """Stand in for the value of a metric that was never computed."""
    return MetricValue(
        binding=binding, numerator=0, denominator=0, maturity="provisional", formula_version=definition.formula_version
    )


def _aim(binding: MetricBinding, definition: Definition) -> Aim:
    return Aim(definition.direction, binding.target, binding.watch, binding.critical)


def _n(row: MetricValue, definition: Definition) -> int:
    """Return how many people the value rests on: a share on everybody counted, a time on those who arrived."""
    return row.denominator if definition.unit is Unit.SHARE else row.numerator


def _delta(windows: Sequence[MetricValue], definition: Definition) -> float | None:
    if len(windows) < 2 or min(_n(row, definition) for row in windows) < MIN_N:
        return None
    before, after = windows[0].value, windows[-1].value
    if before is None or after is None:
        return None
    return (after - before) * (100 if definition.unit is Unit.SHARE else 1)


def _point(row: MetricValue, definition: Definition) -> SeriesPoint:
    return SeriesPoint(
        start=row.period_start,
        end=row.period_end,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        n=_n(row, definition),
        is_final=row.maturity == "final",
        restatement=row.restatement,
    )


def _text_of(row: MetricValue, definition: Definition, language: str) -> ValueText:
    """Say a value: "k of n" where it rests on fewer than 20 people, a dash where there is nobody."""
    if row.denominator == 0:
        return ValueText(DASH)
    if _n(row, definition) < MIN_N:
        return ValueText(gettext("%(k)s of %(n)s") % {"k": row.numerator, "n": row.denominator})
    return text_of(row.value, definition.unit, language)


def text_of(value: float | None, unit: Unit, language: str) -> ValueText:
    """Say a number of a metric's unit in `language`: whole percent or days from 10 on, one decimal below."""
    if value is None:
        return ValueText(DASH)
    number = value * 100 if unit is Unit.SHARE else value
    pattern = "#,##0" if round(number, 1) >= 10 else "#,##0.#"
    shown = format_decimal(number, format=pattern, locale=language.split("-")[0])
    return ValueText(shown, "%" if unit is Unit.SHARE else pgettext("days, short", "d"))
