"""What steps do: ready enrollments act in groups, step after step, until each waits, sends or has left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from qadam import conditions
from qadam.events.consumers import EventRow
from qadam.experiments import operations as experiments
from qadam.experiments.rules import CONTROL, Arm, holdout_arms
from qadam.journeys import awaiting, surveying
from qadam.journeys.endings import matching_ids
from qadam.journeys.errors import EndlessLoop
from qadam.journeys.models import Phase
from qadam.journeys.rules import MAX_HOPS, arm_at, end_of_wait
from qadam.journeys.standings import Moves, Standing
from qadam.journeys.starting import start_by_step, stop_by_step
from qadam.journeys.steps import (
    Branch,
    Enroll,
    Exit,
    Goto,
    Graph,
    Send,
    Set,
    Split,
    Step,
    Wait,
)
from qadam.journeys.tags import set_values
from qadam.messaging import operations as messaging
from qadam.surveys import operations as surveys
from qadam.tasks import operations as tasks


def run(standings: Sequence[Standing], moves: Moves) -> None:
    """Let ready enrollments act until none is ready. Those of paused journeys stand still.

    Raises:
        EndlessLoop: somebody took 64 steps in one moment.
    """
    unique = {each.id: each for each in standings}.values()
    ready = [each for each in unique if each.left_at is None and each.journey_id not in moves.paused]
    for _ in range(MAX_HOPS):
        groups: dict[tuple[int, str], list[Standing]] = defaultdict(list)
        for standing in ready:
            if standing.phase == Phase.READY:
                groups[standing.version_id, standing.step].append(standing)
        if not groups:
            return
        for (version_id, step), group in groups.items():
            # A group before may have stopped some of this one.
            acting = [standing for standing in group if standing.phase == Phase.READY]
            ready += _act(moves.graphs[version_id], step, acting, moves) if acting else ()
    raise EndlessLoop(journey=moves.graph_of(ready[0]).slug, step=ready[0].step)


def _act(graph: Graph, step_id: str, group: Sequence[Standing], moves: Moves) -> Sequence[Standing]:
    """Let a group act on its step. Return enrollments in other journeys that began by it."""
    step = graph.steps[step_id]
    match step.act:
        case Send():
            _send(graph, step, step.act, group, moves)
        case Wait():
            _wait(step, step.act, group, moves)
        case Branch():
            _branch(step.act, group, moves)
        case Split():
            _split(graph, step, step.act, group, moves)
        case Set():
            set_values(step.act, group, moves)
            _take_all(group, step.next, "next", moves)
        case Enroll():
            return _enroll(step, step.act, group, moves)
        case Goto(goto):
            _take_all(group, goto, "next", moves)
        case Exit(reason):
            for standing in group:
                moves.leave(standing, reason)
    return ()


def _take_all(group: Sequence[Standing], to_step: str | None, edge: str, moves: Moves) -> None:
    for standing in group:
        moves.take(standing, to_step, edge)


# Sending


def _send(graph: Graph, step: Step, send: Send, group: Sequence[Standing], moves: Moves) -> None:
    if send.is_survey:
        _ask_survey(graph, step, send, group, moves)
        return
    withheld = _find_withheld(graph, step.id, send, group, moves)
    if not send.is_message:
        _hand_out_plan(step, send, group, withheld, moves)
        return
    stop_when = _stop_condition(graph)
    for standing in group:
        message = _message(graph, send, standing, moves.now, stop_when, is_withheld=standing.id in withheld)
        moves.await_outcome(standing, message)


def _find_withheld(graph: Graph, step_id: str, send: Send, group: Sequence[Standing], moves: Moves) -> set[int]:
    """Return the enrollments from which this message is withheld: their own arm's, or this step's control group."""
    if graph.settings.never_withheld:
        return set()
    withheld = {standing.id for standing in group if standing.is_control}
    if send.holdout:
        given = experiments.assign_arms(
            layer=f"journey:{graph.slug}:{step_id}",
            arms=holdout_arms(send.holdout),
            member_ids=[standing.member_id for standing in group],
            now=moves.now,
        )
        withheld |= {standing.id for standing in group if given[standing.member_id] == CONTROL}
    return withheld


def _hand_out_plan(step: Step, send: Send, group: Sequence[Standing], withheld: set[int], moves: Moves) -> None:
    since = {standing.member_id: standing.entered_at for standing in group if standing.id not in withheld}
    if since:
        tasks.assign_plan(plan=send.what, member_ids=list(since), since=since, now=moves.now)
    for standing in group:
        outcome = "withheld" if standing.id in withheld else "sent"
        edge = outcome if outcome in send.edges or outcome == "withheld" else "next"
        moves.take(standing, send.edges.get(outcome, step.next), edge)


def _ask_survey(graph: Graph, step: Step, send: Send, group: Sequence[Standing], moves: Moves) -> None:
    """Ask those who may be asked, in both arms alike: a survey measures. The others go on at once, as suppressed."""
    keys = {standing.id: _key_of(standing) for standing in group}
    asks = [surveys.Ask(keys[each.id], each.member_id, each.id, each.visit) for each in group]
    asked = surveys.ask_members(survey=send.what, asks=asks, now=moves.now)
    stop_when = surveying.letter_stops(send.what, _stop_condition(graph))
    for standing in group:
        if (expires_at := asked.get(keys[standing.id])) is None:
            edge = "suppressed"
            moves.take(standing, send.edges.get(edge, step.next), edge)
            continue
        message = _message(graph, send, standing, moves.now, stop_when, is_withheld=False)
        deadline_at = min(expires_at, message.deadline_at or expires_at)
        moves.await_outcome(standing, replace(message, deadline_at=deadline_at))


def _key_of(standing: Standing) -> str:
    """Return the key of what a step sends: one per visit."""
    return f"enrollment:{standing.id}:{standing.visit}"


def _message(
    graph: Graph, send: Send, standing: Standing, now: datetime, stop_when: object, *, is_withheld: bool
) -> messaging.NewMessage:
    settings = graph.settings
    return messaging.NewMessage(
        key=_key_of(standing),
        member_id=standing.member_id,
        template=send.template,
        channel=send.carrier,
        due_at=now,
        deadline_at=(standing.planned_at or now) + send.deadline if send.deadline else None,
        stop_when=stop_when,  # type: ignore[arg-type]
        since=standing.entered_at,
        since_key=standing.entry_key,
        enrollment_id=standing.id,
        visit=standing.visit,
        is_withheld=is_withheld,
        priority=settings.priority,
        obeys_caps=settings.obeys_caps,
        counts_caps=settings.counts_caps,
        quiet=settings.quiet,
        journey=graph.slug,
    )


def _stop_condition(graph: Graph) -> dict[str, object] | None:
    """Return what makes a queued message pointless: the journey's goal, exit rule or exclusion."""
    rules = [conditions.as_document(rule) for rule, _reason in graph.endings()]
    return {"any": rules} if rules else None


# Waiting


def _wait(step: Step, wait: Wait, group: Sequence[Standing], moves: Moves) -> None:
    """Let a group arrive at a wait: who needn't wait goes on at once, the others get their timer."""
    for standing in group:
        if standing.heard_at is not None:
            standing.armed_at = max(standing.armed_at, standing.heard_at)
        ends_at, ends_by = end_of_wait(wait, standing.armed_at, standing.zone, standing.day_zero)
        standing.ends_at, standing.ends_by, standing.planned_at = ends_at, ends_by, None
    settle_waits(step, wait, group, moves)


def settle_waits(step: Step, wait: Wait, group: Sequence[Standing], moves: Moves) -> None:
    """Move on everybody of one step whose wait is over by now, and let the others wait on.

    An event that happened at exactly the end wins over it.
    """
    left = list(group)
    if wait.event_types:
        happened = _happened(wait, left, moves)
        found = {each.id: event for each in left if (event := happened(each)) is not None}
        for standing in left:
            if standing.id in found:
                awaiting.take_event(standing, step.next, found[standing.id], moves)
        left = [standing for standing in left if standing.id not in found]
    if wait.when is not None:
        true_for = matching_ids(left, wait.when, moves.now)
        left = _move_on(left, true_for, step.next, "true", moves)
    waiting = [each for each in left if not _is_over(each, moves.now)]
    flips = awaiting.next_flips(wait, waiting, moves.now) if wait.when is not None else {}
    for standing in left:
        if _is_over(standing, moves.now):
            end_by_time(step, wait, standing, moves)
        else:
            moments = [each for each in (standing.ends_at, flips.get(standing.id)) if each is not None]
            moves.hold(standing, min(moments, default=None))


def _move_on(
    group: Sequence[Standing], chosen: set[int], to_step: str | None, edge: str, moves: Moves
) -> list[Standing]:
    """Take the chosen ones along an edge; return the others."""
    for standing in group:
        if standing.id in chosen:
            moves.take(standing, to_step, edge)
    return [standing for standing in group if standing.id not in chosen]


def _is_over(standing: Standing, now: datetime) -> bool:
    return standing.ends_at is not None and standing.ends_at <= now


def end_by_time(step: Step, wait: Wait, standing: Standing, moves: Moves) -> None:
    """Take the edge that time takes."""
    planned_at, edge = standing.ends_at, standing.ends_by
    to_step = (wait.on_timeout or step.next) if edge == "timeout" else step.next
    moves.take(standing, to_step, edge)
    standing.planned_at = planned_at


def _happened(wait: Wait, group: Sequence[Standing], moves: Moves) -> "awaiting.Test":
    if wait.since == "arm" and all(standing.armed_at == moves.now for standing in group):
        nothing: Mapping[int, Sequence[EventRow]] = {}
        return awaiting.Test(wait, nothing)
    return awaiting.read_happened(wait, group, moves.now)


# Choosing


def _branch(branch: Branch, group: Sequence[Standing], moves: Moves) -> None:
    """Send each enrollment the first way whose condition holds: one statement per way for the whole group."""
    undecided = list(group)
    for place, (condition, goto) in enumerate(branch.ways, 1):
        found = matching_ids(undecided, condition, moves.now)
        undecided = _move_on(undecided, found, goto, f"branch:{place}", moves)
    _take_all(undecided, branch.otherwise, "else", moves)


def _split(graph: Graph, step: Step, split: Split, group: Sequence[Standing], moves: Moves) -> None:
    """Send each member the way of the arm that is theirs for good."""
    given = experiments.assign_arms(
        layer=f"journey:{graph.slug}:{step.id}",
        arms=tuple(Arm(str(place), part.share) for place, part in enumerate(split.parts, 1)),
        member_ids=[standing.member_id for standing in group],
        now=moves.now,
    )
    for standing in group:
        arm = given[standing.member_id]
        part = arm_at(split.parts, arm)
        if part.is_control:
            standing.arm = CONTROL
        moves.take(standing, part.goto, f"arm:{arm}")


def _enroll(step: Step, enroll: Enroll, group: Sequence[Standing], moves: Moves) -> Sequence[Standing]:
    """Start or stop another journey. For the control group it neither starts nor stops anything."""
    treated = [standing for standing in group if not standing.is_control]
    started: Sequence[Standing] = ()
    if enroll.is_stop:
        stop_by_step(enroll.journey, treated, moves)
    else:
        started = start_by_step(enroll.journey, treated, moves)
    for standing in group:
        if standing.left_at is None:
            moves.take(standing, step.next, "withheld" if standing.is_control else "next")
    return started
