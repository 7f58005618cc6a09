from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.lib import clock
from qadam.messaging.models import StaffLetter
from qadam.people import leaving, preferences
from qadam.people import operations as people
from qadam.people.consent_texts import publish_consent
from qadam.people.models import Consent, Member, Pause, User
from qadam.people.queries import get_company
from qadam.people.terms import publish_terms
from tests.cast import a_user, an_event

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
TEXTS = {"kk": "Мәтін {company}", "ru": "Текст {company}", "en": "Text of {company}"}
ADVERTISING = {
    "consent": "advertising",
    "version": "2026-11",
    "title": TEXTS,
    "label": TEXTS,
    "text": TEXTS,
    "purpose": "registration",
}
TERMS = {"terms": "joining", "refund_days": 14, "buyback_days": 365, "buyback_percent": 90, "text": TEXTS}


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


def test_a_second_change_of_the_zone_is_refused_with_its_day_and_keeps_the_name(enter: Enter) -> None:
    member, user = a_newcomer()
    client = enter(user)
    client.post("/me/", {"name": "Aigul", "zone": "Asia/Oral"})
    response = client.post("/me/", {"name": "Somebody", "zone": "Europe/Moscow"})
    assert response.status_code == 422
    free_on = preferences.zone_free_on(Member.objects.get(id=member.id), get_company(), clock.utc_now())
    assert free_on is not None
    assert f"{free_on.day} {free_on:%B %Y}" in response.content.decode()
    member.refresh_from_db()
    assert (member.name, member.zone) == ("Aigul", "Asia/Oral")


def test_a_pause_is_taken_told_without_a_name_and_given_back(enter: Enter) -> None:
    member, user = a_newcomer()
    mentor = a_user(member=member.mentor)
    client, today = enter(user), clock.local_date(clock.utc_now(), member.zone_in(get_company()))
    response = client.post("/me/pause/", {"first_on": today, "last_on": today + timedelta(days=4)})
    assert response.headers["Location"] == "/me/pause/"
    assert "You are on a pause" in client.get("/me/pause/").content.decode()
    letter = StaffLetter.objects.get(user=mentor)
    assert "Aigul" not in letter.subject + letter.body
    assert client.post("/me/pause/", {"first_on": today, "last_on": today}).status_code == 422
    assert client.post("/me/pause/end/").headers["Location"] == "/today/"
    assert client.post("/me/pause/end/").status_code == 409
    assert not Pause.objects.filter(resumed_at__isnull=True).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Give the first and the last day"),
        ({"first_on": "2026-02-31", "last_on": "x"}, "Give the first and the last day"),
        ({"first_on": "2020-01-01", "last_on": "2020-01-02"}, "today at the earliest"),
        ({"first_on": "9999-01-01", "last_on": "9999-01-02"}, "within the next 30 days"),
    ],
)
def test_faulty_dates_of_a_pause_are_said_in_words(enter: Enter, typed: dict[str, str], words: str) -> None:
    _member, user = a_newcomer()
    response = enter(user).post("/me/pause/", typed)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Pause.objects.exists()


def test_letters_hours_and_the_consent_to_the_text_that_was_shown(enter: Enter) -> None:
    member, user = a_newcomer()
    publish_consent(document=ADVERTISING, actor=None, now=clock.utc_now())
    client = enter(user)
    client.post("/me/letters/", {"letters": "needed", "quiet_from": "21:00", "quiet_to": "08:30"})
    member.refresh_from_db()
    assert (member.letters, member.quiet) == ("needed", "21:00-08:30")
    assert client.post("/me/letters/", {"quiet_from": "21:00", "quiet_to": ""}).status_code == 422
    assert "Text of Dala Wellness" in client.get("/me/letters/").content.decode()
    # A forged or an old version is nothing one could agree to.
    client.post("/me/letters/news/", {"advertising": "1", "version": "2020-01"})
    assert not Consent.objects.filter(member=member, kind="advertising").exists()
    client.post("/me/letters/news/", {"advertising": "1", "version": "2026-11"})
    consent = Consent.objects.get(member=member, kind="advertising")
    assert (consent.text_version, consent.channel) == ("2026-11", "cabinet")
    assert "You agreed on" in client.get("/me/letters/").content.decode()
    client.post("/me/letters/news/", {"advertising": "0"})
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None


def test_leaving_takes_one_reason_shows_what_can_be_given_back_and_the_way_back(enter: Enter) -> None:
    member, user = a_newcomer(now=clock.utc_now() - timedelta(days=3))
    publish_terms(document=TERMS, actor=None, now=clock.utc_now())
    paid = {"amount": 2_490_000, "currency": "KZT", "buyer": "own"}
    for order, days_ago in (("K-1", 2), ("K-2", 30), ("K-3", 400), ("K-4", 1)):
        an_event("order.paid", member, clock.utc_now() - timedelta(days=days_ago), order=order, **paid)
    an_event("order.refunded", member, clock.utc_now(), order="K-4")
    client = enter(user)
    page = client.get("/me/leave/").content.decode()
    assert [order in page for order in ("K-1", "K-2", "K-3", "K-4")] == [True, True, False, False]
    assert page.count("Full refund until") == 1
    for forged in ({}, {"reason": "erased"}, {"reason": "NO_TIME"}):
        assert client.post("/me/leave/", forged).status_code == 422
    member.refresh_from_db()
    assert member.left_at is None
    client.post("/me/leave/", {"reason": "no_time"})
    member.refresh_from_db()
    assert member.left_at is not None
    assert "You have left" in client.get("/me/leave/").content.decode()
    assert client.post("/me/leave/", {"reason": "costs"}).status_code == 409
    client.post("/me/leave/back/")
    member.refresh_from_db()
    assert member.left_at is None
    assert client.post("/me/leave/back/").status_code == 409


def freshly(client: Client, seconds_ago: object = 0) -> None:
    session = client.session
    is_number = isinstance(seconds_ago, int)
    session["signed_in_at"] = clock.utc_now().timestamp() - seconds_ago if is_number else seconds_ago
    session.save()


@pytest.mark.parametrize("seconds_ago", [None, 16 * 60, -60, "now", True])
def test_data_goes_out_and_is_erased_only_after_a_fresh_sign_in(enter: Enter, seconds_ago: object) -> None:
    _member, user = a_newcomer()
    client = enter(user)
    if seconds_ago is not None:
        freshly(client, seconds_ago if seconds_ago is not True else "True")
    for path, form in (("/me/data/file/", {}), ("/me/data/erase/", {"understood": "1"})):
        assert client.post(path, form).headers["Location"].startswith("/sign-in/?again=1&next=%2Fme%2Fdata")
    assert User.objects.filter(pk=user.pk).exists()


def test_erasing_needs_the_box_and_then_signs_out(enter: Enter) -> None:
    member, user = a_newcomer()
    client = enter(user)
    freshly(client)
    assert client.post("/me/data/erase/").status_code == 422
    assert Member.objects.filter(id=member.id).exists()
    response = client.post("/me/data/erase/", {"understood": "1"})
    assert (response.headers["Location"], response.headers["Clear-Site-Data"]) == ("/goodbye/", '"cache", "storage"')
    assert not Member.objects.filter(id=member.id).exists()
    assert not User.objects.filter(pk=user.pk).exists()
    assert "Your data is erased" in client.get("/goodbye/").content.decode()
    assert client.get("/me/").status_code == 302


def test_a_second_tap_ends_where_the_first_did(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    member, user = a_newcomer()
    client = enter(user)
    freshly(client)
    erase = leaving.erase_self

    def erase_twice(**given: object) -> None:
        stale = Member.objects.get(id=member.id)
        erase(**given)  # type: ignore[arg-type]
        erase(**{**given, "member": stale})  # type: ignore[arg-type]

    monkeypatch.setattr(leaving, "erase_self", erase_twice)
    assert client.post("/me/data/erase/", {"understood": "1"}).headers["Location"] == "/goodbye/"
    assert Member.objects.filter(erased_at__isnull=False).count() == 1


def test_whom_the_company_removed_sees_no_button(enter: Enter) -> None:
    member, user = a_newcomer()
    people.leave_company(member=member, reason="expired", at=clock.utc_now(), now=clock.utc_now())
    client = enter(user)
    page = client.get("/me/leave/").content.decode()
    assert "The company ended your membership" in page
    assert "/me/leave/back/" not in page
    assert client.post("/me/leave/back/").status_code == 403


def test_whoever_left_still_reads_the_own_pages(enter: Enter) -> None:
    member, user = a_newcomer()
    leaving.leave(member=member, reason=leaving.Reason.UNTOLD, now=clock.utc_now())
    client = enter(user)
    paths = (
        "/me/",
        "/me/letters/",
        "/me/pause/",
        "/me/data/",
        "/me/data/erase/",
        "/me/leave/",
        "/me/app/",
        "/gatherings/",
    )
    assert [client.get(path).status_code for path in paths] == [200] * len(paths)
