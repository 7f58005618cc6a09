from datetime import UTC, date, datetime, timedelta

import pytest

from qadam.people.models import Company, Member
from qadam.tasks import operations, plans, queries
from qadam.tasks.models import Task
from qadam.tasks.rules import GoalState, ReasonCode, State
from qadam.tasks.shapes import Progress
from qadam.tasks.tests.factories import a_plan, a_plan_document, a_planned_task, an_event_task, in_three, task_of
from tests.cast import NOW, a_company, a_member, a_prospect, days

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return a_company()


@pytest.fixture
def aigul(company):
    """Registered on Monday the 2nd of March, 11:00 in Almaty."""
    a_plan()
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    return member


def finish(member, *keys, at=NOW):
    Task.objects.filter(member=member, key__in=keys).update(done_at=at)


def today(member, now=NOW, language="en"):
    return queries.today_of(member, Company.objects.get(), now, language)


def test_day_zero(aigul):
    view = today(aigul)
    assert (view.has_plan, view.day, view.path_days, view.today) == (True, 0, 90, date(2026, 3, 2))
    assert view.next_act is not None
    assert view.next_act.task.title == "profile en"
    assert [reason.code for reason in view.next_act.reasons] == [ReasonCode.SHORT]
    assert view.whole_plan == Progress(1, 7)
    assert view.due_so_far == Progress(1, 1)
    assert [(card.key, card.state) for card in view.tasks] == [("registered", State.DONE), ("profile", State.NOW)]


def test_day_two_with_the_goal_open(aigul):
    finish(aigul, "profile", at=NOW + timedelta(hours=2))
    view = today(aigul, NOW + days(2))
    assert view.next_act is not None
    assert view.next_act.task.key == "first-order"
    assert [reason.words for reason in view.next_act.reasons] == ["It is your first goal"]
    assert [card.key for card in view.tasks] == ["first-order", "list"]
    goal = view.first_goal
    assert goal is not None
    assert (goal.state, goal.days_left, goal.reached_on) == (GoalState.OPEN, 3, None)
    assert goal.deadline == datetime(2026, 3, 7, 19, tzinfo=UTC)
    assert goal.tasks[0].closes_itself
    assert not goal.tasks[0].can_tick


def test_the_first_goal_over_time(aigul):
    deadline = datetime(2026, 3, 7, 19, tzinfo=UTC)

    def state(now):
        goal = today(aigul, now).first_goal
        assert goal is not None
        return goal.state, goal.days_left

    assert state(deadline - timedelta(seconds=1)) == (GoalState.OPEN, 0)
    assert state(deadline) == (GoalState.MISSED, 0)
    finish(aigul, "first-order", at=NOW + days(1))
    assert state(deadline) == (GoalState.REACHED, 0)


def test_a_late_task_comes_first_and_is_not_blamed(aigul):
    view = today(aigul, NOW + days(3))
    assert view.next_act is not None
    assert (view.next_act.task.key, view.next_act.task.state) == ("profile", State.NOW)
    assert view.next_act.task.moved_to == view.today
    assert [reason.words for reason in view.next_act.reasons] == ["Moved to today", "It takes 5 minutes"]


def test_a_task_waits_for_another(aigul):
    now = NOW + days(3)
    finish(aigul, "profile", "first-order")
    view = today(aigul, now)
    assert view.next_act is not None
    assert view.next_act.task.key == "list"
    assert ReasonCode.UNLOCKS in [reason.code for reason in view.next_act.reasons]
    assert "call" not in [card.key for card in view.tasks]
    plan = queries.plan_of(aigul, Company.objects.get(), now, "en")
    assert plan is not None
    [call] = [card for week in plan.weeks for card in week.tasks if card.key == "call"]
    assert call.waits_for == ("list en",)
    finish(aigul, "list")
    assert "call" in [card.key for card in today(aigul, now).tasks]


def test_a_finished_day_does_not_fill_up_again(aigul):
    now = NOW + days(3)
    finish(aigul, "profile", "list", "call", at=now)
    view = today(aigul, now)
    assert [card.key for card in view.tasks] == ["profile", "list", "first-order"]
    assert [card.can_untick for card in view.tasks] == [True, True, False]


def test_nothing_to_do_today(aigul):
    finish(aigul, "profile", "list", "call", "first-order", "lesson", at=NOW)
    view = today(aigul, NOW + days(4))
    assert view.next_act is None
    assert view.tasks == ()
    assert (view.opens_next_on, view.is_all_done) == (date(2026, 3, 10), False)


def test_all_done(aigul):
    Task.objects.update(done_at=NOW)
    view = today(aigul, NOW + days(1))
    assert (view.next_act, view.is_all_done, view.whole_plan) == (None, True, Progress(7, 7))
    assert view.whole_plan.percent == 100


def test_without_a_plan(company):
    view = today(a_prospect())
    assert (view.has_plan, view.day, view.next_act, view.first_goal, view.is_all_done) == (
        False,
        None,
        None,
        None,
        False,
    )
    assert view.whole_plan.percent == 0
    assert queries.plan_of(a_prospect(), company, NOW, "en") is None


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_texts_are_in_the_readers_language(aigul, language):
    view = today(aigul, language=language)
    assert view.next_act is not None
    card = view.next_act.task
    assert (card.title, card.why, card.how) == (f"profile {language}", f"why profile {language}", "")
    assert (card.link_label, card.link_path) == (f"Open {language}", "/me/")


def test_the_plan_by_weeks(aigul, company):
    view = queries.plan_of(aigul, company, NOW + days(8), "ru")
    assert view is not None
    assert (view.name, view.slug, view.day) == ("First 90 days ru", "start", 8)
    first, second = view.weeks
    assert (first.title, first.aim, first.is_current) == ("Begin ru", "Find your feet ru", False)
    assert (first.starts_on, first.ends_on) == (date(2026, 3, 2), date(2026, 3, 8))
    assert [card.key for card in first.tasks] == ["profile", "registered", "list", "first-order", "call", "lesson"]
    assert first.progress == Progress(1, 6)
    assert second.is_current
    assert [(card.key, card.state) for card in second.tasks] == [("share", State.NOW)]
    # Five are late, and three fit into a day: the others move on to the next, the optional one last.
    moved = {card.key: card.moved_to.day for card in first.tasks if card.moved_to}
    assert moved == {"profile": 10, "list": 10, "first-order": 10, "call": 11, "lesson": 11}
    assert [card.key for card in first.tasks if card.state is State.AHEAD] == ["call", "lesson"]


def test_two_plans(aigul, company):
    a_plan(plan="restart", tasks=[a_planned_task("profile", 0, 89, minutes=1)])
    operations.assign_plan(plan="restart", member_ids=[aigul.id], now=NOW)
    view = queries.plan_of(aigul, company, NOW, "en")
    assert view is not None
    assert (view.slug, [other.slug for other in view.others]) == ("start", ["restart"])
    other = queries.plan_of(aigul, company, NOW, "en", plan="restart")
    assert other is not None
    assert (other.slug, other.progress) == ("restart", Progress(0, 1))
    assert today(aigul).whole_plan == Progress(1, 8)
    next_act = today(aigul).next_act
    assert next_act is not None
    assert next_act.task.plan == "restart"


def test_pages_ask_little(aigul, company, django_assert_max_num_queries):
    plans._parsed.clear()
    with django_assert_max_num_queries(6):
        queries.today_of(aigul, company, NOW, "en")
    with django_assert_max_num_queries(6):
        queries.plan_of(aigul, company, NOW, "en")


def test_the_next_task_of_many_for_letters(aigul, company, django_assert_max_num_queries):
    done, without = a_member(), a_member()
    operations.assign_plan(plan="start", member_ids=[done.id], now=NOW)
    Task.objects.filter(member=done).update(done_at=NOW)
    with django_assert_max_num_queries(6):
        found = queries.next_task_variables([aigul.id, done.id, without.id], NOW, "kk")
    assert found == {aigul.id: {"title": "profile kk", "why": "why profile kk", "minutes": 5}}


def test_a_move_to_another_zone_moves_today(aigul):
    Member.objects.filter(id=aigul.id).update(zone="America/Los_Angeles")
    aigul.refresh_from_db()
    view = today(aigul, datetime(2026, 3, 3, 2, tzinfo=UTC))
    assert view.today == date(2026, 3, 2)
    assert task_of(aigul, "profile").opens_on == date(2026, 3, 2)


def test_the_real_size(company):
    tasks = [a_planned_task(f"t{n}", n % 14, n % 14 + 2) for n in range(29)]
    tasks.append(an_event_task("goal", 2, 5, "order.paid", goal="first"))
    document = a_plan_document(tasks=tasks, name=in_three("Big"))
    operations.publish_plan(document=document, actor=None, now=NOW)
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    assert len(today(member, NOW + days(13)).tasks) == 3
