"""What ends a wait: an event of the batch or of the log, a condition turning true, the outcome of a message."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from qadam import conditions
from qadam.events.consumers import EventRow, read_events
from qadam.jobs import sql
from qadam.journeys.models import Enrollment, Phase
from qadam.journeys.rules import counts_since, end_of_wait, matches_where
from qadam.journeys.standings import Moves, Standing
from qadam.journeys.steps import Send, Wait
from qadam.lib import clock

OUTCOMES = {
    "message.sent": "sent",
    "message.suppressed": "suppressed",
    "message.failed": "failed",
    "message.expired": "expired",
    "message.unknown": "unknown",
    "message.withheld": "withheld",
}
EXPOSURES = ("sent", "withheld")


@dataclass(frozen=True, slots=True)
class Test:
    """Whether one of these events is what a wait waits for. `happened` is per member."""

    wait: Wait
    happened: Mapping[int, Sequence[EventRow]]

    def __call__(self, standing: Standing) -> EventRow | None:
        return find_awaited(standing, self.wait, self.happened.get(standing.member_id, ()))


def find_awaited(standing: Standing, wait: Wait, happened: Iterable[EventRow]) -> EventRow | None:
    """Return the first of a member's events that ends the wait; the one that began the journey never does."""
    since = counts_since(wait, standing.entered_at, standing.armed_at)
    for event in happened:
        # What ended one turn of a loop is no news to the next: since the arming means after it.
        is_new = event.occurred_at > since if wait.since == "arm" else event.occurred_at >= since
        if (
            event.type in wait.event_types
            and is_new
            and event.seq != standing.entry_seq
            and (standing.ends_at is None or event.occurred_at <= standing.ends_at)
            and matches_where(wait.where, event.props)
        ):
            return event
    return None


def read_happened(wait: Wait, group: Sequence[Standing], now: datetime) -> Test:
    """Read from the log what has happened to a group since its wait counts."""
    happened: dict[int, list[EventRow]] = defaultdict(list)
    if group:
        earliest = min(counts_since(wait, each.entered_at, each.armed_at) for each in group)
        members, params = sql.ids_in(sorted({each.member_id for each in group}))
        types = ", ".join(["%s"] * len(wait.event_types))
        where = f"member_id IN {members} AND type IN ({types}) AND occurred_at >= %s AND occurred_at <= %s"
        moments = [sql.instant_param(earliest), sql.instant_param(now + clock.CLOCK_SKEW)]
        for event in read_events(where, [*params, *wait.event_types, *moments]):
            assert event.member_id is not None
            happened[event.member_id].append(event)
    return Test(wait, happened)


def next_flips(wait: Wait, group: Sequence[Standing], now: datetime) -> dict[int, datetime]:
    """Return {enrollment: when time alone may make the wait's condition true}."""
    assert wait.when is not None
    if not group or not conditions.is_timed(wait.when):
        return {}
    rows = Enrollment.objects.filter(id__in=conditions.ids_in([each.id for each in group]))
    return conditions.next_flips_of(
        rows, wait.when, now=now, member="member_id", entry="entered_at", entry_key="entry_key"
    )


# What a batch of the log brings


def take_outcomes(batch: Sequence[EventRow], live: Mapping[int, Standing], moves: Moves) -> list[Standing]:
    """Move on the enrollments whose message has an outcome now."""
    ready = []
    for event in batch:
        outcome = OUTCOMES.get(event.type)
        enrollment_id = event.props.get("enrollment") if outcome else None
        if outcome is None or enrollment_id is None:
            continue
        standing = live.get(enrollment_id)
        if outcome in EXPOSURES:
            _note_exposure(enrollment_id, standing, event.occurred_at, moves)
        if standing is not None and _is_its_message(standing, event, moves):
            step = moves.graph_of(standing).steps[standing.step]
            assert isinstance(step.act, Send)
            moves.take(standing, step.act.edges.get(outcome, step.next), outcome)
            ready.append(standing)
    return ready


def _note_exposure(enrollment_id: int, standing: Standing | None, at: datetime, moves: Moves) -> None:
    """Note that a message went out or was withheld, also where the member has left meanwhile."""
    if standing is None:
        moves.late_exposures.append((at, enrollment_id))
        return
    standing.exposed_at = standing.exposed_at or at
    standing.sent_at = at
    moves.moved.setdefault(standing.id, standing)


def _is_its_message(standing: Standing, event: EventRow, moves: Moves) -> bool:
    return standing.phase == Phase.SENDING and standing.visit == event.props.get("visit")


def take_event(standing: Standing, to_step: str | None, event: EventRow, moves: Moves) -> None:
    """Move one enrollment on by an event; what it waits for next comes after that one."""
    moves.take(standing, to_step, "event")
    standing.heard_at = event.occurred_at


def wake(batch: Sequence[EventRow], live: Iterable[Standing], moves: Moves) -> list[Standing]:
    """Move on the enrollments that waited for an event of this batch. At exactly the deadline the event wins."""
    by_member: dict[int, list[EventRow]] = defaultdict(list)
    for event in batch:
        if event.member_id is not None:
            by_member[event.member_id].append(event)
    ready = []
    for standing in live:
        if not standing.is_waiting_still or standing.journey_id in moves.paused:
            continue
        step = moves.graph_of(standing).steps[standing.step]
        wait = step.act
        found = find_awaited(standing, wait, by_member.get(standing.member_id, ())) if isinstance(wait, Wait) else None
        if found is not None:
            take_event(standing, step.next, found, moves)
            ready.append(standing)
    return ready


def rearm(wait: Wait, standing: Standing, before: ZoneInfo) -> bool:
    """Count a wait's end anew in the member's present zone. Return whether it moved.

    An end that the zone `before` doesn't explain was shifted or kept on purpose, and stays.
    """
    old = end_of_wait(wait, standing.armed_at, before, standing.day_zero)
    new = end_of_wait(wait, standing.armed_at, standing.zone, standing.day_zero)
    if old != (standing.ends_at, standing.ends_by) or new == old:
        return False
    standing.ends_at, standing.ends_by = new
    return True
