"""The way in, walked by hand: from the link to Today, and every wrong turn."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from qadam.cabinet import invited
from qadam.messaging import staff_letters
from qadam.messaging.models import LocalMail
from qadam.people import consent_texts, invitations, operations, tries
from qadam.people.joining import waiting_for_place
from qadam.people.joining_models import Joining
from qadam.people.models import Consent, Member, User
from qadam.people.tests.joining import VERSION, a_text, publish_texts
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SetClock = Callable[[datetime], None]
TYPED = {
    "key": "form-key-0123456789",
    "name": "Aigul Nurlanova",
    "email": "aigul@example.com",
    "language": "kk",
    "data": "yes",
    "data_version": VERSION,
    "advertising_version": VERSION,
}


def visit(language: str = "en") -> Client:
    return Client(headers={"accept-language": language})


def a_sponsor(name: str = "Marat Ospanov") -> tuple[Member, str]:
    member = a_member(name=name)
    return member, invitations.invitation_of(member=member, now=NOW).code


@pytest.fixture(autouse=True)
def _company() -> None:
    a_company(language="en")
    publish_texts()


def newest_link() -> str:
    staff_letters.send_due(now=NOW + days(3))
    text = LocalMail.objects.order_by("-id")[0].text
    return "/sign-in/link/" + text.split("/sign-in/link/")[1].split("/")[0] + "/"


def test_aigul_comes_from_the_link_to_today(set_clock: SetClock) -> None:
    marat, code = a_sponsor()
    phone = visit()
    first = phone.get(f"/join/{code.lower()}/")
    assert "Marat Ospanov invites you to Dala Wellness" in first.content.decode()
    assert "16 March 2026" in first.content.decode()
    # The tab is closed; the next day the browser starts at the bare address.
    set_clock(NOW + days(1))
    assert phone.get("/join/").headers["Location"] == f"/join/{code}/"
    form = phone.get("/join/form/").content.decode()
    assert form.count('type="checkbox"') == 2
    assert "checkbox" in form.split("checked")[0] or " checked" not in form.split('class="stack stack-16 consents"')[1]
    assert phone.post("/join/form/", {**TYPED, "zone": "Asia/Aqtau"}).headers["Location"] == "/join/sent/"
    assert "aigul@example.com" in phone.get("/join/sent/").content.decode()
    assert not Member.objects.filter(name=TYPED["name"]).exists()
    link = newest_link()
    mail_filter, laptop = visit(), visit()
    for _ in range(3):
        assert mail_filter.get(link).status_code == 200
    assert "_auth_user_id" not in mail_filter.session
    assert laptop.post(link).headers["Location"] == "/today/"
    aigul = Member.objects.get(name=TYPED["name"])
    assert (aigul.sponsor, aigul.zone, aigul.day_zero_at) == (marat, "Asia/Aqtau", NOW + days(1))
    assert laptop.session["signed_in_at"] == (NOW + days(1)).timestamp()
    consent = Consent.objects.get(member=aigul)
    assert (consent.kind, consent.text_version, consent.channel) == ("data", VERSION, "web")
    today = laptop.get("/today/")
    assert today.status_code == 200
    assert "17 наурыз" in today.content.decode() or "17 March" in today.content.decode()


def test_the_page_of_the_button_says_what_is_kept_and_asks_about_the_news_once_more() -> None:
    """Whoever has the address decides: a form can be filled in by anybody."""
    kinds = []
    for number, ticked in enumerate(("yes", "")):
        phone = visit()
        phone.post("/join/who/", {"step": "nobody"})
        email = f"a{number}@example.com"
        more = {"email": email, "key": f"form-key-{number:010}", "phone": "+77011112233", "advertising": ticked}
        phone.post("/join/form/", {**TYPED, **more})
        link = newest_link()
        html = visit().get(link).content.decode()
        for words in (TYPED["name"], email, "+77011112233", "I agree to data of Dala Wellness"):
            assert words in html
        assert ('name="advertising" value="yes" checked' in html) == bool(ticked)
        pressed = {"advertising_version": VERSION} | ({} if ticked else {"advertising": "yes"})
        assert phone.post(link, pressed).headers["Location"] == "/today/"
        kinds.append(sorted(Consent.objects.filter(member__email=email).values_list("kind", flat=True)))
        assert not {"join_asked", "letter_asked"} & set(phone.session.keys())
    assert kinds == [["data"], ["advertising", "data"]]


def test_a_double_click_makes_one_joining_and_one_letter() -> None:
    _, code = a_sponsor()
    phone = visit()
    phone.get(f"/join/{code}/")
    for _ in range(2):
        assert phone.post("/join/form/", TYPED).headers["Location"] == "/join/sent/"
        assert "aigul@example.com" in phone.get("/join/sent/").content.decode()
    newest_link()
    assert (Joining.objects.count(), LocalMail.objects.count()) == (1, 1)


def test_both_consents_are_separate_and_the_news_are_free() -> None:
    _, code = a_sponsor()
    phone = visit()
    phone.get(f"/join/{code}/")
    refused = phone.post("/join/form/", {**TYPED, "data": "", "advertising": "yes"})
    assert refused.status_code == 422
    html = refused.content.decode()
    assert "Without this consent we may not keep your name" in html
    assert 'name="advertising" value="yes" checked' in html
    assert 'name="data" value="yes" checked' not in html
    assert 'value="Aigul Nurlanova"' in html
    assert not Joining.objects.exists()
    phone.post("/join/form/", {**TYPED, "advertising": "yes"})
    row = Joining.objects.get()
    assert (row.data_version, row.advertising_version) == (VERSION, VERSION)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Write your name"),
        ("name", "12345", "Write your name in letters"),
        ("name", "Cheap http://evil.example", "Write your name in letters"),
        ("name", "А" * 201, "too long"),
        ("email", "aigul", "Write your e-mail"),
        ("email", "a@b@c.kz", "Write your e-mail"),
        ("email", "aigul@example.com\nbcc: x@y.z", "Write your e-mail"),
        ("phone", "call me", "Write the number in digits"),
        ("data_version", "forged", "The text has changed meanwhile"),
    ],
)
def test_a_fault_is_said_beside_the_field_and_nothing_is_kept(field: str, typed: str, words: str) -> None:
    _, code = a_sponsor()
    phone = visit()
    phone.get(f"/join/{code}/")
    response = phone.post("/join/form/", {**TYPED, field: typed})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Joining.objects.exists()


def test_a_text_that_changed_while_the_form_was_open_is_shown_anew() -> None:
    _, code = a_sponsor()
    phone = visit()
    phone.get(f"/join/{code}/")
    newer = a_text("data", version="2026-02")
    consent_texts.publish_consent(document=newer, actor=None, now=NOW)
    response = phone.post("/join/form/", TYPED)
    assert response.status_code == 422
    assert 'name="data_version" value="2026-02"' in response.content.decode()
    assert phone.post("/join/form/", {**TYPED, "data_version": "2026-02"}).status_code == 302
    assert Joining.objects.get().data_version == "2026-02"


def test_names_are_text_on_every_page() -> None:
    evil = '<img src=x onerror="alert(1)">'
    _, code = a_sponsor(name=evil)
    phone = visit()
    pages = [phone.get(f"/join/{code}/"), phone.get("/join/form/")]
    phone.post("/join/form/", {**TYPED, "name": evil})
    pages.append(phone.get(newest_link()))
    pages.append(phone.post("/join/who/", {"step": "code", "code": evil}))
    pages.append(phone.get(f"/join/{evil.replace('/', '')}/"))
    for page in pages:
        assert "<img" not in page.content.decode()
    assert "&lt;img src=x" in pages[0].content.decode()
    assert "&lt;img src=x" in pages[2].content.decode()


@pytest.mark.parametrize("code", ["AAAA-AAAA", "x", "K7QM4RXT'--", "0" * 500])
def test_a_wrong_code_is_asked_about_and_never_replaced_by_a_guess(code: str) -> None:
    phone = visit()
    response = phone.get(f"/join/{code}/")
    assert response.status_code == 404
    assert "Who invited you?" in response.content.decode()
    assert phone.get("/join/form/").headers["Location"] == "/join/who/"
    assert phone.get("/join/").headers["Location"] == "/join/who/"
    assert phone.post("/join/form/", TYPED).headers["Location"] == "/join/who/"
    assert not Joining.objects.exists()


def test_without_a_code_the_person_says_who_told_them_and_waits_for_the_company() -> None:
    phone = visit()
    assert phone.post("/join/who/", {"step": "told", "told": " "}).status_code == 422
    told = "Gulnara from Shymkent, +7 701 111 22 33"
    assert phone.post("/join/who/", {"step": "told", "told": told}).headers["Location"] == "/join/form/"
    assert told in phone.get("/join/form/").content.decode()
    phone.post("/join/form/", TYPED)
    phone.post(newest_link())
    row = waiting_for_place().get()
    assert (row.told, row.says_nobody) == (told, False)
    assert row.member is not None
    assert row.member.sponsor_id is None


def test_nobody_invited_me_is_said_aloud() -> None:
    phone = visit()
    assert phone.post("/join/who/", {"step": "nobody"}).headers["Location"] == "/join/form/"
    phone.post("/join/form/", TYPED)
    phone.post(newest_link())
    assert waiting_for_place().get().says_nobody


def test_a_typed_code_or_pasted_link_leads_to_the_page_of_who_invites() -> None:
    _, code = a_sponsor()
    phone = visit()
    for typed in (code, f"https://qadam.example/join/{code}/", code.lower()):
        found = phone.post("/join/who/", {"step": "code", "code": typed})
        assert found.headers["Location"] == f"/join/{code}/"
    assert phone.post("/join/who/", {"step": "code", "code": "AAAA-AAAA"}).status_code == 422


def test_a_second_link_names_the_first_one_and_the_newest_counts() -> None:
    _, first = a_sponsor("Marat Ospanov")
    dina, second = a_sponsor("Dina Omarova")
    phone = visit()
    phone.get(f"/join/{first}/")
    html = phone.get(f"/join/{second}/").content.decode()
    assert "Before, Marat Ospanov invited you here" in html
    # A broken link afterwards takes nothing away.
    assert "Dina Omarova invited you in this browser before" in phone.get("/join/AAAA-AAAA/").content.decode()
    phone.post("/join/form/", TYPED)
    assert Joining.objects.get().invitation.sponsor == dina


@pytest.mark.parametrize("made_at", [-days(91).total_seconds(), 0, days(2).total_seconds()])
def test_cookies_that_are_forged_or_too_old_say_nothing_and_a_wrong_clock_takes_nothing_away(
    made_at: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, code = a_sponsor()
    phone = visit()
    for forged in ("", "x", f'{{"code": "{code}"}}', signing.dumps({"code": code}, salt="other")):
        phone.cookies[invited.COOKIE] = forged
        assert phone.get("/join/").headers["Location"] == "/join/who/"
    with monkeypatch.context() as patch:
        now = signing.time.time()
        patch.setattr(signing.time, "time", lambda: now + made_at)
        phone.cookies[invited.COOKIE] = signing.dumps({"code": code}, salt=invited.SALT)
    target = "/join/who/" if made_at < -days(90).total_seconds() else f"/join/{code}/"
    assert phone.get("/join/").headers["Location"] == target


def test_one_s_own_link_and_a_member_s_visit_register_nobody(enter: Enter) -> None:
    marat, code = a_sponsor()
    _, other = a_sponsor("Dina Omarova")
    mine = enter(a_user(member=marat))
    assert "This is your own link" in mine.get(f"/join/{code}/").content.decode()
    assert "you are with Dala Wellness already" in mine.get(f"/join/{other}/").content.decode()
    assert "you are with Dala Wellness already" in mine.post("/join/form/", TYPED).content.decode()
    assert not Joining.objects.exists()


def test_an_address_of_somebody_else_is_never_revealed_and_gets_a_way_in() -> None:
    marat, code = a_sponsor()
    user = a_user(member=marat, email="marat@example.com")
    answers = []
    for email in ("marat@example.com", "new@example.com"):
        phone = visit()
        phone.get(f"/join/{code}/")
        posted = phone.post("/join/form/", {**TYPED, "key": f"key-of-{email}", "email": email})
        sent = phone.get("/join/sent/").content.decode().replace(email, "X")
        token = sent.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        answers.append((posted.status_code, posted.headers["Location"], sent.replace(token, "T")))
    assert answers[0] == answers[1]
    staff_letters.send_due(now=NOW)
    letter = LocalMail.objects.get(to__contains="marat@example.com")
    assert "already" in letter.subject
    assert Member.objects.count() == 1
    assert User.objects.get(email="marat@example.com") == user
    assert LocalMail.objects.filter(to="new@example.com").exists()


def test_floods_from_one_network_address_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tries.LIMITS, "from", (tries.Limit(3, timedelta(minutes=15)),))
    _, code = a_sponsor()
    phone = visit()
    phone.get(f"/join/{code}/")
    answers = [phone.post("/join/who/", {"step": "code", "code": "AAAA-AAAA"}).content.decode() for _ in range(4)]
    assert "Nobody has this code" in answers[2]
    assert "Too many tries from here" in answers[3]
    assert phone.post("/join/form/", TYPED).status_code == 422
    other = Client(headers={"accept-language": "en"}, REMOTE_ADDR="203.0.113.7")
    other.get(f"/join/{code}/")
    assert other.post("/join/form/", TYPED).status_code == 302


def test_an_inviter_who_has_left_is_asked_about(set_clock: SetClock) -> None:
    marat, code = a_sponsor()
    operations.leave_company(member=marat, reason="", at=NOW, now=NOW)
    response = visit().get(f"/join/{code}/")
    assert response.status_code == 404
    assert "Marat" not in response.content.decode()


def test_the_terms_show_a_member_s_own_dates(enter: Enter) -> None:
    member, _ = a_sponsor()
    assert "If you join today, what you pay today can be given back until 16 March 2026" in (
        visit().get("/join/terms/").content.decode()
    )
    html = enter(a_user(member=member)).get("/join/terms/").content.decode()
    assert "What you paid at joining can be given back until 16 March 2026" in html
    assert "Dala Wellness pays back in 14 days." in html


def test_the_own_link_its_picture_and_what_it_brought(enter: Enter) -> None:
    marat, code = a_sponsor()
    mine = enter(a_user(member=marat))
    html = mine.get("/me/invite/").content.decode()
    assert f"/join/{code}/" in html
    assert f"{code[:4]}-{code[4:]}" in html
    assert "<svg" in html
    assert "Nobody has joined by your link yet" in html
    phone = visit()
    phone.get(f"/join/{code}/")
    phone.post("/join/form/", TYPED)
    phone.post(newest_link())
    assert "1 person has joined by your link" in mine.get("/me/invite/").content.decode()
    customer = a_member(kind="customer")
    assert enter(a_user(member=customer)).get("/me/invite/").status_code == 403


def test_the_pages_of_joining_ask_the_database_little(django_assert_max_num_queries: Any) -> None:
    _, code = a_sponsor()
    phone = visit()
    with django_assert_max_num_queries(5):
        phone.get(f"/join/{code}/")
    with django_assert_max_num_queries(8):
        phone.get("/join/form/")
    with django_assert_max_num_queries(40):
        phone.post("/join/form/", TYPED)
    assert timedelta(days=90) == invited.LIFE
