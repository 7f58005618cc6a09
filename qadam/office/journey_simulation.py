"""What would happen: one member's way day by day, or that of the last month's entrants on the tree. Nothing is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from statistics import median
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.events import catalogue
from qadam.journeys import simulation
from qadam.journeys.paths import Message, Move
from qadam.journeys.phrases import tell_events
from qadam.journeys.simulation import MOST_ENTRANTS, Invented, Line, Simulation
from qadam.journeys.steps import Graph
from qadam.lib import clock
from qadam.lib.documents import FaultyDocument
from qadam.lib.errors import DomainError
from qadam.messaging.channels.protocol import Letter
from qadam.office.door import StaffRequest, staff_page
from qadam.office.journey_course import Sentence, is_shown, tell_end, tell_move
from qadam.office.journey_draft import SEES, Draft
from qadam.office.journey_fields import LANGUAGE_NAMES
from qadam.office.journey_pages import language
from qadam.office.journey_simulation_form import Form, Reader
from qadam.office.journey_tree import Tree, draw_tree
from qadam.office.journey_versions import graph_of_draft, read_newest
from qadam.office.people import KINDS, find_people
from qadam.people import access
from qadam.people.models import Company, Member, User

MOST_FOUND = 8
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; a message that would go out carries its letter."""

    at: datetime
    sentence: Sentence
    letter: Letter | None
    is_happening: bool


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """`number` counts local days from the beginning, which is day 0."""

    on: date
    number: int
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One member's simulated way. Without an end, `stands` says where they are, and `next_at` until when."""

    name: str
    zone: str
    arm: str
    days: tuple[SimulatedDay, ...]
    end: str
    left_at: datetime | None
    stands: str
    next_at: datetime | None
    until: datetime
    cut_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepCount:
    """What the entrants did at a step, in the words of the tree's numbers."""

    entered: int
    waiting: int
    left: int
    sent: int
    withheld: int
    kept_back: int
    opened: int | None = None
    """Nobody opens a letter that isn't sent."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The entrants of a month. `exits`: [(why, how many, share)]; `days`: the median of those who have left."""

    tree: Tree
    entered: int
    candidates: int
    is_cut: bool
    live: int
    exits: tuple[tuple[str, int, float], ...]
    days: float | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SimulationPage:
    draft: Draft
    document: str
    documents: tuple[str, ...]
    mode: str
    form: Form
    reader: Reader
    found: tuple[Member, ...]
    member: Member | None
    zones: Sequence[str]
    company_zone: str
    kinds: tuple[tuple[str, object], ...]
    languages: tuple[tuple[str, str], ...]
    told: Told | None
    crowd: Crowd | None
    refused: str
    now: datetime

    @property
    def event_types(self) -> list[tuple[str, str]]:
        return [(each.name, each.words.in_language(language())) for each in self.reader.event_types()]


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@staff_page(*SEES)
def simulate(request: StaffRequest, slug: str) -> HttpResponse:
    """Show the form; with `do=run`, what would happen."""
    page = _page(request, slug)
    parts = {"simulation": "_journey_simulation", "found": "_journey_simulation_found"}
    name = parts.get(request.htmx.target or "", "journey_simulation")
    return render(request, f"office/{name}.html", {"page": page})


def _page(request: StaffRequest, slug: str) -> SimulationPage:
    drafts = read_newest(slug)
    asked = request.GET.get("document", "")
    document = asked if asked in drafts else next(iter(drafts))
    draft = drafts[document]
    graph, now = graph_of_draft(draft), clock.utc_now()
    reader = Reader(graph, request.company.currency, language())
    form = reader.read(request.GET)
    mode = "entrants" if request.GET.get("mode") == "entrants" else "member"
    member = _find_member(request.user, form)
    told, crowd, refused = None, None, ""
    if request.GET.get("do") == "run":
        scene = Scene(draft, graph, form, member, request.company, now)
        told, crowd, refused = _run(scene, mode)
    return SimulationPage(
        draft=draft,
        document=document,
        documents=tuple(drafts),
        mode=mode,
        form=form,
        reader=reader,
        found=_find(request.user, form),
        member=member,
        zones=_zones(),
        company_zone=request.company.zone,
        kinds=tuple(KINDS.items()),
        languages=tuple(LANGUAGE_NAMES.items()),
        told=told,
        crowd=crowd,
        refused=refused,
        now=now,
    )


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(name for name in available_timezones() if name.startswith(("Asia/", "Europe/", "America/"))))


def _find_member(user: User, form: Form) -> Member | None:
    if form.who != "member" or form.member_id is None:
        return None
    return access.visible_members(user).filter(id=form.member_id).first()


def _find(user: User, form: Form) -> tuple[Member, ...]:
    if form.who != "member" or len(form.query.strip()) < 2:
        return ()
    return tuple(find_people(access.visible_members(user), form.query)[:MOST_FOUND])


@dataclass(frozen=True, slots=True)
class Scene:
    """What is simulated, for whom, and from when."""

    draft: Draft
    graph: Graph | None
    form: Form
    member: Member | None
    company: Company
    now: datetime


def _run(scene: Scene, mode: str) -> tuple[Told | None, Crowd | None, str]:
    """Simulate what is asked for. The third is why it can't be."""
    if scene.graph is None or scene.draft.faults:
        return None, None, _("The draft isn't complete, so it can't be simulated.")
    try:
        if mode == "entrants":
            return None, _simulate_crowd(scene.draft, scene.now), ""
        if scene.form.who == "member" and scene.member is None:
            return None, None, _("Choose a member first.")
        if scene.form.is_faulty:
            return None, None, _("Something that happens isn't complete.")
        return _simulate_one(scene, scene.graph), None, ""
    except FaultyDocument as error:
        return None, None, "\n".join(fault.message for fault in error.faults)
    except DomainError as error:
        return None, None, str(error)


# ── One member ────────────────────────────────────────────


def _simulate_one(scene: Scene, graph: Graph) -> Told:
    form, member, now = scene.form, scene.member, scene.now
    invented = Invented(form.kind, form.language, form.zone)
    found = simulation.simulate_member(
        scene.draft.document,
        member=member or invented,
        happenings=form.happenings,
        begin=now,
        until=now + timedelta(days=form.days),
    )
    zone = clock.zone_of(member.zone if member else form.zone, scene.company.zone)
    name = member.name if member else _("An invented member")
    with timezone.override(zone):
        return _tell(found, scene.draft, graph, name, zone)


def _tell(found: Simulation, draft: Draft, graph: Graph, name: str, zone: ZoneInfo) -> Told:
    course = found.courses[0]
    shown = [line for line in course.lines if line.kind == "event" or is_shown(_move_of(line), graph)]
    days = groupby(shown, key=lambda line: clock.local_date(line.at, zone))
    first = clock.local_date(found.begin, zone)
    return Told(
        name=name,
        zone=zone.key,
        arm=course.arm,
        days=tuple(
            SimulatedDay(on, (on - first).days, tuple(_moment(line, draft, graph) for line in lines))
            for on, lines in days
        ),
        end=tell_end(course.exit_reason) if course.left_at else "",
        left_at=course.left_at,
        stands=draft.names.steps.get(course.step, course.step),
        next_at=course.next_at if not course.left_at else None,
        until=found.until,
        cut_at=found.cut_at,
    )


def _moment(line: Line, draft: Draft, graph: Graph) -> Moment:
    if line.kind == "event":
        text = _("Happens: %(event)s") % {"event": tell_events((line.detail,), {})}
        known = catalogue.find_event_type(line.detail)
        return Moment(line.at, Sentence("zap", text if known else line.detail), None, is_happening=True)
    return Moment(line.at, tell_move(_move_of(line), graph, draft.names), line.letter, is_happening=False)


def _move_of(line: Line) -> Move:
    """Return a simulated transition as a real one; its detail is the reason where the message stayed."""
    is_reason = line.detail and not line.letter and line.edge not in ("sent", "withheld")
    message = Message("", line.edge, line.detail, None, None) if is_reason else None
    return Move(line.at, line.step, line.to_step, line.edge, message)


# ── Last month's entrants ─────────────────────────────────


def _simulate_crowd(draft: Draft, now: datetime) -> Crowd:
    since = now - MONTH
    found = simulation.simulate_entrants(draft.document, since=since, until=now)
    gone = [course for course in found.courses if course.left_at]
    lengths = [(course.left_at - course.entered_at) / timedelta(days=1) for course in gone if course.left_at]
    exits = sorted(found.exits.items(), key=lambda pair: -pair[1])
    entered = len(found.courses)
    return Crowd(
        tree=draw_tree(draft, _counts(found)),
        entered=entered,
        candidates=found.candidates,
        is_cut=found.candidates >= MOST_ENTRANTS,
        live=entered - len(gone),
        exits=tuple((tell_end(reason), number, number / entered) for reason, number in exits),
        days=round(median(lengths), 1) if lengths else None,
        since=since,
        until=now,
    )


def _counts(found: Simulation) -> dict[str, StepCount]:
    waiting: dict[str, int] = {}
    for course in found.courses:
        if course.step:
            waiting[course.step] = waiting.get(course.step, 0) + 1
    steps = {step for step, _edge in found.passed} | set(waiting)
    return {step: _count(step, waiting.get(step, 0), found) for step in steps}


def _count(step: str, waiting: int, found: Simulation) -> StepCount:
    edges = {edge: number for (own, edge), number in found.passed.items() if own == step}
    left = sum(edges.values())
    kept = sum(edges.get(edge, 0) for edge in ("suppressed", "failed", "expired", "unknown"))
    return StepCount(left + waiting, waiting, left, edges.get("sent", 0), edges.get("withheld", 0), kept)
