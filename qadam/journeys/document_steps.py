"""Parse the steps of a journey document, one function per kind."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam.journeys.reading import check_event, parse_condition, parse_where, read_moment, read_step_id
from qadam.journeys.steps import (
    GIVEN_BY,
    WHOLE,
    Act,
    Branch,
    Enroll,
    Exit,
    Goto,
    Length,
    Part,
    Send,
    Set,
    Split,
    Step,
    Until,
    Wait,
)
from qadam.lib.documents import Node, parse_duration

CHANNELS = ("email", "webhook", "plan", "survey")
OUTCOMES = ("sent", "suppressed", "failed", "expired", "unknown", "withheld")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR_PART = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?")


def parse_step(node: Node, ids: list[str], place: int) -> Step:
    """Read one step; what follows it is the next of the document, unless it says otherwise."""
    kinds = [kind for kind in KINDS if node.has(kind)]
    following = ids[place + 1] if place + 1 < len(ids) else None
    if len(kinds) != 1:
        node.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": ", ".join(KINDS)})
        return Step(ids[place], Exit(""), None)
    parse, own_keys = KINDS[kinds[0]]
    node.refuse_other_keys("id", "name", kinds[0], *own_keys)
    next_step = read_step_id(node, "next", ids) if node.has("next") else following
    name = node.words("name").as_document() if node.has("name") else {}
    return Step(ids[place], parse(node, ids), next_step, name)


def _parse_send(node: Node, ids: list[str]) -> Act:
    send = node.node("send")
    channel = send.choice("channel", CHANNELS)
    what = GIVEN_BY.get(channel, "template")
    send.refuse_other_keys("channel", what, "deadline")
    if channel == "survey" and node.has("holdout"):
        node.complain("holdout", _("a survey measures, so everybody is asked; it has no control group"))
    edges = node.node("on") if node.has("on") else None
    if edges is not None:
        edges.refuse_other_keys(*OUTCOMES)
    return Send(
        channel,
        send.slug(what),
        send.duration("deadline") if send.has("deadline") else None,
        {outcome: read_step_id(edges, outcome, ids) for outcome in edges.content} if edges else {},
        node.share("holdout") if node.has("holdout") else 0,
    )


def _parse_wait(node: Node, ids: list[str]) -> Act:
    wait = node.node("wait")
    wait.refuse_other_keys("for", "until", "event", "where", "since", "when", "timeout", "on_timeout")
    names = wait.texts("event") if wait.has("event") else ()
    for name in names:
        check_event(wait, "event", name)
    parsed = Wait(
        length=_parse_length(wait, "for") if wait.has("for") else None,
        until=_parse_until(wait.node("until")) if wait.has("until") else None,
        event_types=names,
        where=parse_where(wait, names) if names else {},
        since=_parse_since(wait),
        when=parse_condition(wait, "when"),
        timeout=_parse_length(wait, "timeout") if wait.has("timeout") else None,
        on_timeout=read_step_id(wait, "on_timeout", ids) if wait.has("on_timeout") else None,
    )
    _refuse_endless(wait, parsed)
    return parsed


def _refuse_endless(node: Node, wait: Wait) -> None:
    is_timed = wait.length is not None or wait.until is not None
    if not is_timed and not wait.is_reactive and not node.has("when"):
        node.complain("", _("say what to wait for: for, until, event or when"))
    elif not is_timed and wait.timeout is None:
        node.complain("timeout", _("say how long at most: what is awaited may never come"))
    if wait.on_timeout is not None and wait.timeout is None:
        node.complain("on_timeout", _("there is no timeout"))
    if node.has("where") and not wait.event_types:
        node.complain("where", _("there is no event"))


def _parse_length(node: Node, key: str) -> Length:
    length = node.duration(key)
    match = CALENDAR_PART.match(str(node.content.get(key)))
    days = 0
    if match is not None and parse_duration(node.content.get(key)) is not None:
        days = 7 * int(match[1] or 0) + int(match[2] or 0)
    return Length(days, length - timedelta(days=days))


def _parse_until(node: Node) -> Until:
    if node.has("instant"):
        node.refuse_other_keys("instant")
        return Until(instant=_read_instant(node))
    node.refuse_other_keys("at", "weekday", "day")
    weekdays = node.texts("weekday") if node.has("weekday") else ()
    for name in weekdays:
        if name not in WEEKDAYS:
            node.complain("weekday", _("allowed: %(allowed)s") % {"allowed": ", ".join(WEEKDAYS)})
    if weekdays and node.has("day"):
        node.complain("weekday", _("a weekday and a day of the path exclude each other"))
    return Until(
        at=read_moment(node, "at"),
        weekdays=tuple(WEEKDAYS.index(name) for name in weekdays if name in WEEKDAYS),
        day=node.integer("day", at_least=0) if node.has("day") else None,
    )


def _read_instant(node: Node) -> datetime:
    value = node.content["instant"]
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        node.complain("instant", _("a moment such as 2026-12-01T09:00 is needed"))
        return datetime(2000, 1, 1, tzinfo=UTC)


def _parse_since(node: Node) -> str | timedelta:
    value = node.content.get("since", "entry")
    if value in ("entry", "arm"):
        return str(value)
    length = parse_duration(value)
    if length is None:
        node.complain("since", _("needed: entry, arm, or a duration such as P3D"))
    return length or "entry"


def _parse_branch(node: Node, ids: list[str]) -> Act:
    ways = []
    for way in node.nodes("branch"):
        way.refuse_other_keys("when", "goto")
        condition = parse_condition(way, "when")
        goto = read_step_id(way, "goto", ids)
        if not way.has("when"):
            way.complain("when", _("a condition is needed"))
        if condition is not None:
            ways.append((condition, goto))
    if not node.has("else"):
        node.complain("else", _("say where everybody else goes"))
        return Branch(tuple(ways), "")
    return Branch(tuple(ways), read_step_id(node, "else", ids))


def _parse_split(node: Node, ids: list[str]) -> Act:
    parts = []
    for part in node.nodes("split"):
        part.refuse_other_keys("share", "goto", "control")
        parts.append(Part(part.share("share"), read_step_id(part, "goto", ids), part.flag("control", False)))
    if sum(part.share for part in parts) != WHOLE:
        node.complain("split", _("the shares must add up to 100"))
    return Split(tuple(parts))


def _parse_set(node: Node, ids: list[str]) -> Act:
    del ids
    what = node.node("set")
    kinds = [kind for kind in ("tag", "attribute", "score") if what.has(kind)]
    if len(kinds) != 1:
        what.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": "tag, attribute, score"})
        return Set("tag", "", True)
    kind = kinds[0]
    what.refuse_other_keys(kind, "by" if kind == "score" else "to")
    return Set(kind, what.slug(kind), _VALUES[kind](what))


_VALUES: dict[str, Callable[[Node], Any]] = {
    "tag": lambda what: what.flag("to", True),
    "attribute": lambda what: what.text("to"),
    "score": lambda what: what.integer("by"),
}


def _parse_enroll(node: Node, ids: list[str]) -> Act:
    del ids
    what = node.node("enroll")
    what.refuse_other_keys("journey", "stop")
    return Enroll(what.slug("journey"), what.flag("stop", False))


def _parse_goto(node: Node, ids: list[str]) -> Act:
    return Goto(read_step_id(node, "goto", ids))


def _parse_exit(node: Node, ids: list[str]) -> Act:
    del ids
    return Exit(node.text("exit"))


Parser = Callable[[Node, list[str]], Act]
KINDS: Mapping[str, tuple[Parser, tuple[str, ...]]] = {
    "send": (_parse_send, ("on", "next", "holdout")),
    "wait": (_parse_wait, ("next",)),
    "branch": (_parse_branch, ("else",)),
    "split": (_parse_split, ()),
    "set": (_parse_set, ("next",)),
    "enroll": (_parse_enroll, ("next",)),
    "goto": (_parse_goto, ()),
    "exit": (_parse_exit, ()),
}
"""The kinds of steps, with the other keys that each may have."""
