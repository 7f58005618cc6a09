"""Parse an action plan of a pack: weeks, tasks, what closes each, and the first goals to choose from.

Every fault is named with its path. Documents of earlier versions of the product stay valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from qadam.conditions import Condition
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.tasks.planned import FIRST, Link, PlannedGoal, PlannedTask, Proof, TaskKind, read_link
from qadam.tasks.reading_goals import read_goal
from qadam.tasks.reading_tasks import read_task
from qadam.tasks.rules import PER_DAY

__all__ = [
    "FIRST",
    "Link",
    "PlanDocument",
    "PlannedGoal",
    "PlannedTask",
    "Proof",
    "TaskKind",
    "Week",
    "parse_plan",
    "read_link",
]


@dataclass(frozen=True, slots=True)
class Week:
    number: int
    title: Words
    aim: Words


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """`per_day`: how many tasks that moved land on one day. `restart`: tasks to offer first after a week away."""

    slug: str
    name: Words
    weeks: tuple[Week, ...]
    tasks: tuple[PlannedTask, ...]
    goals: tuple[PlannedGoal, ...] = ()
    per_day: int = PER_DAY
    restart: tuple[str, ...] = ()

    def by_key(self) -> Mapping[str, PlannedTask]:
        return {task.key: task for task in self.tasks}

    def goal(self, key: str) -> PlannedGoal | None:
        return next((goal for goal in self.goals if goal.key == key), None)

    @property
    def offered_goals(self) -> tuple[PlannedGoal, ...]:
        return tuple(goal for goal in self.goals if goal.is_offered)

    def closers(self) -> list[tuple[PlannedTask, str, Condition]]:
        """Return (task, goal, condition) of everything that closes by an event; `goal` "" where it isn't a choice."""
        found = [(task, "", task.done_when) for task in self.tasks if task.done_when is not None]
        return found + [
            (task, goal.key, goal.done_when)
            for task in self.tasks
            if task.takes_goal
            for goal in self.offered_goals
            if goal.done_when is not None
        ]


def parse_plan(document: object) -> PlanDocument:
    """Read an action plan.

    Raises:
        FaultyDocument: with every fault and its path: a missing language, an unknown event, dates out of order ….
    """
    node = open_document(document)
    node.refuse_other_keys("plan", "name", "weeks", "tasks", "goals", "per_day", "restart")
    has_goals = node.has("goals")
    plan = PlanDocument(
        slug=node.slug("plan"),
        name=node.words("name"),
        weeks=tuple(_read_week(week) for week in node.nodes("weeks")),
        tasks=tuple(read_task(task, place, has_goals=has_goals) for place, task in enumerate(node.nodes("tasks"))),
        goals=tuple(read_goal(goal) for goal in node.nodes("goals")) if has_goals else (),
        per_day=node.integer("per_day", PER_DAY, at_least=1),
        restart=node.texts("restart") if node.has("restart") else (),
    )
    _check_order(node, plan)
    _check_goals(node, plan)
    _check_restart(node, plan)
    refuse_faults(node)
    return plan


def _read_week(node: Node) -> Week:
    node.refuse_other_keys("week", "title", "aim")
    return Week(node.integer("week", at_least=1), node.words("title"), node.words("aim"))


def _check_order(node: Node, plan: PlanDocument) -> None:
    _check_weeks(node, plan.weeks)
    if not plan.tasks:
        node.complain("tasks", gettext("a plan needs at least one task"))
    days = {task.key: task.day for task in plan.tasks}
    seen: set[str] = set()
    for place, task in enumerate(plan.tasks):
        path = f"tasks[{place}]"
        if task.key in seen:
            node.complain(f"{path}.key", gettext("“%(key)s” stands here twice") % {"key": task.key})
        if task.due_day < task.day:
            node.complain(f"{path}.due_day", gettext("comes before “day”"))
        if task.day // 7 + 1 not in {week.number for week in plan.weeks}:
            node.complain(f"{path}.day", gettext("no week of the plan holds this day"))
        _check_after(node, f"{path}.after", task, seen, days)
        seen.add(task.key)


def _check_weeks(node: Node, weeks: Sequence[Week]) -> None:
    numbers = [week.number for week in weeks]
    if numbers != sorted(set(numbers)):
        node.complain("weeks", gettext("the weeks must go up, each once"))


def _check_after(node: Node, path: str, task: PlannedTask, earlier: set[str], days: Mapping[str, int]) -> None:
    """What comes before stands higher in the list and opens no later: so no task can wait for itself or for ever."""
    for key in task.after:
        if key not in earlier:
            node.complain(path, gettext("“%(key)s” isn't a task above this one") % {"key": key})
        elif days[key] > task.day:
            node.complain(path, gettext("“%(key)s” opens later than this task") % {"key": key})


def _check_goals(node: Node, plan: PlanDocument) -> None:
    """With goals there is exactly one task for them, and something to choose from."""
    if not node.has("goals"):
        return
    if len([task for task in plan.tasks if task.is_first_goal]) != 1:
        node.complain("goals", gettext("exactly one task is the first goal: goal: first"))
    if not plan.offered_goals:
        node.complain("goals", gettext("at least one goal is offered"))
    seen: set[str] = set()
    for place, goal in enumerate(plan.goals):
        if goal.key in seen:
            node.complain(f"goals[{place}].key", gettext("“%(key)s” stands here twice") % {"key": goal.key})
        seen.add(goal.key)


def _check_restart(node: Node, plan: PlanDocument) -> None:
    for key in plan.restart:
        if key not in plan.by_key():
            node.complain("restart", gettext("there is no task “%(key)s”") % {"key": key})
