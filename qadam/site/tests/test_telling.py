"""Who gets a letter when somebody reaches the first goal, or shows a practical task; and who doesn't."""

from datetime import datetime, timedelta

import pytest

from qadam.events.consumers import advance_to_end
from qadam.events.models import Cursor
from qadam.messaging.models import StaffLetter
from qadam.people.models import User
from qadam.site import telling
from qadam.tasks import jobs, operations, proofs
from qadam.tasks.proofs import Shown
from qadam.tasks.tests.factories import a_rich_plan, task_of
from tests.cast import NOW, a_company, a_member, a_user, an_event, days

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class World:
    """Aigul with a practical task, her mentor Marat, the leader Dina above him, and her sponsor Saule."""

    def __init__(self) -> None:
        a_company()
        a_rich_plan()
        self.dina, self.marat = (a_member(name=name) for name in ("Dina", "Marat"))
        self.saule = a_member(name="Saule", sponsor_id=self.dina.id)
        self.aigul = a_member(name="Aigul", sponsor_id=self.saule.id, mentor_id=self.marat.id)
        self.leader, self.sponsor, self.mentor = (a_user(member=each) for each in (self.dina, self.saule, self.marat))
        operations.assign_plan(plan="start", member_ids=[self.aigul.id], now=NOW)

    def show(self) -> int:
        task = task_of(self.aigul, "practice")
        shown = Shown(text="My sister Gulnara bought it")
        return proofs.show_proof(member=self.aigul, task_id=task.id, shown=shown, now=NOW).id

    def reach(self, at: datetime = NOW) -> None:
        props = {"goal": "first", "plan": "start", "option": "customer-order"}
        an_event("goal.reached", self.aigul, at, now=NOW, **props)


@pytest.fixture
def world() -> World:
    return World()


def tell(now: datetime = NOW) -> list[StaffLetter]:
    """Let the log be read once more from its beginning, as a new installation of the consumer would; all letters."""
    Cursor.objects.filter(name=telling.NAME).delete()
    assert advance_to_end(telling.NAME, telling.handle, now=now)
    return list(StaffLetter.objects.select_related("user").order_by("id"))


def test_the_mentor_is_told_of_the_first_goal_once_in_their_language_and_without_a_name(world: World) -> None:
    User.objects.filter(id=world.mentor.id).update(language="ru")
    world.reach()
    tell()
    (letter,) = tell(NOW + HOUR)
    assert (letter.user, letter.path) == (world.mentor, "/team/feed/")
    assert letter.body.startswith("Цель: customer-order ru\n\n")
    assert "Aigul" not in letter.subject + letter.body


def test_the_mentor_then_the_leader_is_asked_for_a_word_on_a_practical_task(world: World) -> None:
    world.show()
    (first,) = tell()
    assert (first.user, first.path, "The task: practice en" in first.body) == (world.mentor, "/desk/approvals/", True)
    late = NOW + 49 * HOUR
    jobs.run(late)
    first, second = tell(late)
    # The nearest above who wasn't asked yet: her sponsor.
    assert (second.user, second.path) == (world.sponsor, "/desk/approvals/")
    assert "The mentor didn't get to it" in second.body
    assert not any(word in each.subject + each.body for each in (first, second) for word in ("Aigul", "Gulnara"))


def test_nobody_is_told_of_old_facts_or_of_what_waits_no_more(world: World) -> None:
    world.reach(NOW - days(2))
    proofs.take_back_proof(member=world.aigul, proof_id=world.show(), now=NOW)
    proofs.ask_again(reviewer=world.mentor, proof_id=world.show(), reason="Name the price too", now=NOW)
    assert tell() == []
    world.reach(NOW - days(2) + HOUR)
    world.show()
    assert [each.path for each in tell()] == ["/team/feed/", "/desk/approvals/"]


@pytest.mark.parametrize("gone", ["mentor_left", "no_sign_in", "no_address", "member_left"])
def test_who_cannot_be_told_gets_nothing(world: World, gone: str) -> None:
    if gone in ("mentor_left", "member_left"):
        who = world.marat if gone == "mentor_left" else world.aigul
        who.left_at = NOW
        who.save()
    else:
        changes = {"is_active": False} if gone == "no_sign_in" else {"email": ""}
        User.objects.filter(id=world.mentor.id).update(**changes)
    world.reach()
    world.show()
    assert tell() == []


def test_the_sponsor_stands_in_for_a_mentor_whom_nobody_named(world: World) -> None:
    world.aigul.mentor = None
    world.aigul.save()
    world.reach()
    world.show()
    assert [each.user for each in tell()] == [world.sponsor, world.sponsor]
