"""Write the case library: drafts and their publishing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from qadam import conditions
from qadam.cases import documents, rules
from qadam.cases.documents import CaseDocument
from qadam.cases.errors import CaseWithoutResult
from qadam.cases.models import Case, CaseVersion
from qadam.cases.reading import MetricPlan
from qadam.jobs.transactions import write
from qadam.journeys import operations as journeys
from qadam.metrics import operations as metrics
from qadam.metrics.registry import MetricKind
from qadam.people.models import MembershipKind, User
from qadam.people.operations import write_audit
from qadam.segments import operations as segments
from qadam.segments.models import Mode, Rule

CASE = MembershipKind.CASE.value
WORD_FIELDS = ("name", "context", "client_reaction", "company_reaction", "result")
PLAIN_FIELDS = (
    "polarity", "priority", "detect", "exclude", "success", "failure", "horizon", "cooldown", "content_hash",
)  # fmt: skip


@write()
def save_case(document: object, *, actor: User | None, now: datetime) -> CaseVersion:
    """Save a case document as the draft of its case; a document equal to the newest version changes nothing.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    parsed = documents.parse(document)
    case, _is_new = Case.objects.get_or_create(key=parsed.key)
    newest = case.versions.newest_first().first()
    if newest is not None and newest.content_hash == parsed.content_hash:
        return newest
    if newest is None or newest.published_at is not None:
        number = newest.number + 1 if newest else 1
        return CaseVersion.objects.create(
            case=case, number=number, created_at=now, created_by=actor, **_fields_of(parsed)
        )
    CaseVersion.objects.filter(id=newest.id, published_at__isnull=True).update(
        created_at=now, created_by=actor, **_fields_of(parsed)
    )
    newest.refresh_from_db()
    return newest


def _fields_of(parsed: CaseDocument) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(parsed, name) for name in PLAIN_FIELDS}
    fields |= {name: getattr(parsed, name).as_document() for name in WORD_FIELDS}
    fields |= {name: [text.as_document() for text in getattr(parsed, name)] for name in ("causes", "measures")}
    return fields | {"stage_key": parsed.stage, "document": dict(parsed.source)}


@write()
def publish_case(version: CaseVersion, *, actor: User | None, now: datetime) -> None:
    """Freeze a version and let it run: its journey, its detection for everybody, its metrics. Once published: nothing.

    Raises:
        CaseWithoutResult: no mandatory metric measures its result.
        journeys' own errors where the measure isn't a valid journey.
    """
    if not CaseVersion.objects.filter(id=version.id, published_at__isnull=True).update(
        published_at=now, published_by=actor
    ):
        return
    version.refresh_from_db()
    parsed = documents.parse(version.document)
    if not has_result_metric(parsed):
        raise CaseWithoutResult(case=parsed.key)
    journeys.publish_journey(rules.compile_journey(version.document), actor=actor, now=now)
    _start_detection(parsed, now)
    params = {"horizon_days": max(parsed.horizon.days, 1)}
    metrics.set_bindings(CASE, parsed.key, [new_binding(plan, params) for plan in parsed.metrics], now=now)
    detail = {"number": version.number, "content_hash": version.content_hash}
    write_audit(actor=actor, action="case.published", target=f"case:{parsed.key}", detail=detail, now=now)


def _start_detection(parsed: CaseDocument, now: datetime) -> None:
    condition = conditions.parse(rules.detection_rule(parsed.source), where=parsed.key)
    changed = segments.define_rules(CASE, {parsed.key: (condition, Mode.LIVE)}, now=now)
    segments.evaluate_everybody(changed, now=now)


def has_result_metric(parsed: CaseDocument) -> bool:
    """Tell whether a case has at least one mandatory metric of its result (rule 2 of the publish gate)."""
    return any(plan.is_mandatory and plan.kind == MetricKind.RESULT for plan in parsed.metrics)


def new_binding(plan: MetricPlan, params: dict[str, Any], *, owner_id: int | None = None) -> metrics.NewBinding:
    """Turn a metric of a document into a binding; parameters of the document win over those of its target."""
    return metrics.NewBinding(
        code=plan.code,
        role=plan.role,
        params=params | dict(plan.params),
        target=plan.target,
        watch=plan.watch,
        critical=plan.critical,
        owner_id=owner_id,
    )


@write()
def retire_cases(keys: Collection[str], *, actor: User | None, now: datetime) -> None:
    """Stop noticing cases that no map has any more: who is in one leaves. Journeys that have begun run to their end."""
    if not keys:
        return
    kept = {
        rule.key: (conditions.parse(rule.condition, where=rule.key), rule.mode)
        for rule in Rule.objects.filter(kind=CASE, is_active=True).exclude(key__in=keys)
    }
    segments.define_rules(CASE, kept, prefix="", now=now)
    for key in keys:
        metrics.set_bindings(CASE, key, [], now=now)
        write_audit(actor=actor, action="case.retired", target=f"case:{key}", detail={}, now=now)
