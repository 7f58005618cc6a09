import pytest

from qadam.lib.documents import FaultyDocument, hash_of
from qadam.tasks.documents import TaskKind, parse_plan
from qadam.tasks.tests.factories import a_plan_document, a_planned_task, an_event_task, in_three


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
