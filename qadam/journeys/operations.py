"""Publish journeys. A published version is immutable; whoever is under way stays with the version it began with."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext

from qadam.jobs.transactions import write
from qadam.journeys.documents import parse_journey
from qadam.journeys.engine import tick
from qadam.journeys.models import Journey, JourneyVersion
from qadam.journeys.rules import Graph, Send
from qadam.lib.documents import Fault, FaultyDocument, hash_of
from qadam.messaging.queries import newest_templates
from qadam.people import operations as people
from qadam.people.models import User
from qadam.tasks.plans import newest_version

__all__ = ["publish_journey", "tick"]


@write()
def publish_journey(document: Mapping[str, object], *, actor: User | None, now: datetime) -> JourneyVersion:
    """Publish a journey document as the version that new members enter. The same content again changes nothing.

    Raises:
        FaultyDocument: the document has faults, or names a template or plan that doesn't exist.
    """
    graph = parse_journey(document)
    _refuse_missing_content(graph)
    content_hash = hash_of(document)
    journey, _ = Journey.objects.select_for_update().get_or_create(slug=graph.slug, defaults={"launched_at": now})
    if journey.current is not None and journey.current.content_hash == content_hash:
        return journey.current
    version = JourneyVersion.objects.create(
        journey=journey,
        number=journey.versions.count() + 1,
        document=document,
        content_hash=content_hash,
        published_at=now,
        published_by=actor,
    )
    journey.current = version
    journey.save(update_fields=["current"])
    people.write_audit(
        actor=actor,
        action="journey.published",
        target=f"journey:{graph.slug}",
        detail={"number": version.number, "content_hash": content_hash},
        now=now,
    )
    return version


def _refuse_missing_content(graph: Graph) -> None:
    sends = [(step.id, step.act) for step in graph.steps.values() if isinstance(step.act, Send)]
    templates = newest_templates({act.what for _, act in sends if act.channel != "plan"})
    faults = [
        Fault(f"steps.{step_id}.send", gettext("“%(name)s” doesn't exist") % {"name": act.what})
        for step_id, act in sends
        if (newest_version(act.what) is None if act.channel == "plan" else act.what not in templates)
    ]
    if faults:
        raise FaultyDocument(faults)
