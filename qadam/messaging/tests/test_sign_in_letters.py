from datetime import timedelta

import pytest

from qadam.messaging import sign_in_letters, staff_letters
from qadam.messaging.models import LocalMail, StaffLetter
from qadam.people import joining, signing_in
from qadam.people.models import User
from qadam.people.sign_in_links import token_of
from qadam.people.sign_in_models import SignInLink
from qadam.people.tests.joining import a_form, publish_texts
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db


def a_link() -> SignInLink:
    link = signing_in.ask_for_link(email="aigul@example.com", next_path="", now=NOW)
    assert link is not None
    return link


def test_the_letter_holds_the_link_and_the_queue_does_not() -> None:
    a_company()
    user = a_user(member=a_member(), email="aigul@example.com")
    User.objects.filter(id=user.id).update(language="ru")
    link = a_link()
    sign_in_letters.queue_link(link=link, now=NOW)
    sign_in_letters.queue_link(link=link, now=NOW)
    queued = StaffLetter.objects.get()
    assert token_of(link) not in f"{queued.path} {queued.body} {queued.key}"
    assert staff_letters.send_due(now=NOW) == 1
    mail = LocalMail.objects.get()
    assert f"/sign-in/link/{token_of(link)}/" in mail.text
    assert mail.text.count("http") == 1
    assert (mail.language, mail.to) == ("ru", "aigul@example.com")
    assert "Dala Wellness" in mail.subject


def test_a_letter_about_a_link_that_has_ended_or_was_used_is_not_sent() -> None:
    a_company()
    a_user(member=a_member(), email="aigul@example.com")
    used, late = a_link(), a_link()
    for link in (used, late):
        sign_in_letters.queue_link(link=link, now=NOW)
    signing_in.use_link(token=token_of(used), browser="", now=NOW)
    staff_letters.send_due(now=NOW + timedelta(minutes=20))
    assert set(StaffLetter.objects.values_list("status", "reason")) == {("expired", "deadline")}
    assert not LocalMail.objects.exists()


def test_the_letter_to_an_unconfirmed_address_says_nothing_that_a_stranger_typed() -> None:
    a_company()
    publish_texts()
    link = joining.ask_to_join(form=a_form(name="Buy at evil.example", says_nobody=True), now=NOW)
    assert link is not None
    sign_in_letters.queue_link(link=link, now=NOW)
    staff_letters.send_due(now=NOW)
    mail = LocalMail.objects.get()
    assert mail.to == "aigul@example.com"
    assert "evil" not in f"{mail.subject} {mail.text} {mail.html}"


@pytest.mark.parametrize("what", sorted(sign_in_letters.NOTICES))
def test_a_change_of_the_ways_in_is_told(what: str) -> None:
    a_company()
    sign_in_letters.queue_notice(user=a_user(), what=what, now=NOW)
    staff_letters.send_due(now=NOW)
    mail = LocalMail.objects.get()
    assert "/me/security/" in mail.text
    assert ("passkey" in mail.subject) == what.startswith("passkey")


def test_other_addresses_stay_as_they_are() -> None:
    for path in ("", "/office/map/", "/sign-in/link/abc/", "/sign-in/"):
        assert sign_in_letters.complete(path, NOW) == path
    assert sign_in_letters.complete("/sign-in/link/999/", NOW) is None
