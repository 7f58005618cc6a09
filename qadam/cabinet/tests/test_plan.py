from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer, task_id
from qadam.events.models import Event
from qadam.people.models import User
from qadam.tasks.models import Task
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]


def test_the_plan_shows_its_weeks_and_opens_the_present_one(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    set_clock(NOW + days(8))
    html = enter(user).get("/plan/").content.decode()
    assert "Week 1: The beginning" in html
    assert 'id="week-2" open' in html
    assert "Moved to today" in html
    assert "overdue" not in html.lower()
    assert Task.objects.filter(member=member, moved_to__isnull=False).count() == 3


def test_without_a_plan_the_page_says_what_will_come(enter: Enter) -> None:
    a_company()
    assert "No plan yet" in enter(a_user(member=a_member())).get("/plan/").content.decode()


def test_a_tick_works_without_script(enter: Enter) -> None:
    member, user = a_newcomer()
    address = f"/plan/tasks/{task_id(member, 'profile')}/"
    response = enter(user).post(address, {"done": "1", "next": "/plan/#week-1"})
    assert response.headers["Location"] == "/plan/#week-1"
    assert Task.objects.get(member=member, key="profile").done_at == NOW
    assert Event.objects.filter(member_id=member.id, type="task.done").count() == 1


def test_a_tick_can_be_taken_back_on_the_same_day(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    client, address = enter(user), f"/plan/tasks/{task_id(member, 'profile')}/"
    client.post(address, {"done": "1"})
    client.post(address, {"done": "0"})
    assert Task.objects.get(member=member, key="profile").done_at is None
    client.post(address, {"done": "1"})
    set_clock(NOW + days(1))
    assert client.post(address, {"done": "0"}).status_code == 422


def test_with_script_only_the_swapped_part_comes_back(enter: Enter) -> None:
    member, user = a_newcomer()
    client, address = enter(user), f"/plan/tasks/{task_id(member, 'profile')}/"
    html = client.post(address, {"done": "1"}, headers={"HX-Request": "true", "HX-Target": "today"}).content.decode()
    assert 'id="today"' in html
    assert "<html" not in html
    week = {"HX-Request": "true", "HX-Target": "week-1"}
    html = client.post(address, {"done": "0", "plan": "start"}, headers=week).content.decode()
    assert 'id="week-1" open' in html
    assert 'hx-swap-oob="true"' in html


def test_nobody_ticks_the_task_of_another(enter: Enter) -> None:
    member, _ = a_newcomer()
    outsider = a_user(member=a_member())
    assert enter(outsider).post(f"/plan/tasks/{task_id(member, 'profile')}/", {"done": "1"}).status_code == 404
    assert Task.objects.get(member=member, key="profile").done_at is None


def test_a_task_that_closes_itself_is_not_ticked_by_hand(enter: Enter) -> None:
    member, user = a_newcomer()
    response = enter(user).post(f"/plan/tasks/{task_id(member, 'order')}/", {"done": "1"})
    assert response.status_code == 422
    assert "closes by itself" in response.content.decode()


def test_the_way_back_never_leads_to_another_site(enter: Enter) -> None:
    member, user = a_newcomer()
    address = f"/plan/tasks/{task_id(member, 'profile')}/"
    response = enter(user).post(address, {"done": "1", "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/today/"


def test_not_today_says_when_it_comes_again(enter: Enter) -> None:
    member, user = a_newcomer()
    client, address = enter(user), f"/plan/tasks/{task_id(member, 'profile')}/not-today/"
    assert client.get(address).status_code == 405
    assert client.post(address, {"next": "/plan/"}).headers["Location"] == "/plan/"
    html = client.get("/plan/").content.decode()
    assert "It waits for you on Tuesday, 3\xa0March" in html
    assert "Moved to Tuesday, 3\xa0March" in html
    week = {"HX-Request": "true", "HX-Target": "week-1"}
    reason = f"/plan/tasks/{task_id(member, 'reason')}/not-today/"
    assert 'id="week-1" open' in client.post(reason, {"plan": "start"}, headers=week).content.decode()


def test_the_plan_asks_little_of_the_database(enter: Enter, django_assert_max_num_queries: Any) -> None:
    _, user = a_newcomer()
    client = enter(user)
    client.get("/plan/")
    with django_assert_max_num_queries(15):
        client.get("/plan/")
