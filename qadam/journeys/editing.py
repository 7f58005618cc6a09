"""Edit a journey's document, as pure functions: the old document stays as it was, the new one may still have faults.

A step without `next` goes on to the step that follows it in the document. Edits keep where every other step leads,
and write `next` only where it says more than the order does.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from qadam.journeys.outline import (
    ENTRY,
    FORKS,
    LINEAR,
    Document,
    Way,
    flow_of,
    has_next,
    kind_of,
    outline_of,
    reachable,
    steps_of,
)

Step = dict[str, Any]
FINISHED = "finished"


class _Desk:
    """A document taken apart: its steps in order, and where each one with a `next` goes on (None: the end)."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.steps: list[Step] = [deepcopy(dict(step)) for step in steps_of(document)]
        flow = flow_of(document)
        self.nexts = {str(step["id"]): dict(flow[str(step["id"])])["next"] for step in self.steps if has_next(step)}

    def place_of(self, step_id: str) -> int:
        return [step["id"] for step in self.steps].index(step_id)

    def step(self, step_id: str) -> Step:
        return self.steps[self.place_of(step_id)]

    def ids(self) -> list[str]:
        return [str(step["id"]) for step in self.steps]

    def fresh_id(self, kind: str) -> str:
        """Return an id that no step has: the kind, or the kind with a number."""
        taken = set(self.ids())
        number = 1
        while (name := kind if number == 1 else f"{kind}-{number}") in taken:
            number += 1
        return name

    def the_end(self) -> str:
        """Return a step to name as the end: the plain exit, added where there is none."""
        for step in self.steps:
            if step.get("exit") == FINISHED:
                return str(step["id"])
        self.steps.append({"id": self.fresh_id("finish"), "exit": FINISHED})
        return str(self.steps[-1]["id"])

    def lead(self, way: Way, goto: str | None) -> None:
        """Let one way lead to a step; None is the end."""
        if way.edge == "next":
            self.nexts[way.step] = goto
        else:
            _lead_by_name(self.step(way.step), way.edge, self.the_end() if goto is None else goto)

    def redirect(self, old: str, new: str | None, *, but: str = "") -> None:
        """Let every way to `old` lead to `new`, except those of the step `but`."""
        for way in self.ways_to(old):
            if way.step != but:
                self.lead(way, new)

    def ways_to(self, target: str) -> list[Way]:
        found = []
        for step_id, ways in flow_of({"steps": self.steps}).items():
            now = [(edge, self.nexts[step_id] if edge == "next" else goto) for edge, goto in ways]
            found += [Way(step_id, edge) for edge, goto in now if goto == target]
        return found

    def put_first(self, step_id: str) -> None:
        self.steps.insert(0, self.steps.pop(self.place_of(step_id)))

    def put_before(self, step_id: str, other: str) -> None:
        step = self.steps.pop(self.place_of(step_id))
        self.steps.insert(self.place_of(other), step)

    def close(self) -> dict[str, Any]:
        """Write the document: `next` only where the order doesn't say it already."""
        if any(self.nexts.get(str(step["id"]), "") is None for step in self.steps[:-1]):
            self._name_the_end()
        written = []
        for step, following in zip(self.steps, [*self.ids()[1:], None], strict=True):
            plain = {key: value for key, value in step.items() if key != "next"}
            goto = self.nexts.get(str(step["id"]))
            is_told = not has_next(step) or goto == following
            written.append(plain if is_told else {**plain, "next": goto})
        return {**self.document, "steps": deepcopy(written)}

    def _name_the_end(self) -> None:
        """Only the last step may end the journey without a word: let the others lead to an exit."""
        ends = [step_id for step_id, goto in self.nexts.items() if goto is None and step_id in self.ids()]
        end = self.the_end()
        self.nexts.update(dict.fromkeys(ends, end))


def _lead_by_name(step: Step, edge: str, goto: str) -> None:
    name, _, rest = edge.partition(":")
    if name == "on":
        step["on"] = {**step.get("on", {}), rest: goto}
    elif name == "timeout":
        step["wait"] = {**step["wait"], "on_timeout": goto}
    elif name == "else":
        step["else"] = goto
    elif name == "goto":
        step["goto"] = goto
    else:
        step["branch" if name == "branch" else "split"][int(rest) - 1]["goto"] = goto


def blank_step(kind: str, step_id: str, goto: str) -> Step:
    """Return a new step as the editor offers it; `goto` is where forks and jumps lead at first."""
    acts: dict[str, dict[str, Any]] = {
        "send": {"send": {"channel": "email", "template": ""}},
        "wait": {"wait": {"for": "P1D"}},
        "branch": {"branch": [{"when": {"did": ""}, "goto": goto}], "else": goto},
        "split": {"split": [{"share": 50, "goto": goto}, {"share": 50, "goto": goto}]},
        "set": {"set": {"tag": "", "to": True}},
        "enroll": {"enroll": {"journey": ""}},
        "goto": {"goto": goto},
        "exit": {"exit": FINISHED},
    }
    return {"id": step_id, **acts[kind]}


def blank_document(slug: str, name: Mapping[str, str]) -> dict[str, Any]:
    """Return a new journey: everybody who registers enters, and leaves at once."""
    return {
        "journey": slug,
        "name": dict(name),
        "entry": {"event": "member.registered"},
        "reentry": "once",
        "steps": [{"id": "finish", "exit": FINISHED}],
    }


def add_step(document: Document, way: Way, kind: str) -> tuple[dict[str, Any], str]:
    """Put a new step onto a way (a `join`: onto every way to the step where the ways meet); return its id too."""
    desk = _Desk(document)
    target = _target_of(desk, way)
    step_id = desk.fresh_id(kind)
    needs_name = kind in (*FORKS, "goto")
    goto = desk.the_end() if target is None and needs_name else target or ""
    desk.steps.insert(_place_for(desk, way, target), blank_step(kind, step_id, goto))
    if kind in LINEAR:
        desk.nexts[step_id] = target
    if way.edge == "join" and target is not None:
        desk.redirect(target, step_id, but=step_id)
    elif way != ENTRY:
        desk.lead(way, step_id)
    return desk.close(), step_id


def _target_of(desk: _Desk, way: Way) -> str | None:
    if way == ENTRY:
        return next(iter(desk.ids()), None)
    if way.edge != "join":
        return dict(flow_of(desk.document)[way.step])[way.edge]
    found = outline_of(desk.document).find(way.step)
    if found is None:
        return None
    chain, place = found
    return chain.items[place + 1].step if place + 1 < len(chain.items) else chain.goes_on_at or None


def _place_for(desk: _Desk, way: Way, target: str | None) -> int:
    """Return where in the document a new step reads best: after its source, or before what it leads to."""
    if way == ENTRY:
        return 0
    if way.edge == "next" or target not in desk.ids():
        return desk.place_of(way.step) + 1
    place = desk.place_of(target)
    return place if way.edge == "join" or place > desk.place_of(way.step) else desk.place_of(way.step) + 1


def replace_step(document: Document, step_id: str, step: Mapping[str, Any]) -> dict[str, Any]:
    """Put a step's new content in the place of the old one. Its id stays."""
    steps = [{**step, "id": step_id} if each["id"] == step_id else each for each in steps_of(document)]
    return deepcopy({**document, "steps": steps})


def leads_here(document: Document, step_id: str) -> list[Way]:
    """Return the ways to a step."""
    return [Way(each, edge) for each, ways in flow_of(document).items() for edge, goto in ways if goto == step_id]


def goes_on_at(document: Document, step_id: str) -> str | None:
    """Return where those who come to a step go on once it is deleted: its main way; None is the end."""
    flow, step = flow_of(document), next(each for each in steps_of(document) if each["id"] == step_id)
    ways = dict(flow[step_id])
    if kind_of(step) == "split":
        parts = sorted(step["split"], key=lambda part: (bool(part.get("control")), -_number(part.get("share"))))
        goto = str(parts[0].get("goto", "")) if parts else None
    else:
        goto = ways.get("next", ways.get("else", ways.get("goto")))
    return goto if goto in flow and goto != step_id else None


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0


def lost_without(document: Document, step_id: str) -> list[str]:
    """Return the steps that nothing would lead to any more once a step is deleted, in the document's order."""
    still = reachable(delete_step(document, step_id))
    return [each for each in flow_of(document) if each in reachable(document) - still and each != step_id]


def delete_step(document: Document, step_id: str, *, with_lost: bool = False) -> dict[str, Any]:
    """Take a step out: the ways that led to it lead where its main way did. `with_lost`: also what only it led to."""
    gone = {step_id, *(lost_without(document, step_id) if with_lost else ())}
    desk = _Desk(document)
    onwards = goes_on_at(document, step_id)
    was_first = desk.place_of(step_id) == 0
    ways = [way for each in gone for way in desk.ways_to(each) if way.step not in gone]
    desk.steps = [step for step in desk.steps if step["id"] not in gone]
    for way in ways:
        desk.lead(way, onwards)
    if was_first and onwards in desk.ids():
        desk.put_first(onwards)
    return desk.close()


def can_delete(document: Document, step_id: str) -> bool:
    """An exit that other steps name can't go before they lead elsewhere: it would only come back."""
    step = next(each for each in steps_of(document) if each["id"] == step_id)
    named = [way for way in leads_here(document, step_id) if way.edge != "next"]
    return len(steps_of(document)) > 1 and not (kind_of(step) == "exit" and named)


def movable(document: Document, step_id: str) -> tuple[bool, bool]:
    """Tell whether a step can go up, and down, along the path it stands on."""
    found = outline_of(document).find(step_id)
    if found is None:
        return False, False
    chain, place = found
    kinds = {str(step["id"]): kind_of(step) for step in steps_of(document)}
    order = [(kinds[item.step], item) for item in chain.items]

    def swaps(first: int) -> bool:
        if first < 0 or first + 1 >= len(order):
            return False
        upper, lower = order[first][0], order[first + 1][0]
        meets = lower in FORKS and (first + 2 < len(order))
        return lower in LINEAR or (upper in LINEAR and meets)

    return swaps(place - 1), swaps(place)


def move_step(document: Document, step_id: str, *, up: bool) -> dict[str, Any]:
    """Let a step change places with the one before it, or after it, on its path; where that can't be, nothing changes.

    A fork moves together with its side ways, up to where they meet.
    """
    if not movable(document, step_id)[0 if up else 1]:
        return deepcopy(dict(document))
    found = outline_of(document).find(step_id)
    assert found is not None
    chain, place = found
    upper, lower = (chain.items[place - 1], chain.items[place]) if up else (chain.items[place], chain.items[place + 1])
    desk = _Desk(document)
    if kind_of(desk.step(lower.step)) in LINEAR:
        _move_before(desk, lower.step, upper.step)
    else:
        after = chain.items[[item.step for item in chain.items].index(lower.step) + 1].step
        was_first = desk.place_of(upper.step) == 0
        _move_before(desk, upper.step, after)
        if was_first:
            desk.put_first(lower.step)
    return desk.close()


def _move_before(desk: _Desk, step_id: str, other: str) -> None:
    """Take a linear step out of its path and put it onto every way to another one."""
    was_first = desk.place_of(other) == 0
    onwards = desk.nexts[step_id]
    desk.redirect(step_id, onwards, but=step_id)
    desk.redirect(other, step_id, but=step_id)
    desk.nexts[step_id] = other
    desk.put_first(step_id) if was_first else desk.put_before(step_id, other)
