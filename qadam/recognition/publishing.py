"""Publish point rules, levels, streaks and badges; retire them. The same content again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people.models import User
from qadam.recognition import leveling
from qadam.recognition.badge_documents import parse_badge
from qadam.recognition.compliance import warnings_of
from qadam.recognition.definitions import Definition, Kind
from qadam.recognition.documents import parse_levels, parse_point_rule, parse_streak
from qadam.recognition.errors import UnknownDefinition


@write()
def publish_point_rule(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Definition:
    """Publish a point rule: facts from `now` on (and from its own `from`) score by it, what was scored stays.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    version, is_new = keep_version(Kind.POINT_RULE, parse_point_rule(document).key, document, actor, now)
    if is_new:
        detail = audit_detail(version, document)
        people.write_audit(actor=actor, action="points.published", target=target_of(version), detail=detail, now=now)
    return version


@write()
def publish_levels(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Definition:
    """Publish the scale of levels, which holds instead of any other. Nobody is told of a level that it moves them to.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    version, is_new = keep_version(Kind.LEVELS, parse_levels(document).key, document, actor, now)
    if is_new:
        leveling.place_everybody(now=now)
        detail = audit_detail(version, document)
        people.write_audit(actor=actor, action="levels.published", target=target_of(version), detail=detail, now=now)
    return version


@write()
def publish_streak(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Definition:
    """Publish a streak: acts that are heard of from now on count.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    version, is_new = keep_version(Kind.STREAK, parse_streak(document).key, document, actor, now)
    if is_new:
        detail = audit_detail(version, document)
        people.write_audit(actor=actor, action="streak.published", target=target_of(version), detail=detail, now=now)
    return version


@write()
def publish_badge(*, document: Mapping[str, object], actor: User | None, now: datetime) -> Definition:
    """Publish a badge: members get it from their next fact on, or by `award_in_hindsight`. Who has it keeps it.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    version, is_new = keep_version(Kind.BADGE, parse_badge(document).key, document, actor, now)
    if is_new:
        detail = audit_detail(version, document)
        people.write_audit(actor=actor, action="badge.published", target=target_of(version), detail=detail, now=now)
    return version


@write()
def retire_point_rule(*, key: str, reason: str, actor: User | None, now: datetime) -> None:
    """Let a point rule score nothing from now on; what was scored stays. A second time changes nothing.

    Raises:
        UnknownDefinition: there is none of this key.
    """
    if version := retire_version(Kind.POINT_RULE, key, now):
        detail = {"reason": reason, "number": version.number}
        people.write_audit(actor=actor, action="points.retired", target=target_of(version), detail=detail, now=now)


@write()
def retire_streak(*, key: str, reason: str, actor: User | None, now: datetime) -> None:
    """Let a streak grow no further and show it no more. A second time changes nothing.

    Raises:
        UnknownDefinition: there is none of this key.
    """
    if version := retire_version(Kind.STREAK, key, now):
        detail = {"reason": reason, "number": version.number}
        people.write_audit(actor=actor, action="streak.retired", target=target_of(version), detail=detail, now=now)


@write()
def retire_badge(*, key: str, reason: str, actor: User | None, now: datetime) -> None:
    """Let nobody get a badge any more; who has it keeps it. A second time changes nothing.

    Raises:
        UnknownDefinition: there is none of this key.
    """
    if version := retire_version(Kind.BADGE, key, now):
        detail = {"reason": reason, "number": version.number}
        people.write_audit(actor=actor, action="badge.retired", target=target_of(version), detail=detail, now=now)


def keep_version(
    kind: Kind, key: str, document: Mapping[str, object], actor: User | None, now: datetime
) -> tuple[Definition, bool]:
    """Return the newest version of a document and whether it is new; a retired one begins again as a new version."""
    stored = with_text_dates(document)
    content_hash = hash_of(stored)
    newest = Definition.objects.filter(kind=kind, key=key).newest_first().first()
    if newest is not None and newest.content_hash == content_hash and newest.retired_at is None:
        return newest, False
    number = newest.number + 1 if newest else 1
    fields = {"document": stored, "content_hash": content_hash, "published_at": now, "published_by": actor}
    return Definition.objects.create(kind=kind, key=key, number=number, **fields), True


def retire_version(kind: Kind, key: str, now: datetime) -> Definition | None:
    """Retire the newest version; None where it was retired before."""
    newest = Definition.objects.filter(kind=kind, key=key).newest_first().first()
    if newest is None:
        raise UnknownDefinition(key=key)
    return newest if Definition.objects.filter(id=newest.id).retire(at=now) else None


def target_of(version: Definition) -> str:
    return f"{version.kind}:{version.key}"


def audit_detail(version: Definition, document: Mapping[str, object]) -> dict[str, Any]:
    """Return what the audit keeps: the version, and what the law had to say with the reason that was given."""
    warnings = sorted({warning.matter.value for warning in warnings_of(document)})
    told: dict[str, Any] = {"warnings": warnings} if warnings else {}
    if document.get("reason"):
        told["reason"] = document["reason"]
    return {"number": version.number, "content_hash": version.content_hash, **told}


def with_text_dates(part: Any) -> Any:
    """Return a document whose dates are texts, as JSON keeps them: from a pack or from the database, the same hash."""
    match part:
        case Mapping():
            return {key: with_text_dates(each) for key, each in part.items()}
        case list():
            return [with_text_dates(each) for each in part]
        case date():
            return part.isoformat()
    return part
