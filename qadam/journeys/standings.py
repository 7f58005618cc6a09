"""Enrollments while the engine moves them: read in bulk, decided in Python, written back once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from qadam.events import operations as events
from qadam.journeys import graphs
from qadam.journeys.models import Enrollment, Phase, Transition, WaitIndex
from qadam.journeys.rules import Graph
from qadam.lib import clock
from qadam.messaging.operations import NewMessage
from qadam.people.models import Company

COLUMNS = (
    "id",
    "journey__slug",
    "version_id",
    "member_id",
    "entry_seq",
    "entered_at",
    "step",
    "visit",
    "armed_at",
    "due_at",
    "horizon_at",
    "member__zone",
    "member__day_zero_at",
)

FIELDS = ("id", "journey", *COLUMNS[2:11])
"""The same, as Standing names them."""

UPDATE = """
UPDATE journeys_enrollment
SET step = %s, visit = %s, phase = %s, armed_at = %s, due_at = %s, left_at = %s, exit_reason = %s
WHERE id = %s AND visit = %s AND left_at IS NULL
"""


@dataclass(slots=True)
class Standing:
    """Where one enrollment stands during a tick; `visit_before` guards the write."""

    id: int
    journey: str
    version_id: int
    member_id: int
    entry_seq: int
    entered_at: datetime
    step: str
    visit: int
    armed_at: datetime
    due_at: datetime | None
    horizon_at: datetime | None
    zone: ZoneInfo
    day_zero: date | None
    visit_before: int
    phase: str = Phase.READY
    left_at: datetime | None = None
    exit_reason: str = ""
    awaited: tuple[str, ...] = ()


def read_standings(enrollments: QuerySet[Enrollment], company: Company) -> list[Standing]:
    """Read live enrollments with what a decision needs of their members."""
    standings = []
    for *own, zone_name, day_zero_at in enrollments.values_list(*COLUMNS):
        zone = clock.zone_of(zone_name, company.zone)
        day_zero = clock.local_date(day_zero_at, zone) if day_zero_at else None
        values: dict[str, Any] = dict(zip(FIELDS, own, strict=True))
        standings.append(Standing(**values, zone=zone, day_zero=day_zero, visit_before=values["visit"]))
    return standings


@dataclass
class Moves:
    """What one tick did, gathered to be written in bulk."""

    now: datetime
    moved: dict[int, Standing] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    facts: list[events.NewEvent] = field(default_factory=list)
    messages: list[NewMessage] = field(default_factory=list)

    @cached_property
    def graphs(self) -> dict[int, Graph]:
        """Every published version's graph, read once for the whole tick."""
        return graphs.all_graphs()

    def take(self, standing: Standing, to_step: str | None, edge: str) -> None:
        """Move one enrollment along an edge; without a step to go to it is finished."""
        if to_step is None:
            self.leave(standing, "finished", edge)
            return
        self._note(standing, to_step, edge)
        standing.step, standing.phase, standing.due_at, standing.awaited = to_step, Phase.READY, None, ()
        standing.armed_at = self.now

    def leave(self, standing: Standing, reason: str, edge: str | None = None) -> None:
        """End one enrollment."""
        self._note(standing, "", edge or reason)
        standing.phase, standing.left_at, standing.exit_reason = Phase.DONE, self.now, reason
        standing.due_at, standing.awaited = None, ()
        self.record("journey.left", standing, self.now, reason=reason)

    def hold(self, standing: Standing, due_at: datetime | None, awaited: tuple[str, ...] = ()) -> None:
        """Let one enrollment wait where it stands."""
        standing.phase, standing.due_at, standing.awaited = Phase.WAITING, due_at, awaited
        self.moved[standing.id] = standing

    def await_outcome(self, standing: Standing, message: NewMessage) -> None:
        """Send a message, and let the enrollment wait for what becomes of it."""
        self.messages.append(message)
        standing.phase = Phase.SENDING
        self.moved[standing.id] = standing

    def record(self, type: str, standing: Standing, at: datetime, **props: object) -> None:
        self.facts.append(
            events.NewEvent(
                type,
                standing.member_id,
                at,
                f"{type}:{standing.id}",
                {"journey": standing.journey, "enrollment": standing.id, **props},
            )
        )

    def _note(self, standing: Standing, to_step: str, edge: str) -> None:
        self.transitions.append(
            Transition(
                enrollment_id=standing.id,
                visit=standing.visit,
                from_step=standing.step,
                to_step=to_step,
                edge=edge,
                at=self.now,
            )
        )
        standing.visit += 1
        self.moved[standing.id] = standing

    def store(self) -> None:
        """Write everything: enrollments guarded by their visit, waits, transitions, events."""
        if not self.moved:
            return
        with connection.cursor() as cursor:
            cursor.executemany(UPDATE, [_row(standing) for standing in self.moved.values()])
        _replace_waits(self.moved.values())
        Transition.objects.bulk_create(self.transitions, batch_size=1_000)
        events.record_many(self.facts, now=self.now)


def _row(standing: Standing) -> Sequence[Any]:
    adapt = connection.ops.adapt_datetimefield_value
    return (
        standing.step,
        standing.visit,
        standing.phase,
        adapt(standing.armed_at),
        adapt(standing.due_at),
        adapt(standing.left_at),
        standing.exit_reason,
        standing.id,
        standing.visit_before,
    )


def _replace_waits(standings: Iterable[Standing]) -> None:
    ids = [standing.id for standing in standings]
    for start in range(0, len(ids), 5_000):
        WaitIndex.objects.filter(enrollment_id__in=ids[start : start + 5_000]).delete()
    WaitIndex.objects.bulk_create(
        [
            WaitIndex(
                enrollment_id=standing.id, visit=standing.visit, member_id=standing.member_id, event_type=event_type
            )
            for standing in standings
            for event_type in standing.awaited
        ],
        batch_size=1_000,
    )
