from collections.abc import Callable

import pytest
from django.test import Client

from qadam.journeys import queries
from qadam.journeys.queries import JourneyRow, StepCount
from qadam.people.models import User
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def test_without_journeys_the_page_says_where_they_come_from(enter: Enter) -> None:
    a_company()
    assert "No journey runs yet" in enter(a_user(roles=("editor",))).get("/office/journeys/").content.decode()


def test_steps_show_how_many_stand_on_them(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    a_company()
    row = JourneyRow(
        "start",
        "The start",
        3,
        NOW,
        412,
        37,
        True,
        12,
        (StepCount("welcome", "send", "welcome", 0), StepCount("day", "pause", "", 37)),
    )
    case = JourneyRow("case:silent", "Silent", 1, NOW, 2, 1, True, 0, ())
    monkeypatch.setattr(queries, "list_journeys", lambda language: [row, case])
    html = enter(a_user(roles=("retention",))).get("/office/journeys/").content.decode()
    assert "The start" in html
    assert "37" in html
    assert html.index("Measures of cases") < html.index("Silent")


def test_members_dont_see_journeys(enter: Enter) -> None:
    a_company()
    assert enter(a_user(member=a_member())).get("/office/journeys/").status_code == 403
