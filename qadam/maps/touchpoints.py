"""A touchpoint in full: which events tell that it happened, and how often they did lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qadam.events.catalogue import find_event_type
from qadam.events.models import Event
from qadam.lib.text import words_of
from qadam.maps import feelings
from qadam.maps.errors import UnknownStage
from qadam.maps.models import Channel, Initiator, StageTouchpoint
from qadam.maps.queries import get_current
from qadam.maps.words import CHANNELS, INITIATORS, score_text

WINDOW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class EventCount:
    """One kind of event that tells of a touchpoint. Counted on the whole map, whoever it happened to."""

    type: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class TouchpointPanel:
    """`felt`, `interval`, `answers`: what surveys asked at this very point said; empty where none did."""

    map_slug: str
    stage_key: str
    stage_name: str
    name: str
    icon: str
    channel: str
    initiator: str
    client_action: str
    company_action: str
    importance: int
    events: tuple[EventCount, ...]
    since: datetime
    felt: str
    answers: int


def touchpoint_panel(map_slug: str, stage_key: str, code: str, language: str, now: datetime) -> TouchpointPanel:
    """Return a touchpoint of the valid version with the events of the last 90 days.

    Raises:
        UnknownMap: no version is published.
        UnknownStage: the valid version has no such stage, or the stage no such touchpoint.
    """
    uses = StageTouchpoint.objects.filter(
        stage__version=get_current(map_slug), stage__key=stage_key, touchpoint__code=code
    )
    use = uses.select_related("stage", "touchpoint").first()
    if use is None:
        raise UnknownStage(map=map_slug, stage=f"{stage_key}/{code}")
    touchpoint, since = use.touchpoint, now - WINDOW
    name, icon = CHANNELS[Channel(touchpoint.channel)]
    felt = feelings.measured([stage_key], since=since, until=now, touchpoints=[code]).get(stage_key)
    return TouchpointPanel(
        map_slug=map_slug,
        stage_key=stage_key,
        stage_name=f"{use.stage.position} · {words_of(use.stage.name).in_language(language)}",
        name=words_of(touchpoint.name).in_language(language),
        icon=icon,
        channel=str(name),
        initiator=str(INITIATORS[Initiator(touchpoint.initiator)]),
        client_action=words_of(use.client_action).in_language(language),
        company_action=words_of(use.company_action).in_language(language),
        importance=use.importance,
        events=tuple(_count(each, since, now, language) for each in touchpoint.event_types),
        since=since,
        felt=score_text(felt.mean, language) if felt else "",
        answers=felt.n if felt else 0,
    )


def _count(event_type: str, since: datetime, now: datetime, language: str) -> EventCount:
    known = find_event_type(event_type)
    count = Event.objects.filter(type=event_type, occurred_at__gte=since, occurred_at__lt=now).count()
    return EventCount(event_type, known.words.in_language(language) if known else event_type, count)
