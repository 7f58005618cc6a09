"""What a case compiles to. Plain Python over documents."""

from collections.abc import Mapping
from typing import Any


def journey_slug(case_key: str) -> str:
    """Return the slug of the journey that acts for a case."""
    return f"case:{case_key}"


def compile_journey(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a case document into the one journey document that runs it.

    Detection becomes the entry (the event `case.entered` with the case's key), the measure the steps, the success rule
    the goal, the failure rule the exit, and the horizon the end. A case that only watches still gets one step, a wait
    of the length of its horizon, so that its outcome is known. Source: architecture.md, "Case and journey".
    """
    journey: dict[str, Any] = {
        "journey": journey_slug(document["case"]),
        "name": document["name"],
        "entry": {"event": "case.entered", "where": {"key": document["case"]}},
        "reentry": "once",
        "goal": document["success"],
        "horizon": document["horizon"],
        "steps": document.get("measure") or [{"id": "watch", "wait": {"for": document["horizon"]}}],
    }
    if document.get("failure"):
        journey["exit"] = document["failure"]
    return journey


def detection_rule(document: Mapping[str, Any]) -> Any:
    """Return the condition under which a member is in the case: detected and not excluded."""
    if not document.get("exclude"):
        return document["detect"]
    return {"all": [document["detect"], {"not": document["exclude"]}]}
