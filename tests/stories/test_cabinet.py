"""A newcomer in the cabinet, by the start pack: the link, the plan, the first win, what it brings, the way out."""

from datetime import timedelta

import pytest
from django.test import Client

from qadam.events.models import Event
from qadam.messaging.models import LocalMail
from qadam.packs.documents import find_folder, read_pack
from qadam.packs.operations import apply_pack
from qadam.people import invitations
from qadam.people.models import Consent, Member
from qadam.recognition import visibility, wall_queries
from qadam.recognition.ledger import PointEntry
from qadam.site.engine import run_once
from qadam.tasks.models import Task
from qadam.ui.tests.pages import plain_static, set_clock
from tests.cast import NOW, a_member, a_user, an_event, days

__all__ = ["plain_static", "set_clock"]
pytestmark = pytest.mark.django_db
FORM = {"name": "Aigul Nurlanova", "email": "aigul@example.com", "language": "en", "zone": "Asia/Almaty"}


@pytest.fixture(scope="module")
def company(module_world):
    a_user(roles=("retention",))
    apply_pack(read_pack(find_folder("start")), actor=None, now=NOW - days(1))


@pytest.fixture
def marat(company):
    return a_member(name="Marat Ospanov", now=NOW - days(1))


@pytest.fixture
def phone(set_clock):
    set_clock(NOW)
    return Client(headers={"accept-language": "en"})


def joined(phone: Client, sponsor: Member) -> Member:
    """Walk from the sponsor's link to the button of the letter."""
    code = invitations.invitation_of(member=sponsor, now=NOW).code
    phone.get(f"/join/{code}/")
    versions = {"data_version": "2026-11", "advertising_version": "2026-11"}
    phone.post("/join/form/", {**FORM, **versions, "key": "form-key-0123456789", "data": "yes"})
    run_once(NOW)
    text = LocalMail.objects.get(text__contains="/sign-in/link/").text
    phone.post("/sign-in/link/" + text.split("/sign-in/link/")[1].split("/")[0] + "/")
    run_once(NOW)
    return Member.objects.get(email=FORM["email"])


def read(phone: Client, path: str) -> str:
    answer = phone.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_from_the_link_to_the_first_win_and_out_again(phone, marat, set_clock):
    aigul = joined(phone, marat)
    assert (aigul.sponsor, aigul.mentor) == (marat, marat)
    assert [each.kind for each in Consent.objects.filter(member=aigul)] == ["data"]
    assert Task.objects.filter(member=aigul).count() > 40
    assert "Your next step" in read(phone, "/today/")
    phone.post("/plan/goal/", {"goal": "customer-order"})

    at = NOW + days(2)
    set_clock(at)
    visibility.set_visibility(member=aigul, nickname="", on_boards=True, on_wall=True, now=at)
    for _ in range(2):
        an_event("order.paid", aigul, at, key="o-1", order="o-1", buyer="retail", customer="c-1")
        run_once(at)
    assert Event.objects.filter(type="goal.reached", member_id=aigul.id).count() == 1
    points = PointEntry.objects.filter(member=aigul)
    assert [(row.rule, row.points) for row in points] == [("retail-order", 50)]
    progress = read(phone, "/progress/")
    assert "First customer" in progress
    assert ">50<" in progress
    told = wall_queries.feed_for(marat, now=at, language="en").waiting
    assert "goal" in {post.kind for post in told}

    back = at + timedelta(hours=5)
    an_event("order.refunded", aigul, back, order="o-1", key="r-1")
    run_once(back)
    assert sum(row.points for row in points.all()) == 0
    assert "First customer" not in {post.words for post in wall_queries.wall_of(aigul, now=back, language="en").posts}

    set_clock(back)
    assert "Nobody will talk you round" in read(phone, "/me/leave/")
    phone.post("/me/leave/", {"reason": "no_time"})
    aigul.refresh_from_db()
    assert aigul.left_at == back
    assert phone.get("/me/data/").status_code in (200, 302)


def test_bringing_people_in_and_buying_for_oneself_bring_nothing(phone, marat):
    aigul = joined(phone, marat)
    for number in range(30):
        an_event("order.paid", aigul, NOW + timedelta(minutes=number), order=f"own-{number}", buyer="own")
        a_member(sponsor_id=aigul.id, now=NOW + timedelta(minutes=number))
    run_once(NOW + timedelta(hours=1))
    assert not PointEntry.objects.filter(member=aigul).exists()
