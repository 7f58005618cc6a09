"""What a form of the draft means as a change of the documents: a field set, something new, a move, a removal."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from qadam.maps import edits
from qadam.maps.editing_errors import NoSuchPlace
from qadam.office.board_edit_draft import Draft
from qadam.office.board_edit_fields import Spot
from qadam.office.journey_forms import put

Change = dict[str, Any]


def set_change(spot: Spot, value: Any) -> Change:
    """Return the change that puts a value at a place; None takes the field out."""
    change: Change = {"do": "set", "at": list(spot.path)}
    if value is not None:
        change["to"] = value
    return _about(change, spot.which)


def add_change(draft: Draft, spot: Spot, value: Mapping[str, Any]) -> Change:
    """Return the change that adds a new item: a stage, a touchpoint in a stage, a metric, a measure."""
    path = list(spot.path[:-1])
    if spot.field.kind == "new_use":
        return _add_touchpoint(draft, path, value)
    item = dict(value)
    if spot.field.kind == "new_stage":
        item = {"key": free_key("s", draft.stage_keys), **item}
    elif spot.field.kind == "measure":
        taken = [each["key"] for each in edits.read(draft.document_of(spot), path) or ()]
        item = {"key": key_from(item.get("name"), taken, "measure"), **item}
    return _about({"do": "add", "at": path, "item": item}, spot.which)


def _add_touchpoint(draft: Draft, path: list[str], value: Mapping[str, Any]) -> Change:
    if "code" in value:
        return {"do": "add", "at": path, "item": {"code": value["code"]}}
    taken = [code for code, _name in draft.choices.touchpoints]
    code = key_from(value.get("name"), taken, "touchpoint")
    return {
        "do": "all",
        "changes": [
            {"do": "add", "at": ["touchpoints"], "item": {"code": code, **value}},
            {"do": "add", "at": path, "item": {"code": code}},
        ],
    }


def _about(change: Change, which: str) -> Change:
    return {**change, "case": which} if which else change


def free_key(prefix: str, taken: Iterable[str]) -> str:
    """Return the first of s1, s2, s3… that is free."""
    known = set(taken)
    return next(f"{prefix}{n}" for n in range(1, len(known) + 2) if f"{prefix}{n}" not in known)


def key_from(name: Any, taken: Iterable[str], otherwise: str) -> str:
    """Return a free key made of an English name: “Weekly call” becomes weekly-call."""
    known = set(taken)
    text = str(name.get("en") or "") if isinstance(name, Mapping) else ""
    key = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:28].strip("-") or otherwise
    return key if key not in known else free_key(f"{key[:24]}-", known)


def new_case(draft: Draft, value: Mapping[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """Return the document of a case that has just been begun: what isn't said yet is empty until the gate asks."""
    success = dict(value["success"])
    case: dict[str, Any] = {
        "case": key_from(value["name"], taken, "case"),
        "stage": value["stage"],
        "polarity": value["polarity"],
        "name": value["name"],
        **{name: {} for name in ("context", "client_reaction", "company_reaction", "result")},
        "causes": [],
        "detect": value["detect"],
        "success": success,
        "horizon": "P30D",
        "measures": [{"key": "first", "name": value["measure"], "trigger": "manual", "channel": "call"}],
        "metrics": [{"code": "M9", "role": "mandatory"}],
    }
    put(case, "stage", case["stage"])
    return case


# ── Moving ────────────────────────────────────────────────


def move_change(draft: Draft, at: str, to: str, before: str) -> Change:
    """Return the change that moves a stage, a touchpoint or a case.

    `to` is the list it goes to (stages/s4/touchpoints, stages/s4/cases, everywhere; "" stays), `before` the item that
    follows it there ("" for the end).

    Raises:
        NoSuchPlace: that can't be moved, or not there.
    """
    follows = before or None
    match at.split("/"):
        case ["stages", key]:
            return {"do": "move", "at": ["stages", key], "before": follows}
        case ["stages", _key, "touchpoints", _code] as path:
            change: Change = {"do": "move", "at": path, "before": follows}
            return change if not to else {**change, "to": _list_path(to, "touchpoints")}
        case ["cases", key]:
            return _move_case(draft, key, to, follows)
    raise NoSuchPlace(place=at)


def _list_path(to: str, name: str) -> list[str]:
    path = to.split("/")
    if len(path) != 3 or path[0] != "stages" or path[2] != name:
        raise NoSuchPlace(place=to)
    return path


def _move_case(draft: Draft, key: str, to: str, before: str | None) -> Change:
    changes: list[Change] = []
    if to and key in draft.cases:
        stage = "" if to == "everywhere" else _list_path(to, "cases")[1]
        if stage != draft.cases[key].get("stage", ""):
            changes.append(stage_change(key, stage))
    changes.append({"do": "move", "at": ["cases", key], "before": before})
    return {"do": "all", "changes": changes}


def stage_change(case: str, stage: str) -> Change:
    """Return the change that gives a case to a stage ("" = to every stage)."""
    change: Change = {"do": "set", "at": ["stage"], "case": case}
    return {**change, "to": stage} if stage else change


# ── Removing ──────────────────────────────────────────────


def remove_change(draft: Draft, at: str, cases_to: str | None) -> Change:
    """Return the change that removes what stands at a place, or empties a field.

    `cases_to` says what becomes of the cases of a stage that goes: the stage they go to; None: off the map.
    """
    path = at.split("/")
    match path:
        case ["stages", key]:
            return _remove_stage(draft, key, cases_to)
        case ["cases", _key] | ["touchpoints", _key] | ["metrics", _key]:
            return {"do": "remove", "at": path}
        case ["stages", _key, "touchpoints" | "metrics", _item]:
            return {"do": "remove", "at": path}
        case ["cases", key, "metrics" | "measures", item]:
            return {"do": "remove", "at": [path[2], item], "case": key}
        case ["cases", key, name]:
            return {"do": "set", "at": [name], "case": key}
    return {"do": "set", "at": path}


def _remove_stage(draft: Draft, key: str, cases_to: str | None) -> Change:
    changes: list[Change] = []
    for case in draft.cases_of(key):
        if cases_to is None:
            changes.append({"do": "remove", "at": ["cases", case]})
        else:
            changes.append(stage_change(case, cases_to))
    return {"do": "all", "changes": [*changes, {"do": "remove", "at": ["stages", key]}]}
