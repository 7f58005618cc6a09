"""Metrics of a part of the company: a segment, a team, those who registered in one month. Computed when asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Q

from qadam.lib.clock import start_of_day, zone_of
from qadam.metrics import primitives, registry, store
from qadam.metrics.chips import ValueText, text_of_row
from qadam.metrics.models import MetricBinding, MetricValue
from qadam.metrics.periods import add_months
from qadam.metrics.registry import UTC_ZONE, Reading
from qadam.metrics.rules import Ids
from qadam.people.models import Company, Member, Membership, MembershipKind
from qadam.people.queries import get_company
from qadam.segments.definitions import current_segmentations, names_of_segments

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEPT = 2_000
"""So many scoped values stay in memory; the oldest go first."""
TEAMS = 12
LARGEST_TEAM = 0.5
"""A team that holds more than this share of everybody is the company, not a team."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the company. Empty fields mean everybody.

    `segment`: "role/buyer", by where people stand now. `team`: the id of a leader; the team is the downline, without
    the leader. `cohort`: "2026-01", registered in that month of the company's calendar.
    """

    segment: str = ""
    team: int | None = None
    cohort: str = ""

    @property
    def is_everybody(self) -> bool:
        return not self.segment and self.team is None and not self.cohort


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The headline of one part. `key`: the segment's key, the leader's member id, or the first day of the cohort."""

    key: str
    name: str
    member_id: int | None
    value: float | None
    text: ValueText
    numerator: int
    denominator: int
    n: int
    low: float | None
    high: float | None
    n_censored: int
    is_final: bool
    detail: dict[str, Any] = field(default_factory=dict)


_kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = Lock()


def _remember(key: tuple[Any, ...], value: Any) -> None:
    with _lock:
        _kept[key] = value
        while len(_kept) > KEPT:
            _kept.popitem(last=False)


def members_of(scope: Scope, company: Company) -> Ids:
    """Return the ids of the counted people in a scope."""
    people = Member.objects.counted()
    if scope.segment:
        stays = Membership.objects.filter(kind=MembershipKind.SEGMENT, key=scope.segment, left_at__isnull=True)
        people = people.filter(id__in=stays.values("member_id"))
    if scope.team is not None:
        leader = Member.objects.filter(id=scope.team).first()
        people = people.downline_of(leader) if leader else people.none()
    if scope.cohort:
        people = people.filter(_registered_in(scope.cohort, zone_of(company.zone, UTC_ZONE)))
    return np.fromiter(people.values_list("id", flat=True), np.int64)


def _registered_in(cohort: str, zone: ZoneInfo) -> Q:
    try:
        first = datetime.strptime(cohort, "%Y-%m").date()  # noqa: DTZ007 (a month, no instant)
    except ValueError:
        return Q(id__in=[])
    since, until = start_of_day(first, zone), start_of_day(add_months(first, 1), zone)
    return Q(registered_at__gte=since, registered_at__lt=until)


def scoped_values(
    bindings: Sequence[MetricBinding], stamps: dict[int, tuple[datetime, int]], scope: Scope
) -> dict[int, list[MetricValue]]:
    """Return the values of these bindings for a part of the company, as the stored ones are for everybody.

    `stamps`: {binding id: (as_of, watermark) of its stored values}; a binding without any has none here either. The
    log is opened once, as of the newest of them, and only where something isn't in memory yet.
    """
    wanted = [binding for binding in bindings if binding.id in stamps]
    keys = {binding.id: (binding.id, binding.params_hash, scope, *stamps[binding.id]) for binding in wanted}
    kept = {binding.id: _kept.get(keys[binding.id]) for binding in wanted}
    found: dict[int, list[MetricValue]] = {key: values for key, values in kept.items() if values is not None}
    missing = [binding for binding in wanted if binding.id not in found]
    if missing:
        company = get_company()
        as_of = max(stamps[binding.id][0] for binding in missing)
        with store.open_log(as_of, among=members_of(scope, company)) as db:
            watermark = primitives.watermark(db)
            for binding in missing:
                found[binding.id] = _compute(db, binding, as_of, watermark, company)
                _remember(keys[binding.id], found[binding.id])
    return found


def _compute(
    db: DuckDBPyConnection, binding: MetricBinding, as_of: datetime, watermark: int, company: Company
) -> list[MetricValue]:
    definition = registry.BY_CODE[binding.code]
    target, params = (binding.target_kind, binding.target_key), definition.complete(binding.params)
    stamp = {"as_of": as_of, "watermark": watermark, "formula_version": definition.formula_version}
    readings = definition.compute(db, target, params, as_of, company)
    return [
        MetricValue(binding=binding, **asdict(reading), **stamp)
        for reading in sorted(readings, key=lambda reading: reading.period_end)
    ]


def by_segment(
    binding: MetricBinding, stamp: tuple[datetime, int], language: str, segmentation: str = ""
) -> list[BreakdownRow]:
    """Return the headline of each segment of a segmentation ("": the first there is), in its order."""
    key = segmentation or next(iter(current_segmentations()), "")
    names = names_of_segments(key)
    scopes = [(f"{key}/{each}", Scope(segment=f"{key}/{each}")) for each in names]
    rows = _headlines(binding, stamp, scopes)
    return [
        _row(place, names[place.rpartition("/")[2]].in_language(language), None, reading, language)
        for place, reading in rows
    ]


def by_team(binding: MetricBinding, stamp: tuple[datetime, int], language: str) -> list[BreakdownRow]:
    """Return the headline of the largest downlines, named by their leader's member id; pages know the names."""
    everybody = Member.objects.counted().count()
    leaders = Member.objects.counted().filter(size__gt=1, size__lte=max(everybody * LARGEST_TEAM, 2) + 1)
    ids = leaders.order_by("-size", "id").values_list("id", flat=True)[:TEAMS]
    rows = _headlines(binding, stamp, [(str(each), Scope(team=each)) for each in ids])
    return [_row(place, "", int(place), reading, language) for place, reading in rows]


def by_cohort(rows: Iterable[MetricValue], company: Company, language: str) -> list[BreakdownRow]:
    """Return the stored periods of the trend, oldest first; the key is the local day on which each begins."""
    zone = zone_of(company.zone, UTC_ZONE)
    return [_row(row.period_start.astimezone(zone).date().isoformat(), "", None, row, language) for row in rows]


def _headlines(
    binding: MetricBinding, stamp: tuple[datetime, int], scopes: Sequence[tuple[str, Scope]]
) -> list[tuple[str, Reading]]:
    keys = {scope: ("headline", binding.id, binding.params_hash, scope, *stamp) for _place, scope in scopes}
    found: dict[Scope, Reading | None] = {scope: _kept.get(keys[scope]) for _place, scope in scopes}
    missing = [scope for scope, reading in found.items() if reading is None]
    if missing:
        company, definition = get_company(), registry.BY_CODE[binding.code]
        target, params = (binding.target_kind, binding.target_key), definition.complete(binding.params)
        with store.open_log(stamp[0]) as db:
            for scope in missing:
                store.restrict(db, members_of(scope, company))
                found[scope] = definition.compute_headline(db, target, params, stamp[0], company)
                _remember(keys[scope], found[scope])
    return [(place, reading) for place, scope in scopes if (reading := found[scope]) is not None]


def _row(key: str, name: str, member_id: int | None, value: Reading | MetricValue, language: str) -> BreakdownRow:
    return BreakdownRow(
        key=key,
        name=name,
        member_id=member_id,
        value=value.value,
        text=text_of_row(value, language),
        numerator=value.numerator,
        denominator=value.denominator,
        n=value.n if isinstance(value, Reading) else registry.rests_on(value.unit, value.numerator, value.denominator),
        low=value.low,
        high=value.high,
        n_censored=value.n_censored,
        is_final=value.maturity == "final",
        detail=dict(value.detail),
    )
