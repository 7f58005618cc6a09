"""Give tasks another day: by themselves when they are late, and when the member says "not today"."""

from datetime import datetime, timedelta

from django.db import connection

from qadam.jobs.sql import update_many
from qadam.jobs.transactions import write
from qadam.lib.clock import local_date
from qadam.people import queries as people
from qadam.people.models import Member
from qadam.tasks import moving_rules, settling
from qadam.tasks.assigned import Assigned, read_path
from qadam.tasks.errors import AlreadyDone, NotOpenYet, ProofWaits, UnknownTask
from qadam.tasks.models import PersonalPlan, Task
from qadam.tasks.rules import RESTART_DAYS, MovedBy


@write()
def settle_plan(*, member: Member, away_days: int, now: datetime) -> int:
    """Keep the days to which late tasks move today, so that they stay there. Return how many moved.

    After a week away a restart plan begins: three short acts over three days, and the rest after them. A second time on
    the same day nothing moves.
    """
    zone = member.zone_in(people.get_company())
    today = local_date(now, zone)
    path = read_path(member.id)
    settled = settling.settle(path, today, zone, away_days)
    adapt = connection.ops.adapt_datefield_value
    rows = [(adapt(move.to), move.by.value, task_id) for task_id, move in settled.moves.items()]
    update_many("tasks_task", ("moved_to", "moved_by"), rows)
    if settled.restart_on != path.restart_on:
        PersonalPlan.objects.update_or_create(member=member, defaults={"restart_on": settled.restart_on})
    return len(rows)


@write()
def put_off(*, member: Member, task_id: int, now: datetime) -> Task:
    """Give a task the next day that has room, because the member says "not today". Return it.

    Its day in the calendar stays; it is still done when it is done.

    Raises:
        UnknownTask: the member has no such task, or it isn't asked of them.
        AlreadyDone: it is done.
        NotOpenYet: it isn't today's anyway.
        ProofWaits: it lies with the mentor.
    """
    zone = member.zone_in(people.get_company())
    today = local_date(now, zone)
    path = read_path(member.id)
    task = next((each for each in path.tasks if each.row.id == task_id), None)
    if task is None or task.is_aside:
        raise UnknownTask(task=task_id)
    settled = settling.settle(path, today, zone)
    _refuse_useless(task, task.dates(settled.move_of(task))[0] > today)
    others = [each.as_slot() for each in path.open_tasks() if each is not task]
    day = moving_rules.day_for_not_today(others, settling.room_of(path, today, zone))
    if moving_rules.is_restarting(path.restart_on, today) and path.restart_on is not None:
        day = max(day, path.restart_on + timedelta(days=RESTART_DAYS))
    task.row.moved_to, task.row.moved_by = day, MovedBy.SELF.value
    task.row.save(update_fields=["moved_to", "moved_by"])
    return task.row


def _refuse_useless(task: Assigned, is_ahead: bool) -> None:
    if task.is_done:
        raise AlreadyDone(task=task.row.id)
    if task.is_waiting:
        raise ProofWaits
    if is_ahead:
        raise NotOpenYet(task=task.row.id)
