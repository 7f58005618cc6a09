"""What opens beside the board: a metric with its definition and people, a case with its story."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qadam.cases import queries as cases
from qadam.cases import rules as case_rules
from qadam.cases.models import CaseVersion, Polarity
from qadam.lib.text import words_of
from qadam.maps.assembly import explain_rule
from qadam.maps.board import MetricFace
from qadam.maps.chosen import EVERYTHING, Choice, scope_of
from qadam.maps.faces import face_of
from qadam.maps.facts import Fact, facts_of
from qadam.maps.models import MapVersion
from qadam.maps.names import name_of_target
from qadam.maps.rules import full_key, split_key
from qadam.maps.trend import Trend, draw_trend
from qadam.maps.words import MEASURE_CHANNELS, TRIGGERS, score_text
from qadam.metrics import queries as metrics
from qadam.metrics import registry
from qadam.metrics.errors import UnknownBinding
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.metrics.queries import BreakdownRow, MetricChip, SeriesPoint
from qadam.metrics.rules import MIN_N
from qadam.metrics.units import TIMES, Unit
from qadam.segments.definitions import names_of_segments
from qadam.ui.formats import number_words


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period of the trend as the table shows it."""

    point: SeriesPoint
    figure: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """The metric in one segment, team or cohort. `is_small`: too few for a verdict. `query` opens the map for it."""

    name: str
    figure: str
    of: str
    interval: str
    bar: float
    """The length of its bar, 0–1."""
    is_small: bool
    query: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A metric divided. `by`: segment, team or cohort."""

    by: str
    rows: tuple[PartRow, ...]


@dataclass(frozen=True, slots=True)
class Restatement:
    """A final period that was computed again: what it had said, and when it was said anew."""

    start: datetime
    was: str
    now_says: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MetricPanel:
    """A metric in full. `target_name` is the stage or case that it hangs on; `interval` "34–43 %"; "" without one."""

    chip: MetricChip
    face: MetricFace
    target_name: str
    interval: str
    facts: tuple[Fact, ...]
    is_share: bool
    is_time: bool
    trend: Trend | None
    rows: tuple[PeriodRow, ...]
    """Newest first."""
    watermark: int | None
    """How far into the log was read."""
    restatements: tuple[Restatement, ...]
    owner: str
    segmentation: str
    is_filtered: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class MeasureInFull:
    """What is done in a case: who begins it, by which channel, and what is said."""

    name: str
    trigger: str
    icon: str
    channel: str
    script: str


@dataclass(frozen=True, slots=True)
class Arm:
    """How many of one group of a case ended well."""

    is_control: bool
    good: int
    total: int


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A case in full, its rules in words."""

    key: str
    name: str
    is_problem: bool
    stage_name: str
    open_count: int
    late_count: int
    context: str
    causes: tuple[str, ...]
    client_reaction: str
    company_reaction: str
    measures: tuple[MeasureInFull, ...]
    result: str
    detect: str
    exclude: str
    success: str
    failure: str
    horizon_days: int
    cooldown_days: int
    sla_hours: int
    holdout_percent: float
    never_withheld: bool
    segments: tuple[str, ...]
    owner: str
    journey: str
    number: int
    published_at: datetime | None
    faces: tuple[MetricFace, ...]
    arms: tuple[Arm, ...]
    """The treated and the control group, where both have people."""
    lift: str
    lift_interval: str


def metric_panel(binding_id: int, language: str, now: datetime, choice: Choice = EVERYTHING) -> MetricPanel:
    """Return one metric with its definition, counts and trend, of everybody or of a chosen segment and team.

    Raises:
        UnknownBinding: no stage, case or map has this metric (any more).
    """
    binding = MetricBinding.objects.active().filter(id=binding_id).select_related("owner").first()
    if binding is None:
        raise UnknownBinding
    target = (binding.target_kind, binding.target_key)
    segmentation = _segmentation_of(target)
    scope = scope_of(choice, segmentation)
    chips = metrics.chips([target], language, now, scope=scope)[target]
    chip = next(each for each in chips if each.binding_id == binding_id)
    unit = Unit(chip.unit)
    points = list(chip.series) if scope else metrics.series(binding_id)
    return MetricPanel(
        chip=chip,
        face=face_of(chip, language),
        target_name=name_of_target(target, language),
        interval=_interval(chip.low, chip.high, unit, language),
        facts=tuple(facts_of(chip, language)),
        is_share=unit is Unit.SHARE,
        is_time=unit in TIMES,
        trend=draw_trend(points, chip.target, is_share=unit is Unit.SHARE),
        rows=tuple(PeriodRow(point, _figure(point.value, unit, language)) for point in reversed(points)),
        watermark=_watermark(binding_id, chip),
        restatements=tuple(_restatements(binding_id, unit, language)),
        owner=(binding.owner.name or binding.owner.email) if binding.owner else "",
        segmentation=segmentation,
        is_filtered=scope is not None,
        now=now,
    )


def _segmentation_of(target: tuple[str, str]) -> str:
    """Return the segmentation of the map that a target is on."""
    kind, key = target
    slug = split_key(key)[0] if kind == "stage" else key if kind == "map" else ""
    current = MapVersion.objects.current()
    if kind == "case":
        current = current.filter(pins__case_version__case__key=key)
    elif slug:
        current = current.filter(map__slug=slug)
    return current.values_list("segmentation", flat=True).first() or ""


def _watermark(binding_id: int, chip: MetricChip) -> int | None:
    if chip.period_end is None:
        return None
    rows = MetricValue.objects.standing().filter(binding_id=binding_id, grain="window", period_end=chip.period_end)
    return rows.values_list("watermark", flat=True).first()


def _restatements(binding_id: int, unit: Unit, language: str) -> Iterator[Restatement]:
    rows = MetricValue.objects.standing().filter(binding_id=binding_id).exclude(restatement="")
    for row in rows.order_by("-computed_at")[:12]:
        yield Restatement(row.period_start, row.restatement, _figure(row.value, unit, language), row.computed_at)


def break_down(binding_id: int, by: str, language: str, now: datetime) -> Breakdown:
    """Return a metric divided by segment, team or cohort.

    Raises:
        UnknownBinding: no stage, case or map has this metric (any more).
        UnknownBreakdown: it can't be divided so.
    """
    binding = MetricBinding.objects.active().filter(id=binding_id).first()
    if binding is None:
        raise UnknownBinding
    segmentation = _segmentation_of((binding.target_kind, binding.target_key))
    rows = metrics.breakdown(binding_id, by, language, now, segmentation=segmentation)
    unit = registry.BY_CODE[binding.code].form_of(binding.params).unit
    top = max((each.value for each in rows if each.value is not None), default=0.0)
    return Breakdown(by, tuple(_part_row(each, by, unit, top, language) for each in rows))


def _part_row(row: BreakdownRow, by: str, unit: Unit, top: float, language: str) -> PartRow:
    is_small = row.n < MIN_N
    queries = {"segment": f"segment={row.key.rpartition('/')[2]}", "team": f"team={row.member_id}"}
    return PartRow(
        name=row.name,
        figure=f"{row.text.number} {row.text.unit}".strip(),
        of=f"{number_words(row.numerator, language)} / {number_words(row.denominator, language)}",
        interval="" if is_small else _interval(row.low, row.high, unit, language),
        bar=min(max(row.value / top, 0.0), 1.0) if row.value is not None and top > 0 and not is_small else 0.0,
        is_small=is_small,
        query=queries.get(by, ""),
    )


def _figure(value: float | None, unit: Unit, language: str) -> str:
    text = metrics.text_of(value, unit, language)
    return f"{text.number} {text.unit}".strip()


def _interval(low: float | None, high: float | None, unit: Unit, language: str) -> str:
    if low is None or high is None:
        return ""
    first, last = metrics.text_of(low, unit, language), metrics.text_of(high, unit, language)
    return f"{first.number}–{last.number} {last.unit}".strip()


def case_panel(key: str, language: str, now: datetime) -> CasePanel:
    """Return one published case with its story and its rules in words.

    Raises:
        UnknownCase: there is none.
    """
    version = cases.get_published(key)
    target = ("case", key)
    chips = metrics.chips([target], language, now)[target]

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
        late_count=cases.late_counts(now).get(key, 0),
        context=say(version.context),
        causes=tuple(map(say, version.causes)),
        client_reaction=say(version.client_reaction),
        company_reaction=say(version.company_reaction),
        measures=tuple(_measure(each, language) for each in version.measures),
        result=say(version.result),
        detect=rule(version.detect),
        exclude=rule(version.exclude),
        success=rule(version.success),
        failure=rule(version.failure),
        horizon_days=version.horizon.days,
        cooldown_days=version.cooldown.days if version.cooldown else 0,
        sla_hours=int(version.sla.total_seconds() // 3600) if version.sla else 0,
        holdout_percent=version.holdout / 100,
        never_withheld=version.never_withheld,
        segments=_segment_names(version.segments, language),
        owner=version.owner,
        journey=case_rules.journey_slug(key),
        number=version.number,
        published_at=version.published_at,
        faces=tuple(face_of(chip, language) for chip in chips),
        arms=_arms(chips),
        **_lift(chips, language),
    )


def _measure(measure: Mapping[str, Any], language: str) -> MeasureInFull:
    name, icon = TRIGGERS.get(str(measure.get("trigger", "")), TRIGGERS["manual"])
    return MeasureInFull(
        name=words_of(measure["name"]).in_language(language),
        trigger=str(name),
        icon=icon,
        channel=str(MEASURE_CHANNELS.get(str(measure.get("channel", "")), "")),
        script=words_of(measure["script"]).in_language(language) if measure.get("script") else "",
    )


def _segment_names(keys: Sequence[str], language: str) -> tuple[str, ...]:
    names = []
    for key in keys:
        segmentation, _slash, part = key.partition("/")
        name = names_of_segments(segmentation).get(part)
        names.append(name.in_language(language) if name else key)
    return tuple(names)


def _compared(chips: Sequence[MetricChip]) -> MetricChip | None:
    """Return the metric of a case whose control group was counted apart."""
    return next((chip for chip in chips if chip.detail.get("control")), None)


def _arms(chips: Sequence[MetricChip]) -> tuple[Arm, ...]:
    chip = _compared(chips)
    if chip is None:
        return ()
    good, total = chip.detail["control"]
    return (Arm(False, chip.numerator, chip.denominator), Arm(True, good, total))


def _lift(chips: Sequence[MetricChip], language: str) -> dict[str, str]:
    chip = _compared(chips)
    low, high = (chip.detail.get("low"), chip.detail.get("high")) if chip else (None, None)
    if chip is None or low is None or high is None:
        return {"lift": "", "lift_interval": ""}
    ends = [score_text(round(score * 100, 1), language) for score in (low, high)]
    return {"lift": face_of(chip, language).lift, "lift_interval": " … ".join(ends)}


def _stage_of(version: CaseVersion, language: str) -> str:
    """Name the stage of a case on the map that pins it; "" for a case of every stage."""
    pinning = MapVersion.objects.current().filter(pins__case_version=version).select_related("map").first()
    if pinning is None or not version.stage_key:
        return ""
    return name_of_target(("stage", full_key(pinning.map.slug, version.stage_key)), language)
