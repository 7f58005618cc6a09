"""The content of the demo company in its first year: half of the cases, a short plan, no surveys, no recognition.

Plain Python.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from qadam.packs.documents import Pack, PackDocument

WHOLE_FROM = timedelta(days=135)
"""So long before the anchor the company took up the whole pack, and its mentors began to look at suggestions."""
RECOGNITION_FROM = timedelta(days=120)
"""Since when there are points, badges, challenges and boards: building them for the first year would only cost time."""
RECOGNITION = ("point rule", "levels", "streak", "badge", "challenge", "board")
"""Kinds of documents."""
PROMPT_FROM = timedelta(days=16)
"""And since when it promises answers within a day: before that the engine looks too seldom to keep watch over hours."""
PROMPT_CASE = "unanswered-objection"
FIRST_CASES = (
    *("no-show", "refused-after-presentation", "first-goal-missed", "learning-stopped"),
    *("at-risk-60-90", "fast-start"),
)
"""One for each stage and a good one, as a map needs."""
LATER_KINDS, LATER_TASKS = ("practical",), ("quiz-claims",)
"""Of the plan: what came with tests and with mentors who read."""


def first_version(pack: Pack) -> Pack:
    """Return the pack as the company had it in the beginning."""
    return replace(pack, documents=tuple(_first_documents(pack)))


def without_recognition(pack: Pack) -> Pack:
    """Return the pack without points and all that goes with them."""
    return replace(pack, documents=tuple(each for each in pack.documents if each.kind not in RECOGNITION))


def without_promise(pack: Pack) -> Pack:
    """Return the pack without the case that counts in hours."""
    kept = (each for each in pack.documents if (each.kind, each.name) != ("case", PROMPT_CASE))
    return replace(pack, documents=tuple(_without_key(each) if each.kind == "map" else each for each in kept))


def _without_key(the_map: PackDocument) -> PackDocument:
    content: dict[str, Any] = dict(the_map.content)
    return replace(the_map, content={**content, "cases": [key for key in content["cases"] if key != PROMPT_CASE]})


def _first_documents(pack: Pack) -> Iterator[PackDocument]:
    for document in pack.documents:
        content = _first_content(document)
        if content is not None:
            yield replace(document, content=content)


def _first_content(document: PackDocument) -> Mapping[str, Any] | None:
    """Return what there was of a document; None where it came later."""
    content: dict[str, Any] = dict(document.content)
    match document.kind:
        case "survey" | "point rule" | "levels" | "streak" | "badge" | "challenge" | "board":
            return None
        case "plan":
            return _short_plan(content)
        case "case":
            content["measures"] = [
                {**measure, "steps": [_patient(step) for step in measure["steps"]]} if "steps" in measure else measure
                for measure in content["measures"]
            ]
            return content if document.name in FIRST_CASES else None
        case "map":
            content["cases"] = [key for key in content["cases"] if key in FIRST_CASES]
        case "journey":
            content["steps"] = [_patient(step) for step in content["steps"] if not _asks(step)]
            if not any("send" in step for step in content["steps"]):
                return None
    return content


def _short_plan(content: dict[str, Any]) -> Mapping[str, Any]:
    """Leave only what is required and closes by a tick, a lesson or an order: for everybody, whatever the direction."""
    tasks = [_for_everybody(task) for task in content["tasks"] if task["required"] and task["kind"] not in LATER_KINDS]
    tasks = [task for task in tasks if task["key"] not in LATER_TASKS]
    keys = {task["key"] for task in tasks}
    for task in tasks:
        after = [key for key in task.pop("after", ()) if key in keys]
        task.update({"after": after} if after else {})
    return {**content, "tasks": tasks, "restart": [key for key in content.get("restart", ()) if key in keys]}


def _for_everybody(task: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name not in ("directions", "hours_from")}


def _asks(step: Mapping[str, Any]) -> bool:
    return "send" in step and step["send"].get("channel") == "survey"


def _patient(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a letter leave however late: the engine looks at old history every few days only."""
    if "send" not in step:
        return step
    return {**step, "send": {name: value for name, value in step["send"].items() if name != "deadline"}}
