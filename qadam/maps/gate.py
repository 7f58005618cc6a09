"""Look at a map document and its cases with the eyes of the publish gate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from qadam.cases import queries as cases
from qadam.cases.models import Polarity
from qadam.cases.reading import NOTHING
from qadam.lib import clock
from qadam.maps.bindings import CASE, MAP, STAGE, Target, Whole, gather, plan_bindings
from qadam.maps.documents import MapDocument, StagePlan
from qadam.maps.gate_rules import Candidate, Failure, Fault, GateMetric, GateObject, find_failures
from qadam.metrics import operations as metrics
from qadam.metrics import queries as metric_queries
from qadam.metrics.registry import BY_CODE
from qadam.people.models import User
from qadam.people.queries import get_company
from qadam.segments.definitions import current_segmentations

Measured = Mapping[Target, tuple[GateMetric, ...]]


def rehearse(parsed: MapDocument, *, actor: User | None, now: datetime) -> None:
    """Compute once what the map would measure, so that the gate knows whether it can be. Outside of any transaction.

    Raises:
        FaultyDocument: an owner isn't an active user.
    """
    planned = plan_bindings(gather(parsed, actor=actor))
    metrics.rehearse_bindings([(target, each) for target, group in planned.items() for each in group], now=now)


def find_failures_of(parsed: MapDocument, *, actor: User | None, now: datetime) -> list[Failure]:
    """Return everything that keeps this document from being published with the newest versions of its cases.

    Raises:
        FaultyDocument: an owner isn't an active user.
    """
    whole = gather(parsed, actor=actor)
    return find_failures(_candidate_of(whole, now))


def _candidate_of(whole: Whole, now: datetime) -> Candidate:
    parsed, measured = whole.parsed, _measure(whole, now)
    today = clock.local_date(now, clock.zone_of(get_company().zone, "UTC"))
    seen = {each.code for each in parsed.touchpoints if each.event_types}
    segmentations = current_segmentations()
    known = {f"{key}/{each['key']}" for key, row in segmentations.items() for each in row.document["segments"]}
    is_known = not parsed.segmentation or parsed.segmentation in segmentations
    return Candidate(
        map=GateObject(
            "map", parsed.slug, parsed.name, measured.get((MAP, parsed.slug), ()), segments=(parsed.segmentation,)
        ),
        stages=[_stage(whole, each, measured, seen) for each in parsed.stages],
        cases=[_case(whole, key, measured, now) for key in parsed.cases],
        touchpoints=[GateObject("touchpoint", each.code, each.name) for each in parsed.touchpoints],
        languages=parsed.languages,
        segments=known if is_known else None,
        next_review_on=next_review_on(parsed, today),
        today=today,
        now=now,
    )


def next_review_on(parsed: MapDocument, today: date) -> date:
    """Return the day of the next review: the one that the document names, or so many days from today."""
    return parsed.next_review_on or today + timedelta(days=parsed.next_review_days)


def _stage(whole: Whole, stage: StagePlan, measured: Measured, seen: set[str]) -> GateObject:
    return GateObject(
        "stage",
        stage.key,
        stage.name,
        measured.get((STAGE, whole.stage_key(stage.key)), ()),
        entry=stage.entry,
        is_seen=any(use.code in seen for use in stage.touchpoints),
        segments=tuple(f"{whole.parsed.segmentation}/{key}" for key in stage.emotion.by_segment),
    )


def _case(whole: Whole, key: str, measured: Measured, now: datetime) -> GateObject:
    case = whole.cases.get(key)
    if case is None:
        return GateObject("case", key, NOTHING, is_known=False)
    problems = cases.problems_of(whole.versions[key], now=now)
    return GateObject(
        "case",
        key,
        case.name,
        measured.get((CASE, key), ()),
        stage=case.stage,
        is_positive=case.polarity == Polarity.POSITIVE,
        segments=case.segments,
        problems=tuple((Fault(each.fault), each.detail) for each in problems),
    )


def _measure(whole: Whole, now: datetime) -> Measured:
    planned = plan_bindings(whole)
    wanted = [(target, each) for target, group in planned.items() for each in group]
    runs = iter(metric_queries.last_runs(wanted))
    return {target: tuple(_metric(each, next(runs)) for each in group) for target, group in planned.items()}


def _metric(new: metrics.NewBinding, run: metric_queries.Run) -> GateMetric:
    return GateMetric(
        code=new.code,
        kind=BY_CODE[new.code].kind.value,
        is_mandatory=new.role == "mandatory",
        has_target=new.target is not None,
        has_owner=new.owner_id is not None,
        ran_at=run.ran_at,
        error=run.error,
    )
