import random
from datetime import UTC, date, datetime, timedelta

import pytest

from qadam import conditions
from qadam.events import consumers
from qadam.events.consumers import EventRow
from qadam.events.models import Event
from qadam.people import operations as people
from qadam.people.models import Member
from qadam.tasks import consumer, operations
from qadam.tasks.errors import ClosesItself, DayIsOver, UnknownPlan, UnknownTask
from qadam.tasks.models import PlanVersion, Task
from qadam.tasks.tests.factories import a_plan, a_planned_task, an_event_task, in_three, task_of
from tests.cast import NOW, a_company, a_member, a_prospect, an_event, days

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def company():
    return a_company()


@pytest.fixture
def aigul():
    """A member who was given the plan an hour after her registration."""
    a_plan()
    member = a_member(now=NOW - HOUR)
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    return member


def run_consumer(now):
    return consumers.advance_to_end(consumer.NAME, consumer.handle, now=now)


def done_keys(member):
    return set(Task.objects.filter(member=member, done_at__isnull=False).values_list("key", flat=True))


def events_of(member, type):
    return list(Event.objects.filter(member_id=member.id, type=type).order_by("id"))


def test_publishing_the_same_plan_again_changes_nothing():
    first = a_plan()
    assert a_plan() == first
    assert a_plan(name=in_three("Another name")).number == 2
    assert PlanVersion.objects.count() == 2


def test_the_whole_calendar_is_given_at_once(aigul):
    tasks = {task.key: task for task in Task.objects.filter(member=aigul)}
    assert len(tasks) == 7
    assert (tasks["list"].opens_on, tasks["list"].due_on) == (date(2026, 3, 3), date(2026, 3, 5))
    assert tasks["first-order"].is_first_goal
    assert not tasks["lesson"].is_required
    assert tasks["share"].assigned_at == NOW


def test_days_are_the_members_own():
    a_plan()
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)  # the 3rd of March in Almaty, still the 2nd in Berlin
    members = [a_member(now=evening, zone=zone) for zone in ("", "Europe/Berlin", "Nowhere/At_all")]
    operations.assign_plan(plan="start", member_ids=[member.id for member in members], now=evening)
    assert [task_of(member, "profile").opens_on.day for member in members] == [3, 2, 3]


def test_somebody_without_a_day_zero_starts_today():
    a_plan()
    member = a_prospect()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    assert task_of(member, "profile").opens_on == date(2026, 3, 2)
    assert done_keys(member) == set()


def test_giving_a_plan_twice_changes_nothing(aigul):
    operations.assign_plan(plan="start", member_ids=[aigul.id], now=NOW + HOUR)
    a_plan(name=in_three("A newer version"))
    operations.assign_plan(plan="start", member_ids=[aigul.id, aigul.id], now=NOW + HOUR)
    assert Task.objects.filter(member=aigul).count() == 7


def test_an_unknown_plan():
    with pytest.raises(UnknownPlan):
        operations.assign_plan(plan="ghost", member_ids=[], now=NOW)


def test_what_is_true_already_closes_at_assignment(aigul):
    task = task_of(aigul, "registered")
    assert (task.done_at, task.done_by_event) == (NOW, None)
    [event] = events_of(aigul, "task.done")
    assert event.props == {"plan": "start", "task": "registered", "kind": "event"}


def test_facts_between_entry_and_assignment_count():
    a_plan()
    member = a_member(now=NOW - HOUR)
    an_event("order.paid", member, NOW - HOUR / 2, order="1")
    run_consumer(NOW)
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW, since={member.id: NOW - HOUR})
    assert done_keys(member) == {"registered", "first-order"}


def test_facts_before_the_entry_do_not_count(aigul):
    an_event("order.paid", aigul, NOW - HOUR / 2, order="1", now=NOW)
    run_consumer(NOW)
    assert "first-order" not in done_keys(aigul)


def test_a_task_closes_itself_when_its_event_arrives(aigul):
    paid_at = NOW + days(2)
    an_event("order.paid", aigul, paid_at, order="1", key="o1", now=paid_at + HOUR)
    run_consumer(paid_at + HOUR)
    task = task_of(aigul, "first-order")
    assert task.done_at == paid_at
    assert task.done_by_event == Event.objects.get(external_id="o1").id
    assert [event.props["task"] for event in events_of(aigul, "task.done")] == ["registered", "first-order"]
    [goal] = events_of(aigul, "goal.reached")
    assert (goal.occurred_at, goal.props) == (paid_at, {"goal": "first", "plan": "start", "option": "first-order"})


def test_a_replay_changes_nothing(aigul):
    an_event("order.paid", aigul, NOW + HOUR, order="1")
    an_event("order.paid", aigul, NOW + 2 * HOUR, order="2")
    run_consumer(NOW + days(1))
    before = task_of(aigul, "first-order").done_at
    batch = [EventRow(e.id, e.type, e.member_id, e.occurred_at, e.props) for e in Event.objects.order_by("id")]
    consumer.handle(batch, NOW + days(2))
    assert task_of(aigul, "first-order").done_at == before
    Task.objects.update(done_at=None, done_by_event=None)
    consumer.handle(batch, NOW + days(2))
    assert task_of(aigul, "first-order").done_at == before
    assert len(events_of(aigul, "goal.reached")) == 1
    assert len(events_of(aigul, "task.done")) == 2


def test_only_the_one_who_did_it_is_done(aigul):
    other = a_member()
    operations.assign_plan(plan="start", member_ids=[other.id], now=NOW)
    an_event("lesson.completed", other, NOW + HOUR, lesson="x")
    run_consumer(NOW + HOUR)
    assert "lesson" in done_keys(other)
    assert "lesson" not in done_keys(aigul)


def test_registration_after_the_plan_closes_its_task():
    a_plan()
    member = a_prospect()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    people.register_member(member=member, kind="distributor", sponsor=None, at=NOW + HOUR, now=NOW + HOUR)
    run_consumer(NOW + HOUR)
    assert done_keys(member) == {"registered"}


def test_members_keep_their_version(aigul):
    a_plan(tasks=[a_planned_task("new")])
    newer = a_member()
    operations.assign_plan(plan="start", member_ids=[newer.id], now=NOW)
    assert Task.objects.filter(member=newer).count() == 1
    an_event("order.paid", aigul, NOW + HOUR, order="1")
    run_consumer(NOW + HOUR)
    assert "first-order" in done_keys(aigul)


def test_quiet_batches_ask_nothing_of_tasks(aigul, django_assert_num_queries):
    row = EventRow(1, "cabinet.opened", aigul.id, NOW, {})
    consumer.handle([row], NOW)
    with django_assert_num_queries(3):  # the list of versions inside a savepoint
        consumer.handle([row], NOW)


def test_only_the_events_that_a_task_asks_for_count(company):
    where = {"did": "lesson.completed", "where": {"lesson": ["basics", "claims"]}, "since": "entry"}
    a_plan(tasks=[an_event_task("lesson", 0, 5, "", done_when=where)])
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    an_event("lesson.completed", member, NOW + HOUR, lesson="other")
    run_consumer(NOW + HOUR)
    assert done_keys(member) == set()
    an_event("lesson.completed", member, NOW + 2 * HOUR, lesson="claims")
    run_consumer(NOW + 2 * HOUR)
    assert done_keys(member) == {"lesson"}


def test_a_task_about_the_team_closes_by_a_teammates_event(company):
    team = {"team": {"of": "frontline", "where": {"did": "order.paid"}, "count": {"at_least": 1}}}
    a_plan(tasks=[an_event_task("team", 0, 5, "", done_when=team)])
    leader = a_member()
    newcomer = a_member(sponsor_id=leader.id)
    operations.assign_plan(plan="start", member_ids=[leader.id], now=NOW)
    an_event("order.paid", newcomer, NOW + HOUR, order="1")
    run_consumer(NOW + 2 * HOUR)
    task = task_of(leader, "team")
    assert (task.done_at, task.done_by_event) == (NOW + HOUR, None)


RULES = {
    "any-order": {"did": "order.paid", "since": "entry"},
    "two-retail": {
        "did": "order.paid",
        "where": {"buyer": ["retail", "preferred"]},
        "count": {"at_least": 2},
        "since": "entry",
    },
    "kept-order": {"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}, "since": "entry"},
    "big-order": {"did": "order.paid", "where": {"amount": {"at_least": 500}}, "since": "entry"},
    "both": {"all": [{"did": "order.paid"}, {"did": "live.attended", "since": "entry"}]},
    "either": {"any": [{"did": "customer.registered"}, {"did": "lesson.completed", "where": {"lesson": "a"}}]},
    "after-order": {"did": "live.attended", "since": {"first": "order.paid", "where": {"buyer": "retail"}}},
}


@pytest.mark.parametrize("seed", range(4))
def test_batch_by_batch_closes_what_holds_in_the_end(company, seed):
    """What is spared by looking at the batch first must never be a task that holds."""
    dice = random.Random(seed)
    a_plan(tasks=[an_event_task(key, 0, 5, "", done_when=rule) for key, rule in RULES.items()])
    members = [a_member() for _ in range(4)]
    operations.assign_plan(plan="start", member_ids=[member.id for member in members], now=NOW)
    now = NOW
    for number in range(40):
        now += HOUR
        _something_happens(dice, dice.choice(members), now, number)
        if dice.random() < 0.4:
            run_consumer(now)
    run_consumer(now)
    for key, rule in RULES.items():
        holds = conditions.matching(conditions.parse(rule), now=now, member="member_id", entry="assigned_at")
        should = set(Task.objects.filter(holds, key=key).values_list("member_id", flat=True))
        closed = set(Task.objects.filter(key=key, done_at__isnull=False).values_list("member_id", flat=True))
        # A refund after the closing doesn't open a task again.
        assert closed >= should
        assert closed == should or key == "kept-order"


def _something_happens(dice, member, now, number):
    type, props = dice.choice(
        [
            ("order.paid", {"order": f"o{number}", "buyer": dice.choice(["retail", "own"]), "amount": number * 20}),
            ("order.refunded", {"order": f"o{max(number - 2, 0)}"}),
            ("live.attended", {}),
            ("lesson.completed", {"lesson": dice.choice("abc")}),
            ("customer.registered", {}),
            ("cabinet.opened", {}),
        ]
    )
    if dice.random() < 0.5:
        an_event(type, member, now, **props)


def tick(member, key, is_done, now):
    operations.tick_task(member=member, task_id=task_of(member, key).id, is_done=is_done, now=now)


def test_a_tick_may_be_taken_back_on_the_same_day(aigul):
    tick(aigul, "profile", True, NOW)
    tick(aigul, "profile", True, NOW + HOUR)
    assert task_of(aigul, "profile").done_at == NOW
    tick(aigul, "profile", False, NOW + HOUR)
    tick(aigul, "profile", False, NOW + HOUR)
    assert task_of(aigul, "profile").done_at is None
    tick(aigul, "profile", True, NOW + 2 * HOUR)
    assert len([event for event in events_of(aigul, "task.done") if event.props["task"] == "profile"]) == 1


def test_the_day_of_a_tick_ends_at_local_midnight(aigul):
    tick(aigul, "profile", True, NOW)
    almost = datetime(2026, 3, 2, 18, 59, tzinfo=UTC)
    midnight = datetime(2026, 3, 2, 19, tzinfo=UTC)
    with pytest.raises(DayIsOver):
        tick(aigul, "profile", False, midnight)
    tick(aigul, "profile", False, almost)
    assert task_of(aigul, "profile").done_at is None


def test_nobody_ticks_what_closes_itself_or_is_not_theirs(aigul):
    with pytest.raises(ClosesItself):
        tick(aigul, "first-order", True, NOW)
    with pytest.raises(UnknownTask):
        operations.tick_task(member=a_member(), task_id=task_of(aigul, "profile").id, is_done=True, now=NOW)


def test_a_thousand_members_at_once(django_assert_max_num_queries):
    a_plan()
    rows = [people.NewMember(name=f"M {n}", kind="distributor", registered_at=NOW) for n in range(1_000)]
    ids = [member.id for member in people.add_members(rows, now=NOW)]
    with django_assert_max_num_queries(25):
        operations.assign_plan(plan="start", member_ids=ids, now=NOW)
    assert Task.objects.count() == 7_000
    assert Task.objects.filter(key="registered", done_at=NOW).count() == 1_000
    assert Event.objects.filter(type="task.done").count() == 1_000
    assert Member.objects.count() == 1_000
