"""Parse a journey document: {journey, name, entry, reentry, goal?, exit?, horizon?, steps} → Graph."""

import re
from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition
from qadam.events.catalogue import find_event_type
from qadam.journeys.rules import Act, Await, Branch, Entry, Exit, Graph, Pause, Send, Step, Until, finds_endless_loop
from qadam.lib.documents import Fault, FaultyDocument, Node, open_document, parse_duration, refuse_faults

KINDS = ("send", "wait", "branch", "exit")
CHANNELS = ("email", "plan")
OUTCOMES = ("sent", "suppressed", "failed", "expired", "unknown")
CALENDAR_PART = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?")


def parse_journey(document: object, *, where: str = "") -> Graph:
    """Return the graph of a journey document.

    Raises:
        FaultyDocument: every fault with its path, e.g. `steps[2].wait.for`.
    """
    root = open_document(document, where)
    root.refuse_other_keys("journey", "name", "entry", "reentry", "goal", "exit", "horizon", "steps")
    root.choice("reentry", ("once",), "once")
    nodes = root.nodes("steps")
    if not nodes:
        root.complain("steps", _("at least one step is needed"))
    ids = [node.slug("id") for node in nodes]
    steps = {ids[place]: _parse_step(node, ids, place) for place, node in enumerate(nodes)}
    _refuse_twins(root, ids)
    graph = Graph(
        slug=root.slug("journey"),
        name=root.words("name").as_document(),
        entry=_parse_entry(root.node("entry")),
        goal=_parse_condition(root, "goal"),
        exit=_parse_condition(root, "exit"),
        horizon=root.duration("horizon") if root.has("horizon") else None,
        first=ids[0] if ids else "",
        steps=steps,
    )
    refuse_faults(root)
    if loop := finds_endless_loop(graph):
        raise FaultyDocument([Fault(f"steps.{loop}", _("a loop without a wait; put a wait into it"))])
    return graph


def _refuse_twins(root: Node, ids: list[str]) -> None:
    for place, step_id in enumerate(ids):
        if step_id and step_id in ids[:place]:
            root.complain(f"steps[{place}].id", _("this id stands at another step already"))


def _parse_entry(node: Node) -> Entry:
    node.refuse_other_keys("event", "where")
    event_type = node.text("event")
    _check_event(node, "event", event_type)
    return Entry(event_type, _parse_where(node, (event_type,)))


def _check_event(node: Node, key: str, name: str) -> None:
    if name and find_event_type(name) is None:
        node.complain(key, _("the event “%(name)s” isn't in the catalogue") % {"name": name})


def _parse_where(node: Node, event_types: tuple[str, ...]) -> Mapping[str, Any]:
    where = node.content.get("where", {})
    if not isinstance(where, Mapping):
        node.complain("where", _("a group of properties is needed"))
        return {}
    known = [find_event_type(name) for name in event_types]
    for name in where:
        if any(each is not None and each.find_property(str(name)) is None for each in known):
            node.complain(f"where.{name}", _("the event has no such property"))
    return dict(where)


def _parse_condition(node: Node, key: str) -> Condition | None:
    if not node.has(key):
        return None
    try:
        return conditions.parse(node.content[key], where=f"{node.place}.{key}" if node.place else key)
    except FaultyDocument as error:
        node.faults.extend(error.faults)
        return None


def _parse_step(node: Node, ids: list[str], place: int) -> Step:
    kinds = [kind for kind in KINDS if node.has(kind)]
    node.refuse_other_keys("id", "next", "else", "on", *KINDS)
    following = ids[place + 1] if place + 1 < len(ids) else None
    next_step = _read_step_id(node, "next", ids) if node.has("next") else following
    if len(kinds) != 1:
        node.complain("", _("exactly one of these is needed: %(kinds)s") % {"kinds": ", ".join(KINDS)})
        return Step(ids[place], Exit(""), None)
    return Step(ids[place], _PARSERS[kinds[0]](node, ids), next_step)


def _read_step_id(node: Node, key: str, ids: list[str]) -> str:
    step = node.text(key)
    if step and step not in ids:
        node.complain(key, _("there is no step “%(step)s”") % {"step": step})
    return step


def _parse_send(node: Node, ids: list[str]) -> Act:
    send = node.node("send")
    channel = send.choice("channel", CHANNELS)
    what = "plan" if channel == "plan" else "template"
    send.refuse_other_keys("channel", what, "deadline")
    edges = node.node("on") if node.has("on") else None
    if edges is not None:
        edges.refuse_other_keys(*OUTCOMES)
    return Send(
        channel,
        send.slug(what),
        send.duration("deadline") if send.has("deadline") else None,
        {outcome: _read_step_id(edges, outcome, ids) for outcome in edges.content} if edges else None,
    )


def _parse_wait(node: Node, ids: list[str]) -> Act:
    wait = node.node("wait")
    if wait.has("event"):
        return _parse_await(wait, ids)
    if wait.has("until"):
        wait.refuse_other_keys("until")
        return _parse_until(wait.node("until"))
    wait.refuse_other_keys("for")
    return _parse_pause(wait, "for")


def _parse_pause(node: Node, key: str) -> Pause:
    length = node.duration(key)
    match = CALENDAR_PART.match(str(node.content.get(key)))
    days = 0
    if match is not None and parse_duration(node.content.get(key)) is not None:
        days = 7 * int(match[1] or 0) + int(match[2] or 0)
    return Pause(days, length - timedelta(days=days))


def _parse_until(node: Node) -> Until:
    node.refuse_other_keys("at", "day")
    try:
        at = time.fromisoformat(node.text("at"))
    except ValueError:
        node.complain("at", _("a time of day such as 09:00 is needed, in quotes"))
        at = time.min
    return Until(at, node.integer("day", at_least=0) if node.has("day") else None)


def _parse_await(node: Node, ids: list[str]) -> Await:
    node.refuse_other_keys("event", "where", "since", "timeout", "on_timeout")
    names = node.texts("event")
    for name in names:
        _check_event(node, "event", name)
    return Await(
        event_types=names,
        where=_parse_where(node, names),
        since=node.choice("since", ("entry", "arm"), "entry"),
        timeout=_parse_pause(node, "timeout"),
        on_timeout=_read_step_id(node, "on_timeout", ids) if node.has("on_timeout") else None,
    )


def _parse_branch(node: Node, ids: list[str]) -> Act:
    ways = []
    for way in node.nodes("branch"):
        way.refuse_other_keys("when", "goto")
        condition = _parse_condition(way, "when")
        goto = _read_step_id(way, "goto", ids)
        if not way.has("when"):
            way.complain("when", _("a condition is needed"))
        if condition is not None:
            ways.append((condition, goto))
    if not node.has("else"):
        node.complain("else", _("say where everybody else goes"))
        return Branch(tuple(ways), "")
    return Branch(tuple(ways), _read_step_id(node, "else", ids))


def _parse_exit(node: Node, ids: list[str]) -> Act:
    del ids
    return Exit(node.text("exit"))


_PARSERS: dict[str, Callable[[Node, list[str]], Act]] = {
    "send": _parse_send,
    "wait": _parse_wait,
    "branch": _parse_branch,
    "exit": _parse_exit,
}
