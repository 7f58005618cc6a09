"""The pages of the action plan: who may come in, editing the draft, what is missing, publishing and moving people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.office.plan_forms import goal_sections, task_sections
from qadam.office.recognition_fields import Faults, Known
from qadam.office.tests.forms import post_of
from qadam.people.models import AuditEntry, User
from qadam.tasks import operations
from qadam.tasks.models import ActionPlan, PlanVersion, Task
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
WORDS = {"kk": "Қоңырау", "ru": "Звонок", "en": "Call"}
TASK: dict[str, Any] = {
    "key": "call", "day": 0, "due_day": 1, "title": WORDS, "why": WORDS, "minutes": 5, "kind": "self_check",
}  # fmt: skip
GOAL_TASK: dict[str, Any] = {**TASK, "key": "goal", "day": 2, "due_day": 5, "kind": "event", "goal": "first"}
ORDER: dict[str, Any] = {"key": "order", "name": WORDS, "why": WORDS, "minutes": 20, "done_when": {"did": "order.paid"}}
INVITE: dict[str, Any] = {**ORDER, "key": "invite", "done_when": {"did": "invitation.sent"}, "offered": False}
PLAN: dict[str, Any] = {
    "plan": "start",
    "name": WORDS,
    "weeks": [{"week": 1, "title": WORDS, "aim": WORDS}],
    "goals": [ORDER, INVITE],
    "tasks": [TASK, GOAL_TASK],
}
URL = "/office/plan/start/"


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    operations.publish_plan(document=PLAN, actor=None, now=NOW)
    return enter(a_user(roles=("editor",)))


def revision() -> str:
    return str(ActionPlan.objects.get(slug="start").draft_revision)


def draft() -> dict[str, Any]:
    found = ActionPlan.objects.get(slug="start").draft
    assert found is not None
    return dict(found)


def send(client: Client, path: str, sections: Any, **changes: Any) -> Any:
    post = post_of(sections, **{"revision": revision(), **changes})
    return client.post(URL + path, post.urlencode(), content_type="application/x-www-form-urlencoded")


def task_form(task: dict[str, Any]) -> Any:
    return task_sections(task, PLAN, Faults(), Known(), is_new=False)


def goal_form(goal: dict[str, Any]) -> Any:
    return goal_sections(goal, Faults(), Known(), is_new=False, is_recruiting=goal["key"] == "invite")


@pytest.mark.parametrize(
    ("role", "sees", "edits"), [("editor", 200, 200), ("analyst", 200, 403), ("integrator", 403, 403)]
)
def test_who_may_look_and_who_may_edit(client: Client, enter: Enter, role: str, sees: int, edits: int) -> None:
    visitor = enter(a_user(roles=(role,)))
    assert visitor.get("/office/plan/").status_code == sees
    assert visitor.get(URL).status_code == sees
    assert visitor.get(f"{URL}tasks/call/").status_code == edits
    if edits == 403:
        assert visitor.post(f"{URL}tasks/", {"revision": revision()}).status_code == 403
        assert visitor.post(f"{URL}publish/", {"revision": revision()}).status_code == 403


def test_the_plan_tells_its_tasks_and_goals(client: Client) -> None:
    html = client.get(URL).content.decode()
    assert "people tick it themselves" in html
    assert "the first goal that the member chooses" in html
    assert "counts people brought in" in html
    assert client.get("/office/plan/none/").status_code == 404


def test_a_task_is_added_edited_moved_and_taken_out_in_the_draft(client: Client) -> None:
    added = client.post(f"{URL}tasks/", {"revision": revision(), "day": "0"})
    assert added.headers["Location"] == f"{URL}tasks/task/"
    assert "missing" in client.get(URL).content.decode()
    new = {**TASK, "key": "task", "title": {"kk": "Жаңа", "ru": "Новое", "en": "New"}}
    assert send(client, "tasks/task/", task_form(new)).status_code == 302
    client.post(f"{URL}tasks/task/move/", {"revision": revision(), "direction": "up"})
    assert [task["key"] for task in draft()["tasks"]] == ["task", "call", "goal"]
    client.post(f"{URL}tasks/call/remove/", {"revision": revision()})
    assert [task["key"] for task in draft()["tasks"]] == ["task", "goal"]
    assert PlanVersion.objects.get().document == PLAN


def test_a_missing_language_and_an_unknown_event_are_kept_told_and_not_published(client: Client) -> None:
    form = task_form({**TASK, "kind": "event", "done_when": {"did": "no.such"}})
    assert send(client, "tasks/call/", form, **{"title.kk": ""}).status_code == 302
    html = client.get(f"{URL}tasks/call/").content.decode()
    assert "Қазақша: the text in this language is missing" in html
    assert "there is no event “no.such” in the catalogue" in html
    page = client.get(f"{URL}publish/").content.decode()
    assert "2 things are missing" in page
    assert client.post(f"{URL}publish/", {"revision": revision(), "people": "stay"}).status_code == 422
    assert PlanVersion.objects.count() == 1


@pytest.mark.parametrize("key", ["", "Call!", "goal"])
def test_a_key_that_no_page_could_find_is_not_kept(client: Client, key: str) -> None:
    client.post(f"{URL}tasks/", {"revision": revision(), "day": "0"})
    new = task_sections({**TASK, "key": "task"}, PLAN, Faults(), Known(), is_new=True)
    assert send(client, "tasks/task/", new, key=key).status_code == 422
    assert client.get(f"{URL}tasks/task/").status_code == 200


def test_two_editors_do_not_overwrite_each_other(client: Client) -> None:
    old = revision()
    send(client, "tasks/call/", task_form(TASK), minutes="7")
    late = send(client, "tasks/call/", task_form(TASK), minutes="9", revision=old)
    assert late.status_code == 409
    assert 'value="9"' in late.content.decode()
    assert draft()["tasks"][0]["minutes"] == 7


@pytest.mark.parametrize(("people", "version"), [("move", 2), ("stay", 1)])
def test_publishing_asks_about_the_people_under_way(client: Client, people: str, version: int) -> None:
    member = a_member()
    operations.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    send(client, "tasks/call/", task_form(TASK), day="3", due_day="4")
    assert "1 person is under way" in client.get(f"{URL}publish/").content.decode()
    unasked = client.post(f"{URL}publish/", {"revision": revision()})
    assert unasked.status_code == 422
    assert PlanVersion.objects.count() == 1
    assert client.post(f"{URL}publish/", {"revision": revision(), "people": people}).status_code == 302
    assert Task.objects.get(member=member, key="call").plan_version.number == version
    assert AuditEntry.objects.filter(action="plan.moved").count() == (1 if people == "move" else 0)
    assert ("still on an older version" in client.get(URL).content.decode()) is (people == "stay")


def test_offering_to_invite_partners_needs_a_reason_which_the_audit_keeps(client: Client, enter: Enter) -> None:
    assert "The law looks at this" not in client.get(f"{URL}goals/invite/").content.decode()
    send(client, "goals/invite/", goal_form(INVITE), offered="true")
    html = client.get(f"{URL}goals/invite/").content.decode()
    assert "The law looks at this" in html
    assert "Write down the reason" in html
    assert client.post(f"{URL}publish/", {"revision": revision()}).status_code == 422
    send(client, "goals/invite/", goal_form({**INVITE, "offered": True}), reason="Asked for by the founders.")
    assert "Asked for by the founders." in client.get(f"{URL}publish/").content.decode()
    assert client.post(f"{URL}publish/", {"revision": revision()}).status_code == 302
    audit = enter(a_user(roles=("compliance",))).get("/office/audit/").content.decode()
    assert "Asked for by the founders." in audit
    assert "counts people brought in" in audit


def test_a_draft_can_be_dropped_and_a_new_plan_begun(client: Client) -> None:
    send(client, "tasks/call/", task_form(TASK), minutes="7")
    client.post(f"{URL}discard/")
    assert ActionPlan.objects.get(slug="start").draft is None
    assert client.post("/office/plan/new/", {"slug": "start"}).status_code == 422
    assert client.post("/office/plan/new/", {"slug": "second"}).headers["Location"] == "/office/plan/second/settings/"
    assert client.get("/office/plan/second/").status_code == 200
