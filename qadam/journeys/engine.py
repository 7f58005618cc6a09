"""The engine: one statement per decision, not one per member.

A tick handles, in this order: goals and exits, waits that an event or a condition ends, new entries (all from the
next batch of the log), then timers that are due. Members that became ready run until they wait, and everything is
written at once in the transaction that also moves the cursor.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from qadam import conditions
from qadam.conditions import Condition
from qadam.events.consumers import EventRow, advance_to_end
from qadam.jobs.transactions import write
from qadam.journeys import awaiting, graphs, isolation
from qadam.journeys.acting import run, settle_waits
from qadam.journeys.conversions import note_conversions
from qadam.journeys.endings import end_by_rules
from qadam.journeys.models import Backfill, Enrollment, Phase, Trouble
from qadam.journeys.standings import Moves, Standing, read_by_ids, read_live_of
from qadam.journeys.starting import enter, next_backfill
from qadam.journeys.steps import Graph, Wait
from qadam.lib import clock
from qadam.messaging import operations as messaging
from qadam.people.queries import get_company
from qadam.segments.rules import newest_by_type

NAME = "journeys"
BATCH = 5_000


def tick(now: datetime) -> int:
    """Bring every journey up to `now`. Equal `now`, equal result. Return how many events and timers were handled."""
    return advance_to_end(NAME, handle, now=now) + fire_due(now)


def next_due() -> datetime | None:
    """Return the instant of the next timer, or None. What stands in a paused journey has none."""
    due = Enrollment.objects.filter(due_at__isnull=False, journey__paused_at__isnull=True).order_by("due_at")
    horizon = Enrollment.objects.filter(horizon_at__isnull=False, left_at__isnull=True, journey__paused_at__isnull=True)
    backfill = Backfill.objects.filter(next_at__isnull=False, journey__paused_at__isnull=True).order_by("next_at")
    moments = [
        due.values_list("due_at", flat=True).first(),
        horizon.order_by("horizon_at").values_list("horizon_at", flat=True).first(),
        backfill.values_list("next_at", flat=True).first(),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


# The log


@write()
def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Apply a batch of the log (the consumer of `journeys`). What fails for one member fails for that one alone."""
    isolation.handle_apart(batch, lambda part: _handle(part, now), now)


def _handle(batch: Sequence[EventRow], now: datetime) -> None:
    moves = Moves(now, get_company())
    touched = newest_by_type(batch, now)
    live = _read_touched(touched, moves)
    by_id = {standing.id: standing for standing in live}
    newest = _newest_of(touched)
    going_on = [standing for standing in live if standing.journey_id not in moves.paused]
    end_by_rules(going_on, moves, at=newest, types=touched.keys())
    ready = awaiting.take_outcomes(batch, by_id, moves)
    ready += awaiting.wake(batch, live, moves)
    _rearm_moved(batch, live, moves)
    _settle_conditions(touched, live, moves)
    ready += enter(batch, moves)
    run([*ready, *moves.moved.values()], moves)
    finish(moves)
    note_conversions(batch, moves)


def _newest_of(touched: dict[str, dict[int, datetime]]) -> dict[int, datetime]:
    newest: dict[int, datetime] = {}
    for moments in touched.values():
        for member_id, at in moments.items():
            newest[member_id] = max(at, newest.get(member_id, at))
    return newest


def _read_touched(touched: dict[str, dict[int, datetime]], moves: Moves) -> list[Standing]:
    """Read the live enrollments that these events may move: their members', and those of people above them."""
    interesting = _interesting_types(moves.graphs.values())
    members = {who for name, ids in touched.items() if name in interesting for who in ids}
    for condition in _team_conditions(moves.graphs.values()):
        if not conditions.event_types(condition).isdisjoint(touched):
            members.update(conditions.find_affected(condition, touched))
    return moves.adopt(read_live_of(sorted(members), moves.company)) if members else []


def _interesting_types(parsed: Collection[Graph]) -> set[str]:
    found = {*awaiting.OUTCOMES, "member.changed"}
    for graph in parsed:
        for _step, wait in graph.waits():
            found.update(wait.event_types)
        for condition in _conditions_of(graph):
            found.update(conditions.event_types(condition))
    return found


def _conditions_of(graph: Graph) -> list[Condition]:
    """Return what is asked of live enrollments whenever something happens."""
    waits = [wait.when for _step, wait in graph.waits() if wait.when is not None]
    return [*waits, *(rule for rule, _reason in graph.endings())]


def _team_conditions(parsed: Collection[Graph]) -> list[Condition]:
    return [each for graph in parsed for each in _conditions_of(graph) if conditions.looks_at_others(each)]


def _settle_conditions(touched: dict[str, dict[int, datetime]], live: Sequence[Standing], moves: Moves) -> None:
    """Ask the conditions of waits that these events may have changed."""
    groups: dict[tuple[int, str], list[Standing]] = {}
    for standing in live:
        if standing.is_waiting_still:
            groups.setdefault((standing.version_id, standing.step), []).append(standing)
    for (version_id, step_id), group in groups.items():
        step = moves.graphs[version_id].steps[step_id]
        wait = step.act
        if not isinstance(wait, Wait) or wait.when is None or group[0].journey_id in moves.paused:
            continue
        if not conditions.event_types(wait.when).isdisjoint(touched):
            settle_waits(step, wait, group, moves)


def _rearm_moved(batch: Sequence[EventRow], live: Sequence[Standing], moves: Moves) -> None:
    """Count waits anew, from when they were armed, for members who have moved to another time zone."""
    moved = {
        event.member_id: str(event.props.get("before", ""))
        for event in batch
        if event.type == "member.changed" and event.props.get("field") == "zone"
    }
    for standing in live:
        if standing.member_id not in moved or not standing.is_waiting_still:
            continue
        step = moves.graph_of(standing).steps[standing.step]
        before = clock.zone_of(moved[standing.member_id], moves.company.zone)
        if isinstance(step.act, Wait) and awaiting.rearm(step.act, standing, before):
            if standing.journey_id in moves.paused:
                moves.hold(standing, None)
            else:
                settle_waits(step, step.act, [standing], moves)


def finish(moves: Moves) -> None:
    """Write what a tick decided: moves, messages, and what is taken back from those who left."""
    gone = [standing for standing in moves.moved.values() if standing.left_at is not None]
    if unsent := [standing.id for standing in gone if standing.phase_before == Phase.SENDING]:
        messaging.cancel_messages(enrollment_ids=unsent, reason="left", now=moves.now)
    if stuck := [standing.id for standing in gone if standing.phase_before == Phase.STUCK]:
        Trouble.objects.filter(enrollment_id__in=stuck, closed_at__isnull=True).update(closed_at=moves.now)
    # Who was stopped in the same tick gets no letter of it.
    wanted = [each for each in moves.messages if moves.moved[each.enrollment_id or 0].phase == Phase.SENDING]
    if wanted:
        messaging.queue_messages(wanted, now=moves.now)
    moves.store()


# The clock


def fire_due(now: datetime) -> int:
    """Fire timers whose moment has come, at most `BATCH` in one transaction. Return how many there were."""
    total = _run_backfills(now)
    while fired := _fire_some(now):
        total += fired
    return total


def _fire_some(now: datetime) -> int:
    due = _read_due(now)
    if not due:
        return 0
    fire(due, now)
    return len(due)


@write()
def fire(ids: Sequence[int], now: datetime) -> None:
    """Fire the timers of these enrollments. What fails for one leaves that one stuck."""
    isolation.fire_apart(ids, lambda part: _fire(part, now), now)


def _read_due(now: datetime) -> list[int]:
    """Return enrollments that are due, the longest overdue first. Looked up outside a transaction: it costs a read."""
    paused = graphs.paused_journeys()
    due = Enrollment.objects.filter(due_at__lte=now).exclude(journey_id__in=paused).order_by("due_at", "id")
    found = list(due.values_list("id", flat=True)[:BATCH])
    if len(found) < BATCH:
        over = Enrollment.objects.filter(horizon_at__lte=now, left_at__isnull=True).exclude(journey_id__in=paused)
        over = over.exclude(phase=Phase.STUCK).order_by("horizon_at", "id")
        known = set(found)
        found += [each for each in over.values_list("id", flat=True)[: BATCH - len(found)] if each not in known]
    return found


def _fire(ids: Sequence[int], now: datetime) -> None:
    moves = Moves(now, get_company())
    standings = [
        standing
        for standing in moves.adopt(read_by_ids(ids, moves.company, skips_locked=True))
        if _is_due(standing, now) and standing.journey_id not in moves.paused
    ]
    end_by_rules(standings, moves, at={})
    going_on = []
    for standing in standings:
        if standing.left_at is None and standing.horizon_at is not None and standing.horizon_at <= now:
            moves.leave(standing, "horizon")
        elif standing.left_at is None:
            going_on.append(standing)
    _settle_timers(going_on, moves)
    run(going_on, moves)
    finish(moves)


def _is_due(standing: Standing, now: datetime) -> bool:
    """Tell whether it is due still: another process may have been faster."""
    return any(each is not None and each <= now for each in (standing.due_at, standing.horizon_at))


def _settle_timers(standings: Sequence[Standing], moves: Moves) -> None:
    groups: dict[tuple[int, str], list[Standing]] = {}
    for standing in standings:
        if standing.phase == Phase.WAITING:
            groups.setdefault((standing.version_id, standing.step), []).append(standing)
        elif standing.phase == Phase.READY:
            standing.due_at = None
    for (version_id, step_id), group in groups.items():
        step = moves.graphs[version_id].steps[step_id]
        assert isinstance(step.act, Wait)
        settle_waits(step, step.act, group, moves)


def _run_backfills(now: datetime) -> int:
    due = Backfill.objects.filter(next_at__lte=now, journey__paused_at__isnull=True)
    count = 0
    for backfill_id in list(due.order_by("id").values_list("id", flat=True)):
        count += _run_backfill(backfill_id, now)
    return count


@write()
def _run_backfill(backfill_id: int, now: datetime) -> int:
    backfill = Backfill.objects.select_for_update(skip_locked=True).filter(id=backfill_id, next_at__lte=now).first()
    if backfill is None:
        return 0
    moves = Moves(now, get_company())
    run(next_backfill(backfill, moves), moves)
    finish(moves)
    return 1
