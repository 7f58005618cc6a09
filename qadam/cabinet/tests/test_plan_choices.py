from collections.abc import Callable

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.events.models import Event
from qadam.people.models import User
from qadam.surveys import operations as surveys
from qadam.surveys.models import Request
from qadam.surveys.tests.factories import a_survey, an_expectation
from qadam.tasks import operations as tasks
from qadam.tasks.models import PersonalPlan, Task
from qadam.tasks.tests.factories import a_rich_plan_document
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def a_chooser() -> User:
    """Aigul on day 0 of a plan with goals and directions."""
    a_company()
    member = a_member(name="Aigul")
    tasks.publish_plan(document=a_rich_plan_document(), actor=None, now=NOW)
    tasks.assign_plan(plan="start", member_ids=[member.id], now=NOW)
    return a_user(member=member)


def test_a_direction_is_chosen_and_changed(enter: Enter) -> None:
    client = enter(a_chooser())
    html = client.get("/plan/direction/").content.decode()
    assert "8 tasks ahead" in html
    assert html.count('type="radio"') == 4
    assert client.post("/plan/direction/", {"direction": "customer", "hours": "3"}).headers["Location"] == "/plan/"
    html = client.get("/plan/").content.decode()
    assert "Set aside: 3 tasks" in html
    assert "3 hours a week" in html
    client.post("/plan/direction/", {"direction": "pause", "hours": ""})
    assert "Your plan stands still" in client.get("/plan/").content.decode()


@pytest.mark.parametrize("sent", [{"direction": "owner"}, {"direction": "seller", "hours": "²"}, {"hours": "900"}, {}])
def test_a_forged_direction_is_refused_in_words(enter: Enter, sent: dict[str, str]) -> None:
    response = enter(a_chooser()).post("/plan/direction/", sent)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert not PersonalPlan.objects.exclude(direction="").exists()


def test_the_first_goal_is_chosen_on_the_plan(enter: Enter) -> None:
    user = a_chooser()
    client = enter(user)
    html = client.get("/plan/").content.decode()
    assert "Choose your first goal" in html
    assert "invite-partner" not in html
    assert client.post("/plan/goal/", {"goal": "invite-partner"}).status_code == 404
    client.post("/plan/goal/", {"goal": "customer-order", "next": "/plan/"})
    assert Task.objects.get(member=user.member, is_first_goal=True).goal == "customer-order"
    assert "Choose your first goal" not in client.get("/plan/").content.decode()
    assert "Another first goal" in client.get("/plan/goal/").content.decode()


def test_the_reason_and_the_expectation_share_one_calm_page(enter: Enter) -> None:
    surveys.publish_survey(document=an_expectation(), actor=None, now=NOW)
    user = a_chooser()
    client = enter(user)
    assert "Question of hopes?" in client.get("/plan/reason/").content.decode()
    client.post("/plan/reason/", {"reason": "A room of my own", "option": "health"})
    assert Request.objects.get().option == "health"
    html = client.get("/plan/").content.decode()
    assert "A room of my own" in html
    assert "Health" in html
    # The journey, which asks an hour later, finds that it was asked.
    assert surveys.ask_members(survey="hopes", asks=[surveys.Ask("j1", user.member_id or 0)], now=NOW) == {}


def test_what_was_expected_stands_beside_how_it_was(enter: Enter, set_clock: Callable[..., None]) -> None:
    surveys.publish_survey(document=an_expectation(), actor=None, now=NOW)
    a_survey("day-7", "expectation", checks="hopes")
    user = a_chooser()
    client = enter(user)
    client.post("/plan/reason/", {"reason": "", "option": "income"})
    later = NOW + days(7)
    surveys.ask_members(survey="day-7", asks=[surveys.Ask("k", user.member_id or 0)], now=later)
    request = Request.objects.get(key="k")
    surveys.record_answer(request_id=request.id, answer=4, via="cabinet", now=later)
    surveys.add_comment(request_id=request.id, comment="Slower than I hoped", now=later)
    set_clock(later)
    html = client.get("/plan/").content.decode()
    assert "More income" in html
    assert "4 of 5" in html
    assert "Slower than I hoped" in html
    # It was said and counted a week ago, so another word now changes nothing.
    surveys.settle_answers(now=later)
    assert client.post("/plan/reason/", {"reason": "", "option": "health"}).status_code == 422
    assert Request.objects.get(survey__key="hopes").option == "income"


def test_the_reason_is_on_nobody_elses_page(enter: Enter) -> None:
    member, user = a_newcomer()
    enter(user).post("/plan/reason/", {"reason": "Because of the debts"})
    assert member.mentor is not None
    mentor = enter(a_user(member=member.mentor))
    for path in ("/team/", "/desk/", "/desk/approvals/"):
        assert "debts" not in mentor.get(path).content.decode()
    assert not [event for event in Event.objects.all() if "debts" in str(event.props)]
