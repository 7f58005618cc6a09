"""Publish journeys, stop and go on, and move single members by hand. Every one of these is in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from qadam.jobs.transactions import write
from qadam.journeys import graphs, publishing, transfers
from qadam.journeys.acting import run
from qadam.journeys.documents import parse_journey
from qadam.journeys.engine import finish, tick
from qadam.journeys.errors import (
    AlreadyUnderWay,
    DraftMoved,
    NotPublished,
    NotUnderWay,
    UnknownJourney,
    UnknownStep,
)
from qadam.journeys.models import Backfill, Enrollment, Journey, JourneyVersion, Phase, Trouble
from qadam.journeys.pausing import hold_timers, release_timers
from qadam.journeys.standings import Moves, Standing, read_by_ids
from qadam.journeys.starting import Candidate, start_by_hand
from qadam.journeys.transfers import Target
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people.models import Member, User
from qadam.people.queries import get_company

__all__ = ["publish_journey", "tick"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Whom a launch takes in of those who qualified before: everybody, or since an instant; so many a minute."""

    since: datetime | None = None
    per_minute: int = 1_000


@dataclass(frozen=True, slots=True)
class Migration:
    """Where people of older versions go: {old step: Target}; a step not named goes to the one of the same name."""

    targets: Mapping[str, Target]
    per_minute: int = transfers.PER_MINUTE


@write()
def publish_journey(
    document: Mapping[str, object],
    *,
    actor: User | None,
    now: datetime,
    migration: Migration | None = None,
    backlog: Backlog | None = None,
) -> JourneyVersion:
    """Publish a journey document as the version that new members enter. The same content again changes nothing.

    Without a `migration` everybody under way stays with the version they began with. Without a `backlog` nobody
    enters who qualified before.

    Raises:
        FaultyDocument: the document has faults, names a template, plan or journey that doesn't exist, or the
            migration leaves people nowhere; nothing is written then.
    """
    graph = parse_journey(document)
    publishing.refuse_missing_content(graph)
    content_hash = hash_of(document)
    journey, _ = Journey.objects.select_for_update().get_or_create(slug=graph.slug, defaults={"launched_at": now})
    if journey.current is not None and journey.current.content_hash == content_hash:
        Journey.objects.filter(id=journey.id).update(draft=None, draft_revision=F("draft_revision") + 1)
        return journey.current
    if migration is not None:
        transfers.refuse_faulty(transfers.plan_transfer(journey, graph, migration.targets, now=now))
    version = _add_version(journey, document, content_hash, actor, now)
    publishing.watch_entries(journey, now)
    if backlog is not None:
        Backfill.objects.create(
            journey=journey, since=backlog.since, until=now, per_minute=backlog.per_minute, next_at=now
        )
    moved = 0
    if migration is not None:
        moved = transfers.transfer(journey, version, migration.targets, per_minute=migration.per_minute, now=now)
    detail = {"number": version.number, "content_hash": content_hash, **_detail(migration, backlog, moved)}
    _audit("journey.published", f"journey:{graph.slug}", detail, actor, now)
    return version


def _add_version(
    journey: Journey, document: Mapping[str, object], content_hash: str, actor: User | None, now: datetime
) -> JourneyVersion:
    version = JourneyVersion.objects.create(
        journey=journey,
        number=journey.versions.count() + 1,
        document=document,
        content_hash=content_hash,
        published_at=now,
        published_by=actor,
    )
    is_first = journey.current_id is None
    journey.current, journey.draft = version, None
    journey.draft_revision += 1
    if is_first:
        journey.launched_at = now
    journey.save(update_fields=["current", "draft", "draft_revision", "launched_at"])
    return version


def _detail(migration: Migration | None, backlog: Backlog | None, moved: int) -> dict[str, object]:
    detail: dict[str, object] = {}
    if migration is not None:
        targets = {step: {"to": target.to, "due": target.due} for step, target in migration.targets.items()}
        detail |= {"migration": targets, "moved": moved}
    if backlog is not None:
        detail["backlog"] = backlog.since.isoformat() if backlog.since else "everybody"
    return detail


@write()
def save_draft(*, slug: str, document: Mapping[str, Any], revision: int, actor: User | None, now: datetime) -> int:
    """Keep a document as a journey's draft, faults and all; a new slug begins a journey. Return the new revision.

    `revision` is the one that the editor opened (0 for a new journey).

    Raises:
        DraftMoved: somebody else has saved since.
    """
    del actor
    journey, is_new = Journey.objects.get_or_create(slug=slug, defaults={"launched_at": now})
    changed = Journey.objects.filter(id=journey.id, draft_revision=0 if is_new else revision)
    if not changed.update(draft=dict(document), draft_revision=F("draft_revision") + 1):
        raise DraftMoved
    return (0 if is_new else revision) + 1


@write()
def discard_draft(*, slug: str, actor: User | None, now: datetime) -> None:
    """Drop a journey's draft; a journey that never was published goes with it."""
    del actor, now
    Journey.objects.filter(slug=slug, current__isnull=True).delete()
    Journey.objects.filter(slug=slug).update(draft=None, draft_revision=F("draft_revision") + 1)


@write()
def pause_journey(*, slug: str, actor: User | None, now: datetime) -> None:
    """Stop a journey's clock: nobody enters, nobody moves. Messages that are decided already still go out."""
    journey = _published(slug)
    if Journey.objects.filter(id=journey.id, paused_at__isnull=True).update(paused_at=now):
        hold_timers(journey)
        _audit("journey.paused", f"journey:{slug}", {}, actor, now)


@write()
def resume_journey(*, slug: str, actor: User | None, now: datetime) -> None:
    """Let a journey go on, by its own `on_resume`: overdue timers fire, all timers shift, or the overdue drop out."""
    journey = _published(slug)
    if journey.paused_at is None:
        return
    Journey.objects.filter(id=journey.id).update(paused_at=None)
    assert journey.current is not None
    on_resume = graphs.graph_of(journey.current).settings.on_resume
    moves = Moves(now, get_company())
    release_timers(journey, journey.paused_at, on_resume, moves)
    finish(moves)
    detail = {"paused_at": journey.paused_at.isoformat(), "on_resume": on_resume.value}
    _audit("journey.resumed", f"journey:{slug}", detail, actor, now)


def _published(slug: str) -> Journey:
    journey = Journey.objects.select_for_update(of=("self",)).filter(slug=slug).first()
    if journey is None:
        raise UnknownJourney(journey=slug)
    if journey.current is None:
        raise NotPublished(journey=slug)
    return journey


@write()
def enroll_member(*, slug: str, member: Member, actor: User | None, reason: str, now: datetime) -> None:
    """Let one member begin a journey by hand, whether or not they have been in it before.

    Raises:
        UnknownJourney, NotPublished: there is nothing to begin.
        AlreadyUnderWay: the member is in it now.
    """
    journey = _published(slug)
    moves = Moves(now, get_company())
    if Enrollment.objects.filter(journey=journey, member=member, left_at__isnull=True).exists():
        raise AlreadyUnderWay(journey=slug)
    assert journey.current is not None
    graph = graphs.graph_of(journey.current)
    run(start_by_hand(journey, graph, Candidate(member.id, now), moves), moves)
    finish(moves)
    _audit("journey.enrolled", f"member:{member.id}", {"journey": slug, "reason": reason}, actor, now)


@write()
def stop_enrollment(*, enrollment_id: int, actor: User | None, reason: str, now: datetime) -> None:
    """Take one member out of a journey.

    Raises:
        NotUnderWay: the member has left it.
    """
    moves = Moves(now, get_company())
    standing = _read_one(enrollment_id, moves)
    slug = moves.graph_of(standing).slug
    moves.leave(standing, "stopped")
    finish(moves)
    detail = {"journey": slug, "enrollment": enrollment_id, "step": standing.step, "reason": reason}
    _audit("journey.stopped", f"member:{standing.member_id}", detail, actor, now)


@write()
def move_enrollment(*, enrollment_id: int, step: str, actor: User | None, reason: str, now: datetime) -> None:
    """Put one member on another step of the same version, and let them go on from there.

    Raises:
        NotUnderWay: the member has left the journey.
        UnknownStep: the version has no such step.
    """
    moves = Moves(now, get_company())
    standing = _read_one(enrollment_id, moves)
    graph = moves.graph_of(standing)
    if step not in graph.steps:
        raise UnknownStep(step=step)
    old_step = standing.step
    publishing.take_back(standing, moves)
    moves.take(standing, step, "moved")
    run([standing], moves)
    finish(moves)
    Trouble.objects.filter(enrollment_id=enrollment_id, closed_at__isnull=True).update(closed_at=now)
    detail = {"journey": graph.slug, "enrollment": enrollment_id, "from": old_step, "to": step, "reason": reason}
    _audit("journey.moved", f"member:{standing.member_id}", detail, actor, now)


@write()
def retry_trouble(*, trouble_id: int, actor: User | None, now: datetime) -> None:
    """Try a step again that had failed for one member; the engine does it at its next tick."""
    trouble = Trouble.objects.filter(id=trouble_id, closed_at__isnull=True).first()
    if trouble is None:
        return
    Trouble.objects.filter(id=trouble.id).update(closed_at=now)
    stuck = Enrollment.objects.filter(troubles=trouble, phase=Phase.STUCK)
    stuck.filter(journey__paused_at__isnull=True).update(phase=Phase.READY, due_at=now)
    stuck.update(phase=Phase.READY, due_at=None)
    detail = {"enrollment": trouble.enrollment_id, "step": trouble.step}
    _audit("journey.retried", f"member:{trouble.member_id}", detail, actor, now)


def _read_one(enrollment_id: int, moves: Moves) -> Standing:
    found = read_by_ids([enrollment_id], moves.company)
    if not found:
        raise NotUnderWay
    return found[0]


def _audit(action: str, target: str, detail: Mapping[str, object], actor: User | None, now: datetime) -> None:
    people.write_audit(actor=actor, action=action, target=target, detail=detail, now=now)
