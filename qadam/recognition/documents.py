"""Read `point_rules/<key>.yaml`, `levels/<key>.yaml` and `streaks/<key>.yaml`; badges: badge_documents.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from qadam.conditions.parts import read_events
from qadam.conditions.tree import Where
from qadam.conditions.values import NUMBERS, find_property, read_where
from qadam.events.catalogue import EventType
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.recognition.compliance import warnings_of

MAX_KEY = 48
MAX_TIER = 24
MOST_POINTS = 100_000


class Which(StrEnum):
    """Which of the doer's facts score: every one, the first with its values, or those after the first."""

    EVERY = "every"
    FIRST = "first"
    LATER = "later"


class Earner(StrEnum):
    SELF = "self"
    MENTOR = "mentor"
    SPONSOR = "sponsor"


@dataclass(frozen=True, slots=True)
class Formula:
    """Points for each full `per` of a property, `most` at most. Whole numbers throughout."""

    of: str
    per: int
    most: int


@dataclass(frozen=True, slots=True)
class Caps:
    """The most facts that score for one earner: on a local day, in an ISO week, ever."""

    day: int | None = None
    week: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ReversedBy:
    """An event of the doer that undoes the facts with the same value of a property."""

    event: str
    same: str


@dataclass(frozen=True, slots=True)
class PointRuleDocument:
    """A checked point rule. Dates are the company's, `until_on` the last day; `cooldown` may be zero."""

    key: str
    name: Words
    event: str
    where: Where
    which: Which
    per: tuple[str, ...]
    to: Earner
    points: int | Formula
    caps: Caps
    cooldown: timedelta
    hold: timedelta
    reversed_by: ReversedBy | None
    from_on: date | None
    until_on: date | None
    reason: str


def parse_point_rule(document: object) -> PointRuleDocument:
    """Read a point rule.

    Raises:
        FaultyDocument: every fault with its path; also that a rule which rewards recruiting or own purchases has no
            `reason`.
    """
    node = open_document(document)
    node.refuse_other_keys(
        "rule", "name", "event", "where", "which", "per", "to", "points", "caps", "cooldown", "hold_days",
        "reversed_by", "from", "until", "reason",
    )  # fmt: skip
    types = read_one_event(node, "event")
    which = Which(node.choice("which", tuple(Which), Which.EVERY))
    from_on, until_on = read_date(node, "from"), read_date(node, "until")
    if from_on and until_on and until_on < from_on:
        node.complain("until", _("earlier than “from”"))
    found = PointRuleDocument(
        key=read_key(node, "rule"),
        name=node.words("name"),
        event=types[0].name if types else "",
        where=read_where(node.node("where"), types) if node.has("where") else (),
        which=which,
        per=_read_per(node, which, types),
        to=Earner(node.choice("to", tuple(Earner), Earner.SELF)),
        points=_read_points(node, types),
        caps=_read_caps(node),
        cooldown=node.duration("cooldown") if node.has("cooldown") else timedelta(),
        hold=timedelta(days=read_whole(node, "hold_days", default=0, most=365)),
        reversed_by=_read_reversed_by(node, types) if node.has("reversed_by") else None,
        from_on=from_on,
        until_on=until_on,
        reason=node.text("reason", default=""),
    )
    refuse_without_reason(node)
    refuse_faults(node)
    return found


def refuse_without_reason(node: Node) -> None:
    """Let what rewards recruiting or own purchases pass only with a reason; the fault says what the law has to say."""
    if not str(node.content.get("reason") or "").strip():
        for warning in warnings_of(node.content):
            node.complain("reason", str(warning.words))


def read_key(node: Node, name: str) -> str:
    key = node.slug(name)
    if len(key) > MAX_KEY:
        node.complain(name, _("at most %(limit)s characters") % {"limit": MAX_KEY})
    return key


def read_one_event(node: Node, key: str) -> list[EventType]:
    """Read the name of one event; an empty list where it is none."""
    node.text(key)
    return read_events(node, key)[:1] if isinstance(node.content.get(key), str) else []


def read_date(node: Node, key: str) -> date | None:
    """Read a date as YAML gives it, or as text (2026-01-31); None where it is absent."""
    value = node.content.get(key)
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        node.complain(key, _("a date such as 2026-01-31 is needed"))
        return None


def read_whole(node: Node, key: str, *, default: int | None = None, least: int = 0, most: int) -> int:
    value = node.integer(key, default, at_least=least)
    if value > most:
        node.complain(key, _("at most %(most)s is possible") % {"most": most})
        return most
    return value


def _read_per(node: Node, which: Which, types: Sequence[EventType]) -> tuple[str, ...]:
    if not node.has("per") or node.content["per"] == []:
        return ()
    if which is Which.EVERY:
        node.complain("per", _("only with “which: first” or “which: later”"))
    names = tuple(dict.fromkeys(node.texts("per")))
    for name in names:
        find_property(node, "per", name, types)
    return names


def _read_points(node: Node, types: Sequence[EventType]) -> int | Formula:
    if not isinstance(node.content.get("points"), Mapping):
        return read_whole(node, "points", most=MOST_POINTS)
    inner = node.node("points")
    inner.refuse_other_keys("of", "per", "most")
    name = inner.text("of")
    if name:
        find_property(inner, "of", name, types, NUMBERS)
    return Formula(name, inner.integer("per", at_least=1) or 1, read_whole(inner, "most", least=1, most=MOST_POINTS))


def _read_caps(node: Node) -> Caps:
    if not node.has("caps"):
        return Caps()
    inner = node.node("caps")
    names = ("day", "week", "total")
    inner.refuse_other_keys(*names)
    given = {name: read_whole(inner, name, least=1, most=MOST_POINTS) for name in names if inner.has(name)}
    if given.get("week", MOST_POINTS) < given.get("day", 0):
        inner.complain("week", _("less than “day”"))
    if given.get("total", MOST_POINTS) < max(given.get("day", 0), given.get("week", 0)):
        inner.complain("total", _("less than “day” or “week”"))
    return Caps(**given)


def _read_reversed_by(node: Node, types: Sequence[EventType]) -> ReversedBy:
    inner = node.node("reversed_by")
    inner.refuse_other_keys("event", "same")
    others, same = read_one_event(inner, "event"), inner.text("same")
    if same:
        for each in (types, others):
            find_property(inner, "same", same, each)
    return ReversedBy(others[0].name if others else "", same)


@dataclass(frozen=True, slots=True)
class Step:
    """One level: its name holds from so many lifetime points on."""

    key: str
    name: Words
    from_points: int


@dataclass(frozen=True, slots=True)
class LevelsDocument:
    """A checked scale; its first step begins at 0."""

    key: str
    name: Words
    steps: tuple[Step, ...]


def parse_levels(document: object) -> LevelsDocument:
    """Read a scale of levels.

    Raises:
        FaultyDocument: every fault with its path, e.g. `steps[2].from`.
    """
    node = open_document(document)
    node.refuse_other_keys("levels", "name", "steps")
    key, name = read_key(node, "levels"), node.words("name")
    steps = tuple(_read_step(each) for each in node.nodes("steps"))
    if len(steps) < 2:
        node.complain("steps", _("at least two are needed"))
    for place, each in enumerate(steps):
        if place == 0 and each.from_points != 0:
            node.complain("steps[0].from", _("the first level begins at 0"))
        elif place and each.from_points <= steps[place - 1].from_points:
            node.complain(f"steps[{place}].from", _("each level begins above the one before it"))
        refuse_twins(node, "steps", [step.key for step in steps], place)
    refuse_faults(node)
    return LevelsDocument(key, name, steps)


def refuse_twins(node: Node, list_key: str, keys: Sequence[str], place: int) -> None:
    """Complain where the key at `place` stands in the list already."""
    if keys[place] and keys[place] in keys[:place]:
        node.complain(f"{list_key}[{place}].key", _("“%(key)s” is here twice") % {"key": keys[place]})


def _read_step(node: Node) -> Step:
    node.refuse_other_keys("key", "name", "from")
    return Step(node.slug("key"), node.words("name"), read_whole(node, "from", most=2**31 - 1))


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Act:
    """Events that count for a streak."""

    events: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class StreakDocument:
    """A checked streak. A period (day or ISO week) is kept with `needed` different acts in it.

    `freezes` is the most one can have; one comes for every `earn_every` kept periods.
    """

    key: str
    name: Words
    unit: Unit
    acts: tuple[Act, ...]
    needed: int
    freezes: int
    freezes_at_start: int
    earn_every: int
    holidays: frozenset[date]


NEEDED = {Unit.DAY: 1, Unit.WEEK: 3}
EARN_EVERY = {Unit.DAY: 7, Unit.WEEK: 4}
MOST_FREEZES = 2


def parse_streak(document: object) -> StreakDocument:
    """Read a streak.

    Raises:
        FaultyDocument: every fault with its path, e.g. `acts[0].did`.
    """
    node = open_document(document)
    node.refuse_other_keys(
        "streak", "name", "period", "acts", "needed", "freezes", "freezes_at_start", "earn_every", "holidays"
    )
    unit = Unit(node.choice("period", tuple(Unit)))
    acts = tuple(_read_act(each) for each in node.nodes("acts"))
    if not acts:
        node.complain("acts", _("at least one is needed"))
    freezes = read_whole(node, "freezes", default=MOST_FREEZES, most=MOST_FREEZES)
    found = StreakDocument(
        key=read_key(node, "streak"),
        name=node.words("name"),
        unit=unit,
        acts=acts,
        needed=read_whole(node, "needed", default=NEEDED[unit], least=1, most=100),
        freezes=freezes,
        freezes_at_start=read_whole(node, "freezes_at_start", default=min(1, freezes), most=freezes),
        earn_every=read_whole(node, "earn_every", default=EARN_EVERY[unit], least=1, most=100),
        holidays=_read_holidays(node),
    )
    refuse_faults(node)
    return found


def _read_act(node: Node) -> Act:
    node.refuse_other_keys("did", "where")
    types = read_events(node, "did")
    where = read_where(node.node("where"), types) if node.has("where") else ()
    return Act(tuple(each.name for each in types), where)


def _read_holidays(node: Node) -> frozenset[date]:
    listed = node.content.get("holidays") or []
    if not isinstance(listed, list):
        node.complain("holidays", _("a list is needed"))
        return frozenset()
    inner = Node(node.place, {f"holidays[{place}]": each for place, each in enumerate(listed)}, node.faults)
    return frozenset(day for key in inner.content if (day := read_date(inner, key)) is not None)
