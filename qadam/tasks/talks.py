"""Calls and meetings: either of the two notes that they have talked."""

from datetime import datetime

from django.db.models import Q, QuerySet

from qadam.jobs.transactions import write
from qadam.lib.clock import local_date
from qadam.people import queries as people
from qadam.people.models import Member, User
from qadam.tasks.errors import AlreadyDone, NotATalk, NotOpenYet, UnknownTask
from qadam.tasks.models import Task
from qadam.tasks.operations import find_task, record_done
from qadam.tasks.planned import With


def talks_theirs(me: Member) -> QuerySet[Task]:
    """Return the open tasks of the people whose mentor or sponsor `me` is: among them stand the talks with `me`."""
    theirs = Q(member__mentor=me) | Q(member__sponsor=me)
    if me.left_at is not None:
        return Task.objects.none()
    return Task.objects.filter(theirs, done_at__isnull=True, member__left_at__isnull=True).exclude(member=me)


def is_with(me: Member, member: Member, with_whom: str) -> bool:
    """Tell whether a talk of `member` is one with `me`. Without a mentor the sponsor is the one who helps."""
    if with_whom == With.MENTOR:
        return (member.mentor_id or member.sponsor_id) == me.id
    return with_whom == With.SPONSOR and member.sponsor_id == me.id


@write()
def note_talk(*, helper: User, task_id: int, now: datetime) -> Task:
    """Note that the talk with one of one's people has been. Records `task.done` as if they had ticked it.

    Raises:
        UnknownTask: it isn't of one of their people.
        NotATalk: it is no call or meeting with them.
        NotOpenYet: its day in the calendar hasn't come.
        AlreadyDone: it is noted already.
    """
    me = helper.member
    row = Task.objects.select_related("member").filter(id=task_id).first()
    is_here = me is not None and me.left_at is None
    if me is None or not is_here or row is None or me.id not in (row.member.mentor_id, row.member.sponsor_id):
        raise UnknownTask(task=task_id)
    task, closing = find_task(row.member, task_id, now)
    if not closing.planned.kind.is_talk or not is_with(me, row.member, closing.planned.with_whom):
        raise NotATalk(task=task_id)
    if task.opens_on > local_date(now, row.member.zone_in(people.get_company())):
        raise NotOpenYet(task=task_id)
    if not Task.objects.filter(id=task.id, done_at__isnull=True).update(done_at=now):
        raise AlreadyDone(task=task_id)
    record_done(closing, now)
    return row
