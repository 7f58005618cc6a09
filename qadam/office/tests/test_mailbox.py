from collections.abc import Callable

import pytest
from django.test import Client

from qadam.messaging.models import LocalMail, Outbox
from qadam.people.models import Member, User
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def a_letter(member: Member, subject: str = "Welcome") -> LocalMail:
    outbox = Outbox.objects.create(
        key=f"{member.id}:{subject}", member=member, template="welcome", channel="email", category="service",
        status="sent", due_at=NOW, created_at=NOW,
    )  # fmt: skip
    return LocalMail.objects.create(
        outbox=outbox, member=member, message_id="<1@x>", to=member.email, subject=subject, language="kk", at=NOW,
        html="<p>Hello</p><script>bad()</script>", text="Hello in text",
    )  # fmt: skip


def test_an_empty_mailbox_says_what_will_appear(enter: Enter) -> None:
    a_company()
    assert "No letters yet" in enter(a_user(roles=("retention",))).get("/office/mailbox/").content.decode()


def test_letters_are_listed_and_read(enter: Enter) -> None:
    a_company()
    letter = a_letter(a_member(name="Aigul"))
    client = enter(a_user(roles=("retention",)))
    assert "Welcome" in client.get("/office/mailbox/").content.decode()
    html = client.get(f"/office/mailbox/{letter.id}/").content.decode()
    assert f'src="/office/mailbox/{letter.id}/html/"' in html
    assert 'sandbox=""' in html
    assert "bad()" not in html
    assert "Hello in text" in client.get(f"/office/mailbox/{letter.id}/?part=text").content.decode()


def test_a_letters_html_has_a_policy_of_its_own(enter: Enter) -> None:
    a_company()
    letter = a_letter(a_member())
    response = enter(a_user(roles=("retention",))).get(f"/office/mailbox/{letter.id}/html/")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_nobody_else_reads_letters(enter: Enter) -> None:
    a_company()
    aigul = a_member()
    letter = a_letter(aigul)
    for user in (a_user(member=aigul), a_user(roles=("editor",))):
        for path in ("", f"{letter.id}/", f"{letter.id}/html/"):
            assert enter(user).get(f"/office/mailbox/{path}").status_code == 403


def test_a_letter_that_isnt_there(enter: Enter) -> None:
    a_company()
    assert enter(a_user(roles=("retention",))).get("/office/mailbox/7/").status_code == 404


def test_a_letter_that_lets_somebody_in_is_the_owner_s_alone(enter: Enter) -> None:
    a_company()
    letter = LocalMail.objects.create(
        to="a@example.com", text="/sign-in/link/x/", html="", at=NOW, message_id="<2@x>", language="en", subject="In"
    )
    for role, status in (("analyst", 403), ("owner", 200)):
        client = enter(a_user(roles=(role,)))
        assert client.get(f"/office/mailbox/{letter.id}/").status_code == status
        assert client.get(f"/office/mailbox/{letter.id}/html/").status_code == status
