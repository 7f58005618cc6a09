"""A journey's steps as a tree to read: one path downwards, side ways indented, each step shown once. Plain Python.

Works on documents, faults and all, because the editor has to draw what can't be parsed yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

Document = Mapping[str, Any]
LINEAR = ("send", "wait", "set", "enroll")
"""Kinds with one way onwards, `next`."""
FORKS = ("branch", "split")
KINDS = (*LINEAR, *FORKS, "goto", "exit")


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a step: next, on:<outcome>, timeout, branch:<n>, else, arm:<n>, goto; or `join`, where all ways of
    a fork meet again. Without a step it is the entry.
    """

    step: str
    edge: str


ENTRY = Way("", "entered")


@dataclass(frozen=True, slots=True)
class Side:
    """One labelled side way of a step."""

    edge: str
    chain: "Chain"


@dataclass(frozen=True, slots=True)
class Item:
    """A step with the way by which the reader comes to it."""

    step: str
    way: Way
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps one after another. `tail` is the open way at the end (None: closed); `goes_on_at` where it leads to, if
    that step stands elsewhere in the tree (or nowhere: `is_broken`).
    """

    items: tuple[Item, ...]
    tail: Way | None
    goes_on_at: str = ""
    is_broken: bool = False

    def steps(self) -> Iterator[str]:
        """Yield its steps as they are read: a step, its side ways, the step below."""
        for item in self.items:
            yield item.step
            for side in item.sides:
                yield from side.chain.steps()


@dataclass(frozen=True, slots=True)
class Outline:
    """`lost` are the chains that nothing leads to."""

    main: Chain
    lost: tuple[Chain, ...]

    def chains(self) -> Iterator[Chain]:
        """Yield every chain of the tree, outer before inner."""
        stack = [self.main, *self.lost]
        while stack:
            chain = stack.pop(0)
            yield chain
            stack.extend(side.chain for item in chain.items for side in item.sides)

    def find(self, step: str) -> tuple[Chain, int] | None:
        """Return the chain in which a step stands, and its place there."""
        for chain in self.chains():
            for place, item in enumerate(chain.items):
                if item.step == step:
                    return chain, place
        return None


def steps_of(document: Document) -> list[Mapping[str, Any]]:
    """Return the steps that can be told apart: mappings with an id."""
    steps = document.get("steps")
    found = steps if isinstance(steps, Sequence) and not isinstance(steps, str) else ()
    return [step for step in found if isinstance(step, Mapping) and isinstance(step.get("id"), str) and step["id"]]


def kind_of(step: Mapping[str, Any]) -> str:
    """Return the kind of a step; "" where it has none yet."""
    return next((kind for kind in KINDS if kind in step), "")


def has_next(step: Mapping[str, Any]) -> bool:
    return kind_of(step) in ("", *LINEAR)


def flow_of(document: Document) -> dict[str, list[tuple[str, str | None]]]:
    """Return {step: [(edge, the step it leads to)]}; None is the end, "" a way that leads nowhere yet."""
    steps = steps_of(document)
    following = [str(step["id"]) for step in steps[1:]]
    return {str(step["id"]): _ways_out(step, follows) for step, follows in zip_longest(steps, following) if step}


def _ways_out(step: Mapping[str, Any], following: str | None) -> list[tuple[str, str | None]]:
    kind = kind_of(step)
    if kind == "branch":
        ways = [(f"branch:{place}", _target(way, "goto")) for place, way in enumerate(_list(step["branch"]), 1)]
        return [*ways, ("else", _target(step, "else"))]
    if kind == "split":
        return [(f"arm:{place}", _target(part, "goto")) for place, part in enumerate(_list(step["split"]), 1)]
    if kind == "goto":
        return [("goto", _target(step, "goto"))]
    if kind == "exit":
        return []
    onwards = following if step.get("next") is None else str(step["next"])
    return [("next", onwards), *_side_ways(step, kind)]


def _side_ways(step: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    if kind == "send" and isinstance(step.get("on"), Mapping):
        return [(f"on:{outcome}", str(goto)) for outcome, goto in step["on"].items()]
    wait = step.get("wait")
    if kind == "wait" and isinstance(wait, Mapping) and wait.get("on_timeout") is not None:
        return [("timeout", str(wait["on_timeout"]))]
    return []


def _list(value: object) -> list[Mapping[str, Any]]:
    return [each if isinstance(each, Mapping) else {} for each in value] if isinstance(value, list) else []


def _target(holder: Mapping[str, Any], key: str) -> str:
    return str(holder.get(key) or "")


def reachable(document: Document) -> set[str]:
    """Return the steps that some way from the first one leads to."""
    flow = flow_of(document)
    seen: set[str] = set()
    stack = list(flow)[:1]
    while stack:
        step = stack.pop()
        if step not in seen:
            seen.add(step)
            stack.extend(goto for _, goto in flow[step] if goto in flow)
    return seen


def outline_of(document: Document) -> Outline:
    """Return the tree of a document."""
    flow = flow_of(document)
    drawing = _Drawing(flow, _joins(flow))
    main = drawing.chain(ENTRY, next(iter(flow), None), frozenset())
    lost = []
    led_to = {goto for ways in flow.values() for _, goto in ways}
    for step in sorted(flow, key=lambda each: each in led_to):
        if step not in drawing.seen:
            lost.append(drawing.chain(ENTRY, step, frozenset()))
    return Outline(main, tuple(lost))


class _Drawing:
    """Walks the graph once; whoever comes to a step first shows it."""

    def __init__(self, flow: Mapping[str, list[tuple[str, str | None]]], joins: Mapping[str, str | None]) -> None:
        self.flow, self.joins = flow, joins
        self.seen: set[str] = set()

    def chain(self, way: Way, step: str | None, stops: frozenset[str | None]) -> Chain:
        walked: list[tuple[Way, str, tuple[Side, ...]]] = []
        tail: Way | None = way
        while step in self.flow and step not in self.seen and step not in stops:
            assert step is not None
            self.seen.add(step)
            edges = dict(self.flow[step])
            forked = () if "next" in edges or "goto" in edges else self._sides(step, stops)
            walked.append((way, step, forked))
            if onwards := next((edge for edge in ("next", "goto") if edge in edges), None):
                tail = way = Way(step, onwards)
                step = edges[onwards]
                continue
            join = self.joins.get(step)
            if not forked or join is None or join in stops or join in self.seen:
                tail, step = None, None
                break
            tail = way = Way(step, "join")
            step = join
        items = tuple(Item(each, via, forked or self._sides(each, stops)) for via, each, forked in walked)
        if tail is None or step is None:
            return Chain(items, tail)
        if tail.edge == "goto" and step in self.flow:
            return Chain(items, None)  # the jump itself says where it leads to
        return Chain(items, tail, step, is_broken=step not in self.flow)

    def _sides(self, step: str, stops: frozenset[str | None]) -> tuple[Side, ...]:
        """Draw the ways beside the path. Those of a fork end where they meet again: the path goes on there."""
        ways = self.flow[step]
        is_fork = all(edge not in ("next", "goto") for edge, _ in ways)
        ends = stops | {self.joins.get(step)} if is_fork else stops
        sides = [(edge, goto) for edge, goto in ways if edge not in ("next", "goto")]
        return tuple(Side(edge, self.chain(Way(step, edge), goto, ends)) for edge, goto in sides)


def _joins(flow: Mapping[str, list[tuple[str, str | None]]]) -> dict[str, str | None]:
    """Return for each step where all its ways meet for the first time (its immediate post-dominator), if they do."""
    nodes: set[str | None] = {*flow, None}
    after: dict[str | None, set[str | None]] = {step: set(nodes) for step in flow} | {None: {None}}
    is_moving = True
    while is_moving:
        is_moving = False
        for step in reversed(list(flow)):
            targets = {goto if goto in flow else None for _, goto in flow[step]} or {None}
            met = {step}.union(set.intersection(*(after[goto] for goto in targets)))
            if met != after[step]:
                after[step], is_moving = met, True
    ending = _ending(flow)
    return {step: _nearest(step, after) if step in ending else None for step in flow}


def _ending(flow: Mapping[str, list[tuple[str, str | None]]]) -> set[str]:
    """Return the steps from which some way comes to an end; the others run in circles and meet nowhere."""
    ending: set[str] = set()
    while found := {
        step
        for step, ways in flow.items()
        if step not in ending and (not ways or any(goto not in flow or goto in ending for _, goto in ways))
    }:
        ending |= found
    return ending


def _nearest(step: str, after: Mapping[str | None, set[str | None]]) -> str | None:
    """Return the nearest of the steps that everybody passes: the one with the most still behind it."""
    ahead = after[step] - {step, None}
    return max(ahead, key=lambda each: len(after[each]), default=None)
