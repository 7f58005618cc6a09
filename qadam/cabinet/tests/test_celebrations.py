from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from qadam.cabinet.celebrations import TEXTS
from qadam.cabinet.tests.factories import a_newcomer
from qadam.events.models import Event
from qadam.people.models import User
from qadam.recognition.models import MemberLevel
from tests.cast import NOW, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]
SIGN = "data-celebration"


def read(client: Client) -> str:
    return client.get("/today/").content.decode()


def test_a_goal_is_celebrated_once_in_a_session_and_once_in_a_life(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    set_clock(NOW + days(7))
    an_event("goal.reached", member, NOW + days(6), goal="first", plan="start")
    client = enter(user)
    assert "Your first goal is reached" in read(client)
    assert SIGN not in read(client)
    second = read(enter(user))
    assert "Seven days behind you" in second
    assert SIGN not in read(enter(user))
    shown = Event.objects.filter(type="celebration.shown").values_list("props__what", flat=True)
    assert sorted(shown) == ["day-7", "first-goal"]


@pytest.mark.parametrize(("day", "is_told"), [(6, False), (7, True), (10, True), (11, False), (30, True), (64, False)])
def test_a_day_of_the_path_is_celebrated_on_it_or_soon_after(
    enter: Enter, set_clock: SetClock, day: int, is_told: bool
) -> None:
    _, user = a_newcomer()
    set_clock(NOW + days(day))
    assert (SIGN in read(enter(user))) is is_told


def test_the_first_sale_is_celebrated_and_neither_own_use_nor_the_second(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    set_clock(NOW + days(20))
    an_event("order.paid", member, NOW + days(19), order="a", buyer="own")
    assert SIGN not in read(enter(user))
    an_event("order.paid", member, NOW + days(19), order="b", buyer="retail")
    assert "Your first customer&#x27;s order" in read(enter(user))
    _, other = a_newcomer(now=NOW + days(1))
    an_event("order.paid", other.member, NOW + days(5), order="c", buyer="retail")
    an_event("order.paid", other.member, NOW + days(19), order="d", buyer="retail")
    assert SIGN not in read(enter(other))


def test_what_was_undone_is_not_celebrated(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    set_clock(NOW + days(20))
    an_event("order.paid", member, NOW + days(18), order="a", buyer="retail")
    an_event("order.refunded", member, NOW + days(19), order="a")
    an_event("level.reached", member, NOW + days(18), level="learner", number=2)
    an_event("level.lowered", member, NOW + days(18), level="start", number=1)
    level = MemberLevel.objects.create(member=member, number=0, best=1, changed_at=NOW)
    assert SIGN not in read(enter(user))
    MemberLevel.objects.filter(pk=level.pk).update(number=1)
    assert "A new level" in read(enter(user))
    an_event("order.paid", member, NOW + days(19), order="b", buyer="retail")
    assert "Your first customer&#x27;s order" in read(enter(user))


def test_old_news_and_the_first_level_are_no_news(enter: Enter, set_clock: SetClock) -> None:
    member, user = a_newcomer()
    set_clock(NOW + days(20))
    an_event("goal.reached", member, NOW + days(4), goal="first", plan="start")
    an_event("level.reached", member, NOW + days(19), level="start", number=1)
    assert SIGN not in read(enter(user))


def test_the_picture_says_the_occasion_and_nothing_of_the_person(enter: Enter) -> None:
    member, user = a_newcomer()
    client = enter(user)
    for kind in TEXTS:
        response = client.get(f"/progress/pictures/{kind}/")
        assert response["Content-Type"] == "image/svg+xml"
        picture = response.content.decode()
        assert member.name.split()[0] not in picture
        assert "<script" not in picture
    assert client.get("/progress/pictures/millionaire/").status_code == 404
