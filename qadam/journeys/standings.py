"""Enrollments while the engine moves them: read in bulk, decided in Python, written back once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from qadam.events import operations as events
from qadam.jobs import sql
from qadam.journeys import graphs
from qadam.journeys.models import Phase
from qadam.journeys.steps import Graph
from qadam.lib import clock
from qadam.messaging.operations import NewMessage
from qadam.people.models import Company

PLACE = {
    "arm": "text",
    "step": "text",
    "visit": "integer",
    "phase": "text",
    "armed_at": "timestamptz",
    "due_at": "timestamptz",
    "ends_at": "timestamptz",
    "ends_by": "text",
    "exposed_at": "timestamptz",
    "sent_at": "timestamptz",
}
"""What a step changes, with the columns' types on PostgreSQL."""

END = {"left_at": "timestamptz", "exit_reason": "text"}
"""What leaving changes too. Apart, because these columns stand in the conditions of indexes, which SQLite would keep
up at every step otherwise (a third of the cost of a step, measured)."""

STATE = {"version_id": "bigint", **PLACE, **END}
"""All that may change; the version by a migration only."""

FIXED = {
    "journey_id": "bigint",
    "member_id": "bigint",
    "entry_key": "text",
    "entry_seq": "bigint",
    "entered_at": "timestamptz",
    "horizon_at": "timestamptz",
}
"""What stays as it was at the entry."""

GUARD = {"id": "bigint", "visit": "integer"}
INSTANTS = {name for name, kind in {**STATE, **FIXED}.items() if kind == "timestamptz"}
COLUMNS = ("id", *FIXED, *STATE)


@dataclass(slots=True)
class Standing:
    """Where one enrollment stands during a tick; `visit_before` guards the write. Fields as in Enrollment."""

    id: int
    journey_id: int
    member_id: int
    entry_key: str
    entry_seq: int
    entered_at: datetime
    horizon_at: datetime | None
    version_id: int
    arm: str
    step: str
    visit: int
    phase: str
    armed_at: datetime
    due_at: datetime | None
    ends_at: datetime | None
    ends_by: str
    exposed_at: datetime | None
    sent_at: datetime | None
    left_at: datetime | None
    exit_reason: str
    zone: ZoneInfo
    day_zero: date | None
    visit_before: int
    phase_before: str = Phase.READY.value
    heard_at: datetime | None = None
    """When the last event that moved it in this tick happened; a sender's clock may run a little ahead of ours."""
    planned_at: datetime | None = None
    """The moment for which the present step was planned, where a timer led to it: deadlines count from there."""

    @property
    def is_control(self) -> bool:
        return self.arm == "control"

    @property
    def is_waiting_still(self) -> bool:
        """Whether it waits where it waited before this tick."""
        return self.phase == Phase.WAITING and self.visit == self.visit_before


def read_standings(
    where: str, params: Sequence[Any], company: Company, *, skips_locked: bool = False
) -> list[Standing]:
    """Read enrollments with what a decision needs of their members, in the order of their ids, and hold them.

    `where` is SQL over `e`, the enrollment. On PostgreSQL the rows stay locked until the transaction ends.
    """
    query = f"{_select()}{where} ORDER BY e.id"
    if connection.vendor == "postgresql":
        query += " FOR UPDATE OF e" + (" SKIP LOCKED" if skips_locked else "")
    with connection.cursor() as cursor:
        cursor.execute(query, list(params))
        return [_standing(row, company) for row in cursor.fetchall()]


def _select() -> str:
    columns = [sql.raw_instant(f"e.{name}") if name in INSTANTS else f"e.{name}" for name in COLUMNS]
    columns += ["m.zone", sql.raw_instant("m.day_zero_at")]
    return f"SELECT {', '.join(columns)} FROM journeys_enrollment e JOIN people_member m ON m.id = e.member_id WHERE "


def read_by_ids(ids: Sequence[int], company: Company, *, skips_locked: bool = False) -> list[Standing]:
    """Read live enrollments by id."""
    given, params = sql.ids_in(ids)
    return read_standings(f"e.id IN {given} AND e.left_at IS NULL", params, company, skips_locked=skips_locked)


def read_live_of(member_ids: Sequence[int], company: Company) -> list[Standing]:
    """Read the live enrollments of members."""
    given, params = sql.ids_in(member_ids)
    return read_standings(f"e.member_id IN {given} AND e.left_at IS NULL", params, company)


def _standing(row: Sequence[Any], company: Company) -> Standing:
    *own, zone_name, day_zero_at = row
    for place in _INSTANT_PLACES:
        if own[place] is not None:
            own[place] = sql.read_instant(own[place])
    zone = clock.zone_of(zone_name, company.zone)
    day_zero = clock.local_date(sql.read_instant(day_zero_at), zone) if day_zero_at else None
    return Standing(*own, zone, day_zero, own[_VISIT], own[_PHASE])  # type: ignore[call-arg]


_INSTANT_PLACES = [place for place, name in enumerate(COLUMNS) if name in INSTANTS]
_VISIT = COLUMNS.index("visit")
_PHASE = COLUMNS.index("phase")


TRANSITION = {
    "enrollment_id": "bigint",
    "visit": "integer",
    "from_step": "text",
    "to_step": "text",
    "edge": "text",
    "at": "timestamptz",
}


@dataclass
class Moves:
    """What one tick did, gathered to be written in bulk."""

    now: datetime
    company: Company
    moved: dict[int, Standing] = field(default_factory=dict)
    transitions: list[tuple[Any, ...]] = field(default_factory=list)
    facts: list[events.NewEvent] = field(default_factory=list)
    messages: list[NewMessage] = field(default_factory=list)
    is_transfer: bool = False
    """Whether versions change: in a migration."""
    known: dict[int, Standing] = field(default_factory=dict)
    """Every enrollment that this tick has read or begun, so that each is one object, whoever asks for it."""
    late_exposures: list[tuple[datetime, int]] = field(default_factory=list)
    """(when a message went out, enrollment) of those that had left already."""

    @cached_property
    def graphs(self) -> Mapping[int, Graph]:
        """Every published version's graph, by the version's id; read once for the whole tick."""
        return graphs.all_graphs()

    @cached_property
    def paused(self) -> frozenset[int]:
        """The ids of the journeys that are paused."""
        return graphs.paused_journeys()

    def adopt(self, standings: Sequence[Standing]) -> list[Standing]:
        """Return the same enrollments, each as the object that this tick knows already."""
        return [self.known.setdefault(standing.id, standing) for standing in standings]

    def graph_of(self, standing: Standing) -> Graph:
        return self.graphs[standing.version_id]

    def take(self, standing: Standing, to_step: str | None, edge: str) -> None:
        """Move one enrollment along an edge; without a step to go to it is finished."""
        if to_step is None:
            self.leave(standing, "finished", edge)
            return
        self._note(standing, to_step, edge)
        standing.step, standing.phase = to_step, Phase.READY.value
        standing.due_at, standing.ends_at, standing.ends_by = None, None, ""
        standing.armed_at = self.now

    def leave(self, standing: Standing, reason: str, edge: str | None = None) -> None:
        """End one enrollment."""
        self._note(standing, "", edge or reason)
        standing.phase, standing.left_at, standing.exit_reason = Phase.DONE.value, self.now, reason
        standing.due_at, standing.ends_at, standing.ends_by = None, None, ""
        self.record("journey.left", standing, self.now, reason=reason)

    def hold(self, standing: Standing, look_at: datetime | None) -> None:
        """Let one enrollment wait where it stands, and look again at `look_at`."""
        standing.phase, standing.due_at = Phase.WAITING.value, look_at
        self.moved[standing.id] = standing

    def await_outcome(self, standing: Standing, message: NewMessage) -> None:
        """Send a message, and let the enrollment wait for what becomes of it."""
        self.messages.append(message)
        standing.phase, standing.due_at = Phase.SENDING.value, None
        self.moved[standing.id] = standing

    def record(self, type: str, standing: Standing, at: datetime, **props: object) -> None:
        known: dict[str, object] = {"journey": self.graph_of(standing).slug, "enrollment": standing.id}
        if standing.arm:
            known["arm"] = standing.arm
        key = f"{type}:{standing.id}"
        self.facts.append(events.NewEvent(type, standing.member_id, at, key, known | props))

    def _note(self, standing: Standing, to_step: str, edge: str) -> None:
        self.transitions.append((standing.id, standing.visit, standing.step, to_step, edge, self.now))
        standing.visit += 1
        self.moved[standing.id] = standing

    def store(self) -> None:
        """Write everything: enrollments guarded by their visit, transitions, events."""
        standings = self.moved.values()
        _change(PLACE, _place_of, [each for each in standings if each.left_at is None and not self.is_transfer])
        _change(STATE, _state_of, [each for each in standings if each.left_at is not None or self.is_transfer])
        sql.insert_many("journeys_transition", TRANSITION, self.transitions)
        _note_exposures(self.late_exposures)
        if self.facts:
            events.record_many(self.facts, now=self.now)


def _note_exposures(exposures: Sequence[tuple[datetime, int]]) -> None:
    """Note messages that went out although their enrollment had left: they were on their way already."""
    with connection.cursor() as cursor:
        for at, enrollment_id in exposures:
            moment = sql.instant_param(at)
            cursor.execute(
                "UPDATE journeys_enrollment SET exposed_at = COALESCE(exposed_at, %s), sent_at = %s WHERE id = %s",
                [moment, moment, enrollment_id],
            )


def _change(columns: sql.Columns, read: Callable[[Standing], tuple[Any, ...]], standings: Sequence[Standing]) -> None:
    rows = [(*read(standing), standing.id, standing.visit_before) for standing in standings]
    sql.change_many("journeys_enrollment", columns, GUARD, rows, only="old.left_at IS NULL")


_place_of = attrgetter(*PLACE)
_state_of = attrgetter(*STATE)
_fixed_of = attrgetter(*FIXED)


def insert_standings(standings: Sequence[Standing]) -> None:
    """Add new enrollments, each with the id that was reserved for it."""
    rows = [(standing.id, *_fixed_of(standing), *_state_of(standing)) for standing in standings]
    sql.insert_many("journeys_enrollment", {"id": "bigint", **FIXED, **STATE}, rows)
