"""What members choose themselves: the direction, the hours a week, the own reason, and the first goal."""

from datetime import datetime

from qadam.events import operations as events
from qadam.jobs.transactions import write
from qadam.lib.clock import local_date
from qadam.people import queries as people
from qadam.people.models import Member
from qadam.tasks.closing import find_true_already
from qadam.tasks.errors import (
    GoalReached,
    HoursOutOfReach,
    ReasonTooLong,
    UnknownDirection,
    UnknownGoal,
)
from qadam.tasks.models import PersonalPlan, Task
from qadam.tasks.operations import close_tasks
from qadam.tasks.plans import read_versions
from qadam.tasks.reading_tasks import MOST_HOURS
from qadam.tasks.rules import Direction

REASON_LETTERS = 1_000


@write()
def choose_direction(*, member: Member, direction: str, hours: int | None, now: datetime) -> PersonalPlan:
    """Keep where a member wants to go, and how many hours a week they give; both may change at any time.

    Tasks that aren't for it are set aside, those that are for it come back; what is done stays done. `hours` None says
    nothing about them. Records `direction.chosen`, once a day for the same choice.

    Raises:
        UnknownDirection: it is none of the four.
        HoursOutOfReach: fewer than 1 or more than 60.
    """
    if direction not in set(Direction):
        raise UnknownDirection
    if hours is not None and not 1 <= hours <= MOST_HOURS:
        raise HoursOutOfReach
    plan = _personal_plan(member)
    if (plan.direction, plan.hours) == (direction, hours):
        return plan
    plan.direction, plan.hours, plan.chosen_at = direction, hours, now
    plan.save(update_fields=["direction", "hours", "chosen_at"])
    day = local_date(now, member.zone_in(people.get_company()))
    props = {"direction": direction} | ({} if hours is None else {"hours": hours})
    key = f"direction.chosen:{member.id}:{day}:{direction}:{hours or 0}"
    events.record_many([events.NewEvent("direction.chosen", member.id, now, key, props)], now=now)
    return plan


@write()
def write_reason(*, member: Member, reason: str, now: datetime) -> PersonalPlan:
    """Keep a member's own reason to be here; "" takes it back. It is never in the log, and nobody else reads it.

    Raises:
        ReasonTooLong: more than 1,000 letters.
    """
    words = reason.replace("\x00", "").strip()
    if len(words) > REASON_LETTERS:
        raise ReasonTooLong(most=REASON_LETTERS)
    plan = _personal_plan(member)
    if plan.reason != words:
        plan.reason, plan.reason_at = words, now if words else None
        plan.save(update_fields=["reason", "reason_at"])
    return plan


def _personal_plan(member: Member) -> PersonalPlan:
    plan, _ = PersonalPlan.objects.get_or_create(member=member)
    return PersonalPlan.objects.select_for_update().get(id=plan.id)


@write()
def choose_goal(*, member: Member, goal: str, now: datetime) -> None:
    """Choose the first goal, or another one while it isn't reached. One that is true already is reached at once.

    Records `goal.chosen`, once for each goal.

    Raises:
        UnknownGoal: no plan of the member offers it.
        GoalReached: the first goal is reached.
    """
    rows = Task.objects.select_for_update().filter(member=member, is_first_goal=True).order_by("id")
    versions = read_versions({row.plan_version_id for row in rows})
    for row in rows:
        version = versions[row.plan_version_id]
        if version.by_key[row.key].takes_goal and any(each.key == goal for each in version.plan.offered_goals):
            break
    else:
        raise UnknownGoal
    if row.done_at is not None:
        raise GoalReached
    if row.goal == goal:
        return
    row.goal = goal
    row.save(update_fields=["goal"])
    slug = version.plan.slug
    key, props = f"goal.chosen:{slug}:{goal}:{member.id}", {"goal": goal, "plan": slug}
    events.record_many([events.NewEvent("goal.chosen", member.id, now, key, props)], now=now)
    close_tasks(find_true_already(version, [member.id], now, row.key), now)
