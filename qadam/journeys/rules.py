"""The graph of a journey and what follows from it, as plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qadam.conditions.tree import Condition
from qadam.lib.clock import instant_of

MAX_HOPS = 64
"""Steps that one enrollment may take in one tick; a loop without a wait is refused at publishing already."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a letter (`channel` email, `what` = template), or hand out an action plan (`channel` plan)."""

    channel: str
    what: str
    deadline: timedelta | None = None
    edges: Mapping[str, str] | None = None
    """{outcome: step}; an outcome without an edge goes on to the next step."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A length of time: `days` are local calendar days (same wall time), `exact` is elapsed time."""

    days: int
    exact: timedelta


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until a local wall time: the next one, or the one on day `day` of the path."""

    at: time
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for an event, with a timeout. `since` entry: an event since the entry counts too; arm: only from now on."""

    event_types: tuple[str, ...]
    where: Mapping[str, Any]
    since: str
    timeout: Pause
    on_timeout: str | None


@dataclass(frozen=True, slots=True)
class Branch:
    """Take the first way whose condition holds; else `otherwise`."""

    ways: tuple[tuple[Condition, str], ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Exit:
    reason: str


Act = Send | Pause | Until | Await | Branch | Exit


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    act: Act
    next: str | None
    """The step that follows; None: the journey is finished."""


@dataclass(frozen=True, slots=True)
class Entry:
    event_type: str
    where: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """A parsed journey. `first` is where a member begins."""

    slug: str
    name: Mapping[str, str]
    entry: Entry
    goal: Condition | None
    exit: Condition | None
    horizon: timedelta | None
    first: str
    steps: Mapping[str, Step]


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


def end_of_pause(pause: Pause, armed_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which a pause that began at `armed_at` ends: local days first, then elapsed time."""
    begin = armed_at
    if pause.days:
        local = armed_at.astimezone(zone)
        begin = instant_of(local.date() + timedelta(days=pause.days), local.time(), zone)
    return begin + pause.exact


def end_of_until(until: Until, armed_at: datetime, zone: ZoneInfo, day_zero: date | None) -> datetime:
    """Return the instant of the wall time; past already, if `day` is. Without day 0 a day can't be awaited."""
    if until.day is not None:
        return instant_of(day_zero + timedelta(days=until.day), until.at, zone) if day_zero else armed_at
    today = armed_at.astimezone(zone).date()
    candidate = instant_of(today, until.at, zone)
    return candidate if candidate >= armed_at else instant_of(today + timedelta(days=1), until.at, zone)


def finds_endless_loop(graph: Graph) -> str | None:
    """Return a step of a cycle that no wait or message interrupts, or None."""
    instant = {step.id: _instant_successors(step) for step in graph.steps.values() if isinstance(step.act, Branch)} | {
        step.id: [step.next] if step.next else []
        for step in graph.steps.values()
        if isinstance(step.act, Send) and step.act.channel == "plan"
    }
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


def _instant_successors(step: Step) -> list[str]:
    assert isinstance(step.act, Branch)
    return [goto for _, goto in step.act.ways] + [step.act.otherwise]
