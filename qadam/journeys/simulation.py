"""What would happen: the engine itself, under a set clock, in a transaction that is undone at its end.

Nothing is sent and nothing stays. Only the one journey runs; the others stand still. On SQLite the writers' queue is
held meanwhile, so a simulation has a budget of moments (docs/decisions/0009).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q

from qadam.events import operations as events
from qadam.events.consumers import EventRow, read_events
from qadam.events.models import Event
from qadam.jobs import sql
from qadam.jobs.transactions import Unit, attempt, write
from qadam.journeys import engine, graphs, publishing
from qadam.journeys.acting import run
from qadam.journeys.documents import parse_journey
from qadam.journeys.models import Enrollment, Journey, JourneyVersion, Transition
from qadam.journeys.standings import Moves
from qadam.journeys.starting import Candidate, candidate_of, start, start_by_hand
from qadam.journeys.steps import Graph
from qadam.lib.documents import hash_of
from qadam.messaging.channels.protocol import Letter
from qadam.messaging.models import Outbox
from qadam.messaging.rehearsal import rehearse
from qadam.people import consumer as people_consumer
from qadam.people import operations as people
from qadam.people.models import Company, Member
from qadam.people.queries import get_company
from qadam.segments import consumer as segments_consumer
from qadam.tasks import consumer as tasks_consumer

SLUG = "simulation"
MOST_MOMENTS = 400
"""So many moments at most are looked at; a longer story is cut, and says so."""
COHORT_MOMENTS = 45
MOST_ENTRANTS = 500
FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Invented:
    """A member who doesn't exist: registered at the beginning of the simulation."""

    kind: str = "distributor"
    language: str = "kk"
    zone: str = ""
    name: str = "Aigul"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that the simulated member does, so long after the beginning."""

    after: timedelta
    type: str
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on a course, in order: a transition (`from_step`, `to_step`, `edge`), a message, or a happening."""

    at: datetime
    kind: str
    step: str = ""
    to_step: str = ""
    edge: str = ""
    detail: str = ""
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """One member's way through the journey. `step` and `next_at`: where it stands at the end, and until when."""

    member_id: int
    arm: str
    entered_at: datetime
    left_at: datetime | None
    exit_reason: str
    step: str
    next_at: datetime | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """`courses` of everybody who entered; `passed` counts departures by (step, edge). `cut_at`: looked no further."""

    begin: datetime
    until: datetime
    courses: tuple[Course, ...]
    passed: Mapping[tuple[str, str], int]
    exits: Mapping[str, int]
    cut_at: datetime | None
    candidates: int


class _Undo(Exception):
    def __init__(self, result: Simulation) -> None:
        self.result = result


def simulate_member(
    document: Mapping[str, object],
    *,
    member: Member | Invented,
    happenings: Sequence[Happening],
    begin: datetime,
    until: datetime,
) -> Simulation:
    """Run a journey document for one member from `begin` to `until`; to the moment, as the live engine would.

    Raises:
        FaultyDocument: the document can't be published.
        FaultyEvent: a happening isn't as the catalogue says.
    """

    def play(stage: "_Stage") -> None:
        if isinstance(member, Invented):
            new = people.NewMember(
                name=member.name, kind=member.kind, language=member.language, zone=member.zone,
                email="someone@example.com", registered_at=begin,
            )  # fmt: skip
            stage.members = [people.add_members([new], now=begin)[0].id]
        else:
            stage.members = [member.id]
        stage.happenings = sorted(happenings, key=lambda each: each.after)
        stage.round(begin)
        if not stage.enrollments():
            stage.begin_by_hand(stage.members[0], begin)
            stage.round(begin)
        stage.play_to_the_moment(until)

    return _on_stage(document, begin, until, play)


def simulate_entrants(
    document: Mapping[str, object], *, since: datetime, until: datetime, limit: int = MOST_ENTRANTS
) -> Simulation:
    """Run a journey document for the real people who would have entered between `since` and `until`, by what they did.

    They are looked at in `COHORT_MOMENTS` steps, so moments are late by one of these at most. Conditions about the
    present stay in stages, segments and cases see today's.

    Raises:
        FaultyDocument: the document can't be published.
    """

    def play(stage: "_Stage") -> None:
        found = list(_find_entrants(stage.graph, since, until, limit))
        stage.candidates = len(found)
        stage.members = sorted({each.member_id for each in found})
        stage.play_by_steps(found, since, until, (until - since) / COHORT_MOMENTS)

    return _on_stage(document, since, until, play)


def _find_entrants(graph: Graph, since: datetime, until: datetime, limit: int) -> list[Candidate]:
    moments = [sql.instant_param(since), sql.instant_param(until)]
    where = "type = %s AND occurred_at > %s AND occurred_at <= %s AND member_id IS NOT NULL"
    rows = read_events(where, [graph.entry.event_type, *moments], limit=limit * 20)
    found = [each for row in rows if (each := candidate_of(graph, row)) is not None]
    return found[:limit]


def _on_stage(document: Mapping[str, object], begin: datetime, until: datetime, play: Any) -> Simulation:
    try:
        with write() as unit, attempt():
            stage = _Stage(unit, _set_up(document, begin), begin, get_company())
            play(stage)
            raise _Undo(stage.tell(until))
    except _Undo as undo:
        return undo.result


def _set_up(document: Mapping[str, object], begin: datetime) -> Journey:
    """Put the document into a journey of its own, and let all others stand still."""
    graph = parse_journey(document)
    publishing.refuse_missing_content(graph)
    Journey.objects.update(paused_at=begin, current=None)
    journey = Journey.objects.create(slug=SLUG, launched_at=begin)
    journey.current = JourneyVersion.objects.create(
        journey=journey, number=1, document=dict(document), content_hash=hash_of(document), published_at=begin
    )
    journey.save(update_fields=["current"])
    return journey


@dataclass
class _Stage:
    """The simulated world between two moments."""

    unit: Unit
    journey: Journey
    now: datetime
    company: Company
    members: list[int] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    candidates: int = 1
    letters: dict[int, Letter] = field(default_factory=dict)
    told: list[Line] = field(default_factory=list)
    cut_at: datetime | None = None

    def __post_init__(self) -> None:
        assert self.journey.current is not None
        self.graph = graphs.graph_of(self.journey.current)
        self.begin = self.now
        self.last_real = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
        self.position = self.last_real

    def enrollments(self) -> list[int]:
        return list(Enrollment.objects.filter(journey=self.journey).order_by("id").values_list("id", flat=True))

    def begin_by_hand(self, member_id: int, at: datetime) -> None:
        moves = Moves(at, self.company)
        run(start_by_hand(self.journey, self.graph, Candidate(member_id, at), moves), moves)
        engine.finish(moves)

    def begin_for(self, candidates: Sequence[Candidate], now: datetime) -> None:
        moves = Moves(now, self.company)
        run(start(self.journey, self.graph, candidates, moves), moves)
        engine.finish(moves)

    def play_to_the_moment(self, until: datetime) -> None:
        for _ in range(MOST_MOMENTS):
            moment = self._next_moment()
            if moment is None or moment > until:
                return
            self.round(max(moment, self.now))
        self.cut_at = self.now

    def play_by_steps(self, found: list[Candidate], since: datetime, until: datetime, step: timedelta) -> None:
        before = since
        for place in range(1, COHORT_MOMENTS + 1):
            now = since + step * place
            entering = [each for each in found if before < each.at <= now]
            if entering:
                self.begin_for(entering, now)
            self.round(now, since=before)
            before = now

    def round(self, now: datetime, *, since: datetime | None = None) -> None:
        """Bring everything up to `now`; `since`: what the members really did after it is read from the log."""
        self.now = now
        self._do_happenings(now)
        batch = self._real(since, now) if since is not None else []
        for _ in range(MOST_MOMENTS):
            batch += self._news()
            if batch:
                self._hear(batch, now)
            fired = self._fire(now)
            sent, letters = rehearse(enrollment_ids=self.enrollments(), now=now)
            self.letters.update({letter.outbox_id or 0: letter for letter in letters})
            if not batch and not fired and not sent:
                return
            batch = []

    def _do_happenings(self, now: datetime) -> None:
        while self.happenings and self.begin + self.happenings[0].after <= now:
            each = self.happenings.pop(0)
            at = self.begin + each.after
            key = f"{SLUG}:{len(self.told)}"
            events.record_many([events.NewEvent(each.type, self.members[0], at, key, each.props, SLUG)], now=now)
            self.told.append(Line(at, "event", detail=each.type))

    def _news(self) -> list[EventRow]:
        """Put what was recorded into the log now, and read it."""
        self.unit.flush()
        for rows in self.unit.buffers.values():
            rows.clear()
        news = read_events("id > %s", [self.position])
        self.position = news[-1].seq if news else self.position
        return news

    def _real(self, since: datetime, now: datetime) -> list[EventRow]:
        given, params = sql.ids_in(self.members)
        where = f"member_id IN {given} AND occurred_at > %s AND occurred_at <= %s AND id <= %s"
        return read_events(where, [*params, sql.instant_param(since), sql.instant_param(now), self.last_real])

    def _hear(self, batch: list[EventRow], now: datetime) -> None:
        if any(event.seq > self.last_real for event in batch):
            people_consumer.handle([event for event in batch if event.seq > self.last_real], now)
            segments_consumer.handle([event for event in batch if event.seq > self.last_real], now)
        tasks_consumer.handle(batch, now)
        engine.handle(batch, now)

    def _fire(self, now: datetime) -> int:
        due = Enrollment.objects.filter(journey=self.journey, left_at__isnull=True)
        ids = list(due.filter(Q(due_at__lte=now) | Q(horizon_at__lte=now)).order_by("id").values_list("id", flat=True))
        if ids:
            engine.fire(ids, now)
        return len(ids)

    def _next_moment(self) -> datetime | None:
        ours = Enrollment.objects.filter(journey=self.journey, left_at__isnull=True)
        waiting = Outbox.objects.filter(enrollment_id__in=self.enrollments(), status="pending")
        moments = [
            *ours.aggregate(due=Min("due_at"), over=Min("horizon_at")).values(),
            waiting.aggregate(due=Min("due_at"))["due"],
            self.begin + self.happenings[0].after if self.happenings else None,
        ]
        return min((each for each in moments if each is not None), default=None)

    # The result

    def tell(self, until: datetime) -> Simulation:
        rows = list(Enrollment.objects.filter(journey=self.journey).order_by("id"))
        lines = self._lines([row.id for row in rows])
        passed: dict[tuple[str, str], int] = {}
        for own in lines.values():
            for line in own:
                if line.kind == "step":
                    passed[line.step, line.edge] = passed.get((line.step, line.edge), 0) + 1
        exits: dict[str, int] = {}
        for row in rows:
            if row.left_at is not None:
                exits[row.exit_reason] = exits.get(row.exit_reason, 0) + 1
        courses = tuple(self._course(row, lines.get(row.id, [])) for row in rows)
        return Simulation(self.begin, until, courses, passed, exits, self.cut_at, self.candidates)

    def _course(self, row: Enrollment, lines: list[Line]) -> Course:
        told = self.told if len(self.members) == 1 else []
        return Course(
            member_id=row.member_id,
            arm=row.arm,
            entered_at=row.entered_at,
            left_at=row.left_at,
            exit_reason=row.exit_reason,
            step="" if row.left_at else row.step,
            next_at=row.ends_at or row.due_at,
            lines=tuple(sorted([*told, *lines], key=lambda line: line.at)),
        )

    def _lines(self, ids: list[int]) -> dict[int, list[Line]]:
        found: dict[int, list[Line]] = {}
        messages = {
            (each.enrollment_id or 0, each.visit or 0): each for each in Outbox.objects.filter(enrollment_id__in=ids)
        }
        for row in Transition.objects.filter(enrollment_id__in=ids).order_by("id"):
            message = messages.get((row.enrollment_id, row.visit))
            found.setdefault(row.enrollment_id, []).append(
                Line(
                    row.at,
                    "step",
                    step=row.from_step,
                    to_step=row.to_step,
                    edge=row.edge,
                    detail=message.reason or message.template if message else "",
                    letter=self.letters.get(message.id) if message else None,
                )
            )
        return found
