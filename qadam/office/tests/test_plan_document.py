"""Changes of a plan's document: adding, moving and removing tasks, and the form of a task. Plain Python."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from qadam import packs
from qadam.office.plan_document import add_goal, add_task, goals_of, move_task, put_task, remove_task, tasks_of
from qadam.office.plan_draft import is_recruiting
from qadam.office.plan_forms import goal_sections, plan_sections, read_goal, read_plan, read_task, task_sections
from qadam.office.plan_publish import compare
from qadam.office.recognition_fields import Faults, Known
from qadam.office.tests.forms import post_of
from qadam.tasks.documents import parse_plan

PACK = Path(packs.__file__).parent / "start" / "plans" / "start.yaml"
START: dict[str, Any] = yaml.safe_load(PACK.read_text(encoding="utf-8"))


def a_plan(*tasks: tuple[str, int]) -> dict[str, Any]:
    return {"plan": "p", "tasks": [{"key": key, "day": day, "due_day": day + 2} for key, day in tasks]}


def order(plan: dict[str, Any]) -> list[tuple[str, int]]:
    return [(task["key"], task["day"]) for task in tasks_of(plan)]


THREE = a_plan(("a", 0), ("b", 0), ("c", 4))
MOVES: dict[str, tuple[str, bool, list[tuple[str, int]]]] = {
    "past a neighbour of the day": ("b", True, [("b", 0), ("a", 0), ("c", 4)]),
    "over to the earlier day": ("c", True, [("a", 0), ("b", 0), ("c", 0)]),
    "over to the later day": ("b", False, [("a", 0), ("b", 4), ("c", 4)]),
    "no further up": ("a", True, [("a", 0), ("b", 0), ("c", 4)]),
    "no further down": ("c", False, [("a", 0), ("b", 0), ("c", 4)]),
    "nothing of this key": ("x", True, [("a", 0), ("b", 0), ("c", 4)]),
}


@pytest.mark.parametrize(("key", "up", "expected"), MOVES.values(), ids=MOVES)
def test_moving(key: str, up: bool, expected: list[tuple[str, int]]) -> None:
    assert order(move_task(THREE, key, up=up)) == expected


def test_a_task_keeps_its_length_when_its_day_changes() -> None:
    moved = move_task(THREE, "c", up=True)
    assert tasks_of(moved)[-1] == {"key": "c", "day": 0, "due_day": 2}


def test_a_new_task_stands_behind_those_of_its_day_and_has_a_free_key() -> None:
    plan, key = add_task(THREE, 0)
    again, other = add_task(plan, 9)
    assert (key, other) == ("task", "task-2")
    assert order(again) == [("a", 0), ("b", 0), ("task", 0), ("c", 4), ("task-2", 9)]


def test_what_named_a_task_follows_it_or_lets_it_go() -> None:
    plan = {**THREE, "restart": ["a"], "tasks": [*THREE["tasks"][:2], {**THREE["tasks"][2], "after": ["a", "b"]}]}
    renamed = put_task(plan, "a", {**THREE["tasks"][0], "key": "first"})
    assert (renamed["restart"], tasks_of(renamed)[2]["after"]) == (["first"], ["first", "b"])
    without = remove_task(remove_task(plan, "a"), "b")
    assert "restart" not in without
    assert tasks_of(without) == [{"key": "c", "day": 4, "due_day": 6}]


@pytest.mark.parametrize("task", START["tasks"], ids=lambda task: task["key"])
def test_the_form_of_a_task_loses_nothing(task: dict[str, Any]) -> None:
    sections = task_sections(task, START, Faults(), Known(), is_new=False)
    assert read_task(post_of(sections), task, START) == task


@pytest.mark.parametrize("goal", START["goals"], ids=lambda goal: goal["key"])
def test_the_form_of_a_goal_loses_nothing(goal: dict[str, Any]) -> None:
    recruits = is_recruiting(goal)
    post = post_of(goal_sections(goal, Faults(), Known(), is_new=False, is_recruiting=recruits))
    assert read_goal(post, goal, is_recruiting=recruits) == goal


def test_the_form_of_the_plan_loses_nothing() -> None:
    assert read_plan(post_of(plan_sections(START, Faults())), START) == START


KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a lesson": ({"kind": "lesson", "lesson": "claims"}, {"kind": "lesson", "lesson": "claims"}),
    "practical": ({"kind": "practical", "proof": ["text", "photo"]}, {"kind": "practical", "proof": ["text", "photo"]}),
    "a call": ({"kind": "call", "with": "sponsor"}, {"kind": "call", "with": "sponsor"}),
    "ticked": ({"kind": "self_check"}, {"kind": "self_check"}),
}


@pytest.mark.parametrize(("changes", "expected"), KINDS.values(), ids=KINDS)
def test_another_kind_drops_what_closed_the_task_before(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    task = {"key": "x", "day": 0, "due_day": 1, "kind": "event", "done_when": {"did": "order.paid"}}
    post = post_of(task_sections(task, {}, Faults(), Known(), is_new=False), **changes)
    read = read_task(post, task, {})
    assert {name: read.get(name) for name in ("kind", "lesson", "proof", "with", "done_when")} == {
        "kind": None, "lesson": None, "proof": None, "with": None, "done_when": None, **expected
    }  # fmt: skip


def test_only_the_partner_goal_counts_people_brought_in() -> None:
    assert [goal["key"] for goal in START["goals"] if is_recruiting(goal)] == ["invite-partner"]
    plan, key = add_goal(START)
    assert not is_recruiting(goals_of(plan)[-1])
    assert key == "goal"


def test_the_changes_are_told_task_by_task() -> None:
    profile = {**tasks_of(START)[1], "day": 1, "due_day": 2, "minutes": 5}
    new = put_task(remove_task(START, "team-chat"), "profile", profile)
    told = [(str(change.what), change.told) for change in compare(START, new, "en")]
    assert told == [("changed", "day 0 → day 1, minutes"), ("taken out", "")]
    parse_plan(new)
