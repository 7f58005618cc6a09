"""Moving people from older versions of a journey to a new one: what would happen, and doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _

from qadam.jobs.sql import CHUNK
from qadam.journeys import graphs
from qadam.journeys.models import Enrollment, Journey, JourneyVersion, Phase
from qadam.journeys.rules import end_of_wait
from qadam.journeys.standings import Moves, Standing, read_standings
from qadam.journeys.steps import Graph, Send, Wait
from qadam.lib.documents import Fault, FaultyDocument
from qadam.messaging import operations as messaging
from qadam.people.queries import get_company

STAY, EXIT = "stay", "exit"
KEEP, RECOMPUTE = "keep", "recompute"
PER_MINUTE = 5_000
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Target:
    """Where people on a step go: a step of the new version, `stay` (in their old one), or `exit`.

    `due`: a wait that goes on keeps its end, or counts it anew from when it was armed.
    """

    to: str
    due: str = KEEP


@dataclass(frozen=True, slots=True)
class TransferRow:
    """What a migration would do with the people of one step of one older version."""

    number: int
    step: str
    members: int
    to: str
    due: str
    fires_now: int
    fault: str


def plan_transfer(journey: Journey, graph: Graph, targets: Mapping[str, Target], *, now: datetime) -> list[TransferRow]:
    """Say what a migration to `graph` would do with everybody under way: the dry run. Rows by version and step."""
    rows = []
    for version, step, members in _occupied(journey):
        old = graphs.graph_of(version)
        target = _target_of(step, old, graph, targets)
        fault = _find_fault(step, target, graph)
        fires = 0 if fault else _count_fires(version, step, target, graph, now)
        to, due = (target.to, target.due) if target else ("", KEEP)
        rows.append(TransferRow(version.number, step, members, to, due, fires, fault))
    return rows


def _occupied(journey: Journey) -> list[tuple[JourneyVersion, str, int]]:
    live = Enrollment.objects.filter(version__journey=journey, left_at__isnull=True)
    counts = live.order_by().values("version_id", "step").annotate(n=Count("id")).order_by("version_id", "step")
    versions = JourneyVersion.objects.in_bulk({row["version_id"] for row in counts})
    return [(versions[row["version_id"]], row["step"], row["n"]) for row in counts]


def _target_of(step: str, old: Graph, new: Graph, targets: Mapping[str, Target]) -> Target | None:
    """Return where a step's people go: as told, else to the step of the same name and kind; None: nowhere."""
    if step in targets:
        return targets[step]
    is_alike = step in new.steps and step in old.steps and type(new.steps[step].act) is type(old.steps[step].act)
    return Target(step) if is_alike else None


def _find_fault(step: str, target: Target | None, graph: Graph) -> str:
    if target is None:
        return _("people stand on “%(step)s”, which is gone: say where they go") % {"step": step}
    if target.to not in (STAY, EXIT) and target.to not in graph.steps:
        return _("there is no step “%(step)s” in the new version") % {"step": target.to}
    return ""


def refuse_faulty(rows: Sequence[TransferRow]) -> None:
    """Refuse a migration that leaves people nowhere.

    Raises:
        FaultyDocument: a fault for each such step.
    """
    faults = [Fault(f"migration.{row.step}", row.fault) for row in rows if row.fault]
    if faults:
        raise FaultyDocument(faults)


def _count_fires(version: JourneyVersion, step: str, target: Target | None, graph: Graph, now: datetime) -> int:
    """Count whose timer would be over at once."""
    if target is None or target.to in (STAY, EXIT):
        return 0
    moves = Moves(now, get_company())
    count = 0
    for standing in _read_all(version, step, moves):
        _aim(standing, target, graph, is_same_step=standing.step == target.to)
        count += standing.phase == Phase.READY or (standing.ends_at is not None and standing.ends_at <= now)
    return count


def _read_all(version: JourneyVersion, step: str, moves: Moves) -> list[Standing]:
    where = "e.version_id = %s AND e.step = %s AND e.left_at IS NULL"
    return read_standings(where, [version.id, step], moves.company)


def transfer(
    journey: Journey, to: JourneyVersion, targets: Mapping[str, Target], *, per_minute: int, now: datetime
) -> int:
    """Move everybody under way as planned, in the open transaction. Return how many moved.

    Timers that are over at once fire `per_minute` a minute, so that a shortened wait floods nobody.
    """
    graph = graphs.graph_of(to)
    moved = fired = 0
    for version, step, _members in _occupied(journey):
        target = _target_of(step, graphs.graph_of(version), graph, targets)
        if version.id == to.id or target is None or target.to == STAY:
            continue
        moves = Moves(now, get_company(), is_transfer=True)
        standings = _read_all(version, step, moves)
        for standing in standings:
            fired = _move(standing, target, to.id, graph, moves, fired=fired, per_minute=per_minute)
        if journey.paused_at is not None:
            for standing in standings:
                standing.due_at = None
        _store(moves)
        moved += len(standings)
    return moved


def _move(
    standing: Standing, target: Target, version_id: int, graph: Graph, moves: Moves, *, fired: int, per_minute: int
) -> int:
    """Move one enrollment. Return how many fire so far."""
    if target.to == EXIT:
        moves.leave(standing, "migrated")
        return fired
    armed_at, old_step = standing.armed_at, standing.step
    state = (standing.phase, standing.due_at, standing.ends_at, standing.ends_by)
    if target.to != old_step:
        moves.take(standing, target.to, "migrated")
        standing.armed_at = armed_at
        standing.phase, standing.due_at, standing.ends_at, standing.ends_by = state
    standing.version_id = version_id
    moves.moved[standing.id] = standing
    _aim(standing, target, graph, is_same_step=target.to == old_step)
    is_over = standing.ends_at is not None and standing.ends_at <= moves.now
    if standing.phase == Phase.READY or (standing.phase == Phase.WAITING and is_over):
        standing.due_at = moves.now + MINUTE * (fired // per_minute)
        return fired + 1
    if standing.phase == Phase.WAITING:
        # Whatever else the new wait waits for is looked at once, then its timer counts.
        standing.due_at = moves.now if _is_changed(graph, target.to) else standing.ends_at
    return fired


def _aim(standing: Standing, target: Target, graph: Graph, *, is_same_step: bool) -> None:
    """Fit an enrollment's state to its new step; its `armed_at` stays."""
    act = graph.steps[target.to].act
    if isinstance(act, Wait) and standing.phase == Phase.WAITING:
        if target.due == RECOMPUTE:
            standing.ends_at, standing.ends_by = end_of_wait(act, standing.armed_at, standing.zone, standing.day_zero)
    elif not (isinstance(act, Send) and standing.phase == Phase.SENDING and is_same_step):
        standing.phase, standing.ends_at, standing.ends_by = Phase.READY.value, None, ""


def _is_changed(graph: Graph, step: str) -> bool:
    act = graph.steps[step].act
    return isinstance(act, Wait) and act.is_reactive


def _store(moves: Moves) -> None:
    """Write the moves, and take back the messages of those who no longer wait for them."""
    cut = [each.id for each in moves.moved.values() if each.phase != Phase.SENDING]
    for start in range(0, len(cut), CHUNK):
        messaging.cancel_messages(enrollment_ids=cut[start : start + CHUNK], reason="moved", now=moves.now)
    moves.store()
