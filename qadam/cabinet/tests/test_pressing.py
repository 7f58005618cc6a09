from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.people.models import Member, User
from qadam.tasks import operations as tasks
from qadam.tasks import proofs
from qadam.tasks.tests.factories import a_rich_plan_document, task_of
from tests.cast import NOW, a_company, a_member, a_user, an_event

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]
HOUR = timedelta(hours=1)


def read(client: Client) -> str:
    return client.get("/today/").content.decode()


def test_a_person_who_waits_comes_before_the_plan_until_a_person_answers(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    customer = a_member(name="Yerzhan", kind="customer", sponsor_id=member.id)
    client = enter(user)
    set_clock(NOW + 3 * HOUR)
    an_event("question.opened", customer, NOW, ticket="t1")
    html = read(client)
    assert "Answer Yerzhan" in html
    assert html.count('id="next-heading"') == 1
    assert "Do profile" in html
    an_event("question.answered", customer, NOW + HOUR, ticket="t1", is_automatic=True)
    assert "Answer Yerzhan" in read(client)
    an_event("question.answered", customer, NOW + 2 * HOUR, ticket="t1")
    assert "Answer Yerzhan" not in read(client)


def test_whose_questions_are_ours(enter: Enter) -> None:
    member, user = a_newcomer()
    helped_by_another = a_member(name="Zhanna", sponsor_id=member.id, mentor_id=a_member().id)
    for person in (helped_by_another, a_member(name="Zhanna"), member):
        an_event("question.opened", person, NOW - HOUR, ticket=f"t{person.id}")
    assert "Somebody waits" not in read(enter(user))


def test_an_old_question_is_the_desks_matter(enter: Enter) -> None:
    member, user = a_newcomer()
    customer = a_member(name="Yerzhan", sponsor_id=member.id, now=NOW - 30 * 24 * HOUR)
    an_event("question.opened", customer, NOW - 8 * 24 * HOUR, ticket="t1")
    assert "Answer Yerzhan" not in read(enter(user))


@pytest.mark.parametrize(("is_automatic", "hours", "is_told"), [(False, 2, True), (True, 2, False), (False, 25, False)])
def test_the_answer_of_a_person_is_told_for_a_day(
    enter: Enter, set_clock: SetClock, is_automatic: bool, hours: int, is_told: bool
) -> None:
    member, user = a_newcomer()
    an_event("question.answered", member, NOW, ticket="t1", is_automatic=is_automatic)
    set_clock(NOW + hours * HOUR)
    assert ("Read the answer to your question" in read(enter(user))) is is_told


def test_nobody_above_means_nowhere_to_send(enter: Enter) -> None:
    a_newcomer()
    alone: Member = a_member()
    an_event("question.answered", alone, NOW, ticket="t1")
    assert "Read the answer" not in read(enter(a_user(member=alone)))


def test_one_more_try_comes_with_the_mentors_words(enter: Enter, set_clock: SetClock) -> None:
    a_company()
    marat = a_member(name="Marat")
    aigul = a_member(name="Aigul", sponsor_id=marat.id, mentor_id=marat.id)
    tasks.publish_plan(document=a_rich_plan_document(), actor=None, now=NOW)
    tasks.assign_plan(plan="start", member_ids=[aigul.id], now=NOW)
    practice = task_of(aigul, "practice")
    set_clock(NOW + 2 * HOUR)
    proof = proofs.show_proof(member=aigul, task_id=practice.id, shown=proofs.Shown(text="Hello"), now=NOW)
    client = enter(a_user(member=aigul))
    assert "See what to change" not in read(client)
    proofs.ask_again(reviewer=a_user(member=marat), proof_id=proof.id, reason="Say it shorter.", now=NOW + HOUR)
    html = read(client)
    assert "“Say it shorter.”" in html
    assert f'href="/plan/#task-{practice.id}"' in html
    proofs.show_proof(member=aigul, task_id=practice.id, shown=proofs.Shown(text="Hi"), now=NOW + 2 * HOUR)
    assert "Say it shorter." not in read(client)
