"""What the pages of Recognition read: the documents in force with what they brought, their versions, and the names."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max

from qadam.lib import clock
from qadam.office.journey_draft import read_places
from qadam.office.recognition_fields import Known
from qadam.office.recognition_told import name_of, state_of, tell
from qadam.recognition import queries
from qadam.recognition.compliance import warnings_of
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.models import Award, MemberLevel, StreakState
from qadam.recognition.social import Contribution
from qadam.ui.formats import current_zone

if TYPE_CHECKING:
    from qadam.office.recognition_kinds import DocumentKind

PERIOD = timedelta(days=30)
"""What versions and rules brought is told for the last 30 days."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a rule brought: how often it scored, its points (what was taken back is off), and how often that was."""

    entries: int = 0
    points: int = 0
    reversed: int = 0

    def plus(self, other: "Numbers") -> "Numbers":
        return Numbers(self.entries + other.entries, self.points + other.points, self.reversed + other.reversed)


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    document: Mapping[str, Any]
    name: str
    told: str
    published_at: datetime
    published_by: str
    retired_at: datetime | None
    reason: str
    numbers: Numbers | None


@dataclass(frozen=True, slots=True)
class Line:
    """One document of a list. `count` is how many people have, keep or reach it; None: not told for this kind."""

    key: str
    name: str
    told: str
    icon: str
    number: int
    published_at: datetime
    is_retired: bool
    is_warned: bool
    has_draft: bool
    numbers: Numbers | None = None
    count: int | None = None
    state: str = ""


def read_lines(kind: "DocumentKind", drafted: Collection[str], now: datetime, language: str) -> list[Line]:
    """Return the newest version of each document of a kind, by name."""
    rows, today = newest_of(kind.kind), clock.local_date(now, current_zone())
    numbers = _numbers_of_rules(now) if kind.kind == Kind.POINT_RULE else {}
    counts = COUNTS.get(kind.kind, dict)()
    lines = [
        Line(
            key=row.key,
            name=name_of(row.document, row.key, language),
            told=tell(kind.kind, row.document, language),
            icon=str(row.document.get("icon") or kind.icon),
            number=row.number,
            published_at=row.published_at,
            is_retired=row.retired_at is not None,
            is_warned=bool(warnings_of(row.document)),
            has_draft=row.key in drafted,
            numbers=numbers.get(row.key, Numbers()) if kind.kind == Kind.POINT_RULE else None,
            count=counts.get(row.key, 0) if kind.kind in COUNTS else None,
            state=state_of(row.document, today) if kind.kind == Kind.CHALLENGE else "",
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: line.name.casefold())


def newest_of(kind: str) -> list[Definition]:
    """Return the newest version of every document of a kind, retired ones too."""
    newest = Definition.objects.filter(kind=kind).values("key").annotate(newest=Max("id")).values("newest")
    return list(Definition.objects.filter(id__in=newest))


def read_versions(kind: "DocumentKind", key: str, language: str, now: datetime) -> list[Version]:
    """Return the versions of a document, newest first; empty where there is none."""
    rows = list(Definition.objects.filter(kind=kind.kind, key=key).select_related("published_by").newest_first())
    is_rule = bool(rows) and kind.kind == Kind.POINT_RULE
    found = queries.rule_numbers(now - PERIOD, now) if is_rule else {}
    numbers = {version: Numbers(each.entries, each.points, each.reversed) for version, each in found.items()}
    return [
        Version(
            number=row.number,
            document=row.document,
            name=name_of(row.document, row.key, language),
            told=tell(kind.kind, row.document, language),
            published_at=row.published_at,
            published_by=(row.published_by.name or row.published_by.email) if row.published_by else "",
            retired_at=row.retired_at,
            reason=str(row.document.get("reason") or ""),
            numbers=numbers.get(row.id, Numbers()) if is_rule else None,
        )
        for row in rows
    ]


def read_known(language: str) -> Known:
    """Return what the forms choose from, by name."""
    names: dict[str, dict[str, str]] = {}
    for kind in (Kind.POINT_RULE, Kind.BADGE):
        rows = [row for row in newest_of(kind) if row.retired_at is None]
        named = {row.key: name_of(row.document, row.key, language) for row in rows}
        names[kind] = dict(sorted(named.items(), key=lambda pair: pair[1].casefold()))
    return Known(language, read_places(language), names[Kind.POINT_RULE], names[Kind.BADGE])


# ── Numbers ───────────────────────────────────────────────


def _numbers_of_rules(now: datetime) -> dict[str, Numbers]:
    """Return {rule: what all its versions brought}."""
    keys = dict(Definition.objects.filter(kind=Kind.POINT_RULE).values_list("id", "key"))
    found: dict[str, Numbers] = {}
    for version, each in queries.rule_numbers(now - PERIOD, now).items():
        so_far = found.get(keys[version], Numbers())
        found[keys[version]] = so_far.plus(Numbers(each.entries, each.points, each.reversed))
    return found


def _badge_counts() -> dict[str, int]:
    rows = Award.objects.held().order_by().values("badge").annotate(people=Count("member", distinct=True))
    return {row["badge"]: row["people"] for row in rows}


def _challenge_counts() -> dict[str, int]:
    rows = Contribution.objects.order_by().values("attempt__challenge").annotate(people=Count("member", distinct=True))
    return {row["attempt__challenge"]: row["people"] for row in rows}


def _streak_counts() -> dict[str, int]:
    rows = StreakState.objects.filter(length__gt=0).order_by().values("streak").annotate(people=Count("id"))
    return {row["streak"]: row["people"] for row in rows}


COUNTS: Mapping[str, Callable[[], dict[str, int]]] = {
    Kind.BADGE: _badge_counts,
    Kind.STREAK: _streak_counts,
    Kind.CHALLENGE: _challenge_counts,
}


def level_counts() -> dict[int, int]:
    """Return {number of the step, from 0: members on it}."""
    rows = MemberLevel.objects.order_by().values("number").annotate(people=Count("member"))
    return {row["number"]: row["people"] for row in rows}
