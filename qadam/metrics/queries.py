"""What pages ask about metrics. They read stored values; the log is opened for the people behind a number, when
somebody clicks, and for the numbers of a segment or a team.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import override

from qadam.lib.documents import hash_of
from qadam.metrics import alerts, registry, scopes, store
from qadam.metrics.alerts import OpenAlert
from qadam.metrics.bindings import NewBinding, complete_params
from qadam.metrics.chips import MetricChip, SeriesPoint, ValueText, chip_of, point_of, text_of
from qadam.metrics.errors import FaultyParameter, UnknownBinding, UnknownBreakdown, UnknownMetric, UnknownPart
from qadam.metrics.models import MetricBinding, MetricValue, Rehearsal
from qadam.metrics.periods import Grain
from qadam.metrics.registry import TREND, Target
from qadam.metrics.scopes import BreakdownRow, Scope
from qadam.people.queries import get_company

__all__ = [
    "BindingState", "BreakdownRow", "MetricChip", "OpenAlert", "Run", "Scope", "SeriesPoint", "ValueText",
    "bindings_of", "breakdown", "chip_of", "chips", "kinds", "known_codes", "last_runs", "open_alerts", "people_behind",
    "series", "text_of", "unmailed_alerts",
]  # fmt: skip

PARTS = ("numerator", "denominator", "rest")


@dataclass(frozen=True, slots=True)
class BindingState:
    """A binding as the publish gate sees it."""

    id: int
    target: Target
    code: str
    kind: str
    role: str
    has_target: bool
    owner_id: int | None
    computed_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Run:
    """The newest try of a metric: when, and why it failed ("" where it ran). `ran_at` is None where it never has."""

    ran_at: datetime | None
    error: str


def known_codes() -> tuple[str, ...]:
    """Return the codes of the registry's metrics."""
    return tuple(registry.BY_CODE)


def kinds() -> dict[str, str]:
    """Return {code: kind}: conversion, time, share, retention, result, response, churn or satisfaction."""
    return {code: definition.kind.value for code, definition in registry.BY_CODE.items()}


def bindings_of(targets: Collection[Target]) -> list[BindingState]:
    """Return the active bindings of the targets, as the publish gate wants to know them."""
    return [
        BindingState(
            id=each.id,
            target=(each.target_kind, each.target_key),
            code=each.code,
            kind=registry.BY_CODE[each.code].kind.value,
            role=each.role,
            has_target=each.target is not None,
            owner_id=each.owner_id,
            computed_at=each.computed_at,
            error=each.error,
        )
        for each in _bindings(targets)
    ]


def chips(
    targets: Collection[Target], language: str, now: datetime | None = None, scope: Scope | None = None
) -> dict[Target, list[MetricChip]]:
    """Return the chips of each target in the order of its bindings, from stored values. Two queries.

    With `now`, chips whose values are older than 24 hours are marked stale. With a `scope`, the values are those of
    that part of the company, computed as of the stored ones and kept in memory.
    """
    bindings = _bindings(targets)
    values = _shown_values(bindings)
    if scope is not None and not scope.is_everybody:
        values = scopes.scoped_values(bindings, _stamps(values), scope)
    found: dict[Target, list[MetricChip]] = {target: [] for target in targets}
    with override(language):
        for binding in bindings:
            chip = chip_of(binding, values.get(binding.id, []), language, now)
            found[(binding.target_kind, binding.target_key)].append(chip)
    return found


def series(binding_id: int) -> list[SeriesPoint]:
    """Return the whole trend of a binding, oldest first."""
    return [point_of(row) for row in _trend(binding_id)]


def breakdown(
    binding_id: int, by: str, language: str, now: datetime | None = None, *, segmentation: str = ""
) -> list[BreakdownRow]:
    """Return a metric's headline for each part of the company.

    `by`: "segment" (of `segmentation`, else of the first there is; people stand in exactly one, by where they are
    now), "team" (the largest downlines; `member_id` is the leader) or "cohort" (the stored trend). Empty where the
    metric has not been computed. `now` decides nothing: parts are counted as of the stored value.

    Raises:
        UnknownBinding: no target has this metric (any more).
        UnknownBreakdown: there is no such way to divide.
    """
    binding = MetricBinding.objects.active().filter(id=binding_id).first()
    if binding is None:
        raise UnknownBinding
    stamp = _stamps(_shown_values([binding])).get(binding.id)
    with override(language):
        if by == "cohort":
            return scopes.by_cohort(_trend(binding_id), get_company(), language)
        if by not in ("segment", "team"):
            raise UnknownBreakdown(by=by)
        if stamp is None:
            return []
        if by == "team":
            return scopes.by_team(binding, stamp, language)
        return scopes.by_segment(binding, stamp, language, segmentation)


def people_behind(binding_id: int, part: str, grain: str = Grain.WINDOW.value, scope: Scope | None = None) -> list[int]:
    """Return the ids of the people behind a number.

    `part` is numerator, denominator or rest (those who didn't succeed); `grain` "window" is the headline, "open"
    what is under way. The counter is the number's own, as of the same instant. One id for each counted person,
    or for each instance, question, lesson or answer. Of points the numerator is the promoters.

    Raises:
        UnknownBinding: there is no such binding, or it has no value yet.
        UnknownPart: a metric has no such part.
    """
    if part not in PARTS or grain not in (Grain.WINDOW, Grain.OPEN):
        raise UnknownPart(part=f"{grain}/{part}")
    row = _shown_rows().filter(binding_id=binding_id, grain=grain).order_by("-period_end").first()
    if row is None:
        raise UnknownBinding
    definition, target = registry.BY_CODE[row.binding.code], (row.binding.target_kind, row.binding.target_key)
    company, params = get_company(), definition.complete(row.binding.params)
    among = scopes.members_of(scope, company) if scope is not None and not scope.is_everybody else None
    with store.open_log(row.as_of, among=among) as db:
        counts = definition.people(db, target, params, row.as_of, company)
    ids: list[int] = counts[grain].part(part).tolist()
    return ids


def last_runs(wanted: Sequence[tuple[Target, NewBinding]]) -> list[Run]:
    """Return the newest try of each, in the same order: a rehearsal, or the computation of an active binding.

    Two queries.     One whose metric or parameters aren't known was never run, and says why.
    """
    keys = [_run_key(target, new) for target, new in wanted]
    newest: dict[tuple[str, ...], Run] = {}
    rehearsed = Rehearsal.objects.filter(target_key__in={target[1] for target, _new in wanted})
    computed = MetricBinding.objects.active().filter(target_key__in={target[1] for target, _new in wanted})
    tries = [(each, each.ran_at) for each in rehearsed] + [(each, each.computed_at) for each in computed]
    for each, ran_at in tries:
        key = (each.target_kind, each.target_key, each.code, each.params_hash)
        known = newest.get(key)
        if ran_at is not None and (known is None or known.ran_at is None or ran_at > known.ran_at):
            newest[key] = Run(ran_at, each.error)
    return [key if isinstance(key, Run) else newest.get(key, Run(None, "")) for key in keys]


def _run_key(target: Target, new: NewBinding) -> tuple[str, ...] | Run:
    try:
        return (*target, new.code, hash_of(complete_params(target, new.code, new.params)))
    except (UnknownMetric, FaultyParameter) as fault:
        return Run(None, str(fault))


def open_alerts() -> list[OpenAlert]:
    """Return the alerts that stand, newest first."""
    return alerts.read_alerts()


def unmailed_alerts() -> list[OpenAlert]:
    """Return the standing alerts about which nobody has been written to, oldest first."""
    return alerts.read_alerts(is_unmailed=True)


def _bindings(targets: Collection[Target]) -> list[MetricBinding]:
    wanted = Q()
    for kind, key in targets:
        wanted |= Q(target_kind=kind, target_key=key)
    return list(MetricBinding.objects.active().filter(wanted)) if targets else []


def _shown_rows() -> Any:
    """The rows of a chip: the headline window and the one that ends where it begins, the trend, what is under way."""
    is_window = Q(grain=Grain.WINDOW) & (
        Q(period_end=F("binding__headline_end")) | Q(period_end=F("binding__headline_start"))
    )
    return MetricValue.objects.standing().filter(is_window | ~Q(grain=Grain.WINDOW)).select_related("binding")


def _shown_values(bindings: Sequence[MetricBinding]) -> dict[int, list[MetricValue]]:
    found: dict[int, list[MetricValue]] = {}
    for row in _shown_rows().filter(binding__in=bindings).order_by("period_end"):
        found.setdefault(row.binding_id, []).append(row)
    return found


def _trend(binding_id: int) -> list[MetricValue]:
    rows = MetricValue.objects.standing().filter(binding_id=binding_id, grain__in=TREND).select_related("binding")
    return list(rows.order_by("period_end"))


def _stamps(values: dict[int, list[MetricValue]]) -> dict[int, tuple[datetime, int]]:
    """Return {binding id: (as_of, watermark)} of the newest stored values."""
    return {binding_id: max((row.as_of, row.watermark) for row in rows) for binding_id, rows in values.items() if rows}
