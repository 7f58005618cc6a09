"""What publishing a journey needs beside its own document: what it names must exist, and its entry be watched."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext

from qadam.journeys import graphs
from qadam.journeys.documents import SEGMENT_PREFIX
from qadam.journeys.models import Journey, Phase
from qadam.journeys.standings import Moves, Standing
from qadam.journeys.steps import Enroll, Graph, Send, Set
from qadam.lib.documents import Fault, FaultyDocument
from qadam.messaging import operations as messaging
from qadam.messaging.queries import newest_templates
from qadam.people.models import MembershipKind
from qadam.segments import operations as segments
from qadam.segments.models import Mode, Rule
from qadam.surveys import queries as surveys
from qadam.tasks.plans import newest_version

SEGMENT = MembershipKind.SEGMENT.value


def refuse_missing_content(graph: Graph) -> None:
    """Refuse a journey that names what doesn't exist.

    Raises:
        FaultyDocument: a fault for each step that does.
    """
    faults = [*_missing_sends(graph), *_missing_journeys(graph), *_ruled_tags(graph)]
    if faults:
        raise FaultyDocument(faults)


def _missing_sends(graph: Graph) -> Iterator[Fault]:
    sends = [(step.id, step.act) for step in graph.steps.values() if isinstance(step.act, Send)]
    templates = newest_templates({act.template for _, act in sends if act.is_message})
    for step_id, act in sends:
        place = f"steps.{step_id}.send"
        if newest_version(act.what) is None if not act.is_message else act.template not in templates:
            yield Fault(place, gettext("“%(name)s” doesn't exist") % {"name": act.what})
        elif act.is_message and templates[act.template].channel != act.carrier:
            words = {"name": act.what, "channel": templates[act.template].channel}
            yield Fault(place, gettext("the template “%(name)s” is for the channel %(channel)s") % words)
        elif act.is_survey and (missing := surveys.missing_check(act.what)):
            words = {"name": act.what, "checks": missing}
            yield Fault(place, gettext("the survey “%(name)s” checks “%(checks)s”, which doesn't exist") % words)


def _missing_journeys(graph: Graph) -> Iterator[Fault]:
    named = {step.id: step.act.journey for step in graph.steps.values() if isinstance(step.act, Enroll)}
    known = set(Journey.objects.filter(slug__in=named.values()).values_list("slug", flat=True)) | {graph.slug}
    for step_id, slug in named.items():
        if slug not in known:
            yield Fault(f"steps.{step_id}.enroll", gettext("“%(name)s” doesn't exist") % {"name": slug})


def _ruled_tags(graph: Graph) -> Iterator[Fault]:
    tags = {step.id: step.act for step in graph.steps.values() if isinstance(step.act, Set) and step.act.kind == "tag"}
    ruled = Rule.objects.filter(kind=SEGMENT, is_active=True, key__in=[act.name for act in tags.values()])
    keys = set(ruled.values_list("key", flat=True))
    for step_id, act in tags.items():
        if act.name in keys:
            message = gettext("“%(name)s” is a segment with a rule of its own; choose another tag")
            yield Fault(f"steps.{step_id}.set", message % {"name": act.name})


def watch_entries(journey: Journey, now: datetime) -> None:
    """Keep the segments of the journeys that a condition begins; nobody enters whom a changed one finds at once."""
    definitions = {
        SEGMENT_PREFIX + graph.slug: (graph.entry.when, Mode.LIVE.value)
        for _, graph in graphs.current_graphs()
        if graph.entry.when is not None
    }
    changed = segments.define_rules(SEGMENT, definitions, now=now, prefix=SEGMENT_PREFIX)
    if (SEGMENT, SEGMENT_PREFIX + journey.slug) in changed:
        Journey.objects.filter(id=journey.id).update(launched_at=now)
    segments.evaluate_everybody(changed, now=now)


def take_back(standing: Standing, moves: Moves) -> None:
    """Suppress the message that an enrollment waits for, as it is moved elsewhere."""
    if standing.phase == Phase.SENDING:
        messaging.cancel_messages(enrollment_ids=[standing.id], reason="moved", now=moves.now)
