"""The report of the publish gate on a draft: each stage and case with its rule, its metrics and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from qadam import conditions
from qadam.cases import documents as case_documents
from qadam.cases import queries as cases
from qadam.cases.reading import MetricPlan
from qadam.maps import documents, gate
from qadam.maps.gate_rules import Failure, Fault
from qadam.maps.models import MapVersion
from qadam.metrics import queries as metrics
from qadam.metrics.registry import BY_CODE
from qadam.people.models import User


@dataclass(frozen=True, slots=True)
class Checked:
    """One object of a draft. `rule`: its entry or detection in words; `metrics`: "M1 · conversion ≥ 30 %"."""

    anchor: str
    name: str
    rule: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    stages: tuple[Checked, ...]
    cases: tuple[Checked, ...]
    failures: tuple[Failure, ...]


def report_on(version: MapVersion, language: str, *, actor: User | None, now: datetime) -> Report:
    """Return what the gate says about a draft now, in one language, if `actor` were to publish it.

    That a metric hasn't run yet isn't said: publishing computes each of them first.
    """
    parsed = documents.parse(version.document)
    stages = tuple(
        Checked(
            f"stage-{each.key}",
            each.name.in_language(language) or each.key,
            _in_words(each.entry, language),
            _metrics(each.metrics, language),
        )
        for each in parsed.stages
    )
    newest = cases.newest_versions(parsed.cases)
    known = {key: case_documents.parse(newest[key].document) for key in parsed.cases if key in newest}
    checked = tuple(
        Checked(
            f"case-{key}",
            known[key].name.in_language(language) if key in known else key,
            _in_words(known[key].detect, language) if key in known else "",
            _metrics(known[key].metrics, language) if key in known else (),
        )
        for key in parsed.cases
    )
    failures = gate.find_failures_of(parsed, actor=actor, now=now)
    return Report(stages, checked, tuple(each for each in failures if each.fault is not Fault.METRIC_NOT_RUN))


def _in_words(document: object, language: str) -> str:
    return conditions.explain(conditions.parse(document, where="rule"), language)


def _metrics(plans: Iterable[MetricPlan], language: str) -> tuple[str, ...]:
    return tuple(_metric(plan, language) for plan in plans if plan.is_mandatory)


def _metric(plan: MetricPlan, language: str) -> str:
    definition = BY_CODE[plan.code]
    params = {name: each.default for name, each in definition.parameters.items()} | dict(plan.params)
    target = metrics.text_of(plan.target, definition.unit, language)
    sign = "≥" if definition.direction == "up" else "≤"
    goal = f" {sign} {target.number} {target.unit}".rstrip() if plan.target is not None else ""
    return f"{definition.name({'months': params.get('months')}, language)}{goal}"
