"""Changes of an action plan's document, as its author makes them. Plain Python: a document in, a new one out.

Tasks stand in the order of their days; what must come before a task therefore always stands above it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Plan = Mapping[str, Any]
Task = dict[str, Any]


def blank_plan(slug: str) -> dict[str, Any]:
    return {"plan": slug, "name": {}, "weeks": [{"week": 1, "title": {}, "aim": {}}], "tasks": []}


def tasks_of(plan: Plan) -> list[Task]:
    """Return the tasks in the order of their days; those of one day as they stand."""
    return sorted(_mappings(plan.get("tasks")), key=day_of)


def goals_of(plan: Plan) -> list[dict[str, Any]]:
    return _mappings(plan.get("goals"))


def weeks_of(plan: Plan) -> list[dict[str, Any]]:
    return _mappings(plan.get("weeks"))


def _mappings(given: Any) -> list[dict[str, Any]]:
    return [dict(each) for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def day_of(task: Mapping[str, Any]) -> int:
    """Return the day on which a task opens; what isn't a day yet counts as day 0."""
    day = task.get("day")
    return day if isinstance(day, int) else 0


def find(items: Sequence[dict[str, Any]], key: str) -> dict[str, Any] | None:
    return next((each for each in items if each.get("key") == key), None)


def free_key(items: Sequence[Mapping[str, Any]], stem: str) -> str:
    """Return a key that isn't taken: task, task-2, task-3 …."""
    taken = {each.get("key") for each in items}
    number = 1
    while (key := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return key


def add_task(plan: Plan, day: int) -> tuple[dict[str, Any], str]:
    """Return the plan with one more task behind those of a day, and the task's key."""
    tasks = tasks_of(plan)
    key = free_key(tasks, "task")
    task: Task = {"key": key, "day": day, "due_day": day, "title": {}, "why": {}, "minutes": 10, "kind": "self_check"}
    return _with_tasks(plan, [*tasks, task]), key


def put_task(plan: Plan, key: str, task: Task) -> dict[str, Any]:
    """Return the plan with a task as it is now; a new key is taken over wherever the task is named."""
    tasks = [task if each.get("key") == key else each for each in tasks_of(plan)]
    new = str(task.get("key") or "")
    return _with_tasks(plan, tasks) if new == key else _renamed(_with_tasks(plan, tasks), key, new)


def remove_task(plan: Plan, key: str) -> dict[str, Any]:
    """Return the plan without a task, and without anything that waits for it."""
    return _renamed(_with_tasks(plan, [task for task in tasks_of(plan) if task.get("key") != key]), key, "")


def move_task(plan: Plan, key: str, *, up: bool) -> dict[str, Any]:
    """Return the plan with a task one place up or down.

    Past a task of another day it first goes over to that day, and keeps its length.
    """
    tasks = tasks_of(plan)
    place = next((n for n, task in enumerate(tasks) if task.get("key") == key), None)
    other = None if place is None else place + (-1 if up else 1)
    if place is None or other is None or not 0 <= other < len(tasks):
        return dict(plan)
    task, neighbour = tasks[place], tasks[other]
    if day_of(task) == day_of(neighbour):
        tasks[place], tasks[other] = neighbour, task
    else:
        tasks[place] = on_day(task, day_of(neighbour))
    return _with_tasks(plan, tasks)


def on_day(task: Task, day: int) -> Task:
    """Return a task that opens on another day and is due as many days later as before."""
    due = task.get("due_day")
    length = max(due - day_of(task), 0) if isinstance(due, int) else 0
    return {**task, "day": day, "due_day": day + length}


def _with_tasks(plan: Plan, tasks: Sequence[Task]) -> dict[str, Any]:
    return {**plan, "tasks": sorted(tasks, key=day_of)}


def _renamed(plan: Plan, old: str, new: str) -> dict[str, Any]:
    """Return the plan in which whatever named a task names it by its new key; "" takes the naming out."""
    tasks = [_with_list(task, "after", old, new) for task in tasks_of(plan)]
    return _with_list({**plan, "tasks": tasks}, "restart", old, new)


def _with_list(holder: dict[str, Any], name: str, old: str, new: str) -> dict[str, Any]:
    given = holder.get(name)
    keys = [given] if isinstance(given, str) else given
    if not isinstance(keys, list) or old not in keys:
        return holder
    kept = [new if key == old else key for key in keys if key != old or new]
    return {**holder, name: kept} if kept else {key: value for key, value in holder.items() if key != name}


# ── Goals and weeks ───────────────────────────────────────


def add_goal(plan: Plan) -> tuple[dict[str, Any], str]:
    """Return the plan with one more first goal to choose from, and its key."""
    goals = goals_of(plan)
    key = free_key(goals, "goal")
    goal = {"key": key, "name": {}, "why": {}, "minutes": 20, "done_when": {"did": ""}}
    return {**plan, "goals": [*goals, goal]}, key


def put_goal(plan: Plan, key: str, goal: dict[str, Any]) -> dict[str, Any]:
    return {**plan, "goals": [goal if each.get("key") == key else each for each in goals_of(plan)]}


def remove_goal(plan: Plan, key: str) -> dict[str, Any]:
    goals = [goal for goal in goals_of(plan) if goal.get("key") != key]
    return {**plan, "goals": goals} if goals else {name: each for name, each in plan.items() if name != "goals"}


def place_of(items: Sequence[Mapping[str, Any]], key: str) -> int:
    """Return where something stands in the document's own list: faults name it by that number."""
    return next((place for place, each in enumerate(items) if each.get("key") == key), -1)
