"""The engine: one statement per decision, not one per member.

A tick handles, in this order: goals and exits, waits that an event ends, new entries (all from the next batch of
the log), then timers that are due. Members that became ready run until they wait, and everything is written at
once in the transaction that also moves the cursor.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet

from qadam import conditions
from qadam.events.consumers import EventRow, advance_to_end, hold_cursor
from qadam.events.models import Event
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import write
from qadam.journeys import graphs
from qadam.journeys.endings import end_by_events, end_by_rules, is_true
from qadam.journeys.errors import EndlessLoop
from qadam.journeys.models import Enrollment, Journey, Phase, WaitIndex
from qadam.journeys.rules import (
    MAX_HOPS,
    Await,
    Branch,
    Exit,
    Graph,
    Pause,
    Send,
    Until,
    end_of_pause,
    end_of_until,
    matches_where,
)
from qadam.journeys.standings import Moves, Standing, read_standings
from qadam.lib import clock
from qadam.messaging import operations as messaging
from qadam.people.models import Company
from qadam.people.queries import get_company
from qadam.tasks import operations as tasks

NAME = "journeys"
OUTCOMES = ("message.sent", "message.suppressed", "message.failed", "message.expired", "message.unknown")
BATCH = 5_000


def tick(now: datetime) -> int:
    """Bring every journey up to `now`. Equal `now`, equal result. Return how many events and timers were handled."""
    return advance_to_end(NAME, handle, now=now) + fire_due(now)


def next_due() -> datetime | None:
    """Return the instant of the next timer, or None."""
    due = Enrollment.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True)
    horizon = Enrollment.objects.filter(horizon_at__isnull=False, left_at__isnull=True).order_by("horizon_at")
    moments = [due.first(), horizon.values_list("horizon_at", flat=True).first()]
    return min((moment for moment in moments if moment is not None), default=None)


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Apply a batch of the log (the consumer of `journeys`)."""
    company = get_company()
    moves = Moves(now)
    end_by_events(batch, moves, company)
    ready = _take_outcomes(batch, moves, company) + _wake(batch, moves, company)
    ready += _enter(batch, moves, company)
    _run(ready, moves)
    _finish(moves)


def fire_due(now: datetime) -> int:
    """Fire timers whose moment has come, at most `BATCH` in one transaction. Return how many there were."""
    total = 0
    while _due(now).exists():
        total += _fire_some(now)
    return total


def _due(now: datetime) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(left_at__isnull=True).filter(Q(due_at__lte=now) | Q(horizon_at__lte=now))


@write()
def _fire_some(now: datetime) -> int:
    hold_cursor(NAME)
    due = list(_due(now).order_by("id").values_list("id", flat=True)[:BATCH])
    if not due:
        return 0
    company = get_company()
    moves = Moves(now)
    end_by_rules(Enrollment.objects.filter(id__in=due), moves, company, at={})
    left = [each for each in due if each not in moves.moved]
    ready = []
    for standing in read_standings(Enrollment.objects.filter(id__in=left), company):
        if standing.horizon_at is not None and standing.horizon_at <= now:
            moves.leave(standing, "horizon")
        else:
            ready.append(standing)
    _take_timeouts(ready, moves)
    _run(ready, moves)
    _finish(moves)
    return len(due)


def _finish(moves: Moves) -> None:
    gone = [standing.id for standing in moves.moved.values() if standing.left_at is not None]
    if gone:
        messaging.cancel_messages(enrollment_ids=gone, reason="left", now=moves.now)
    if moves.messages:
        messaging.queue_messages(moves.messages, now=moves.now)
    moves.store()


# What ends a wait


def _take_outcomes(batch: Sequence[EventRow], moves: Moves, company: Company) -> list[Standing]:
    """Move on the enrollments whose message has an outcome now."""
    outcomes = {
        event.props["enrollment"]: event for event in batch if event.type in OUTCOMES and "enrollment" in event.props
    }
    ready = []
    for ids in chunks(sorted(outcomes)):
        sending = Enrollment.objects.filter(id__in=ids, phase=Phase.SENDING)
        for standing in read_standings(sending, company):
            event = outcomes[standing.id]
            if standing.visit != event.props["visit"] or standing.id in moves.moved:
                continue
            outcome = event.type.removeprefix("message.")
            step = moves.graphs[standing.version_id].steps[standing.step]
            assert isinstance(step.act, Send)
            moves.take(standing, (step.act.edges or {}).get(outcome, step.next), outcome)
            ready.append(standing)
    return ready


def _wake(batch: Sequence[EventRow], moves: Moves, company: Company) -> list[Standing]:
    """Move on the enrollments that waited for an event of this batch. At exactly the deadline the event wins."""
    by_member: dict[int, list[EventRow]] = defaultdict(list)
    for event in batch:
        if event.member_id is not None:
            by_member[event.member_id].append(event)
    types = {event.type for event in batch} & _awaited_types(moves.graphs.values())
    ready: list[Standing] = []
    if not types:
        return ready
    for members in chunks(sorted(by_member)):
        waiting = WaitIndex.objects.filter(member_id__in=members, event_type__in=types, visit=F("enrollment__visit"))
        found = Enrollment.objects.filter(id__in=waiting.values("enrollment_id"), phase=Phase.WAITING)
        for standing in read_standings(found, company):
            step = moves.graphs[standing.version_id].steps[standing.step]
            assert isinstance(step.act, Await)
            if standing.id not in moves.moved and _is_awaited(standing, step.act, by_member[standing.member_id]):
                moves.take(standing, step.next, "event")
                ready.append(standing)
    return ready


def _awaited_types(parsed: Iterable[Graph]) -> set[str]:
    return {
        event_type
        for graph in parsed
        for step in graph.steps.values()
        if isinstance(step.act, Await)
        for event_type in step.act.event_types
    }


def _is_awaited(standing: Standing, wait: Await, happened: Iterable[EventRow]) -> bool:
    since = standing.entered_at if wait.since == "entry" else standing.armed_at
    return any(
        event.type in wait.event_types
        and event.seq != standing.entry_seq
        and event.occurred_at >= since
        and (standing.due_at is None or event.occurred_at <= standing.due_at)
        and matches_where(wait.where, event.props)
        for event in happened
    )


def _take_timeouts(standings: Sequence[Standing], moves: Moves) -> None:
    """Move on the enrollments whose timer is due."""
    for standing in standings:
        step = moves.graphs[standing.version_id].steps[standing.step]
        if isinstance(step.act, Await):
            moves.take(standing, step.act.on_timeout or step.next, "timeout")
        else:
            moves.take(standing, step.next, "due")


# Entries


def _enter(batch: Sequence[EventRow], moves: Moves, company: Company) -> list[Standing]:
    created: list[int] = []
    for journey, graph in graphs.current_graphs():
        first: dict[int, EventRow] = {}
        for event in batch:
            if _starts(event, journey, graph):
                assert event.member_id is not None
                first.setdefault(event.member_id, event)
        if first:
            created += _enroll(journey, graph, first, moves.now)
    ready = []
    for ids in chunks(created):
        fresh = Enrollment.objects.filter(id__in=ids)
        standings = read_standings(fresh.order_by("id"), company)
        for standing in standings:
            moves.record("journey.entered", standing, standing.entered_at)
        end_by_rules(fresh, moves, company, at={})
        ready += [standing for standing in standings if standing.id not in moves.moved]
    return ready


def _starts(event: EventRow, journey: Journey, graph: Graph) -> bool:
    return (
        event.type == graph.entry.event_type
        and event.member_id is not None
        and event.occurred_at >= journey.launched_at
        and matches_where(graph.entry.where, event.props)
    )


def _enroll(journey: Journey, graph: Graph, first: dict[int, EventRow], now: datetime) -> list[int]:
    """Begin the journey for members who never were in it (re-entry `once`). Return the new enrollments."""
    assert journey.current_id is not None
    already: set[int] = set()
    for members in chunks(sorted(first)):
        been = Enrollment.objects.filter(journey=journey, member_id__in=members)
        already.update(been.values_list("member_id", flat=True))
    created = Enrollment.objects.bulk_create(
        [
            Enrollment(
                journey=journey,
                version_id=journey.current_id,
                member_id=member_id,
                entry_seq=event.seq,
                entered_at=event.occurred_at,
                step=graph.first,
                armed_at=now,
                horizon_at=event.occurred_at + graph.horizon if graph.horizon else None,
            )
            for member_id, event in first.items()
            if member_id not in already
        ],
        batch_size=1_000,
    )
    return [enrollment.id for enrollment in created]


# Running


def _run(standings: Sequence[Standing], moves: Moves) -> None:
    """Let ready enrollments act, step after step, until each waits, sends or has left."""
    ready = [standing for standing in standings if standing.left_at is None]
    for _ in range(MAX_HOPS):
        if not ready:
            return
        groups: dict[tuple[int, str], list[Standing]] = defaultdict(list)
        for standing in ready:
            groups[standing.version_id, standing.step].append(standing)
        for (version_id, step), group in groups.items():
            _act(moves.graphs[version_id], step, group, moves)
        ready = [standing for standing in ready if standing.phase == Phase.READY]
    raise EndlessLoop(journey=ready[0].journey, step=ready[0].step)


def _act(graph: Graph, step_id: str, group: Sequence[Standing], moves: Moves) -> None:
    step = graph.steps[step_id]
    match step.act:
        case Send(channel="plan"):
            since = {standing.member_id: standing.entered_at for standing in group}
            tasks.assign_plan(plan=step.act.what, member_ids=list(since), since=since, now=moves.now)
            for standing in group:
                moves.take(standing, step.next, "next")
        case Send():
            _send(graph, step.act, group, moves)
        case Pause():
            for standing in group:
                moves.hold(standing, end_of_pause(step.act, standing.armed_at, standing.zone))
        case Until():
            for standing in group:
                moves.hold(standing, end_of_until(step.act, standing.armed_at, standing.zone, standing.day_zero))
        case Await():
            _wait_for_event(step.act, step.next, group, moves)
        case Branch():
            _branch(step.act, group, moves)
        case Exit():
            for standing in group:
                moves.leave(standing, step.act.reason)
    _pass_elapsed(step.act, step.next, group, moves)


def _pass_elapsed(act: object, next_step: str | None, group: Sequence[Standing], moves: Moves) -> None:
    """A wall time that is past already on arrival doesn't hold anybody."""
    if isinstance(act, Pause | Until):
        for standing in group:
            if standing.due_at is not None and standing.due_at <= moves.now:
                moves.take(standing, next_step, "due")


def _send(graph: Graph, send: Send, group: Sequence[Standing], moves: Moves) -> None:
    stop_when = _stop_condition(graph)
    for standing in group:
        message = messaging.NewMessage(
            key=f"enrollment:{standing.id}:{standing.visit}",
            member_id=standing.member_id,
            template=send.what,
            channel=send.channel,
            due_at=moves.now,
            deadline_at=moves.now + send.deadline if send.deadline else None,
            stop_when=stop_when,
            since=standing.entered_at,
            enrollment_id=standing.id,
            visit=standing.visit,
        )
        moves.await_outcome(standing, message)


def _stop_condition(graph: Graph) -> dict[str, object] | None:
    """Return what makes a queued message pointless: the journey's goal or exit rule."""
    rules = [conditions.as_document(rule) for rule in (graph.goal, graph.exit) if rule is not None]
    return {"any": rules} if rules else None


def _wait_for_event(wait: Await, next_step: str | None, group: Sequence[Standing], moves: Moves) -> None:
    happened = _happened_since_entry(wait, group, moves.now) if wait.since == "entry" else {}
    for standing in group:
        standing.due_at = None
        if _is_awaited(standing, wait, happened.get(standing.member_id, ())):
            moves.take(standing, next_step, "event")
        else:
            due_at = end_of_pause(wait.timeout, standing.armed_at, standing.zone)
            moves.hold(standing, due_at, wait.event_types)


def _happened_since_entry(wait: Await, group: Sequence[Standing], now: datetime) -> dict[int, list[EventRow]]:
    happened: dict[int, list[EventRow]] = defaultdict(list)
    earliest = min(standing.entered_at for standing in group)
    for members in chunks(sorted({standing.member_id for standing in group})):
        rows = Event.objects.filter(
            member_id__in=members,
            type__in=wait.event_types,
            occurred_at__gte=earliest,
            occurred_at__lte=now + clock.CLOCK_SKEW,
        ).values_list("id", "type", "member_id", "occurred_at", "props")
        for row in rows:
            event = EventRow(*row)
            assert event.member_id is not None
            happened[event.member_id].append(event)
    return happened


def _branch(branch: Branch, group: Sequence[Standing], moves: Moves) -> None:
    """Send each enrollment the first way whose condition holds: one statement per way for the whole group."""
    undecided = {standing.id: standing for standing in group}
    for condition, goto in branch.ways:
        for ids in chunks(sorted(undecided)):
            found = Enrollment.objects.filter(id__in=ids).filter(is_true(condition, moves.now))
            for enrollment_id in found.values_list("id", flat=True):
                moves.take(undecided.pop(enrollment_id), goto, "branch")
    for standing in undecided.values():
        moves.take(standing, branch.otherwise, "else")
