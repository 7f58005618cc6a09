from collections.abc import Callable

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.lib import clock
from qadam.people import leaving, pausing
from qadam.people.models import Member, User
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def test_a_leader_sees_the_own_branch_and_only_near_contacts(enter: Enter) -> None:
    a_company()
    dina = a_member(name="Dina", now=NOW - days(200))
    marat = a_member(name="Marat", sponsor_id=dina.id, phone="+77010000001")
    a_member(name="Aigul", sponsor_id=marat.id, phone="+77010000002")
    a_member(name="Outsider", phone="+77010000003")
    html = enter(a_user(member=dina)).get("/team/").content.decode()
    assert "Marat" in html
    assert "Aigul" in html
    assert "Outsider" not in html
    assert "+77010000001" in html
    assert "+77010000002" not in html


def test_a_mentee_outside_the_branch_is_seen_with_contacts(enter: Enter) -> None:
    a_company()
    marat = a_member(name="Marat")
    a_member(name="Saule", mentor_id=marat.id, phone="+77010000004")
    assert "+77010000004" in enter(a_user(member=marat)).get("/team/").content.decode()


def test_the_first_ninety_days_come_first_and_everybody_on_request(enter: Enter) -> None:
    a_company()
    dina = a_member(name="Dina", now=NOW - days(300))
    a_member(name="Oldhand", sponsor_id=dina.id, now=NOW - days(120))
    a_member(name="Newcomer", sponsor_id=dina.id, now=NOW - days(90))
    a_prospect(name="Prospect", sponsor_id=dina.id)
    client = enter(a_user(member=dina))
    html = client.get("/team/").content.decode()
    assert "Newcomer" in html
    assert "Oldhand" not in html
    html = client.get("/team/?show=all").content.decode()
    assert html.index("Newcomer") < html.index("Oldhand") < html.index("Prospect")


def test_somebody_with_nobody_below_isnt_offered_the_page(enter: Enter) -> None:
    a_company()
    client = enter(a_user(member=a_member()))
    assert 'href="/team/"' not in client.get("/me/").content.decode()
    assert "Nobody here yet" in client.get("/team/").content.decode()


def test_the_list_takes_few_queries_however_many_people(
    enter: Enter, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    a_company()
    dina = a_member(name="Dina")
    for _ in range(20):
        a_member(sponsor_id=dina.id)
    client = enter(a_user(member=dina))
    with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
        client.get("/team/")


def test_a_pause_and_a_leaving_are_shown_as_facts(enter: Enter) -> None:
    member, _user = a_newcomer(now=clock.utc_now())
    mentor = Member.objects.get(id=member.mentor_id)
    gone = a_member(name="Gone Away", sponsor_id=mentor.id, now=clock.utc_now())
    leaving.leave(member=gone, reason=leaving.Reason.COSTS, now=clock.utc_now())
    today = clock.local_date(clock.utc_now(), member.zone_in(a_company()))
    pausing.pause_path(member=member, first_on=today, last_on=today, now=clock.utc_now())
    page = enter(a_user(member=mentor)).get("/team/").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert f"on a pause until {today.day} {today:%B}" in page
    assert "Gone Away" in page
    assert "costs" not in page
