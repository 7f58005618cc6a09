from collections.abc import Callable

import pytest
from django.test import Client

from qadam.people import joining
from qadam.people.joining_models import Joining
from qadam.people.models import Member, User
from qadam.people.sign_in_models import SignInLink
from qadam.people.tests.joining import a_form, publish_texts
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def somebody_waits(**said: object) -> Joining:
    link = joining.ask_to_join(form=a_form(**said), now=NOW)
    assert isinstance(link, SignInLink)
    assert link.joining is not None
    joining.register_by_invitation(joining=link.joining, advertising_version="", now=NOW)
    return link.joining


def test_the_company_finds_who_told_a_person_and_puts_them_below(enter: Enter) -> None:
    a_company()
    publish_texts()
    gulnara = a_member(name="Гүлнара Ахметова")
    a_member(name="Somebody Else")
    somebody_waits(told="маған (гүлнара), айтты")
    oleg = enter(a_user(roles=("retention",)))
    assert "1 new person waits for a sponsor" in oleg.get("/office/people/").content.decode()
    html = oleg.get("/office/people/joining/").content.decode()
    assert "Гүлнара Ахметова" in html
    assert "Somebody Else" not in html
    row = joining.waiting_for_place().get()
    oleg.post("/office/people/joining/", {"joining": row.id, "sponsor": gulnara.id})
    assert Member.objects.get(id=row.member_id).sponsor == gulnara
    assert "Everybody has a place" in oleg.get("/office/people/joining/").content.decode()
    late = oleg.post("/office/people/joining/", {"joining": row.id, "stay": "1"}, follow=True)
    assert "Somebody has settled this already" in late.content.decode()


def test_a_search_by_hand_and_leaving_without_a_sponsor(enter: Enter) -> None:
    a_company()
    publish_texts()
    dina = a_member(name="Dina Omarova")
    row = somebody_waits(says_nobody=True)
    oleg = enter(a_user(roles=("owner",)))
    assert "Says that nobody invited them" in oleg.get("/office/people/joining/").content.decode()
    found = oleg.get("/office/people/joining/", {"for": row.id, "q": "dina"}).content.decode()
    assert f'name="sponsor" value="{dina.id}"' in found
    assert "No partner fits" in oleg.get("/office/people/joining/", {"for": row.id, "q": "zzz"}).content.decode()
    oleg.post("/office/people/joining/", {"joining": row.id, "stay": "1"})
    assert not joining.waiting_for_place().exists()


@pytest.mark.parametrize(
    "typed", [{"joining": "1"}, {"joining": "x", "stay": "1"}, {"sponsor": "9" * 30}, {"stay": "1"}, {}]
)
def test_forged_answers_change_nothing(enter: Enter, typed: dict[str, str]) -> None:
    a_company()
    publish_texts()
    row = somebody_waits(told="Dina")
    oleg = enter(a_user(roles=("retention",)))
    assert (
        oleg.post("/office/people/joining/", {"joining": row.id, **typed} if "sponsor" in typed else typed).status_code
        == 404
    )
    assert joining.waiting_for_place().count() == 1


def test_others_have_no_say(enter: Enter) -> None:
    a_company()
    for user in (a_user(member=a_member()), a_user(roles=("editor",)), a_user(roles=("analyst",))):
        assert enter(user).get("/office/people/joining/").status_code == 403
