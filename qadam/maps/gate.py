"""Look at a map document and its cases with the eyes of the publish gate."""

from collections.abc import Iterable

from qadam.cases import documents as case_documents
from qadam.cases import queries as cases
from qadam.cases.models import CaseVersion
from qadam.cases.reading import NOTHING, MetricPlan
from qadam.maps import rules
from qadam.maps.documents import MapDocument
from qadam.maps.rules import Failure, GateObject


def find_failures_of(parsed: MapDocument) -> list[Failure]:
    """Return everything that keeps this document from being published with the newest versions of its cases."""
    stages = [
        GateObject("stage", each.key, each.name, _mandatory(each.metrics), _kinds(each.metrics), entry=each.entry)
        for each in parsed.stages
    ]
    known = cases.newest_versions(parsed.cases)
    return rules.find_failures(
        GateObject("map", parsed.slug, parsed.name),
        stages,
        [_case_object(key, known.get(key)) for key in parsed.cases],
        parsed.languages,
    )


def _case_object(key: str, version: CaseVersion | None) -> GateObject:
    if version is None:
        return GateObject("case", key, NOTHING, is_known=False)
    parsed = case_documents.parse(version.document)
    return GateObject("case", key, parsed.name, _mandatory(parsed.metrics), stage=parsed.stage)


def _mandatory(plans: Iterable[MetricPlan]) -> frozenset[str]:
    return frozenset(plan.kind for plan in plans if plan.is_mandatory)


def _kinds(plans: Iterable[MetricPlan]) -> frozenset[str]:
    return frozenset(plan.kind for plan in plans)
