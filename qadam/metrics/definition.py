"""What a metric is: its words, kind, unit and direction, its parameters, its formula, and the one way to compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from qadam.events.catalogue import find_event_type
from qadam.lib.clock import zone_of
from qadam.lib.text import Words
from qadam.metrics import periods, rules
from qadam.metrics.counting import Count, Counter, Study
from qadam.metrics.periods import Grain, Period
from qadam.metrics.rules import Direction
from qadam.metrics.units import Unit, rests_on

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from qadam.people.models import Company

Target = tuple[str, str]
"""(target kind, target key): ("stage", "start/s1"), ("case", "silent-after-first-purchase"), ("map", "start")."""
Params = Mapping[str, Any]

UTC_ZONE = "UTC"
TREND = tuple(each.value for each in (Grain.MONTH, Grain.WEEK, Grain.QUARTER, Grain.YEAR))


class MetricKind(StrEnum):
    CONVERSION = "conversion"
    TIME = "time"
    SHARE = "share"
    RETENTION = "retention"
    RESULT = "result"
    RESPONSE = "response"
    CHURN = "churn"
    SATISFACTION = "satisfaction"


REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a metric: what it must be, and its default (REQUIRED: there is none)."""

    is_valid: Callable[[object], bool]
    default: object = REQUIRED


@dataclass(frozen=True, slots=True)
class Inputs:
    """The events that can move a metric: their types and, where `keys` isn't empty, only those about these keys."""

    types: frozenset[str]
    keys: frozenset[str] = frozenset()

    def is_touched_by(self, event_type: str, props: Mapping[str, Any]) -> bool:
        if event_type not in self.types:
            return False
        key = props.get("key") or props.get("journey")
        return not self.keys or key is None or key in self.keys


@dataclass(frozen=True, slots=True)
class Reading:
    """One computed value of one period; the same fields as a stored MetricValue."""

    grain: str
    period_start: datetime
    period_end: datetime
    numerator: int
    denominator: int
    value: float | None
    low: float | None
    high: float | None
    n_censored: int
    maturity: str
    detail: Mapping[str, Any]
    unit: str
    formula_id: str

    @property
    def n(self) -> int:
        return rests_on(self.unit, self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Form:
    """One way of saying what a metric counted: as a share, or as a median or mean where `value` asks for that."""

    words: Words
    unit: Unit
    direction: Direction
    formula_id: str
    explanation: Words


KNOWN_PARAMETERS: Final[set[str]] = set()
"""The names of the parameters of all metrics: a document may give a parameter to a target's metrics together."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric. `formula_version` grows when the same parameters would give another number.

    `other_forms`: {what the parameter `value` says: how the metric is then given}.
    """

    code: str
    kind: MetricKind
    form: Form
    formula_version: int
    parameters: Mapping[str, Parameter]
    periods: Callable[[Study], list[Period]] = field(repr=False)
    open: Callable[[DuckDBPyConnection, Study], Counter] = field(repr=False)
    inputs_of: Callable[[str, Params], Inputs] = field(repr=False)
    other_forms: Mapping[str, Form] = field(default_factory=dict)

    def __post_init__(self) -> None:
        KNOWN_PARAMETERS.update(self.parameters)

    def form_of(self, params: Params) -> Form:
        """Return how the metric is given with these parameters (which may lack their defaults)."""
        return self.other_forms.get(str(params.get("value", "")), self.form)

    @property
    def unit(self) -> Unit:
        return self.form.unit

    @property
    def direction(self) -> Direction:
        return self.form.direction

    @property
    def formula_id(self) -> str:
        return self.form.formula_id

    def name(self, params: Params, language: str) -> str:
        """Return the metric's name, with its parameters where they belong to it ("Retention at 3 months")."""
        return self.form_of(params).words.in_language(language).format(**_speakable(params, language))

    def explain(self, params: Params, language: str) -> str:
        """Say in a sentence what is counted over what, with the parameters in it."""
        return self.form_of(params).explanation.in_language(language).format(**_speakable(params, language))

    def complete(self, params: Params) -> dict[str, Any]:
        """Return the metric's own parameters with defaults filled in; those of other metrics are left out.

        Raises:
            ValueError: names the first parameter that is absent, unknown to every metric, or not what it must be.
        """
        unknown = next((name for name in params if name not in KNOWN_PARAMETERS), None)
        if unknown is not None:
            raise ValueError(unknown)
        completed = {name: params.get(name, each.default) for name, each in self.parameters.items()}
        for name, value in completed.items():
            if value is REQUIRED or not self.parameters[name].is_valid(value):
                raise ValueError(name)
        return completed

    def inputs(self, target: Target, params: Params) -> Inputs:
        return self.inputs_of(target[1], params)

    def compute(
        self, db: DuckDBPyConnection, target: Target, params: Params, now: datetime, company: Company
    ) -> list[Reading]:
        """Compute every period of the metric as of `now`: the trend, two windows, and what is under way.

        `params` are complete (see `complete`). Periods of the trend before anybody was there are left out.
        """
        study = _study(target, params, now, company)
        count = self.open(db, study)
        readings = [self._read(period, count(period), params) for period in self.periods(study)]
        return _without_empty_start(readings)

    def compute_headline(
        self, db: DuckDBPyConnection, target: Target, params: Params, now: datetime, company: Company
    ) -> Reading:
        """Compute the headline window alone; `params` are complete."""
        study = _study(target, params, now, company)
        period = periods.headline(self.periods(study))
        return self._read(period, self.open(db, study)(period), params)

    def people(
        self, db: DuckDBPyConnection, target: Target, params: Params, now: datetime, company: Company
    ) -> dict[str, Count]:
        """Return who stands behind the headline window ("window") and behind what is under way ("open")."""
        study = _study(target, params, now, company)
        found = self.periods(study)
        count = self.open(db, study)
        under_way = next(each for each in found if each.grain is Grain.OPEN)
        return {Grain.WINDOW.value: count(periods.headline(found)), Grain.OPEN.value: count(under_way)}

    def _read(self, period: Period, count: Count, params: Params) -> Reading:
        form, denominator = self.form_of(params), len(count.members)
        interval = count.interval
        if form.unit is Unit.SHARE:
            interval = rules.wilson_interval(count.numerator, denominator)
        low, high = interval or (None, None)
        return Reading(
            grain=period.grain.value,
            period_start=period.start,
            period_end=period.end,
            numerator=count.numerator,
            denominator=denominator,
            value=count.value,
            low=low,
            high=high,
            n_censored=count.n_censored,
            maturity="final" if period.is_final else "provisional",
            detail=dict(count.detail),
            unit=form.unit.value,
            formula_id=form.formula_id,
        )


def _study(target: Target, params: Params, now: datetime, company: Company) -> Study:
    return Study(target[1], params, now, zone_of(company.zone, UTC_ZONE))


def _without_empty_start(readings: Sequence[Reading]) -> list[Reading]:
    """Leave out the months of the trend before the first with anybody in it."""
    trend = [each for each in readings if each.grain in TREND]
    begun = next((each.period_start for each in trend if each.denominator or each.n_censored), None)
    others = [each for each in readings if each.grain not in TREND]
    return others + [each for each in trend if begun is not None and each.period_start >= begun]


def _speakable(params: Params, language: str) -> dict[str, object]:
    """Turn parameters into pieces of sentences: numbers of days in the right form, event types in words."""
    spoken: dict[str, object] = {}
    for name, value in params.items():
        if name.endswith("_days"):
            spoken[name] = _days_in_words(value, language)
        elif name.endswith("_types"):
            found = [find_event_type(each) for each in value]
            spoken[name] = ", ".join(each.words.in_language(language) for each in found if each)
        else:
            spoken[name] = value
    return spoken


def _days_in_words(days: int, language: str) -> str:
    if language.startswith("kk"):
        return f"{days} күн"
    if language.startswith("ru"):
        return f"{days} {_russian_form(days, 'день', 'дня', 'дней')}"
    return f"{days} day" if days == 1 else f"{days} days"


def _russian_form(n: int, one: str, few: str, many: str) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return one
    return few if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else many
