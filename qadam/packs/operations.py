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
from qadam.people.consent_texts import publish_consent
from qadam.people.models import Company, User
from qadam.people.terms import publish_terms
from qadam.recognition import publishing as recognition
from qadam.recognition import social_publishing as together
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


Publisher = Callable[[Any, User | None, datetime], object]


def _by_keyword(publish: Callable[..., object]) -> Publisher:
    """Pass the document on by its name, as most apps' operations want it."""
    return lambda content, actor, now: publish(document=content, actor=actor, now=now)


def _by_place(publish: Callable[..., object]) -> Publisher:
    return lambda content, actor, now: publish(content, actor=actor, now=now)


PUBLISHERS: dict[str, Publisher] = {
    "policy": _by_keyword(messaging.set_policy),
    "consent": _by_keyword(publish_consent),
    "terms": _by_keyword(publish_terms),
    "template": _by_keyword(messaging.publish_template),
    "plan": _by_keyword(tasks.publish_plan),
    "segment": _by_place(segments.publish_segment),
    "segmentation": _by_place(segments.publish_segmentation),
    "survey": _by_keyword(surveys.publish_survey),
    "point rule": _by_keyword(recognition.publish_point_rule),
    "levels": _by_keyword(recognition.publish_levels),
    "streak": _by_keyword(recognition.publish_streak),
    "badge": _by_keyword(recognition.publish_badge),
    "challenge": _by_keyword(together.publish_challenge),
    "board": _by_keyword(together.publish_board),
    # A case begins to run when the map that names it is published.
    "case": _by_place(cases.save_case),
    "journey": _by_place(journeys.publish_journey),
    "map": _by_place(maps.publish_map_document),
}
