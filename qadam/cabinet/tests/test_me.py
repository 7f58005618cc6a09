from collections.abc import Callable

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.people.models import User

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def test_settings_are_saved_for_pages_and_letters(enter: Enter) -> None:
    member, user = a_newcomer()
    client = enter(user)
    response = client.post("/me/", {"name": "Айгүл Н.", "language": "ru", "zone": "Asia/Oral"})
    assert response.headers["Location"] == "/me/"
    assert response.cookies["language"].value == "ru"
    member.refresh_from_db()
    user.refresh_from_db()
    assert (member.name, member.language, member.zone) == ("Айгүл Н.", "ru", "Asia/Oral")
    assert (user.name, user.language) == ("Айгүл Н.", "ru")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "  ", "zone": ""}, "Write your name"),
        ({"name": "a" * 201, "zone": ""}, "200 letters fit"),
        ({"name": "Aigul", "zone": "Mars/Olympus"}, "Choose a time zone"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(enter: Enter, typed: dict[str, str], words: str) -> None:
    member, user = a_newcomer()
    response = enter(user).post("/me/", typed)
    assert response.status_code == 422
    assert words in response.content.decode()
    member.refresh_from_db()
    assert member.name == "Aigul Nurlanova"


def test_an_unknown_language_is_left_alone(enter: Enter) -> None:
    member, user = a_newcomer()
    enter(user).post("/me/", {"name": "Aigul", "language": "xx", "zone": ""})
    member.refresh_from_db()
    assert member.language == "kk"
