"""Apply a pack: every document through the operation of the app that owns it, in one transaction."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from qadam.cases import operations as cases
from qadam.events import ingest
from qadam.jobs.transactions import write
from qadam.journeys import operations as journeys
from qadam.maps import operations as maps
from qadam.messaging import operations as messaging
from qadam.packs.documents import Pack, PackDocument, with_source
from qadam.packs.queries import Change, State, plan_pack
from qadam.people import operations as people
from qadam.people.models import Company, User
from qadam.segments import publishing as segments
from qadam.surveys import operations as surveys
from qadam.tasks import operations as tasks


@write()
def apply_pack(pack: Pack, *, actor: User | None, now: datetime) -> list[Change]:
    """Publish every document of a pack; return what was new or changed. What is there already changes nothing.

    The company's settings are defaults: they are set only where there is no company yet.

    Raises:
        FaultyPack: an app refuses a document, with file and line; nothing is written then.
        GateRefused: the map isn't fit to be published; nothing is written then.
    """
    changes = [change for change in plan_pack(pack) if change.state is not State.SAME]
    if pack.company is not None and not Company.objects.exists():
        people.set_company(**asdict(pack.company))
    ingest.ensure_default_mappings(now)
    for document in pack.documents:
        _publish(document, actor, now)
    if changes:
        detail = {"version": pack.version, "changed": [f"{change.kind}:{change.name}" for change in changes]}
        people.write_audit(actor=actor, action="pack.applied", target=f"pack:{pack.name}", detail=detail, now=now)
    return changes


def _publish(document: PackDocument, actor: User | None, now: datetime) -> None:
    with_source(document.source, lambda: PUBLISHERS[document.kind](document.content, actor, now))


def _template(content: Any, actor: User | None, now: datetime) -> object:
    return messaging.publish_template(document=content, actor=actor, now=now)


def _plan(content: Any, actor: User | None, now: datetime) -> object:
    return tasks.publish_plan(document=content, actor=actor, now=now)


def _policy(content: Any, actor: User | None, now: datetime) -> object:
    return messaging.set_policy(document=content, actor=actor, now=now)


def _segment(content: Any, actor: User | None, now: datetime) -> object:
    return segments.publish_segment(content, actor=actor, now=now)


def _segmentation(content: Any, actor: User | None, now: datetime) -> object:
    return segments.publish_segmentation(content, actor=actor, now=now)


def _survey(content: Any, actor: User | None, now: datetime) -> object:
    return surveys.publish_survey(document=content, actor=actor, now=now)


def _case(content: Any, actor: User | None, now: datetime) -> object:
    """A case begins to run when the map that names it is published."""
    return cases.save_case(content, actor=actor, now=now)


def _journey(content: Any, actor: User | None, now: datetime) -> object:
    return journeys.publish_journey(content, actor=actor, now=now)


def _map(content: Any, actor: User | None, now: datetime) -> object:
    return maps.publish_map_document(content, actor=actor, now=now)


PUBLISHERS: dict[str, Callable[[Any, User | None, datetime], object]] = {
    "policy": _policy,
    "template": _template,
    "plan": _plan,
    "segment": _segment,
    "segmentation": _segmentation,
    "survey": _survey,
    "case": _case,
    "journey": _journey,
    "map": _map,
}
