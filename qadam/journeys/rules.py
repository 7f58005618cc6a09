"""What follows from a journey's graph, as plain Python: when waits end, what passes a filter, what is a loop."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qadam.journeys.steps import Graph, Length, Part, Step, Until, Wait, ways_out
from qadam.lib.clock import instant_of, local_date

MAX_HOPS = 64
"""Steps that one enrollment may take in one tick; a loop without a wait is refused at publishing already."""

GRACE = timedelta(days=3)
"""How long after the end of a conversion window an event that arrives late still counts; then the cell is sealed."""


def matches_where(where: Mapping[str, Any], props: Mapping[str, Any]) -> bool:
    """Tell whether properties pass a filter: {property: value | [values] | {at_least, at_most, above, below}}."""
    return all(name in props and _value_passes(wanted, props[name]) for name, wanted in where.items())


def _value_passes(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return (
            value >= wanted.get("at_least", value)
            and value <= wanted.get("at_most", value)
            and ("above" not in wanted or value > wanted["above"])
            and ("below" not in wanted or value < wanted["below"])
        )
    return bool(value in wanted if isinstance(wanted, list) else value == wanted)


def end_of_length(length: Length, armed_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which a length that began at `armed_at` ends: local days first, then elapsed time."""
    begin = armed_at
    if length.days:
        local = armed_at.astimezone(zone)
        begin = instant_of(local.date() + timedelta(days=length.days), local.time(), zone)
    return begin + length.exact


def end_of_until(until: Until, armed_at: datetime, zone: ZoneInfo, day_zero: date | None) -> datetime:
    """Return the instant of the wall time; past already, if `day` is. Without day 0 a day can't be awaited.

    The offset is the one valid at the target; in a gap it is the first instant after it, in a fold the first. Who
    comes at the very moment waits for the next one: so a loop fires once a day, and an exact clock shows what the
    engine does, which always comes a little later.
    """
    if until.instant is not None:
        if until.instant.tzinfo is not None:
            return until.instant.astimezone(UTC)
        return instant_of(until.instant.date(), until.instant.time(), zone)
    if until.day is not None:
        return instant_of(day_zero + timedelta(days=until.day), until.at, zone) if day_zero else armed_at
    today = local_date(armed_at, zone)
    for days in range(8):
        day = today + timedelta(days=days)
        if not until.weekdays or day.weekday() in until.weekdays:
            instant = instant_of(day, until.at, zone)
            if instant > armed_at:
                return instant
    return instant_of(today + timedelta(days=8), until.at, zone)


def end_of_wait(wait: Wait, armed_at: datetime, zone: ZoneInfo, day_zero: date | None) -> tuple[datetime | None, str]:
    """Return when time ends a wait and by which edge: `due` (its length or wall time) or `timeout`; due wins a tie."""
    ends = []
    if wait.length is not None:
        ends.append((end_of_length(wait.length, armed_at, zone), "due"))
    if wait.until is not None:
        ends.append((end_of_until(wait.until, armed_at, zone, day_zero), "due"))
    if wait.timeout is not None:
        ends.append((end_of_length(wait.timeout, armed_at, zone), "timeout"))
    return min(ends, default=(None, ""))


def counts_since(wait: Wait, entered_at: datetime, armed_at: datetime) -> datetime:
    """Return the instant from which an event ends the wait."""
    if isinstance(wait.since, timedelta):
        return armed_at - wait.since
    return entered_at if wait.since == "entry" else armed_at


def arm_at(parts: tuple[Part, ...], name: str) -> Part:
    """Return the part that an arm's name (`1`, `2`, …) stands for; the last, where a later version has fewer."""
    place = int(name) - 1
    return parts[min(place, len(parts) - 1)]


def finds_endless_loop(graph: Graph) -> str | None:
    """Return a step of a cycle in which nothing holds a member for some time, or None.

    A message doesn't count as holding: a circle of messages would write to somebody without end.
    """
    instant = {step.id: _targets(step) for step in graph.steps.values() if not _always_holds(step)}
    for start in instant:
        seen: set[str] = set()
        stack = list(instant[start])
        while stack:
            step = stack.pop()
            if step == start:
                return start
            if step in instant and step not in seen:
                seen.add(step)
                stack.extend(instant[step])
    return None


def _targets(step: Step) -> list[str]:
    return [goto for _, goto in ways_out(step) if goto is not None]


def _always_holds(step: Step) -> bool:
    """Tell whether a step holds every member on every arrival: its time lies ahead and nothing old can end it."""
    wait = step.act
    if not isinstance(wait, Wait) or wait.when is not None or (wait.event_types and wait.since != "arm"):
        return False
    ends = [wait.length, wait.timeout]
    return any(end is not None and (end.days or end.exact) for end in ends) or (
        wait.until is not None and wait.until.day is None and wait.until.instant is None
    )


def unreachable_steps(graph: Graph) -> list[str]:
    """Return the steps that no way from the first one leads to, in the document's order."""
    seen: set[str] = set()
    stack = [graph.first]
    while stack:
        step = stack.pop()
        if step in graph.steps and step not in seen:
            seen.add(step)
            stack.extend(_targets(graph.steps[step]))
    return [step for step in graph.steps if step not in seen]
