"""Write the case library: drafts and their publishing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from qadam import conditions
from qadam.cases import documents, rules
from qadam.cases.documents import CaseDocument
from qadam.cases.errors import CaseWithoutResult
from qadam.cases.models import Case, CaseFile, CaseVersion
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
    "polarity", "priority", "owner", "detect", "exclude", "success", "failure", "horizon", "cooldown", "sla",
    "holdout", "never_withheld", "content_hash",
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
    return fields | {
        "causes": [text.as_document() for text in parsed.causes],
        "measures": list(parsed.source["measures"]),
        "segments": list(parsed.segments),
        "stage_key": parsed.stage,
        "document": dict(parsed.source),
    }


@write()
def publish_case(version: CaseVersion, *, actor: User | None, now: datetime, owner_id: int | None = None) -> None:
    """Freeze a version and let it run: its journey, its detection for everybody, its metrics.

    A version that is published already only gets its metrics' owner anew; a retired case begins to look again.
    Who is in a file stays with the version they came in by.

    Raises:
        CaseWithoutResult: no mandatory metric measures its result.
        journeys' own errors where the measure isn't a valid journey.
    """
    parsed = documents.parse(version.document)
    if not has_result_metric(parsed):
        raise CaseWithoutResult(case=parsed.key)
    fresh = CaseVersion.objects.filter(id=version.id, published_at__isnull=True)
    is_new = bool(fresh.update(published_at=now, published_by=actor))
    is_back = bool(Case.objects.filter(id=version.case_id, retired_at__isnull=False).update(retired_at=None))
    metrics.set_bindings(CASE, parsed.key, plan_bindings(parsed, owner_id=owner_id), now=now)
    if not is_new and not is_back:
        return
    version.refresh_from_db()
    journeys.publish_journey(rules.compile_journey(version.document), actor=actor, now=now)
    _start_detection(parsed, now)
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
        owner_id=_user_id(plan.owner) or owner_id,
    )


def plan_bindings(parsed: CaseDocument, *, owner_id: int | None) -> list[metrics.NewBinding]:
    """Return the metrics of a case as they are bound when it is published; `owner_id` answers where it names nobody."""
    params = {"horizon_days": max(parsed.horizon.days, 1)}
    owner_id = _user_id(parsed.owner) or owner_id
    return [new_binding(plan, params, owner_id=owner_id) for plan in parsed.metrics]


def _user_id(email: str) -> int | None:
    if not email:
        return None
    return User.objects.filter(email__iexact=email, is_active=True).values_list("id", flat=True).first()


@write()
def retire_cases(keys: Collection[str], *, actor: User | None, now: datetime) -> None:
    """Stop noticing cases that no map has any more: who is in one leaves.

    Open files run to their end by their own rules; no measure begins in them and none is suggested any more.
    """
    if not keys:
        return
    retired = Case.objects.filter(key__in=keys, retired_at__isnull=True)
    CaseFile.objects.filter(case__in=retired, automatic_due_at__isnull=False).update(automatic_due_at=None)
    retired.update(retired_at=now)
    kept = {
        rule.key: (conditions.parse(rule.condition, where=rule.key), rule.mode)
        for rule in Rule.objects.filter(kind=CASE, is_active=True).exclude(key__in=keys)
    }
    segments.define_rules(CASE, kept, prefix="", now=now)
    for key in keys:
        metrics.set_bindings(CASE, key, [], now=now)
        write_audit(actor=actor, action="case.retired", target=f"case:{key}", detail={}, now=now)


@write()
def discard_draft(key: str) -> None:
    """Drop what was written about a case and never published. It may be left with no version."""
    CaseVersion.objects.filter(case__key=key, published_at__isnull=True).delete()
