from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.people.models import User
from tests.cast import a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def with_password(user: User) -> User:
    user.set_password("a long password")
    user.save(update_fields=["password"])
    return user


def visit() -> Client:
    return Client(headers={"accept-language": "en"})


def test_a_password_lets_in_and_brings_back_to_the_page_that_was_asked_for() -> None:
    a_company()
    user = with_password(a_user(member=a_member(), email="aigul@example.com"))
    client = visit()
    response = client.post("/sign-in/", {"email": "Aigul@Example.com", "password": "a long password", "next": "/plan/"})
    assert response.headers["Location"] == "/plan/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert response.cookies["language"].value == "en"


def test_a_wrong_password_says_so_and_keeps_the_address() -> None:
    with_password(a_user(email="aigul@example.com"))
    response = visit().post("/sign-in/", {"email": "aigul@example.com", "password": "no"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "The e-mail or the password is not right" in html
    assert 'value="aigul@example.com"' in html


def test_the_way_after_sign_in_never_leads_elsewhere() -> None:
    with_password(a_user(email="aigul@example.com"))
    response = visit().post(
        "/sign-in/", {"email": "aigul@example.com", "password": "a long password", "next": "//elsewhere.example/"}
    )
    assert response.headers["Location"] == "/"


def test_the_start_page_depends_on_who_comes(enter: Enter) -> None:
    a_company()
    assert visit().get("/").headers["Location"] == "/sign-in/"
    assert enter(a_user(member=a_member())).get("/").headers["Location"] == "/today/"
    assert enter(a_user(roles=("retention",))).get("/").headers["Location"] == "/office/map/"


def test_no_cache_keeps_what_somebody_signed_in_was_shown(enter: Enter) -> None:
    a_company()
    client = enter(a_user(member=a_member()))
    for path in ("/today/", "/me/", "/no-such-page/", "/"):
        assert client.get(path).headers["Cache-Control"] == "private, no-store", path
    # What has its own rule keeps it, and what is nobody's has none.
    assert client.get("/offline/en/").headers["Cache-Control"] == "max-age=3600"
    assert "no-store" in client.get("/plan/saved/").headers["Cache-Control"]
    assert "Cache-Control" not in visit().get("/sign-in/").headers


def test_signing_out(enter: Enter) -> None:
    client = enter(a_user())
    left = client.post("/sign-out/").headers
    assert (left["Location"], left["Clear-Site-Data"]) == ("/sign-in/", '"cache"')
    assert "_auth_user_id" not in client.session
    assert client.get("/sign-out/").status_code == 405


def test_the_demo_offers_its_cast_and_nobody_else(settings: Any) -> None:
    settings.IS_DEMO = True
    aigul = a_user(member=a_member(name="Aigul"), email="aigul@demo.qadam.example")
    real = a_user(email="oleg@company.example")
    client = visit()
    page = client.get("/sign-in/").context["page"]
    assert [card.user_id for card in page.demo_cards] == [aigul.pk]
    assert client.post("/sign-in/demo/", {"user": str(real.pk)}).status_code == 404
    assert client.post("/sign-in/demo/", {"user": "x"}).status_code == 404
    assert client.post("/sign-in/demo/", {"user": str(aigul.pk)}).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(aigul.pk)


def test_without_a_demo_nobody_enters_with_one_click(settings: Any) -> None:
    settings.IS_DEMO = False
    aigul = a_user(email="aigul@demo.qadam.example")
    assert visit().get("/sign-in/").context["page"].demo_cards == ()
    assert visit().post("/sign-in/demo/", {"user": str(aigul.pk)}).status_code == 404


def test_one_click_needs_the_token_of_the_form(settings: Any) -> None:
    settings.IS_DEMO = True
    aigul = a_user(email="aigul@demo.qadam.example")
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in/demo/", {"user": str(aigul.pk)})
    assert response.status_code == 403
    assert "_auth_user_id" not in client.session


def test_the_language_is_chosen_by_a_form_and_kept_for_letters(enter: Enter) -> None:
    a_company()
    member = a_member()
    user = a_user(member=member)
    client = enter(user)
    response = client.post("/language/", {"language": "ru", "next": "/me/"})
    assert response.headers["Location"] == "/me/"
    assert '<html lang="ru">' in client.get("/me/").content.decode()
    user.refresh_from_db()
    member.refresh_from_db()
    assert (user.language, member.language) == ("ru", "ru")


def test_pages_have_a_strict_policy_and_no_inline_script() -> None:
    response = visit().get("/sign-in/")
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    html = response.content.decode()
    assert html.count("<script") == html.count("<script src=")
    assert " onclick=" not in html


def test_a_page_that_isnt_there_says_so_in_words() -> None:
    response = visit().get("/no-such-page/")
    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()
