from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from qadam.cabinet.tests.factories import a_newcomer
from qadam.community.models import Gathering
from qadam.community.tests.factories import a_gathering
from qadam.events.models import Event
from qadam.lib import clock
from qadam.people.models import Member, User
from tests.cast import a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]


def filled(**changes: str) -> dict[str, str]:
    on = (clock.utc_now() + timedelta(days=3)).date().isoformat()
    return {
        "title_ru": "Разбор недели",
        "kind": "call",
        "on": on,
        "at": "19:30",
        "minutes": "45",
        "host": "Marat",
        "url": "https://meet.example.com/room",
        "place": "",
        **changes,
    }


def test_a_leader_invites_the_own_branch_and_nobody_else(enter: Enter) -> None:
    aigul, user = a_newcomer()
    mentor = Member.objects.get(id=aigul.mentor_id)
    leader = enter(a_user(member=mentor))
    response = leader.post("/gatherings/add/", filled())
    row = Gathering.objects.get()
    assert response.headers["Location"] == f"/gatherings/{row.id}/"
    # 19:30 of Almaty.
    assert (row.leader_id, f"{row.starts_at:%H:%M}", row.minutes) == (mentor.id, "14:30", 45)
    page = leader.get(f"/gatherings/{row.id}/").content.decode()
    assert row.code in page
    newcomer = enter(user)
    page = newcomer.get(f"/gatherings/{row.id}/").content.decode()
    assert "https://meet.example.com/room" in page
    assert row.code not in page
    for path in ("edit/", "cancel/"):
        assert newcomer.post(f"/gatherings/{row.id}/{path}", filled()).status_code == 404
    assert newcomer.post("/gatherings/add/", filled()).status_code == 403
    stranger = enter(a_newcomer(name="Stranger", sponsor_id=None, mentor_id=None)[1])
    assert [stranger.get(f"/gatherings/{row.id}/{path}").status_code for path in ("", "file.ics")] == [404, 404]
    assert "Разбор недели" not in stranger.get("/gatherings/").content.decode()
    leader.post(f"/gatherings/{row.id}/edit/", filled(at="20:00"))
    leader.post(f"/gatherings/{row.id}/cancel/")
    row.refresh_from_db()
    assert (f"{row.starts_at:%H:%M}", row.sequence, row.cancelled_at is None) == ("15:00", 2, False)
    assert "cancelled" in newcomer.get("/gatherings/").content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title_ru": " "}, "Give it a title"),
        ({"kind": "party"}, "Choose what it is"),
        ({"on": "2020-01-01"}, "in the past"),
        ({"on": "31.12.2026"}, "Give a day and a time"),
        ({"at": "25:99"}, "Give a day and a time"),
        ({"on": "9999-12-31"}, "within a year"),
        ({"minutes": "²"}, "Between 5 minutes"),
        ({"minutes": "100000000000000000000"}, "Between 5 minutes"),
        ({"url": "javascript:alert(1)"}, "https://"),
    ],
)
def test_a_faulty_form_is_shown_again_with_what_was_typed(enter: Enter, typed: dict[str, str], words: str) -> None:
    aigul, _user = a_newcomer()
    response = enter(a_user(member=Member.objects.get(id=aigul.mentor_id))).post("/gatherings/add/", filled(**typed))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert 'value="Marat"' in page
    assert not Gathering.objects.exists()


def test_checking_in_from_the_page(enter: Enter) -> None:
    member, user = a_newcomer()
    now = clock.utc_now()
    row = a_gathering(now=now - timedelta(days=1), starts_at=now - timedelta(minutes=20))
    client = enter(user)
    wrong = client.post(f"/gatherings/{row.id}/", {"code": "NOPE"})
    assert wrong.status_code == 422
    assert "the code of this gathering" in wrong.content.decode()
    assert client.post(f"/gatherings/{row.id}/", {"code": row.code}).status_code == 302
    assert "you were there" in client.get(f"/gatherings/{row.id}/").content.decode()
    assert Event.objects.filter(type="live.attended", member_id=member.id).count() == 1


def test_the_own_calendar_opens_without_a_sign_in_until_it_is_closed(enter: Enter) -> None:
    _member, user = a_newcomer()
    a_gathering(now=clock.utc_now())
    client = enter(user)
    client.post("/gatherings/calendar/", {"feed": "open"})
    page = client.get("/gatherings/").content.decode()
    path = "/calendar/" + page.split("/calendar/")[1].split('"')[0].split("<")[0]
    feed = Client().get(path)
    assert feed.headers["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in feed.content
    assert b"secret-room" not in feed.content
    client.post("/gatherings/calendar/", {"feed": "anew"})
    assert Client().get(path).status_code == 404
    client.post("/gatherings/calendar/", {"feed": "close"})
    assert "calendar/" not in client.get("/gatherings/").content.decode().split("feed-heading")[1].split("form")[0]
    assert [Client().get(f"/calendar/{token}.ics").status_code for token in ("", "x", "x" * 3000)] == [404, 404, 404]
