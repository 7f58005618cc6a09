"""The publish gate: eight rules that a version passes or is refused by. Plain Python. Source: journey-map.md 2.3."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from qadam.lib.text import Words

FRESH = timedelta(hours=24)
"""A mandatory metric has run without error not longer ago than this."""
ONWARD_KINDS = ("conversion", "time")
"""Metrics of the way to the next stage."""


class Fault(StrEnum):
    """Why a version can't be published."""

    NO_CONVERSION = "no_conversion"
    NO_RETENTION = "no_retention"
    NO_NEXT_STAGE = "no_next_stage"
    NO_RESULT = "no_result"
    NO_RESPONSE = "no_response"
    NO_CHURN = "no_churn"
    NO_SATISFACTION = "no_satisfaction"
    NO_TARGET = "no_target"
    NO_OWNER = "no_owner"
    METRIC_NOT_RUN = "metric_not_run"
    METRIC_FAILED = "metric_failed"
    NO_DETECTION = "no_detection"
    NO_SUCCESS = "no_success"
    NO_FAILURE = "no_failure"
    NO_MEASURE = "no_measure"
    UNKNOWN_CONTENT = "unknown_content"
    EXAMPLE_MISSING = "example_missing"
    EXAMPLE_FAILS = "example_fails"
    RULES_OVERLAP = "rules_overlap"
    NO_TOUCHPOINT = "no_touchpoint"
    NO_PROBLEM_CASE = "no_problem_case"
    NO_POSITIVE_CASE = "no_positive_case"
    NAME_MISSING = "name_missing"
    REVIEW_PAST = "review_past"
    SAME_ENTRY = "same_entry"
    UNKNOWN_CASE = "unknown_case"
    CASE_OFF_THE_MAP = "case_off_the_map"
    UNKNOWN_SEGMENT = "unknown_segment"


MAP_WIDE = {"response": Fault.NO_RESPONSE, "churn": Fault.NO_CHURN, "satisfaction": Fault.NO_SATISFACTION}
"""Kinds of metrics that a map must have somewhere."""


@dataclass(frozen=True, slots=True)
class GateMetric:
    """A metric that a document asks for, and how its last computation went. `ran_at` None: it never ran."""

    code: str
    kind: str
    is_mandatory: bool
    has_target: bool
    has_owner: bool
    ran_at: datetime | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class GateObject:
    """What the gate looks at in one map, stage, touchpoint or case.

    `entry` is the canonical document of a stage's entry rule; `stage` is the stage that a case belongs to ("" = every
    stage); `is_seen`: something in the log tells that it happened; `problems` are a case's own faults with a detail.
    """

    kind: str
    key: str
    name: Words
    metrics: tuple[GateMetric, ...] = ()
    entry: Any = None
    stage: str = ""
    is_known: bool = True
    is_seen: bool = True
    is_positive: bool = False
    segments: tuple[str, ...] = ()
    """Segments of the map's segmentation that it names."""
    problems: tuple[tuple[Fault, str], ...] = ()

    def has(self, kind: str, *, only_mandatory: bool = True) -> bool:
        return any(each.kind == kind and (each.is_mandatory or not only_mandatory) for each in self.metrics)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that wants to be published. `segments`: those of its segmentation; None: it has none."""

    map: GateObject
    stages: Sequence[GateObject]
    cases: Sequence[GateObject]
    touchpoints: Sequence[GateObject]
    languages: Collection[str]
    segments: Collection[str] | None
    next_review_on: date
    today: date
    now: datetime

    @property
    def objects(self) -> list[GateObject]:
        return [self.map, *self.stages, *self.touchpoints, *(case for case in self.cases if case.is_known)]


@dataclass(frozen=True, slots=True)
class Failure:
    """One object that keeps a version from being published, and why. `detail` fills the sentence."""

    fault: Fault
    kind: str
    key: str
    name: Words
    detail: str = ""

    @property
    def anchor(self) -> str:
        """The id of the object on the page of the draft."""
        return f"{self.kind}-{self.key}"


def find_failures(candidate: Candidate) -> list[Failure]:
    """Return everything that keeps a version from being published; empty when it may be.

    1 every stage has a mandatory metric of conversion, the last one of retention (and none of the way onward);
    2 every case has a mandatory metric of its result; 3 response time, churn and satisfaction hang somewhere;
    4 every mandatory metric has a target and an owner and ran in the last 24 hours without error (0 of 0 is no error);
    5 every case is detected, ends well or badly, and has a measure that can run; 6 every stage has a touchpoint that
    the log sees and a problem case, the map a positive one; 7 names in every declared language; 8 a review to come.
    Beside them: no two stages with one entry rule, no case of a stage that isn't there, no unknown segment.
    """
    return [
        *_stages_without_metric(candidate.stages),
        *_cases_without_metric(candidate.cases),
        *_map_without_metric(candidate),
        *_metrics_not_ready(candidate),
        *_cases_that_cannot_run(candidate.cases),
        *_stages_without_life(candidate),
        *_missing_names(candidate),
        *_review_past(candidate),
        *_same_entries(candidate.stages),
        *_cases_off_the_map(candidate.cases, {stage.key for stage in candidate.stages}),
        *_unknown_segments(candidate),
    ]


def _stages_without_metric(stages: Sequence[GateObject]) -> Iterator[Failure]:
    for stage in stages[:-1]:
        if not stage.has("conversion"):
            yield _failure(Fault.NO_CONVERSION, stage)
    for last in stages[-1:]:
        if not last.has("retention"):
            yield _failure(Fault.NO_RETENTION, last)
        if any(last.has(kind, only_mandatory=False) for kind in ONWARD_KINDS):
            yield _failure(Fault.NO_NEXT_STAGE, last)


def _cases_without_metric(cases: Iterable[GateObject]) -> Iterator[Failure]:
    for case in cases:
        if not case.is_known:
            yield _failure(Fault.UNKNOWN_CASE, case)
        elif not case.has("result"):
            yield _failure(Fault.NO_RESULT, case)


def _map_without_metric(candidate: Candidate) -> Iterator[Failure]:
    bound = {each.kind for every in candidate.objects for each in every.metrics}
    for kind, fault in MAP_WIDE.items():
        if kind not in bound:
            yield _failure(fault, candidate.map)


def _metrics_not_ready(candidate: Candidate) -> Iterator[Failure]:
    for every in candidate.objects:
        for metric in every.metrics:
            if metric.is_mandatory:
                yield from (_failure(fault, every, metric.code) for fault in _unready(metric, candidate.now))


def _unready(metric: GateMetric, now: datetime) -> Iterator[Fault]:
    if not metric.has_target:
        yield Fault.NO_TARGET
    if not metric.has_owner:
        yield Fault.NO_OWNER
    if metric.error:
        yield Fault.METRIC_FAILED
    elif metric.ran_at is None or metric.ran_at < now - FRESH:
        yield Fault.METRIC_NOT_RUN


def _cases_that_cannot_run(cases: Iterable[GateObject]) -> Iterator[Failure]:
    for case in cases:
        for fault, detail in case.problems:
            yield _failure(fault, case, detail)


def _stages_without_life(candidate: Candidate) -> Iterator[Failure]:
    troubled = {case.stage for case in candidate.cases if case.is_known and not case.is_positive}
    for stage in candidate.stages:
        if not stage.is_seen:
            yield _failure(Fault.NO_TOUCHPOINT, stage)
        if stage.key not in troubled:
            yield _failure(Fault.NO_PROBLEM_CASE, stage)
    if not any(case.is_known and case.is_positive for case in candidate.cases):
        yield _failure(Fault.NO_POSITIVE_CASE, candidate.map)


def _missing_names(candidate: Candidate) -> Iterator[Failure]:
    for each in candidate.objects:
        missing = [code for code in candidate.languages if not getattr(each.name, code)]
        if missing:
            yield _failure(Fault.NAME_MISSING, each, ", ".join(missing))


def _review_past(candidate: Candidate) -> Iterator[Failure]:
    if candidate.next_review_on <= candidate.today:
        yield _failure(Fault.REVIEW_PAST, candidate.map, candidate.next_review_on.isoformat())


def _same_entries(stages: Iterable[GateObject]) -> Iterator[Failure]:
    seen: dict[str, GateObject] = {}
    for stage in stages:
        first = seen.setdefault(json.dumps(stage.entry, sort_keys=True), stage)
        if first is not stage:
            yield _failure(Fault.SAME_ENTRY, stage, first.key)


def _cases_off_the_map(cases: Iterable[GateObject], stage_keys: Collection[str]) -> Iterator[Failure]:
    for case in cases:
        if case.stage and case.stage not in stage_keys:
            yield _failure(Fault.CASE_OFF_THE_MAP, case, case.stage)


def _unknown_segments(candidate: Candidate) -> Iterator[Failure]:
    known = candidate.segments
    if known is None:
        yield _failure(Fault.UNKNOWN_SEGMENT, candidate.map, ", ".join(candidate.map.segments))
    for each in [*candidate.stages, *candidate.cases]:
        unknown = [key for key in each.segments if key not in (known or ())]
        if unknown:
            yield _failure(Fault.UNKNOWN_SEGMENT, each, ", ".join(unknown))


def _failure(fault: Fault, each: GateObject, detail: str = "") -> Failure:
    return Failure(fault, each.kind, each.key, each.name, detail)
