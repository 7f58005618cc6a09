from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer, task_id
from qadam.events.models import Event
from qadam.people.models import User
from qadam.tasks import operations as tasks
from qadam.tasks.models import Task
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]


def read(client: Client, path: str = "/today/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_nobody_is_sent_to_sign_in_and_comes_back_after() -> None:
    assert Client().get("/today/").headers["Location"] == "/sign-in/?next=/today/"


def test_staff_who_are_no_members_are_refused(enter: Enter) -> None:
    a_company()
    response = enter(a_user(roles=("retention",))).get("/today/")
    assert response.status_code == 403
    assert "yours to see" in response.content.decode()


def test_a_newcomer_sees_the_day_one_next_step_and_the_mentor(enter: Enter) -> None:
    _, user = a_newcomer()
    html = read(enter(user))
    assert "0 of 4 tasks of the plan are done" in html
    assert "Your next step" in html
    assert html.count("Mark as done</button>") == 1
    assert 'href="tel:+77010000001"' in html


def test_the_first_goal_shows_its_last_day(enter: Enter) -> None:
    _, user = a_newcomer()
    html = read(enter(user))
    assert "5 days left" in html
    assert "Saturday, 7\xa0March" in html


def test_the_page_comes_in_the_language_of_the_visitor(enter: Enter) -> None:
    _, user = a_newcomer()
    client = enter(user)
    client.cookies["language"] = "kk"
    html = read(client)
    assert '<html lang="kk">' in html
    assert "Do profile kk" in html


def test_somebody_late_is_not_blamed(enter: Enter, set_clock: SetClock) -> None:
    _, user = a_newcomer()
    set_clock(NOW + days(3))
    html = read(enter(user))
    assert "Moved to today" in html
    assert "overdue" not in html.lower()
    assert "missed" not in html.lower()


def test_after_the_fifth_day_the_goal_is_said_to_go_on(enter: Enter, set_clock: SetClock) -> None:
    _, user = a_newcomer()
    set_clock(NOW + days(6))
    assert "Ask your mentor to make it smaller" in read(enter(user))


def test_when_all_of_today_is_done_the_next_day_is_named(enter: Enter) -> None:
    member, user = a_newcomer()
    Task.objects.filter(member=member, day__lte=1).update(done_at=NOW)
    html = read(enter(user))
    assert "Done for today" in html
    assert "Wednesday, 11\xa0March" in html


def test_when_the_whole_plan_is_done(enter: Enter) -> None:
    member, user = a_newcomer()
    Task.objects.filter(member=member).update(done_at=NOW)
    assert "You have done the whole plan" in read(enter(user))


def test_a_member_without_a_plan_and_one_before_registration(enter: Enter) -> None:
    a_company()
    assert "Your plan is on its way" in read(enter(a_user(member=a_member())))
    assert "Your path has not begun" in read(enter(a_user(member=a_prospect())))


def test_coming_back_after_a_week_is_met_with_one_step(enter: Enter, set_clock: SetClock) -> None:
    _, user = a_newcomer()
    client = enter(user)
    read(client)
    set_clock(NOW + days(9))
    for _ in range(2):
        assert "You were away for 9 days" in read(client)
    set_clock(NOW + days(10))
    assert "You were away" not in read(client)


def test_opening_the_page_is_recorded_once_a_local_day(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    client = enter(user)
    opened = Event.objects.filter(member_id=member.id, type="cabinet.opened")
    read(client)
    set_clock(NOW + timedelta(hours=2))
    read(client)
    client.head("/today/")
    assert opened.count() == 1
    set_clock(NOW + timedelta(hours=14))
    read(client)
    assert opened.count() == 2


def test_help_is_confirmed_once_a_day_and_only_of_a_helper(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    client = enter(user)
    assert "They helped me" in read(client)
    for _ in range(2):
        assert client.post("/today/helped/").status_code == 302
    assert Event.objects.filter(member_id=member.id, type="help.confirmed").count() == 1
    assert "Your thanks is noted" in read(client)
    set_clock(NOW + days(1))
    assert "They helped me" in read(client)
    set_clock(NOW + days(91))
    assert "They helped me" not in read(client)
    assert enter(a_user(member=a_member())).post("/today/helped/").status_code == 404


def test_the_partial_is_the_page_without_its_frame(enter: Enter) -> None:
    _, user = a_newcomer()
    html = enter(user).get("/today/", headers={"HX-Request": "true", "HX-Target": "today"}).content.decode()
    assert html.lstrip().startswith("<div")
    assert "<html" not in html


def test_the_page_takes_few_queries_however_long_the_plan(
    enter: Enter, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    member, user = a_newcomer()
    client = enter(user)
    read(client)
    tasks.tick_task(member=member, task_id=task_id(member, "profile"), is_done=True, now=NOW)
    with django_assert_max_num_queries(32):  # type: ignore[attr-defined]
        read(client)
