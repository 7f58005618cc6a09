from collections.abc import Callable

import pytest
from django.test import Client

from qadam.people.models import User
from qadam.tasks import jobs, proofs
from qadam.tasks import operations as tasks
from qadam.tasks.models import Proof, Task
from qadam.tasks.tests.factories import a_rich_plan_document, task_of
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


class World:
    def __init__(self) -> None:
        a_company()
        tasks.publish_plan(document=a_rich_plan_document(), actor=None, now=NOW)
        self.dina = a_member(name="Dina")
        self.marat = a_member(name="Marat", sponsor_id=self.dina.id)
        self.aigul = a_member(name="Aigul", sponsor_id=self.marat.id, mentor_id=self.marat.id, phone="+77010000002")
        tasks.assign_plan(plan="start", member_ids=[self.aigul.id], now=NOW)
        self.task = task_of(self.aigul, "practice")
        shown = proofs.Shown(text="I <b>told</b> her", link="https://photos.example/a")
        self.proof = proofs.show_proof(member=self.aigul, task_id=self.task.id, shown=shown, now=NOW)
        self.address = f"/desk/approvals/proofs/{self.proof.id}/"


@pytest.fixture
def world() -> World:
    return World()


def test_the_mentor_sees_what_was_shown_and_answers(enter: Enter, world: World) -> None:
    client = enter(a_user(member=world.marat))
    html = client.get("/desk/approvals/").content.decode()
    assert "I &lt;b&gt;told&lt;/b&gt; her" in html
    assert 'rel="noopener noreferrer nofollow"' in html
    response = client.post(world.address, {"answer": "again", "words": " "})
    assert response.status_code == 422
    assert "what to try differently" in response.content.decode()
    client.post(world.address, {"answer": "again", "words": "Name the price"})
    assert Proof.objects.get().state == "again"
    assert "Nothing waits for your word" in client.get("/desk/approvals/").content.decode()


def test_an_approval_by_anybody_else_is_refused(enter: Enter, world: World) -> None:
    for member in (world.dina, world.aigul, a_member()):
        assert enter(a_user(member=member)).post(world.address, {"answer": "approve"}).status_code == 404
    assert enter(a_user(roles=("owner",))).post(world.address, {"answer": "approve"}).status_code == 403
    assert Task.objects.get(id=world.task.id).done_at is None


def test_the_leader_who_is_asked_approves(enter: Enter, world: World, set_clock: Callable[..., None]) -> None:
    leader = a_user(member=world.dina)
    jobs.run(NOW + days(2))
    set_clock(NOW + days(2))
    client = enter(leader)
    html = client.get("/desk/approvals/").content.decode()
    assert "The mentor didn't get to it" in html
    assert "+77010000002" not in html
    client.post(world.address, {"answer": "approve", "words": "Well done"})
    assert Task.objects.get(id=world.task.id).done_at == NOW + days(2)
    assert "Well done" in enter(a_user(member=world.aigul)).get("/plan/").content.decode()


def test_a_call_is_noted_from_the_desk(enter: Enter, world: World, set_clock: Callable[..., None]) -> None:
    set_clock(NOW + days(1))
    client = enter(a_user(member=world.marat))
    call = task_of(world.aigul, "call")
    assert f"/desk/approvals/talks/{call.id}/" in client.get("/desk/approvals/").content.decode()
    for _ in range(2):
        client.post(f"/desk/approvals/talks/{call.id}/")
    assert Task.objects.get(id=call.id).done_at == NOW + days(1)


def test_a_forged_nomination_is_not_there(enter: Enter, world: World) -> None:
    client = enter(a_user(member=world.marat))
    assert client.post("/desk/approvals/nominations/12345/", {"answer": "approve"}).status_code == 404
