"""Parse an action plan of a pack: weeks, tasks, and what closes each task. Every fault is named with its path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext

from qadam import conditions
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words

FIRST = "first"
"""The only goal of a plan for now: `goal: first`."""


class TaskKind(StrEnum):
    SELF_CHECK = "self_check"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Week:
    number: int
    title: Words
    aim: Words


@dataclass(frozen=True, slots=True)
class Link:
    """A page of ours where the task is done; `path` begins with a slash."""

    label: Words
    path: str


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task of the plan. `day`, `due_day`: days of the path; `after`: keys of the tasks that must be done before."""

    key: str
    day: int
    due_day: int
    title: Words
    why: Words
    how: Words | None
    minutes: int
    kind: TaskKind
    done_when: conditions.Condition | None
    is_required: bool
    is_first_goal: bool
    link: Link | None
    after: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class PlanDocument:
    slug: str
    name: Words
    weeks: tuple[Week, ...]
    tasks: tuple[PlannedTask, ...]

    def by_key(self) -> Mapping[str, PlannedTask]:
        return {task.key: task for task in self.tasks}


def parse_plan(document: object) -> PlanDocument:
    """Read an action plan.

    Raises:
        FaultyDocument: with every fault and its path: a missing language, an unknown event, dates out of order ….
    """
    node = open_document(document)
    node.refuse_other_keys("plan", "name", "weeks", "tasks")
    plan = PlanDocument(
        slug=node.slug("plan"),
        name=node.words("name"),
        weeks=tuple(_read_week(week) for week in node.nodes("weeks")),
        tasks=tuple(_read_task(task, position) for position, task in enumerate(node.nodes("tasks"))),
    )
    _check_order(node, plan)
    refuse_faults(node)
    return plan


def _read_week(node: Node) -> Week:
    node.refuse_other_keys("week", "title", "aim")
    return Week(node.integer("week", at_least=1), node.words("title"), node.words("aim"))


TASK_KEYS = (
    *("key", "day", "due_day", "title", "why", "how", "minutes"),
    *("kind", "done_when", "required", "goal", "link", "after"),
)


def _read_task(node: Node, position: int) -> PlannedTask:
    node.refuse_other_keys(*TASK_KEYS)
    kind = TaskKind(node.choice("kind", list(TaskKind)))
    return PlannedTask(
        key=node.slug("key"),
        day=node.integer("day", at_least=0),
        due_day=node.integer("due_day", at_least=0),
        title=node.words("title"),
        why=node.words("why"),
        how=node.words("how") if node.has("how") else None,
        minutes=node.integer("minutes", at_least=1),
        kind=kind,
        done_when=_read_done_when(node, kind),
        is_required=node.flag("required", True),
        is_first_goal=node.has("goal") and node.choice("goal", (FIRST,)) == FIRST,
        link=_read_link(node.node("link")) if node.has("link") else None,
        after=node.texts("after") if node.has("after") else (),
        position=position,
    )


def _read_done_when(node: Node, kind: TaskKind) -> conditions.Condition | None:
    if kind is TaskKind.SELF_CHECK:
        if node.has("done_when"):
            node.complain("done_when", gettext("a task that people tick themselves has none"))
        return None
    try:
        return conditions.parse(node.content.get("done_when"), where=f"{node.place}.done_when")
    except conditions.ConditionErrors as error:
        node.faults.extend(error.faults)
        return None


def _read_link(node: Node) -> Link:
    node.refuse_other_keys("label", "path")
    path = node.text("path")
    if path and (not path.startswith("/") or path.startswith("//")):
        node.complain("path", gettext("a page of ours is needed, such as /today/"))
    return Link(node.words("label"), path)


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
