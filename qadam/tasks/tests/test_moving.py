from datetime import date, timedelta

import pytest

from qadam.people import pausing
from qadam.people.models import Company, Member
from qadam.tasks import moving, operations, queries
from qadam.tasks.errors import AlreadyDone, NotOpenYet, UnknownTask
from qadam.tasks.models import PersonalPlan, Task
from qadam.tasks.rules import State
from qadam.tasks.tests.factories import a_plan, a_planned_task, task_of
from tests.cast import NOW, a_company, a_member, days

pytestmark = pytest.mark.django_db


@pytest.fixture
def aigul():
    """Monday the 2nd of March; ten short tasks, one a day, each due on its day."""
    a_company()
    a_plan(tasks=[a_planned_task(f"t{day}", day, minutes=5 + day) for day in range(10)], restart=["t4"])
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    return member


def today(member, now):
    return queries.today_of(member, Company.objects.get(), now, "en")


def settle(member, now, away=0):
    return moving.settle_plan(member=member, away_days=away, now=now)


def days_of(member):
    moved = Task.objects.filter(member=member, moved_to__isnull=False).order_by("position")
    return {task.key: task.moved_to.day for task in moved}


def test_late_tasks_move_and_stay_where_they_moved(aigul):
    now = NOW + days(5)  # the 7th: t0 to t4 are late, t5 is today's
    view = today(aigul, now)
    assert view.is_unsettled
    assert [card.key for card in view.tasks] == ["t0", "t1", "t5"]
    assert {card.key: card.moved_to.day for card in view.moved} == {"t2": 8, "t3": 8, "t4": 9}
    assert settle(aigul, now) == 5
    assert days_of(aigul) == {"t0": 7, "t1": 7, "t2": 8, "t3": 8, "t4": 9}
    assert (settle(aigul, now), today(aigul, now).is_unsettled) == (0, False)
    # The next day: what was promised for it comes, and what is late again moves on behind it.
    settle(aigul, now + days(1))
    assert days_of(aigul) == {"t0": 9, "t1": 10, "t2": 8, "t3": 8, "t4": 9, "t5": 10}


def test_required_tasks_keep_counting_from_their_day(aigul):
    settle(aigul, NOW + days(5))
    view = today(aigul, NOW + days(5))
    assert (view.due_so_far.done, view.due_so_far.total) == (0, 6)
    first = view.next_act.reasons[0]
    assert (first.code, first.words) == ("overdue", "Moved to today")


def test_a_moved_task_is_done_as_any_other(aigul):
    now = NOW + days(5)
    settle(aigul, now)
    operations.tick_task(member=aigul, task_id=task_of(aigul, "t4").id, is_done=True, now=now)
    assert task_of(aigul, "t4").done_at == now


def test_not_today(aigul):
    moving.put_off(member=aigul, task_id=task_of(aigul, "t0").id, now=NOW)
    task = task_of(aigul, "t0")
    assert (task.moved_to, task.moved_by, task.due_on) == (date(2026, 3, 3), "self", date(2026, 3, 2))
    view = today(aigul, NOW)
    assert (view.next_act, view.opens_next_on) == (None, date(2026, 3, 3))
    with pytest.raises(NotOpenYet):  # it isn't today's any more
        moving.put_off(member=aigul, task_id=task.id, now=NOW)
    tomorrow = NOW + days(1)
    assert {card.key for card in today(aigul, tomorrow).tasks} == {"t0", "t1"}
    moving.put_off(member=aigul, task_id=task.id, now=tomorrow)
    assert task_of(aigul, "t0").moved_to == date(2026, 3, 4)


def test_not_today_is_for_ones_own_open_tasks(aigul):
    operations.tick_task(member=aigul, task_id=task_of(aigul, "t0").id, is_done=True, now=NOW)
    with pytest.raises(AlreadyDone):
        moving.put_off(member=aigul, task_id=task_of(aigul, "t0").id, now=NOW)
    with pytest.raises(UnknownTask):
        moving.put_off(member=a_member(), task_id=task_of(aigul, "t1").id, now=NOW + days(1))


def test_the_clock_and_the_zone_open_nothing_early(aigul):
    with pytest.raises(NotOpenYet):
        operations.tick_task(member=aigul, task_id=task_of(aigul, "t3").id, is_done=True, now=NOW)
    Member.objects.filter(id=aigul.id).update(zone="Pacific/Kiritimati")
    aigul.refresh_from_db()
    with pytest.raises(NotOpenYet):
        operations.tick_task(member=aigul, task_id=task_of(aigul, "t2").id, is_done=True, now=NOW)
    assert task_of(aigul, "t2").done_at is None


def test_after_a_week_away_three_short_acts_come_first(aigul):
    now = NOW + days(9)
    assert settle(aigul, now, away=8) > 0
    view = today(aigul, now)
    assert [(act.task.key, act.on.day, act.is_today) for act in view.restart.acts] == [
        ("t4", 11, True), ("t0", 12, False), ("t1", 13, False),
    ]  # fmt: skip
    assert [card.key for card in view.tasks] == ["t4"]
    assert min(day for key, day in days_of(aigul).items() if key not in ("t4", "t0", "t1")) == 14
    # Coming again doesn't begin it anew, and what wasn't done on its day stays in it.
    settle(aigul, now + days(1), away=8)
    again = today(aigul, now + days(1))
    assert {act.task.key: act.on.day for act in again.restart.acts} == {"t4": 12, "t0": 12, "t1": 13}
    assert PersonalPlan.objects.get().restart_on == date(2026, 3, 11)


def test_a_finished_restart_gives_way_to_the_plan(aigul):
    now = NOW + days(9)
    settle(aigul, now, away=8)
    for key in ("t4", "t0", "t1"):
        operations.tick_task(member=aigul, task_id=task_of(aigul, key).id, is_done=True, now=now)
    view = today(aigul, now)
    # What is late waits for the days after; only the task of today's calendar is left.
    assert (view.restart, view.next_act.task.key) == (None, "t9")
    assert [card.state for card in view.tasks] == [State.DONE, State.DONE, State.NOW]
    assert today(aigul, now + days(3)).restart is None


def test_a_pause_moves_the_calendar_on(aigul):
    pausing.pause_path(member=aigul, first_on=date(2026, 3, 4), last_on=date(2026, 3, 6), now=NOW)
    during = today(aigul, NOW + days(3))
    assert (during.next_act, during.is_paused, during.paused_until) == (None, True, date(2026, 3, 6))
    assert settle(aigul, NOW + days(3)) == 0
    operations.tick_task(member=aigul, task_id=task_of(aigul, "t0").id, is_done=True, now=NOW)
    operations.tick_task(member=aigul, task_id=task_of(aigul, "t1").id, is_done=True, now=NOW + days(1))
    after = today(aigul, NOW + days(5))
    assert [(card.key, card.moved_to) for card in after.tasks] == [("t2", None)]
    pausing.resume_path(member=aigul, now=NOW + days(3) + timedelta(hours=1))
    back = today(aigul, NOW + days(3))
    assert back.next_act.task.key == "t2"
