from datetime import timedelta

import pytest

from qadam.events import consumers
from qadam.events.consumers import EventRow
from qadam.events.models import Event
from qadam.people import identity
from qadam.people.models import AuditEntry, Company
from qadam.tasks import choosing, consumer, operations, queries
from qadam.tasks.errors import GoalReached, HoursOutOfReach, ReasonTooLong, UnknownDirection, UnknownGoal
from qadam.tasks.models import PersonalPlan
from qadam.tasks.rules import GoalState
from qadam.tasks.tests.factories import INVITE, a_goal, a_rich_plan, task_of
from tests.cast import NOW, a_company, a_member, a_user, an_event, days

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def aigul():
    a_company()
    a_rich_plan()
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    return member


def run_consumer(now):
    consumers.advance_to_end(consumer.NAME, consumer.handle, now=now)


def goal_of(member, now=NOW):
    return queries.today_of(member, Company.objects.get(), now, "en").first_goal


def reached(member):
    return [event.props["option"] for event in Event.objects.filter(member_id=member.id, type="goal.reached")]


def choose(member, goal, now=NOW):
    choosing.choose_goal(member=member, goal=goal, now=now)


# The first goal


def test_while_none_is_chosen_any_offered_goal_counts(aigul):
    goal = goal_of(aigul)
    assert [option.key for option in goal.options] == ["customer-order", "customer-registration"]
    assert (goal.chosen, goal.can_choose) == (None, True)
    an_event("customer.registered", aigul, NOW + HOUR)
    run_consumer(NOW + HOUR)
    assert reached(aigul) == ["customer-registration"]
    goal = goal_of(aigul, NOW + HOUR)
    assert (goal.state, goal.reached.key, goal.title) == (
        GoalState.REACHED, "customer-registration", "customer-registration en",
    )  # fmt: skip


def test_only_the_chosen_goal_counts_once_chosen(aigul):
    choose(aigul, "customer-order")
    an_event("customer.registered", aigul, NOW + HOUR)
    run_consumer(NOW + HOUR)
    assert (reached(aigul), task_of(aigul, "goal").done_at) == ([], None)
    assert goal_of(aigul).chosen.key == "customer-order"
    # Choosing what is true already reaches it at once.
    choose(aigul, "customer-registration", NOW + 2 * HOUR)
    assert reached(aigul) == ["customer-registration"]
    with pytest.raises(GoalReached):
        choose(aigul, "customer-order", NOW + 3 * HOUR)


def test_two_goals_in_one_batch_are_one_goal(aigul):
    an_event("order.paid", aigul, NOW + HOUR, order="1", buyer="retail")
    an_event("customer.registered", aigul, NOW + 2 * HOUR)
    run_consumer(NOW + 2 * HOUR)
    assert reached(aigul) == ["customer-order"]
    assert task_of(aigul, "goal").goal == "customer-order"
    batch = [EventRow(e.id, e.type, e.member_id, e.occurred_at, e.props) for e in Event.objects.order_by("id")]
    consumer.handle(batch, NOW + days(1))
    consumer.handle(list(reversed(batch)), NOW + days(2))
    assert reached(aigul) == ["customer-order"]
    assert Event.objects.filter(type="task.done", props__task="goal").count() == 1


@pytest.mark.parametrize("is_refund_first", [True, False])
def test_a_refunded_order_is_no_win_in_any_order(aigul, is_refund_first):
    facts = [("order.paid", {"order": "1", "buyer": "retail"}), ("order.refunded", {"order": "1"})]
    for type, props in reversed(facts) if is_refund_first else facts:
        an_event(type, aigul, NOW + HOUR, **props)
        if is_refund_first:
            run_consumer(NOW + HOUR)
    run_consumer(NOW + 2 * HOUR)
    assert reached(aigul) == []


def test_own_use_is_no_win(aigul):
    an_event("order.paid", aigul, NOW + HOUR, order="1", buyer="own")
    run_consumer(NOW + HOUR)
    assert reached(aigul) == []


def test_a_late_win_counts_too(aigul):
    late = NOW + days(9)
    assert goal_of(aigul, late).state is GoalState.MISSED
    an_event("customer.registered", aigul, late)
    run_consumer(late)
    assert goal_of(aigul, late).state is GoalState.REACHED


def test_what_is_not_offered_cannot_be_chosen_nor_won(aigul):
    for forged in ("invite-partner", "nothing", ""):
        with pytest.raises(UnknownGoal):
            choose(aigul, forged)
    newcomer = a_member(sponsor_id=aigul.id, now=NOW + HOUR)
    an_event("member.registered", newcomer, NOW + HOUR, kind="distributor")
    run_consumer(NOW + 2 * HOUR)
    assert reached(aigul) == []


def test_offering_to_bring_people_in_needs_a_reason_and_is_audited(aigul):
    asked = a_user(roles=("owner",))
    offered = {**INVITE, "offered": True, "reason": "The compliance officer agreed on 1 March"}
    version = a_rich_plan() and operations.publish_plan(
        document={**a_rich_plan().document, "goals": [a_goal(), offered]}, actor=asked, now=NOW
    )
    entry = AuditEntry.objects.get(action="plan.recruiting_offered")
    assert (entry.actor, entry.detail["goal"], entry.detail["version"]) == (asked, "invite-partner", version.number)
    assert entry.detail["reason"].startswith("The compliance officer")


def test_choosing_again_and_again_tells_it_once(aigul):
    for _ in range(10):
        choose(aigul, "customer-order")
        choose(aigul, "customer-registration")
    told = Event.objects.filter(type="goal.chosen", member_id=aigul.id).values_list("props__goal", flat=True)
    assert sorted(told) == ["customer-order", "customer-registration"]


# Direction and hours


def plan(member, now=NOW):
    return queries.plan_of(member, Company.objects.get(), now, "en")


def keys(view, part="tasks"):
    return {card.key for week in view.weeks for card in getattr(week, part)}


def direct(member, direction, hours=None, now=NOW):
    return choosing.choose_direction(member=member, direction=direction, hours=hours, now=now)


def test_the_plan_follows_the_choice_and_loses_nothing(aigul):
    assert keys(plan(aigul), "aside") == {"build"}
    operations.tick_task(member=aigul, task_id=task_of(aigul, "sell").id, is_done=True, now=NOW + days(3))
    direct(aigul, "customer", 3)
    view = plan(aigul)
    assert keys(view, "aside") == {"build", "deep"}
    assert "sell" in keys(view)  # done, so it stays in sight and in the count
    assert (view.progress.done, view.progress.total) == (1, 7)
    direct(aigul, "builder", 10)
    assert (keys(plan(aigul), "aside"), plan(aigul).progress.total) == (set(), 9)
    assert queries.count_for_directions(aigul) == {"customer": 6 + 1, "seller": 7, "builder": 8, "pause": 0}


def test_a_break_asks_for_nothing_and_ends_by_another_choice(aigul):
    direct(aigul, "pause")
    today = queries.today_of(aigul, Company.objects.get(), NOW + days(5), "en")
    assert (today.next_act, today.is_paused, today.is_all_done, today.is_unsettled) == (None, True, False, False)
    assert queries.next_task_variables([aigul.id], NOW, "en") == {}
    company, later = Company.objects.get(), NOW + days(5)
    assert queries.count_open_tasks([aigul, a_member()], company, later) == {aigul.id: 0}
    direct(aigul, "customer", 3)
    assert queries.count_open_tasks([aigul], company, later) == {aigul.id: 6}
    assert queries.today_of(aigul, company, NOW, "en").next_act is not None


def test_what_is_set_aside_still_closes_when_it_happens(aigul):
    direct(aigul, "pause")
    an_event("lesson.completed", aigul, NOW + HOUR, lesson="basics")
    run_consumer(NOW + HOUR)
    assert task_of(aigul, "lesson").done_at == NOW + HOUR


def test_a_choice_is_told_once_a_day_and_forged_ones_never(aigul):
    for _ in range(5):
        direct(aigul, "seller", 4)
        direct(aigul, "builder", 4)
    told = Event.objects.filter(type="direction.chosen", member_id=aigul.id)
    assert sorted(event.props["direction"] for event in told) == ["builder", "seller"]
    with pytest.raises(UnknownDirection):
        direct(aigul, "owner")
    for hours in (0, -1, 61):
        with pytest.raises(HoursOutOfReach):
            direct(aigul, "seller", hours)
    assert PersonalPlan.objects.get().direction == "builder"


# The own reason


def test_the_reason_is_the_members_own(aigul):
    choosing.write_reason(member=aigul, reason="  For my\x00 daughter's school  ", now=NOW)
    assert plan(aigul).reason == "For my daughter's school"
    assert "daughter" not in str(list(Event.objects.values_list("props", flat=True)))
    with pytest.raises(ReasonTooLong):
        choosing.write_reason(member=aigul, reason="a" * 1001, now=NOW)
    identity.erase_member(member=aigul, actor=None, now=NOW + days(1))
    assert not PersonalPlan.objects.exists()
