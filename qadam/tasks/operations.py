"""Publish action plans, give them to members, and close tasks: by hand or by what happened."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from django.db import connection

from qadam.events import operations as events
from qadam.events.consumers import EventRow
from qadam.jobs.sql import update_many
from qadam.jobs.transactions import write
from qadam.lib.clock import local_date
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people import queries as people_queries
from qadam.people.models import Member, User
from qadam.tasks import plans
from qadam.tasks.closing import Closing, find_closed_by, find_true_already
from qadam.tasks.documents import FIRST, PlanDocument, PlannedTask, TaskKind, parse_plan
from qadam.tasks.errors import ClosesItself, DayIsOver, NeedsProof, NotOpenYet, UnknownPlan, UnknownTask
from qadam.tasks.models import ActionPlan, PlanVersion, Task
from qadam.tasks.plans import Version
from qadam.tasks.rules import is_same_local_day, task_dates

COLUMNS = (
    *("member_id", "assigned_at", "plan_version_id", "key", "day", "due_day", "opens_on", "due_on"),
    *("is_required", "is_first_goal", "position"),
)
Value: TypeAlias = str | int | bool | date | datetime | None
INSERT = (
    f"INSERT INTO tasks_task ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
    " ON CONFLICT (member_id, plan_version_id, key) DO NOTHING"
)


@write()
def publish_plan(*, document: Mapping[str, Any], actor: User | None, now: datetime) -> PlanVersion:
    """Publish an action plan as its newest version; the newest one again changes nothing. Audited.

    Members keep the version that they were given. A draft of it is done with. Offering a goal that counts people
    brought in is audited by itself, with the reason.

    Raises:
        FaultyDocument: every fault of the document with its path.
    """
    parsed = parse_plan(document)
    content_hash = hash_of(document)
    plan, _ = ActionPlan.objects.get_or_create(slug=parsed.slug)
    ActionPlan.objects.filter(id=plan.id).update(draft=None)
    newest = plan.versions.order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    number = newest.number + 1 if newest else 1
    version = PlanVersion.objects.create(
        plan=plan, number=number, document=dict(document), content_hash=content_hash, published_at=now
    )
    target = f"action_plan:{parsed.slug}"
    people.write_audit(actor=actor, action="plan.published", target=target, detail={"version": number}, now=now)
    _audit_recruiting(parsed, number, actor, now)
    return version


def _audit_recruiting(plan: PlanDocument, number: int, actor: User | None, now: datetime) -> None:
    for goal in plan.offered_goals:
        if goal.is_recruiting:
            people.write_audit(
                actor=actor,
                action="plan.recruiting_offered",
                target=f"action_plan:{plan.slug}",
                detail={"version": number, "goal": goal.key, "reason": goal.reason},
                now=now,
            )


@write()
def assign_plan(
    *, plan: str, member_ids: Sequence[int], now: datetime, since: Mapping[int, datetime] | None = None
) -> None:
    """Give members the whole calendar of a plan's newest version at once, and close what is true already.

    Dates count from the local date of each member's day 0 (of `now` for somebody without one), in the member's zone.
    `since` says per member from when facts count for the tasks (the entry into the journey); `now` for the others.
    Who has tasks of this plan, of any version, is passed over.

    Raises:
        UnknownPlan: no version of this plan was published.
    """
    version = plans.newest_version(plan)
    if version is None:
        raise UnknownPlan(plan=plan)
    # Every plan has a task at place 0, so one row per member tells who has the plan.
    having = Task.objects.filter(plan_version__plan__slug=plan, member_id__in=member_ids, position=0)
    fresh = set(member_ids) - set(having.values_list("member_id", flat=True))
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, _make_rows(version, fresh, since or {}, now))
    close_tasks(find_true_already(version, fresh, now), now)


def _make_rows(
    version: Version, member_ids: Iterable[int], since: Mapping[int, datetime], now: datetime
) -> list[tuple[Value, ...]]:
    company = people_queries.get_company()
    adapt = connection.ops.adapt_datetimefield_value
    calendars: dict[date, list[tuple[Value, ...]]] = {}
    rows: list[tuple[Value, ...]] = []
    for member in Member.objects.filter(id__in=member_ids).only("id", "zone", "day_zero_at"):
        day_zero_on = member.day_zero_on(company) or local_date(now, member.zone_in(company))
        assigned_at = adapt(min(since.get(member.id, now), now))
        # Whoever begins on the same day has the same dates.
        calendar = calendars.get(day_zero_on) or calendars.setdefault(day_zero_on, _calendar(version, day_zero_on))
        rows += [(member.id, assigned_at, *task) for task in calendar]
    return rows


def _calendar(version: Version, day_zero_on: date) -> list[tuple[Value, ...]]:
    """Return the columns of a plan's tasks that are alike for everybody with this day 0."""
    adapt = connection.ops.adapt_datefield_value
    rows: list[tuple[Value, ...]] = []
    for task in version.plan.tasks:
        opens_on, due_on = task_dates(day_zero_on, task.day, task.due_day)
        flags = (task.is_required, task.is_first_goal, task.position)
        rows.append((version.id, task.key, task.day, task.due_day, adapt(opens_on), adapt(due_on), *flags))
    return rows


@write()
def close_true_tasks(*, batch: Sequence[EventRow], now: datetime) -> int:
    """Close the open tasks that a batch of the log made true. Return how many; the same batch again closes none."""
    return close_tasks(find_closed_by(batch, now), now)


def close_tasks(closings: Sequence[Closing], now: datetime) -> int:
    """Note these tasks as done, and record it. Return how many."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [(adapt(each.done_at), each.event_seq, each.task_id) for each in closings if not each.goal]
    update_many("tasks_task", ("done_at", "done_by_event"), rows)
    reached = [(adapt(each.done_at), each.event_seq, each.goal, each.task_id) for each in closings if each.goal]
    update_many("tasks_task", ("done_at", "done_by_event", "goal"), reached)
    for each in closings:
        record_done(each, now)
    return len(closings)


def record_done(closing: Closing, now: datetime, *, is_approved: bool | None = None) -> None:
    """Record that a task is done and, for the first goal, that it is reached; each once in a member's plan.

    `is_approved`: of a practical task, whether somebody looked at it.
    """
    slug, planned, member_id, done_at = closing.version.plan.slug, closing.planned, closing.member_id, closing.done_at
    props: dict[str, object] = {"plan": slug, "task": planned.key, "kind": planned.kind.value}
    if is_approved is not None:
        props["approved"] = is_approved
    new = [events.NewEvent("task.done", member_id, done_at, f"task.done:{slug}:{planned.key}:{member_id}", props)]
    if planned.is_first_goal:
        goal = {"goal": FIRST, "plan": slug, "option": closing.goal or planned.key}
        new.append(
            events.NewEvent("goal.reached", member_id, done_at, f"goal.reached:{slug}:{FIRST}:{member_id}", goal)
        )
    events.record_many(new, now=now)


@write()
def tick_task(*, member: Member, task_id: int, is_done: bool, now: datetime) -> None:
    """Note that a task is done which people check themselves, or take that back on the same local day.

    That are self-checks, calls and meetings. `task.done` is recorded at the first tick only.

    Raises:
        UnknownTask: the member has no such task.
        ClosesItself: the task closes by an event.
        NeedsProof: the task closes when the mentor has looked at what came of it.
        NotOpenYet: its day in the calendar hasn't come.
        DayIsOver: the tick is from an earlier day.
    """
    task, closing = find_task(member, task_id, now)
    refuse_other_kinds(closing.planned)
    if not is_done:
        _take_back(task, member, now)
        return
    if task.opens_on > local_date(now, member.zone_in(people_queries.get_company())) and task.done_at is None:
        raise NotOpenYet(task=task_id)
    if Task.objects.filter(id=task.id, done_at__isnull=True).update(done_at=now):
        record_done(closing, now)


def find_task(member: Member, task_id: int, now: datetime) -> tuple[Task, Closing]:
    """Return a member's task, and what its closing at `now` by hand would be.

    Raises:
        UnknownTask: the member has no such task.
    """
    task = Task.objects.filter(id=task_id, member_id=member.id).first()
    if task is None:
        raise UnknownTask(task=task_id)
    version = plans.read_versions([task.plan_version_id])[task.plan_version_id]
    return task, Closing(task.id, member.id, version, version.by_key[task.key], now, None, "")


def refuse_other_kinds(planned: PlannedTask) -> None:
    """Refuse what nobody notes by hand.

    Raises:
        ClosesItself: the task closes by an event.
        NeedsProof: the task closes when the mentor has looked at what came of it.
    """
    if planned.kind is TaskKind.PRACTICAL:
        raise NeedsProof(task=planned.key)
    if not planned.kind.is_noted:
        raise ClosesItself(task=planned.key)


def _take_back(task: Task, member: Member, now: datetime) -> None:
    zone = member.zone_in(people_queries.get_company())
    if task.done_at is not None and not is_same_local_day(task.done_at, now, zone):
        raise DayIsOver(task=task.id)
    Task.objects.filter(id=task.id, done_at=task.done_at).update(done_at=None)
