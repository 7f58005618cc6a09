import pytest

from qadam.lib.documents import FaultyDocument, hash_of
from qadam.tasks.documents import Proof, TaskKind, parse_plan
from qadam.tasks.tests.factories import (
    INVITE,
    a_goal,
    a_plan_document,
    a_planned_task,
    a_rich_plan_document,
    an_event_task,
    in_three,
)


def faults_of(document):
    with pytest.raises(FaultyDocument) as refusal:
        parse_plan(document)
    return {fault.place: fault.message for fault in refusal.value.faults}


def faults_of_task(**changes):
    return faults_of(a_plan_document(tasks=[a_planned_task("only", **changes)]))


def test_a_good_plan():
    plan = parse_plan(a_plan_document())
    assert [task.key for task in plan.tasks] == [
        "profile",
        "registered",
        "list",
        "first-order",
        "call",
        "lesson",
        "share",
    ]
    order = plan.by_key()["first-order"]
    assert (order.kind, order.is_first_goal, order.day, order.due_day) == (TaskKind.EVENT, True, 2, 5)
    assert plan.by_key()["call"].after == ("list",)
    assert plan.by_key()["profile"].how is None


def test_a_missing_language_is_named():
    assert set(faults_of_task(title={"kk": "a", "ru": " ", "en": "c"})) == {"tasks[0].title.ru"}


def test_an_unknown_event_is_named():
    document = a_plan_document(tasks=[an_event_task("only", 0, 0, "order.payed")])
    assert set(faults_of(document)) == {"tasks[0].done_when.did"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"day": 3, "due_day": 2}, "tasks[0].due_day"),
        ({"day": -1}, "tasks[0].day"),
        ({"day": 40}, "tasks[0].day"),
        ({"minutes": 0}, "tasks[0].minutes"),
        ({"minutes": "five"}, "tasks[0].minutes"),
        ({"kind": "magic"}, "tasks[0].kind"),
        ({"kind": "event"}, "tasks[0].done_when"),
        ({"done_when": {"did": "order.paid"}}, "tasks[0].done_when"),
        ({"goal": "second"}, "tasks[0].goal"),
        ({"required": "yes"}, "tasks[0].required"),
        ({"after": ["nothing"]}, "tasks[0].after"),
        ({"after": ["only"]}, "tasks[0].after"),
        ({"link": {"label": in_three("x"), "path": "//elsewhere.example"}}, "tasks[0].link.path"),
        ({"colour": "red"}, "tasks[0].colour"),
        ({"kind": "lesson"}, "tasks[0].lesson"),
        ({"kind": "lesson", "lesson": "a", "done_when": {"did": "order.paid"}}, "tasks[0].done_when"),
        ({"kind": "lesson", "lesson": "a", "url": "http://plain.example/"}, "tasks[0].url"),
        ({"kind": "lesson", "lesson": "a", "url": "javascript:alert(1)"}, "tasks[0].url"),
        ({"lesson": "a"}, "tasks[0].lesson"),
        ({"proof": ["text"]}, "tasks[0].proof"),
        ({"kind": "practical", "proof": ["video"]}, "tasks[0].proof"),
        ({"with": "mentor"}, "tasks[0].with"),
        ({"kind": "call", "with": "nobody"}, "tasks[0].with"),
        ({"directions": ["pause"]}, "tasks[0].directions"),
        ({"hours_from": 61}, "tasks[0].hours_from"),
        ({"goal": "first"}, "tasks[0].goal"),
    ],
)
def test_faults_of_a_task(changes, place):
    assert place in faults_of_task(**changes)


def test_a_key_stands_once():
    document = a_plan_document(tasks=[a_planned_task("same"), a_planned_task("same")])
    assert set(faults_of(document)) == {"tasks[1].key"}


def test_what_comes_before_opens_no_later():
    document = a_plan_document(tasks=[a_planned_task("late", 5), a_planned_task("early", 1, after=["late"])])
    assert set(faults_of(document)) == {"tasks[1].after"}


def test_weeks_go_up():
    week = {"week": 1, "title": in_three("x"), "aim": in_three("y")}
    assert "weeks" in faults_of(a_plan_document(weeks=[week, week]))
    assert "weeks[0].week" in faults_of(a_plan_document(weeks=[{**week, "week": 0}]))


@pytest.mark.parametrize("document", [None, [], "plan", {}, {"tasks": [1]}, {"tasks": {}, "weeks": None}])
def test_anything_else_is_refused_in_words(document):
    with pytest.raises(FaultyDocument):
        parse_plan(document)


def test_a_plan_needs_tasks():
    assert "tasks" in faults_of(a_plan_document(tasks=[]))


def test_the_hash_does_not_depend_on_the_order_of_keys():
    document = a_plan_document()
    assert hash_of(document) == hash_of(dict(reversed(document.items())))
    assert hash_of(document) != hash_of(a_plan_document(plan="other"))


def test_a_plan_with_every_kind_of_task_and_goals():
    plan = parse_plan(a_rich_plan_document(per_day=2, restart=["profile", "lesson"]))
    tasks = plan.by_key()
    assert tasks["practice"].proof == (Proof.TEXT, Proof.PHOTO, Proof.LINK)
    assert (tasks["call"].with_whom, tasks["meeting"].with_whom) == ("mentor", "customer")
    assert tasks["sell"].directions == ("seller", "builder")
    assert (plan.per_day, plan.restart) == (2, ("profile", "lesson"))
    assert [(goal.key, goal.is_offered, goal.is_recruiting) for goal in plan.goals] == [
        ("customer-order", True, False),
        ("customer-registration", True, False),
        ("invite-partner", False, True),
    ]
    closers = [(task.key, goal) for task, goal, _condition in plan.closers()]
    assert closers == [("lesson", ""), ("goal", "customer-order"), ("goal", "customer-registration")]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"goals": []}, "goals"),
        ({"goals": [INVITE]}, "goals"),
        ({"goals": [a_goal(), a_goal()]}, "goals[1].key"),
        ({"goals": [a_goal(done_when={"did": "order.payed"})]}, "goals[0].done_when.did"),
        ({"goals": [a_goal(why={"kk": "a", "ru": "b"})]}, "goals[0].why.en"),
        ({"goals": [a_goal(), {**INVITE, "offered": True}]}, "goals[1].reason"),
        ({"restart": ["nothing"]}, "restart"),
        ({"per_day": 0}, "per_day"),
    ],
)
def test_faults_of_goals_are_named(changes, place):
    assert place in faults_of({**a_rich_plan_document(), **changes})


def test_the_task_of_the_goals_has_no_condition_of_its_own():
    rich = a_rich_plan_document()
    without = [task for task in rich["tasks"] if task["key"] != "goal"]
    assert set(faults_of({**rich, "tasks": without})) == {"goals"}
    doubled = [*without, an_event_task("goal", 2, 5, "order.paid", goal="first")]
    assert set(faults_of({**rich, "tasks": doubled})) == {"tasks[8].done_when"}


@pytest.mark.parametrize(
    ("condition", "is_recruiting"),
    [
        ({"did": "customer.registered"}, False),
        ({"did": "contact.recorded"}, True),
        ({"any": [{"did": "order.paid"}, {"did": "invitation.sent"}]}, True),
        ({"team": {"of": "frontline", "where": {"is": {"registered": True}}}}, True),
        ({"team": {"of": "frontline", "where": {"did": "order.paid", "where": {"buyer": "retail"}}}}, False),
    ],
)
def test_what_counts_people_brought_in(condition, is_recruiting):
    goal = a_goal(done_when=condition, offered=True, reason="We were asked to by the board")
    assert parse_plan(a_rich_plan_document() | {"goals": [goal]}).goals[0].is_recruiting is is_recruiting
