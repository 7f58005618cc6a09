"""Letters, passkeys and passwords at the door: what a person, a mail filter and a forger meet."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from qadam.messaging import staff_letters
from qadam.messaging.models import LocalMail, StaffLetter
from qadam.people.models import User
from qadam.people.sign_in_models import Passkey
from qadam.people.tests.authenticator import Authenticator
from qadam.site.schedule import all_jobs
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]
HOST = {"HTTP_HOST": "localhost"}


@pytest.fixture
def enter(enter: Enter) -> Enter:
    """Return a browser whose person has just signed in, as every way in leaves it."""

    def sign_in(user: User) -> Client:
        client = enter(user)
        stand_signed_in(client, NOW)
        return client

    return sign_in


def stand_signed_in(client: Client, at: datetime) -> None:
    session = client.session
    session["signed_in_at"] = at.timestamp()
    session.save()


def visit(**more: Any) -> Client:
    return Client(headers={"accept-language": "en"}, **more)


def aigul() -> User:
    a_company()
    return a_user(member=a_member(name="Aigul"), email="aigul@example.com")


def newest_link() -> str:
    staff_letters.send_due(now=NOW)
    text = LocalMail.objects.order_by("-id")[0].text
    return "/sign-in/link/" + text.split("/sign-in/link/")[1].split("/")[0] + "/"


def ask(client: Client, email: str = "aigul@example.com", target: str = "") -> Any:
    return client.post("/sign-in/letter/", {"email": email, "next": target})


def test_a_letter_lets_in_by_its_button_and_brings_back_to_the_page() -> None:
    user, phone = aigul(), visit()
    assert ask(phone, target="/plan/?week=2").headers["Location"] == "/sign-in/sent/"
    link, laptop = newest_link(), visit()
    page = laptop.get(link)
    assert "Good to see you, Aigul" in page.content.decode()
    assert page.headers["Cache-Control"].startswith("max-age=0")
    assert "_auth_user_id" not in laptop.session
    assert laptop.post(link).headers["Location"] == "/plan/?week=2"
    assert laptop.session["_auth_user_id"] == str(user.pk)
    assert laptop.session["signed_in_at"] == NOW.timestamp()
    # The second press of an impatient finger, and the link opened once more.
    assert laptop.post(link).headers["Location"] == "/plan/?week=2"
    assert laptop.get(link).headers["Location"] == "/plan/?week=2"
    stranger = visit()
    assert stranger.get(link).status_code == 410
    assert stranger.post(link).status_code == 410
    assert "_auth_user_id" not in stranger.session


def test_the_answer_is_the_same_for_an_address_that_nobody_has() -> None:
    aigul()
    answers = []
    for email in ("aigul@example.com", "nobody@example.com"):
        phone = visit()
        response = ask(phone, email)
        html = phone.get("/sign-in/sent/").content.decode().replace(email, "X")
        token = html.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        answers.append((response.status_code, response.headers["Location"], html.replace(token, "T")))
    assert answers[0] == answers[1]
    assert StaffLetter.objects.count() == 1


def test_links_that_are_late_forged_or_cut_say_so(set_clock: SetClock) -> None:
    aigul()
    phone = visit()
    ask(phone)
    link = newest_link()
    assert phone.get(f"{link[:-9]}/").status_code == 404
    assert phone.post("/sign-in/link/forged/").status_code == 404
    set_clock(NOW + timedelta(minutes=20))
    late = phone.post(link)
    assert late.status_code == 410
    assert "too old" in late.content.decode()
    assert "_auth_user_id" not in phone.session


def test_a_link_never_leads_elsewhere_and_ends_the_session_of_somebody_else(enter: Enter) -> None:
    user = aigul()
    other = enter(a_user(member=a_member()))
    ask(other, target="//evil.example/")
    link = newest_link()
    assert "This browser is signed in as" in other.get(link).content.decode()
    assert other.post(link).headers["Location"] == "/"
    assert other.session["_auth_user_id"] == str(user.pk)


def test_who_is_signed_in_can_show_once_more_who_they_are(enter: Enter, set_clock: SetClock) -> None:
    user = aigul()
    user.set_password("three steppe horses")
    user.save()
    client = enter(user)
    page = client.get("/sign-in/?again=1&next=/me/data/")
    assert 'value="aigul@example.com"' in page.content.decode()
    set_clock(NOW + timedelta(hours=1))
    typed = {"email": user.email, "password": "three steppe horses", "next": "/me/data/", "again": "1"}
    assert client.post("/sign-in/", {**typed, "password": "wrong"}).status_code == 422
    assert client.post("/sign-in/", typed).headers["Location"] == "/me/data/"
    assert client.session["signed_in_at"] == (NOW + timedelta(hours=1)).timestamp()


def test_guessing_a_password_ends_after_ten_tries_even_with_the_right_one(set_clock: SetClock) -> None:
    user = aigul()
    user.set_password("three steppe horses")
    user.save()
    guesser = visit()
    for _ in range(10):
        guesser.post("/sign-in/", {"email": "Aigul@example.com", "password": "guess"})
    right = {"email": "aigul@example.com", "password": "three steppe horses"}
    refused = guesser.post("/sign-in/", right)
    assert refused.status_code == 422
    assert "Too many tries" in refused.content.decode()
    set_clock(NOW + timedelta(minutes=15))
    assert guesser.post("/sign-in/", right).status_code == 302


def call(client: Client, address: str, body: Any = None) -> Any:
    return client.post(address, json.dumps(body or {}), content_type="application/json")


def a_phone(**changes: Any) -> Authenticator:
    return Authenticator(**{"origin": "http://localhost", "host": "localhost", **changes})


def add_key(client: Client, phone: Authenticator, name: str = "My phone") -> Any:
    options = call(client, "/me/security/passkey/begin/").content.decode()
    return call(client, "/me/security/passkey/finish/", {"answer": phone.create(options), "name": name})


def come_in(client: Client, phone: Authenticator, target: str = "/plan/") -> Any:
    options = call(client, "/sign-in/passkey/begin/").content.decode()
    return call(client, "/sign-in/passkey/finish/", {"answer": phone.get(options), "next": target})


def test_a_passkey_is_added_lets_in_and_is_removed(enter: Enter) -> None:
    user = aigul()
    home, phone = enter(user), a_phone()
    home.defaults.update(HOST)
    assert add_key(home, phone).json() == {"to": "/me/security/"}
    html = home.get("/me/security/").content.decode()
    assert "My phone" in html
    assert StaffLetter.objects.get().subject == "A passkey was added to your sign-in"
    away = visit(**HOST)
    assert come_in(away, phone).json() == {"to": "/plan/"}
    assert away.session["_auth_user_id"] == str(user.pk)
    assert away.session["signed_in_at"] == NOW.timestamp()
    key = Passkey.objects.get()
    assert enter(a_user()).post(f"/me/security/passkey/{key.id}/remove/").status_code == 302
    assert Passkey.objects.exists()
    home.post(f"/me/security/passkey/{key.id}/remove/")
    refused = come_in(visit(**HOST), phone)
    assert refused.status_code == 422
    assert "didn't work here" in refused.json()["message"]


def test_a_challenge_is_good_for_one_answer_of_its_own_ceremony_and_five_minutes(
    enter: Enter, set_clock: SetClock
) -> None:
    home, phone = enter(aigul()), a_phone()
    home.defaults.update(HOST)
    options = call(home, "/me/security/passkey/begin/").content.decode()
    answer = {"answer": phone.create(options)}
    assert call(home, "/sign-in/passkey/finish/", answer).status_code == 422
    assert call(home, "/me/security/passkey/finish/", answer).status_code == 422
    options = call(home, "/me/security/passkey/begin/").content.decode()
    set_clock(NOW + timedelta(seconds=301))
    assert call(home, "/me/security/passkey/finish/", {"answer": phone.create(options)}).status_code == 422
    set_clock(NOW)
    assert add_key(home, phone).status_code == 200
    away = visit(**HOST)
    answer = {"answer": phone.get(call(away, "/sign-in/passkey/begin/").content.decode()), "next": "//evil.example/"}
    assert call(away, "/sign-in/passkey/finish/", answer).json() == {"to": "/"}
    assert call(away, "/sign-in/passkey/finish/", answer).status_code == 422


@pytest.mark.parametrize("body", ["", "[]", '{"answer": 3}', "{", '{"answer": {"id": {}}}', "x" * 30_000])
def test_nonsense_at_the_doors_of_passkeys_is_refused(body: str) -> None:
    a_company()
    client = visit(**HOST)
    call(client, "/sign-in/passkey/begin/")
    response = client.post("/sign-in/passkey/finish/", body, content_type="application/json")
    assert response.status_code == 422
    assert client.post("/me/security/passkey/begin/").status_code == 302


def test_keys_are_offered_where_browsers_allow_them(settings: Any, enter: Enter) -> None:
    settings.BASE_URL = "https://qadam.kz"
    settings.ALLOWED_HOSTS = ["qadam.kz", "127.0.0.1", "localhost"]
    a_company()
    for host, is_offered in (("127.0.0.1:8000", False), ("localhost:8000", True), ("qadam.kz", True)):
        html = visit(HTTP_HOST=host).get("/sign-in/").content.decode()
        assert ("data-passkey" in html) == is_offered
    # The proxy in front speaks https; the request itself doesn't know.
    client = enter(aigul())
    client.defaults["HTTP_HOST"] = "qadam.kz"
    assert add_key(client, a_phone(origin="https://qadam.kz", host="qadam.kz")).status_code == 200
    assert add_key(client, a_phone(origin="https://evil.kz", host="qadam.kz")).status_code == 422
    assert visit(HTTP_HOST="evil.kz").get("/sign-in/").status_code == 400


def test_ways_in_change_only_for_who_has_just_signed_in(enter: Enter) -> None:
    user = aigul()
    home, phone = enter(user), a_phone()
    home.defaults.update(HOST)
    add_key(home, phone)
    options = call(home, "/me/security/passkey/begin/").content.decode()
    stand_signed_in(home, NOW - timedelta(minutes=15, seconds=1))
    again = "/sign-in/?again=1&next=%2Fme%2Fsecurity%2F"
    html = home.get("/me/security/").content.decode()
    assert again.replace("&", "&amp;") in html
    assert "/me/security/password/" not in html
    for address, typed in (
        ("/me/security/password/", {"password": "three steppe horses"}),
        ("/me/security/password/", {"remove": "1"}),
        (f"/me/security/passkey/{Passkey.objects.get().id}/remove/", {}),
    ):
        assert home.post(address, typed).headers["Location"] == again
    for step, body in (("begin", {}), ("finish", {"answer": a_phone().create(options), "name": "Thief"})):
        refused = call(home, f"/me/security/passkey/{step}/", body)
        assert (refused.status_code, refused.json()) == (403, {"to": again})
    assert User.objects.get().password == user.password
    assert Passkey.objects.get().name == "My phone"


def test_who_is_let_in_leaves_no_address_in_the_session() -> None:
    aigul()
    phone = visit()
    ask(phone)
    assert phone.session["letter_asked"]["email"] == "aigul@example.com"
    phone.post(newest_link())
    assert "letter_asked" not in phone.session


def test_sessions_that_ended_are_forgotten_and_others_stay(enter: Enter) -> None:
    ended, lasts = (enter(a_user()).session.session_key for _ in range(2))
    Session.objects.filter(session_key=ended).update(expire_date=NOW - timedelta(seconds=1))
    Session.objects.filter(session_key=lasts).update(expire_date=NOW + timedelta(seconds=1))
    next(job for job in all_jobs() if job.name == "site.sessions").run(NOW)
    assert Session.objects.get().session_key == lasts


def test_a_password_is_set_and_removed_by_its_owner_who_stays_signed_in(enter: Enter) -> None:
    user = aigul()
    home = enter(user)
    assert home.post("/me/security/password/", {"password": "short"}).status_code == 422
    assert home.post("/me/security/password/", {"password": "three steppe horses"}).status_code == 302
    assert "A password is set" in home.get("/me/security/").content.decode()
    away = visit()
    assert away.post("/sign-in/", {"email": user.email, "password": "three steppe horses"}).status_code == 302
    home.post("/me/security/password/", {"remove": "1"})
    assert "No password is set" in home.get("/me/security/").content.decode()
    assert away.get("/me/security/").status_code == 302
    assert set(StaffLetter.objects.values_list("subject", flat=True)) == {
        "A password was set for your sign-in",
        "The password of your sign-in was removed",
    }


def test_staff_have_the_page_in_their_own_frame_and_strangers_have_none(enter: Enter) -> None:
    a_company()
    html = enter(a_user(roles=("retention",))).get("/me/security/").content.decode()
    assert 'class="office"' in html
    assert visit().get("/me/security/").headers["Location"].startswith("/sign-in/")
    assert visit().post("/me/security/password/", {"password": "three steppe horses"}).status_code == 302


def test_a_demonstration_shows_the_link_of_its_own_people_only(settings: Any) -> None:
    settings.IS_DEMO = True
    a_company()
    a_user(member=a_member(), email="aigul@demo.qadam.example")
    a_user(roles=("owner",), email="owner@company.example")
    for email, is_shown in (("aigul@demo.qadam.example", True), ("owner@company.example", False)):
        phone = visit()
        ask(phone, email)
        assert ("/sign-in/link/" in phone.get("/sign-in/sent/").content.decode()) == is_shown
