"""What opens beside the board: a metric with its definition and people, a case with its story."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qadam.cases import queries as cases
from qadam.cases import rules as case_rules
from qadam.cases.models import CaseVersion, Polarity
from qadam.lib.text import words_of
from qadam.maps.assembly import explain_rule
from qadam.maps.board import MetricFace
from qadam.maps.faces import face_of, faces_of
from qadam.maps.models import MapVersion, Stage
from qadam.maps.rules import full_key, split_key
from qadam.maps.trend import Trend, draw_trend
from qadam.metrics import queries as metrics
from qadam.metrics.errors import UnknownBinding
from qadam.metrics.models import MetricBinding
from qadam.metrics.queries import MetricChip, SeriesPoint
from qadam.metrics.registry import Unit


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period of the trend as the table shows it."""

    point: SeriesPoint
    figure: str


@dataclass(frozen=True, slots=True)
class MetricPanel:
    """A metric in full. `target_name` is the stage or case that it hangs on; `interval` "34–43 %"; "" without one."""

    chip: MetricChip
    face: MetricFace
    target_name: str
    interval: str
    p90: str
    km_median: str
    is_share: bool
    trend: Trend | None
    rows: tuple[PeriodRow, ...]
    """Newest first."""
    now: datetime


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A case in full, its rules in words."""

    key: str
    name: str
    is_problem: bool
    stage_name: str
    open_count: int
    context: str
    causes: tuple[str, ...]
    client_reaction: str
    company_reaction: str
    measures: tuple[str, ...]
    result: str
    detect: str
    exclude: str
    success: str
    failure: str
    horizon_days: int
    journey: str
    number: int
    published_at: datetime | None
    faces: tuple[MetricFace, ...]


def metric_panel(binding_id: int, language: str, now: datetime) -> MetricPanel:
    """Return one metric with its definition, counts and trend.

    Raises:
        UnknownBinding: no stage, case or map has this metric (any more).
    """
    binding = MetricBinding.objects.active().filter(id=binding_id).first()
    if binding is None:
        raise UnknownBinding
    target = (binding.target_kind, binding.target_key)
    chip = next(each for each in metrics.chips([target], language, now)[target] if each.binding_id == binding_id)
    unit, points = Unit(chip.unit), metrics.series(binding_id)
    return MetricPanel(
        chip=chip,
        face=face_of(chip, language),
        target_name=_target_name(target, language),
        interval=_interval(chip, unit, language),
        p90=_days(chip.detail.get("p90"), language),
        km_median=_days(chip.detail.get("km_median"), language),
        is_share=unit is Unit.SHARE,
        trend=draw_trend(points, chip.target, is_share=unit is Unit.SHARE),
        rows=tuple(PeriodRow(point, _figure(point.value, unit, language)) for point in reversed(points)),
        now=now,
    )


def _figure(value: float | None, unit: Unit, language: str) -> str:
    text = metrics.text_of(value, unit, language)
    return f"{text.number} {text.unit}".strip()


def _days(value: float | None, language: str) -> str:
    return _figure(value, Unit.DAYS, language) if value is not None else ""


def _interval(chip: MetricChip, unit: Unit, language: str) -> str:
    if chip.low is None or chip.high is None:
        return ""
    low, high = metrics.text_of(chip.low, unit, language), metrics.text_of(chip.high, unit, language)
    return f"{low.number}–{high.number} {high.unit}"


def _target_name(target: tuple[str, str], language: str) -> str:
    kind, key = target
    if kind == "case":
        version = cases.published_versions([key]).get(key)
        return words_of(version.name).in_language(language) if version else key
    slug, stage_key = split_key(key) if kind == "stage" else (key, "")
    stages = Stage.objects.filter(version__in=MapVersion.objects.current(), version__map__slug=slug, key=stage_key)
    stage = stages.first()
    if stage is not None:
        return f"{stage.position} · {words_of(stage.name).in_language(language)}"
    current = MapVersion.objects.current().filter(map__slug=slug).first()
    return words_of(current.name).in_language(language) if current else key


def case_panel(key: str, language: str, now: datetime) -> CasePanel:
    """Return one published case with its story and its rules in words.

    Raises:
        UnknownCase: there is none.
    """
    version = cases.get_published(key)
    target = ("case", key)

    def say(document: Mapping[str, str]) -> str:
        return words_of(document).in_language(language)

    def rule(document: object) -> str:
        return explain_rule(document, language) if document else ""

    return CasePanel(
        key=key,
        name=say(version.name),
        is_problem=version.polarity == Polarity.NEGATIVE,
        stage_name=_stage_of(version, language),
        open_count=cases.open_counts().get(key, 0),
        context=say(version.context),
        causes=tuple(map(say, version.causes)),
        client_reaction=say(version.client_reaction),
        company_reaction=say(version.company_reaction),
        measures=tuple(map(say, version.measures)),
        result=say(version.result),
        detect=rule(version.detect),
        exclude=rule(version.exclude),
        success=rule(version.success),
        failure=rule(version.failure),
        horizon_days=version.horizon.days,
        journey=case_rules.journey_slug(key),
        number=version.number,
        published_at=version.published_at,
        faces=tuple(faces_of(metrics.chips([target], language, now), language)[target]),
    )


def _stage_of(version: CaseVersion, language: str) -> str:
    """Name the stage of a case on the map that pins it; "" for a case of every stage."""
    pinning = MapVersion.objects.current().filter(pins__case_version=version).select_related("map").first()
    if pinning is None or not version.stage_key:
        return ""
    return _target_name(("stage", full_key(pinning.map.slug, version.stage_key)), language)
