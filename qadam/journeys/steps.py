"""The shapes of a journey: a graph of steps, made valid in documents.py. No Django, no clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from qadam.conditions.tree import Condition

WHOLE = 10_000
"""Shares are counted in ten-thousandths."""

GIVEN_BY: Mapping[str, str] = {"plan": "plan", "survey": "survey"}
"""The key that names what a channel sends; `template` for every other channel."""
SURVEY_TEMPLATE = "survey:"
"""How the slugs of the surveys' letters begin."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time: `days` are local calendar days (same wall time), `exact` is elapsed time."""

    days: int
    exact: timedelta


@dataclass(frozen=True, slots=True)
class Until:
    """A local wall time: the next one, the next on one of `weekdays` (Monday is 0), or the one on day `day` of the
    path. With `instant` (naive: the member's own wall time) the one moment it names.
    """

    at: time = time.min
    weekdays: tuple[int, ...] = ()
    day: int | None = None
    instant: datetime | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send a letter or call a webhook (`what` = template), ask a survey, or hand out an action plan."""

    channel: str
    what: str
    deadline: timedelta | None = None
    edges: Mapping[str, str] = field(default_factory=dict)
    """{outcome: step}; an outcome without an edge goes on to the next step."""
    holdout: int = 0
    """How many ten-thousandths are withheld at this step alone."""

    @property
    def is_message(self) -> bool:
        """A message has an outcome to wait for; a plan is handed out at once."""
        return self.channel != "plan"

    @property
    def is_survey(self) -> bool:
        """A survey's letter is a message; the question itself stands in the cabinet too."""
        return self.channel == "survey"

    @property
    def template(self) -> str:
        """The slug of the message's template; a survey's letter has one of its own."""
        return f"{SURVEY_TEMPLATE}{self.what}" if self.is_survey else self.what

    @property
    def carrier(self) -> str:
        """The channel of the message itself."""
        return "email" if self.is_survey else self.channel


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for whichever comes first: a length, a wall time, an event, a condition; or give up after `timeout`.

    `since`: from when an event counts: the entry, the arming of this wait, or so long before the arming.
    """

    length: Length | None = None
    until: Until | None = None
    event_types: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    since: str | timedelta = "entry"
    when: Condition | None = None
    timeout: Length | None = None
    on_timeout: str | None = None

    @property
    def is_reactive(self) -> bool:
        """Tell whether something that happens can end it."""
        return bool(self.event_types) or self.when is not None


@dataclass(frozen=True, slots=True)
class Branch:
    """Take the first way whose condition holds; else `otherwise`."""

    ways: tuple[tuple[Condition, str], ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Part:
    """One arm of a split."""

    share: int
    goto: str
    is_control: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Set:
    """Tag the member (a segment kept by hand), or note an attribute or a score as an event."""

    kind: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Enroll:
    """Start another journey for the member, or stop it."""

    journey: str
    is_stop: bool = False


@dataclass(frozen=True, slots=True)
class Goto:
    step: str


@dataclass(frozen=True, slots=True)
class Exit:
    reason: str


Act: TypeAlias = Send | Wait | Branch | Split | Set | Enroll | Goto | Exit


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    act: Act
    next: str | None
    """The step that follows; None: the journey is finished."""
    name: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """Per event of `event_type` that passes `where` and finds `only_if` true; or when `when` turns true."""

    event_type: str
    where: Mapping[str, Any] = field(default_factory=dict)
    only_if: Condition | None = None
    when: Condition | None = None


class Again(StrEnum):
    """Who may come back."""

    ONCE = "once"
    AFTER_EXIT = "after_exit"
    PER_KEY = "per_key"


@dataclass(frozen=True, slots=True)
class Reentry:
    """`gap`: how long after leaving, for AFTER_EXIT; `key`: the property of the entry event, for PER_KEY."""

    again: Again = Again.ONCE
    gap: timedelta = timedelta()
    key: str = ""


class OnResume(StrEnum):
    """What becomes of timers that were due while the journey was paused."""

    FIRE = "fire"
    SHIFT = "shift"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What the journey is for: the first such event within `within` of the anchor. Counted after the exit, too."""

    event_type: str
    where: Mapping[str, Any]
    anchor: str
    """entry, exposure (first message sent or withheld) or last_send."""
    within: timedelta


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every message and member of a journey."""

    priority: int = 5
    """1 first … 9 last, where messages compete for a cap."""
    on_resume: OnResume = OnResume.FIRE
    holdout: int = 0
    never_withheld: bool = False
    quiet: str = ""
    """"" is the company's policy; "ignore"; or "22:00-06:00" of the member's own time."""
    obeys_caps: bool = True
    counts_caps: bool = True


@dataclass(frozen=True, slots=True)
class Graph:
    """A parsed journey. `first` is where a member begins."""

    slug: str
    name: Mapping[str, str]
    entry: Entry
    reentry: Reentry
    goal: Condition | None
    exit: Condition | None
    horizon: timedelta | None
    conversion: Conversion | None
    settings: Settings
    first: str
    steps: Mapping[str, Step]
    exclude: Condition | None = None
    """For whom this turns true, it never should have been: out, neither reached nor failed."""

    def endings(self) -> list[tuple[Condition, str]]:
        """Return the rules that end it from outside the path, with the reason of each: the first that holds counts."""
        rules = ((self.goal, "goal"), (self.exit, "exit"), (self.exclude, "excluded"))
        return [(rule, reason) for rule, reason in rules if rule is not None]

    def waits(self) -> Iterator[tuple[str, Wait]]:
        """Yield the waits with the ids of their steps."""
        for step in self.steps.values():
            if isinstance(step.act, Wait):
                yield step.id, step.act


def ways_out(step: Step) -> list[tuple[str, str | None]]:
    """Return (edge, the step it leads to) for each way out of a step; None is the end of the journey."""
    match step.act:
        case Send(edges=edges):
            return [("next", step.next), *edges.items()]
        case Wait(timeout=timeout, on_timeout=on_timeout):
            return [("next", step.next), *([("timeout", on_timeout)] if timeout and on_timeout else [])]
        case Branch(ways, otherwise):
            return [*((f"branch:{place}", goto) for place, (_, goto) in enumerate(ways, 1)), ("else", otherwise)]
        case Split(parts):
            return [(f"arm:{place}", part.goto) for place, part in enumerate(parts, 1)]
        case Goto(goto):
            return [("next", goto)]
        case Exit():
            return []
    return [("next", step.next)]
