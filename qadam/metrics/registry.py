"""The registry: every metric with its words, kind, unit, direction and formula, and the one way to compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from qadam.events.catalogue import find_event_type
from qadam.lib.clock import zone_of
from qadam.lib.text import Words
from qadam.metrics import formulas, periods, rules
from qadam.metrics.formulas import Count, Counter, Study
from qadam.metrics.periods import Grain, Period
from qadam.metrics.rules import Direction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from qadam.people.models import Company

Target = tuple[str, str]
"""(target kind, target key): ("stage", "start/s1"), ("case", "silent-after-first-purchase"), ("map", "start")."""
Params = Mapping[str, Any]

QUALIFYING = (
    "order.paid",
    "lesson.completed",
    "live.attended",
    "invitation.sent",
    "customer.registered",
)
"""What counts as an action of an active member, unless a binding says otherwise: purchase, training, recruiting."""
UTC_ZONE = "UTC"
TREND = (Grain.MONTH.value, Grain.WEEK.value)


class MetricKind(StrEnum):
    CONVERSION = "conversion"
    TIME = "time"
    SHARE = "share"
    RETENTION = "retention"
    RESULT = "result"


class Unit(StrEnum):
    SHARE = "share"
    DAYS = "days"


def is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3_650


def is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, str) and each for each in value)


def is_event_types(value: object) -> bool:
    return is_texts(value) and all(find_event_type(each) for each in value)  # type: ignore[attr-defined]


REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a metric: what it must be, and its default (REQUIRED: there is none)."""

    is_valid: Callable[[object], bool]
    default: object = REQUIRED


COMMON = {
    "grain": Parameter(lambda value: value in (Grain.MONTH, Grain.WEEK), Grain.MONTH.value),
    "headline_days": Parameter(is_days, 90),
}
FOLLOWED = {"horizon_days": Parameter(is_days)}
STAGED = {
    **COMMON,
    **FOLLOWED,
    "stages_after": Parameter(is_texts),
    "stage": Parameter(lambda value: isinstance(value, str), ""),
}
ACTIVE = {
    "event_types": Parameter(is_event_types, list(QUALIFYING)),
    "trailing_days": Parameter(is_days, 30),
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """The events that can move a metric: their types and, where `keys` isn't empty, only those about these keys."""

    types: frozenset[str]
    keys: frozenset[str] = frozenset()

    def is_touched_by(self, event_type: str, props: Mapping[str, Any]) -> bool:
        if event_type not in self.types:
            return False
        return not self.keys or (props.get("key") or props.get("journey")) in self.keys


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


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric. `formula_version` grows when the same parameters would give another number."""

    code: str
    words: Words
    kind: MetricKind
    unit: Unit
    direction: Direction
    formula_id: str
    formula_version: int
    explanation: Words
    parameters: Mapping[str, Parameter]
    periods: Callable[[Study], list[Period]] = field(repr=False)
    open: Callable[[DuckDBPyConnection, Study], Counter] = field(repr=False)
    inputs_of: Callable[[str, Params], Inputs] = field(repr=False)

    def name(self, params: Params, language: str) -> str:
        """Return the metric's name, with its parameters where they belong to it ("Retention at 3 months")."""
        return self.words.in_language(language).format(**_speakable(params, language))

    def explain(self, params: Params, language: str) -> str:
        """Say in a sentence what is counted over what, with the parameters in it."""
        return self.explanation.in_language(language).format(**_speakable(params, language))

    def complete(self, params: Params) -> dict[str, Any]:
        """Return the metric's own parameters with defaults filled in; those of other metrics are left out.

        Raises:
            ValueError: names the first parameter that is absent, unknown to every metric, or not what it must be.
        """
        unknown = next((name for name in params if name not in ALL_PARAMETERS), None)
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
        readings = [self._read(period, count(period)) for period in self.periods(study)]
        return _without_empty_start(readings)

    def people(
        self, db: DuckDBPyConnection, target: Target, params: Params, now: datetime, company: Company
    ) -> dict[str, Count]:
        """Return who stands behind the headline window ("window") and behind what is under way ("open")."""
        study = _study(target, params, now, company)
        found = self.periods(study)
        count = self.open(db, study)
        under_way = next(each for each in found if each.grain is Grain.OPEN)
        return {Grain.WINDOW.value: count(periods.headline(found)), Grain.OPEN.value: count(under_way)}

    def _read(self, period: Period, count: Count) -> Reading:
        numerator, denominator = int(count.is_success.sum()), len(count.members)
        interval = rules.wilson_interval(numerator, denominator) if self.unit is Unit.SHARE else None
        low, high = interval or (None, None)
        return Reading(
            grain=period.grain.value,
            period_start=period.start,
            period_end=period.end,
            numerator=numerator,
            denominator=denominator,
            value=count.value,
            low=low,
            high=high,
            n_censored=count.n_censored,
            maturity="final" if period.is_final else "provisional",
            detail=dict(count.detail),
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
        elif name == "event_types":
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


def _stage_inputs(target_key: str, params: Params) -> Inputs:
    own = params.get("stage") or target_key
    return Inputs(frozenset({"stage.entered"}), frozenset([own, *params["stages_after"]]))


def _activity_inputs(_target_key: str, params: Params) -> Inputs:
    return Inputs(frozenset([*params["event_types"], "order.refunded", "member.registered", "member.left"]))


def _case_inputs(target_key: str, _params: Params) -> Inputs:
    return Inputs(
        frozenset({"journey.entered", "journey.goal_reached", "journey.left"}), frozenset({f"case:{target_key}"})
    )


DEFINITIONS: Final = (
    Definition(
        code="M1",
        words=Words("Келесі кезеңге өту", "Переход на следующий этап", "Stage conversion"),
        kind=MetricKind.CONVERSION,
        unit=Unit.SHARE,
        direction=Direction.UP,
        formula_id="stage-conversion",
        formula_version=1,
        explanation=Words(
            "Мерзім ішінде осы кезеңге алғаш кірген адамдардың {horizon_days} ішінде кейінгі кез келген кезеңге өткен"
            " үлесі. Кезеңді аттап кету де өту болып саналады.",
            "Доля людей, которые за период впервые вошли в этап и не позже чем через {horizon_days} вошли в любой"
            " следующий. Пропуск этапа считается прохождением.",
            "Of the people who first entered the stage in the period, the share who entered any later stage within"
            " {horizon_days}. Skipping a stage counts as passing it.",
        ),
        parameters=STAGED,
        periods=formulas.cohort_periods,
        open=formulas.open_conversion,
        inputs_of=_stage_inputs,
    ),
    Definition(
        code="M2",
        words=Words("Кезеңнен өту уақыты", "Время прохождения этапа", "Transit time"),
        kind=MetricKind.TIME,
        unit=Unit.DAYS,
        direction=Direction.DOWN,
        formula_id="stage-transit-time",
        formula_version=1,
        explanation=Words(
            "{horizon_days} ішінде келесі кезеңге өткендердің осы кезеңге кіргеннен өткенге дейінгі уақытының"
            " медианасы, күнмен. Қасында — 90-процентиль және өтпегендерді де ескеретін Каплан–Мейер медианасы.",
            "Медиана времени в днях от входа в этап до входа в следующий у тех, кто прошёл не позже чем через"
            " {horizon_days}. Рядом — 90-й процентиль и медиана Каплана–Мейера, которая учитывает и непрошедших.",
            "The median time in days from entering the stage to entering a later one, among those who did so within"
            " {horizon_days}. Beside it the 90th percentile, and the Kaplan–Meier median, which also counts those"
            " who have not passed.",
        ),
        parameters=STAGED,
        periods=formulas.cohort_periods,
        open=formulas.open_transit_time,
        inputs_of=_stage_inputs,
    ),
    Definition(
        code="M4",
        words=Words("Белсенділер үлесі", "Доля активных", "Active share"),
        kind=MetricKind.SHARE,
        unit=Unit.SHARE,
        direction=Direction.UP,
        formula_id="active-share",
        formula_version=1,
        explanation=Words(
            "Тіркелгеніне кемінде {trailing_days} болған және сол мерзімнің басында кетпеген адамдардың осы мерзімде"
            " кемінде {days} түрлі күні әрекет еткен үлесі. Әрекеттер: {event_types}. Қайтарылған тапсырыс саналмайды.",
            "Доля тех, у кого были действия в {days} разных дня или больше за последние {trailing_days}, среди"
            " зарегистрированных раньше этого срока и не ушедших к его началу. Действия: {event_types}."
            " Возвращённый заказ не считается.",
            "Of the people registered before the last {trailing_days} and not gone by their start, the share with"
            " actions on at least {days} different days of them. Actions: {event_types}. A refunded order"
            " doesn't count.",
        ),
        parameters={**COMMON, **ACTIVE, "days": Parameter(is_days, 2)},
        periods=formulas.snapshot_periods,
        open=formulas.open_active_share,
        inputs_of=_activity_inputs,
    ),
    Definition(
        code="M5",
        words=Words("{months} айдан кейін қалғандар", "Удержание через {months} мес.", "Retention at {months} months"),
        kind=MetricKind.RETENTION,
        unit=Unit.SHARE,
        direction=Direction.UP,
        formula_id="retention-at-anniversary",
        formula_version=1,
        explanation=Words(
            "Мерзім ішінде тіркелген адамдардың {months} айдан кейін кетпеген және сол күннің алдындағы"
            " {trailing_days} ішінде кемінде бір әрекеті бар үлесі. Әрекеттер: {event_types}.",
            "Доля зарегистрированных за период, кто через {months} мес. не ушёл и сделал хотя бы одно действие за"
            " {trailing_days} до этого дня. Действия: {event_types}.",
            "Of the people who registered in the period, the share who {months} calendar months later had not left"
            " and had at least one action in the {trailing_days} before that day. Actions: {event_types}.",
        ),
        parameters={**COMMON, **ACTIVE, "months": Parameter(lambda value: value in (3, 6), 3)},
        periods=formulas.anniversary_periods,
        open=formulas.open_retention,
        inputs_of=_activity_inputs,
    ),
    Definition(
        code="M9",
        words=Words("Сәтті аяқталған кейстер", "Успешные кейсы", "Successful cases"),
        kind=MetricKind.RESULT,
        unit=Unit.SHARE,
        direction=Direction.UP,
        formula_id="successful-cases",
        formula_version=1,
        explanation=Words(
            "Мерзім ішінде анықталған және аяқталған (не мерзімі өткен) кейстердің {horizon_days} ішінде нәтижеге"
            " жеткен үлесі.",
            "Доля кейсов с успешным исходом не позже чем через {horizon_days} среди обнаруженных за период и уже"
            " закрытых или с истёкшим сроком.",
            "Of the case's instances detected in the period and decided (closed, or their time is over), the share"
            " that ended well within {horizon_days}.",
        ),
        parameters={**COMMON, **FOLLOWED},
        periods=formulas.cohort_periods,
        open=formulas.open_success,
        inputs_of=_case_inputs,
    ),
)
BY_CODE: Final = {definition.code: definition for definition in DEFINITIONS}
ALL_PARAMETERS: Final = frozenset(name for definition in DEFINITIONS for name in definition.parameters)


def find_definition(code: str) -> Definition | None:
    return BY_CODE.get(code)
