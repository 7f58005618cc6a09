"""The content of the demo company in its first year: half of the cases, and nobody asked a survey. Plain Python."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from qadam.packs.documents import Pack, PackDocument

WHOLE_FROM = timedelta(days=135)
"""So long before the anchor the company took up the whole pack, and its mentors began to look at suggestions."""
PROMPT_FROM = timedelta(days=24)
"""And since when it promises answers within a day: before that the engine looks too seldom to keep watch over hours."""
PROMPT_CASE = "unanswered-objection"
FIRST_CASES = (
    *("no-show", "refused-after-presentation", "first-goal-missed", "learning-stopped"),
    *("at-risk-60-90", "fast-start"),
)
"""One for each stage and a good one, as a map needs."""


def first_version(pack: Pack) -> Pack:
    """Return the pack as the company had it in the beginning."""
    return replace(pack, documents=tuple(_first_documents(pack)))


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
        case "survey":
            return None
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


def _asks(step: Mapping[str, Any]) -> bool:
    return "send" in step and step["send"].get("channel") == "survey"


def _patient(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a letter leave however late: the engine looks at old history every few days only."""
    if "send" not in step:
        return step
    return {**step, "send": {name: value for name, value in step["send"].items() if name != "deadline"}}
