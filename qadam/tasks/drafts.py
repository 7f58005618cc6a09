"""The office's work on a plan: its draft, and moving the people under way to the newest version."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min, QuerySet

from qadam.jobs.sql import chunks, insert_many, update_many
from qadam.jobs.transactions import write
from qadam.people import operations as people
from qadam.people.models import User
from qadam.tasks.closing import find_true_already
from qadam.tasks.documents import PlannedTask
from qadam.tasks.errors import DraftMoved, NoDraft, UnknownPlan
from qadam.tasks.models import ActionPlan, Task
from qadam.tasks.operations import close_tasks
from qadam.tasks.plans import Version, newest_version

BATCH = 500
"""Members moved in one go: a plan has dozens of tasks."""
NEW_TASK = {
    "member_id": "bigint",
    "plan_version_id": "bigint",
    "key": "text",
    "day": "integer",
    "due_day": "integer",
    "opens_on": "date",
    "due_on": "date",
    "assigned_at": "timestamptz",
    "is_required": "boolean",
    "is_first_goal": "boolean",
    "position": "integer",
}
MOVED = ("plan_version_id", "day", "due_day", "opens_on", "due_on", "is_required", "is_first_goal", "position")


@write()
def save_draft(*, slug: str, document: Mapping[str, Any], revision: int, actor: User | None, now: datetime) -> int:
    """Keep the office's draft of a plan, faulty or not, and make the plan if it is new. Return the revision. Audited.

    `revision` is the one that was read with the draft (0 where there was none): whoever saves on an older one is told.

    Raises:
        DraftMoved: somebody else saved meanwhile.
    """
    plan, _ = ActionPlan.objects.get_or_create(slug=slug)
    saved = ActionPlan.objects.filter(id=plan.id, draft_revision=revision)
    if not saved.update(draft=dict(document), draft_revision=revision + 1):
        raise DraftMoved(plan=slug)
    target = f"action_plan:{slug}"
    people.write_audit(actor=actor, action="plan.drafted", target=target, detail={"revision": revision + 1}, now=now)
    return revision + 1


@write()
def discard_draft(*, slug: str, actor: User | None, now: datetime) -> None:
    """Drop the draft of a plan; what is published stays. Audited.

    Raises:
        NoDraft: there is none.
    """
    if not ActionPlan.objects.filter(slug=slug, draft__isnull=False).update(draft=None):
        raise NoDraft(plan=slug)
    target = f"action_plan:{slug}"
    people.write_audit(actor=actor, action="plan.draft_discarded", target=target, detail={}, now=now)


def people_on_older_versions(plan: str) -> int:
    """Return how many members have open tasks of an older version of a plan than the newest."""
    version = newest_version(plan)
    return _open_on_older(plan, version).values("member_id").distinct().count() if version else 0


def _open_on_older(plan: str, version: Version) -> QuerySet[Task]:
    rows = Task.objects.filter(plan_version__plan__slug=plan, done_at__isnull=True, member__left_at__isnull=True)
    return rows.exclude(plan_version_id=version.id)


@write()
def move_to_newest_version(*, plan: str, actor: User | None, now: datetime) -> int:
    """Give the people under way the newest version of their plan. Return how many moved. Audited.

    What is done stays done. Open tasks get the new day, counted from the same day 0; new tasks come; those that are
    gone from the plan go, unless they are done. What is true already closes at once.

    Raises:
        UnknownPlan: no version of it was published.
    """
    version = newest_version(plan)
    if version is None:
        raise UnknownPlan(plan=plan)
    member_ids = list(_open_on_older(plan, version).order_by().values_list("member_id", flat=True).distinct())
    for part in chunks(member_ids, BATCH):
        _move(plan, version, part)
        close_tasks(find_true_already(version, part, now), now)
    detail = {"version": version.number, "members": len(member_ids)}
    people.write_audit(actor=actor, action="plan.moved", target=f"action_plan:{plan}", detail=detail, now=now)
    return len(member_ids)


def _move(plan: str, version: Version, member_ids: Sequence[int]) -> None:
    rows = list(Task.objects.filter(plan_version__plan__slug=plan, member_id__in=member_ids))
    kept = [row for row in rows if row.key in version.by_key]
    gone = [row.id for row in rows if row.key not in version.by_key and row.done_at is None]
    Task.objects.filter(id__in=gone).delete()
    # Rows of the newest version are there already where somebody was moved before.
    update_many("tasks_task", MOVED, [_moved(row, version) for row in kept if row.plan_version_id != version.id])
    _forget_gone_goals(version, member_ids)
    _add_new(version, member_ids, rows)


def _forget_gone_goals(version: Version, member_ids: Sequence[int]) -> None:
    """Let those choose anew whose goal isn't offered any more: else nothing could close it."""
    offered = [goal.key for goal in version.plan.offered_goals]
    chosen = Task.objects.filter(plan_version_id=version.id, member_id__in=member_ids, is_first_goal=True)
    chosen.filter(done_at__isnull=True).exclude(goal__in=["", *offered]).update(goal="")


def _moved(row: Task, version: Version) -> tuple[Any, ...]:
    planned = version.by_key[row.key]
    ops = connection.ops
    opens_on = row.opens_on + timedelta(days=planned.day - row.day)
    due_on = row.due_on + timedelta(days=planned.due_day - row.due_day)
    dates = (ops.adapt_datefield_value(opens_on), ops.adapt_datefield_value(due_on))
    flags = (planned.is_required, planned.is_first_goal, planned.position)
    return (version.id, planned.day, planned.due_day, *dates, *flags, row.id)


def _add_new(version: Version, member_ids: Sequence[int], rows: Sequence[Task]) -> None:
    """Give the members the tasks that they didn't have; facts count for them from when the plan was given."""
    having = {(row.member_id, row.key) for row in rows}
    start = {row.member_id: row.opens_on - timedelta(days=row.day) for row in rows}
    given = dict(
        Task.objects.filter(id__in=[row.id for row in rows])
        .order_by()
        .values_list("member_id")
        .annotate(at=Min("assigned_at"))
    )
    fresh = [
        _fresh(member_id, version, planned, start[member_id], given[member_id])
        for member_id in member_ids
        for planned in version.plan.tasks
        if (member_id, planned.key) not in having
    ]
    conflict = "ON CONFLICT (member_id, plan_version_id, key) DO NOTHING"
    insert_many("tasks_task", NEW_TASK, fresh, conflict=conflict)


def _fresh(member_id: int, version: Version, planned: PlannedTask, start: Any, at: datetime) -> tuple[Any, ...]:
    opens_on, due_on = start + timedelta(days=planned.day), start + timedelta(days=planned.due_day)
    flags = (planned.is_required, planned.is_first_goal, planned.position)
    days = (opens_on.isoformat(), due_on.isoformat())
    return (member_id, version.id, planned.key, planned.day, planned.due_day, *days, at, *flags)
