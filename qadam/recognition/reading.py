"""Definitions in force, parsed once and kept while nothing was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import connection

from qadam.lib import clock
from qadam.people.queries import get_company
from qadam.recognition.badge_documents import BadgeDocument, parse_badge
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.documents import (
    LevelsDocument,
    PointRuleDocument,
    StreakDocument,
    parse_levels,
    parse_point_rule,
    parse_streak,
)


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of a point rule and when it holds: from `starts_at` until the instant `ends_at` (None: no end)."""

    id: int
    rule: PointRuleDocument
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class BadgeVersion:
    id: int
    badge: BadgeDocument


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that is in force, as of one state of the definitions."""

    zone: ZoneInfo
    """The company's."""
    rules: Mapping[str, tuple[RuleVersion, ...]]
    """{key: its versions, newest first}; retired ones too, for facts of their time."""
    scale: LevelsDocument | None
    streaks: tuple[StreakDocument, ...]
    badges: tuple[BadgeVersion, ...]
    scored: Mapping[str, tuple[str, ...]]
    """{event type: keys of the rules that score it}, in any of their versions."""
    undone: Mapping[str, tuple[str, ...]]
    """{event type: keys of the rules whose facts it undoes}."""


Mark = tuple[int, str, datetime, datetime | None]
"""(id, hash, published, retired) of a definition: their list changes with everything that is published or retired."""


MARKS = """
SELECT id, content_hash, published_at, retired_at FROM recognition_definition
WHERE kind IN ('point_rule', 'levels', 'streak', 'badge') ORDER BY id
"""
"""Raw, as it is asked at every posting."""


def read_book() -> Book:
    """Return what is in force. One small query; documents are parsed again only where something has changed."""
    with connection.cursor() as cursor:
        cursor.execute(MARKS)
        marks = tuple(cursor.fetchall())
    return _read_book(marks, get_company().zone if marks else "UTC")


@lru_cache(maxsize=4)
def _read_book(marks: Sequence[Mark], zone: str) -> Book:
    rows = list(Definition.objects.filter(id__in=[mark[0] for mark in marks]).order_by("id"))
    newest = {(row.kind, row.key): row for row in rows}
    current = [row for row in newest.values() if row.retired_at is None]
    rules: dict[str, tuple[RuleVersion, ...]] = {}
    for row in rows:
        if row.kind == Kind.POINT_RULE:
            rules[row.key] = _add_version(rules.get(row.key, ()), row, ZoneInfo(zone))
    scales = [row for row in current if row.kind == Kind.LEVELS]
    return Book(
        zone=ZoneInfo(zone),
        rules=rules,
        scale=parse_levels(max(scales, key=lambda row: row.id).document) if scales else None,
        streaks=tuple(parse_streak(row.document) for row in current if row.kind == Kind.STREAK),
        badges=tuple(BadgeVersion(row.id, parse_badge(row.document)) for row in current if row.kind == Kind.BADGE),
        scored=_index(rules, lambda rule: rule.event),
        undone=_index(rules, lambda rule: rule.reversed_by.event if rule.reversed_by else ""),
    )


def _index(
    rules: Mapping[str, Sequence[RuleVersion]], event_of: Callable[[PointRuleDocument], str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for key, versions in rules.items():
        for event in {event_of(each.rule) for each in versions} - {""}:
            found.setdefault(event, {})[key] = None
    return {event: tuple(keys) for event, keys in found.items()}


def _add_version(older: tuple[RuleVersion, ...], row: Definition, zone: ZoneInfo) -> tuple[RuleVersion, ...]:
    """Put a version before the older ones. It holds from its publication, or from its own later first day."""
    rule = parse_point_rule(row.document)
    starts_at = max(row.published_at, _start_of(rule.from_on, zone)) if rule.from_on else row.published_at
    ends = [row.retired_at] if row.retired_at else []
    ends += [_start_of(rule.until_on + timedelta(days=1), zone)] if rule.until_on else []
    return (RuleVersion(row.id, rule, starts_at, min(ends, default=None)), *older)


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return clock.instant_of(day, time.min, zone)


def version_at(versions: Sequence[RuleVersion], instant: datetime) -> RuleVersion | None:
    """Return the version by which a fact of this instant is scored: the newest that had begun, unless it has ended."""
    found = next((each for each in versions if each.starts_at <= instant), None)
    return None if found is None or (found.ends_at is not None and found.ends_at <= instant) else found


def read_scale() -> LevelsDocument | None:
    return read_book().scale


def find_badge(key: str) -> BadgeVersion | None:
    return next((each for each in read_book().badges if each.badge.key == key), None)
