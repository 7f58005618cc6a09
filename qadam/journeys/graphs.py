"""Parsed graphs of published versions. A version never changes, so each is parsed once per process."""

from functools import lru_cache

from qadam.journeys.documents import parse_journey
from qadam.journeys.models import Journey, JourneyVersion
from qadam.journeys.steps import Graph


@lru_cache(maxsize=512)
def _parse(content_hash: str, version_id: int) -> Graph:
    del content_hash
    return parse_journey(JourneyVersion.objects.values_list("document", flat=True).get(id=version_id))


def graph_of(version: JourneyVersion) -> Graph:
    return _parse(version.content_hash, version.id)


def all_graphs() -> dict[int, Graph]:
    """Return {version id: graph} of every published version."""
    rows = JourneyVersion.objects.values_list("id", "content_hash")
    return {version_id: _parse(content_hash, version_id) for version_id, content_hash in rows}


def current_graphs() -> list[tuple[Journey, Graph]]:
    """Return every launched journey with the graph that new members enter."""
    journeys = Journey.objects.filter(current__isnull=False).select_related("current").defer("current__document")
    journeys = journeys.defer("draft", "current__document")
    return [(journey, graph_of(journey.current)) for journey in journeys if journey.current is not None]


def paused_journeys() -> frozenset[int]:
    """Return the ids of the journeys that are paused."""
    return frozenset(Journey.objects.filter(paused_at__isnull=False).values_list("id", flat=True))
