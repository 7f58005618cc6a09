"""What pages ask about journeys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from qadam.journeys import graphs
from qadam.journeys.models import Enrollment, Journey
from qadam.journeys.steps import Graph


@dataclass(frozen=True, slots=True)
class StepCount:
    """One step of the current version, with the members who stand on it now, in any version."""

    id: str
    kind: str
    what: str
    standing: int


@dataclass(frozen=True, slots=True)
class JourneyRow:
    slug: str
    name: str
    number: int
    published_at: datetime
    entered: int
    live: int
    has_goal: bool
    reached_goal: int
    steps: tuple[StepCount, ...]


def list_journeys(language: str) -> list[JourneyRow]:
    """Return every launched journey with its live counts, in the order of slugs."""
    counts: dict[int, Mapping[str, int]] = {
        journey_id: {"entered": entered, "live": live, "reached_goal": reached_goal}
        for journey_id, entered, live, reached_goal in Enrollment.objects.values("journey_id")
        .annotate(
            entered=Count("id"),
            live=Count("id", filter=Q(left_at__isnull=True)),
            reached_goal=Count("id", filter=Q(exit_reason="goal")),
        )
        .values_list("journey_id", "entered", "live", "reached_goal")
    }
    standing = {
        (row["journey_id"], row["step"]): row["n"]
        for row in Enrollment.objects.filter(left_at__isnull=True).values("journey_id", "step").annotate(n=Count("id"))
    }
    return [
        _row(journey, graph, counts.get(journey.id, {}), standing, language)
        for journey, graph in sorted(graphs.current_graphs(), key=lambda pair: pair[0].slug)
    ]


def _row(
    journey: Journey,
    graph: Graph,
    counts: Mapping[str, int],
    standing: dict[tuple[int, str], int],
    language: str,
) -> JourneyRow:
    assert journey.current is not None
    return JourneyRow(
        slug=journey.slug,
        name=graph.name.get(language) or graph.name["en"],
        number=journey.current.number,
        published_at=journey.current.published_at,
        entered=counts.get("entered", 0),
        live=counts.get("live", 0),
        has_goal=graph.goal is not None,
        reached_goal=counts.get("reached_goal", 0),
        steps=tuple(
            StepCount(
                step.id,
                type(step.act).__name__.lower(),
                getattr(step.act, "what", ""),
                standing.get((journey.id, step.id), 0),
            )
            for step in graph.steps.values()
        ),
    )
