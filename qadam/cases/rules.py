"""What a case compiles to. Plain Python over documents."""

from collections.abc import Mapping, Sequence
from typing import Any

OPEN, REST, END = "open", "rest", "end"
"""Steps of every case's journey: before any measure, after the steps of one, and the end by the horizon."""
REFERENCES = ("next", "goto", "else", "on_timeout")
FOLLOWED = ("send", "wait", "set", "enroll")
"""Kinds of steps that go on to a `next` one."""
DEFAULT_HOLDOUT = 10


def journey_slug(case_key: str) -> str:
    """Return the slug of the journey that acts for a case."""
    return f"case:{case_key}"


def case_of(journey: str) -> str:
    """Return the key of the case that a journey acts for; "" for another journey."""
    return journey.removeprefix("case:") if journey.startswith("case:") else ""


def block_step(measure_key: str, step_id: str) -> str:
    """Return the id that a step of a measure has in the case's journey."""
    return f"{measure_key}:{step_id}"


def compile_journey(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a case document into the one journey document that runs it.

    Detection becomes the entry (the event `case.entered` with the case's key), the success rule the goal, the failure
    rule the exit, the exclusion what takes out, and the horizon the end. The journey waits until a measure is started
    (`case.measure_started`) and then walks its steps; one without steps is only noted. Nothing starts a measure for
    the control group: it waits on the same clock. Source: architecture.md, "Case and journey".
    """
    key, cooldown = document["case"], document.get("cooldown")
    journey: dict[str, Any] = {
        "journey": journey_slug(key),
        "name": document["name"],
        "entry": {"event": "case.entered", "where": {"key": key}},
        "reentry": {"after_exit": cooldown} if cooldown else "once",
        "priority": letter_priority(document.get("priority", 50)),
        "goal": document["success"],
        "horizon": document["horizon"],
        **_withholding(document),
        "steps": compile_steps(key, document["measures"], document["horizon"]),
    }
    for name, there in (("failure", "exit"), ("exclude", "exclude")):
        if document.get(name):
            journey[there] = document[name]
    return journey


def _withholding(document: Mapping[str, Any]) -> dict[str, Any]:
    if document.get("never_withheld"):
        return {"never_withheld": True}
    share = document.get("holdout", DEFAULT_HOLDOUT)
    return {"holdout": share} if share else {}


def letter_priority(priority: int) -> int:
    """Turn a case's priority (higher first, 50 in the middle) into that of its letters: 1 first … 9 last."""
    return max(1, min(9, 10 - round(priority / 10)))


def compile_steps(key: str, measures: Sequence[Mapping[str, Any]], horizon: str) -> list[dict[str, Any]]:
    """Return the steps of a case's journey: wait for a start, the blocks of the measures, and the rest."""
    walked = [measure for measure in measures if measure.get("steps")]
    end = {"id": END, "exit": "horizon"}
    if not walked:
        return [{"id": OPEN, "wait": {"for": horizon}}, end]
    names = [measure["key"] for measure in walked]
    started = {"event": "case.measure_started", "where": {"case": key, "measure": names}, "since": "entry"}
    steps: list[dict[str, Any]] = [
        {"id": OPEN, "wait": {**started, "timeout": horizon, "on_timeout": END}},
        {"id": "which", "branch": [_way(key, measure) for measure in walked], "else": REST},
    ]
    for measure in walked:
        steps += compile_block(measure["key"], measure["steps"])
    return [*steps, {"id": REST, "wait": {"for": horizon}}, end]


def _way(key: str, measure: Mapping[str, Any]) -> dict[str, Any]:
    newest = {"last": "case.measure_started", "where": {"case": key}, "property": "measure", "equals": measure["key"]}
    return {"when": newest, "goto": block_step(measure["key"], measure["steps"][0].get("id", ""))}


def compile_block(measure_key: str, steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps of one measure under ids of their own; the last one leads to the rest."""
    own = {step.get("id") for step in steps}
    block = [_renamed(measure_key, own, step) for step in steps]
    last = block[-1]
    if "next" not in last and any(kind in last for kind in FOLLOWED):
        last["next"] = REST
    return block


def _renamed(measure_key: str, own: set[Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a part of a step, with every reference to a step of the same measure under its new id."""

    def rename(value: Any) -> Any:
        return block_step(measure_key, value) if isinstance(value, str) and value in own else value

    renamed = {}
    for name, value in part.items():
        if name == "id" or name in REFERENCES:
            renamed[name] = rename(value)
        elif name == "on" and isinstance(value, Mapping):
            renamed[name] = {outcome: rename(step) for outcome, step in value.items()}
        elif name == "wait" and isinstance(value, Mapping):
            renamed[name] = _renamed(measure_key, own, value)
        elif name in ("branch", "split") and isinstance(value, list):
            renamed[name] = [_renamed(measure_key, own, way) if isinstance(way, Mapping) else way for way in value]
        else:
            renamed[name] = value
    return renamed


def detection_rule(document: Mapping[str, Any]) -> Any:
    """Return the condition under which a member is in the case: detected, of its segments, and not excluded."""
    parts = [document["detect"]]
    if document.get("segments"):
        parts.append({"in": {"segment": list(document["segments"])}})
    if document.get("exclude"):
        parts.append({"not": document["exclude"]})
    return parts[0] if len(parts) == 1 else {"all": parts}


def alternatives(rule: Mapping[str, Any]) -> list[Any]:
    """Return the ways in which a rule may hold: the parts of an `any`, or the rule itself."""
    return list(rule["any"]) if set(rule) == {"any"} else [rule]


def is_overlapping(success: Mapping[str, Any], failure: Mapping[str, Any]) -> bool:
    """Tell whether one and the same fact would be a success and a failure, as far as the form of the rules shows."""
    return any(way in alternatives(failure) for way in alternatives(success))
