"""The simulation's page: one member, last month's entrants, and what is refused. Nothing stays behind."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.events.models import Event
from qadam.journeys import operations
from qadam.journeys.models import Enrollment, Journey
from qadam.messaging.models import LocalMail, Outbox
from qadam.messaging.operations import publish_template
from qadam.people.models import Member, User
from tests.cast import NOW, a_company, a_member, a_user, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]

DOCUMENT: dict[str, Any] = {
    "journey": "back",
    "name": {"kk": "k", "ru": "r", "en": "Come back"},
    "entry": {"event": "member.registered", "where": {"kind": "distributor"}},
    "reentry": "once",
    "horizon": "P20D",
    "steps": [
        {"id": "hello", "send": {"channel": "email", "template": "hello"}},
        {"id": "order", "wait": {"event": "order.paid", "where": {"buyer": "retail"}, "timeout": "P3D",
                                 "on_timeout": "nudge"}},
        {"id": "done", "exit": "bought"},
        {"id": "nudge", "send": {"channel": "email", "template": "hello"}},
    ],
}  # fmt: skip
LETTER = {
    "template": "hello",
    "channel": "email",
    "category": "service",
    "variables": ["member.first_name"],
    "subject": {"kk": "Сәлем", "ru": "Привет", "en": "Hello there"},
    "body": dict.fromkeys(("kk", "ru", "en"), "Hi {{ member.first_name }}"),
}
ADDRESS = "/office/journeys/back/simulate/"
ORDER = {
    "h0.after": "2",
    "h0.unit": "days",
    "h0.type": "order.paid",
    "h0.was": "order.paid",
    "h0.p.order": "A-1",
    "h0.p.amount": "1990,50",
    "h0.p.buyer": "retail",
}


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    publish_template(document=LETTER, actor=None, now=NOW - days(60))
    operations.publish_journey(DOCUMENT, actor=None, now=NOW - days(59))
    return enter(a_user(roles=("analyst",)))


def run(client: Client, **data: Any) -> Any:
    headers = {"HX-Request": "true", "HX-Target": "simulation"}
    return client.get(ADDRESS, {"do": "run", **data}, headers=headers)


def test_members_and_other_staff_stay_out(client: Client, enter: Enter) -> None:
    assert enter(a_user(member=a_member())).get(ADDRESS).status_code == 403
    assert enter(a_user(roles=("integrator",))).get(ADDRESS).status_code == 403
    assert client.get("/office/journeys/nothing/simulate/").status_code == 404


def test_the_form_offers_what_the_journey_waits_for(client: Client) -> None:
    html = client.get(ADDRESS).content.decode()
    assert "Nothing is sent" in html
    assert 'value="20"' in html
    row = client.get(ADDRESS, {"do": "add"}).context["page"].form.rows[0]
    assert row.type == "order.paid"
    assert {prop.name: prop.value for prop in row.props}["buyer"] == "retail"


def test_an_invented_member_is_reminded_and_nothing_stays(client: Client) -> None:
    before = (Member.objects.count(), Event.objects.count(), Journey.objects.count())
    answer = run(client, language="en")
    html = answer.content.decode()
    assert "<html" not in html
    assert "Did not happen within 3\N{NO-BREAK SPACE}days: “order paid” (buyer: retail)" in html
    assert "Hi Aigul" in html
    assert html.count("“Hello there” was sent") == 2
    assert "Came to the end" in html
    assert (Member.objects.count(), Event.objects.count(), Journey.objects.count()) == before
    assert not Outbox.objects.exists()
    assert not LocalMail.objects.exists()


def test_what_happens_ends_the_wait(client: Client) -> None:
    page = run(client, **ORDER).context["page"]
    assert page.form.happenings[0].props == {"order": "A-1", "amount": 199_050, "buyer": "retail"}
    html = run(client, **ORDER).content.decode()
    assert "Happens: “order paid”" in html
    assert "Left: bought" in html


def test_a_real_member_is_found_and_simulated_in_their_own_zone(client: Client) -> None:
    member = a_member(name="Saule Karimova", zone="Asia/Tokyo", now=NOW - days(5))
    found = client.get(ADDRESS, {"who": "member", "q": "saule"}, headers={"HX-Request": "true", "HX-Target": "found"})
    assert "Saule Karimova" in found.content.decode()
    assert "<form" not in found.content.decode()
    html = run(client, who="member", member=member.id).content.decode()
    assert "Times in Asia/Tokyo" in html
    assert not Enrollment.objects.filter(member=member).exists()
    assert "Choose a member first." in run(client, who="member").content.decode()


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"h0.p.amount": "much"}, "Write numbers as numbers."), ({"h0.p.order": ""}, "is missing or can&#x27;t be so")],
)
def test_what_cant_be_read_is_told_beside_it(client: Client, change: dict[str, str], fault: str) -> None:
    html = run(client, **{**ORDER, **change}).content.decode()
    assert fault in html
    assert "Something that happens isn&#x27;t complete." in html


def test_a_line_is_added_and_dropped(client: Client) -> None:
    page = client.get(ADDRESS, {**ORDER, "do": "add"}).context["page"]
    assert len(page.form.rows) == 2
    assert client.get(ADDRESS, {**ORDER, "do": "drop:0"}).context["page"].form.rows == ()


def test_another_event_brings_its_own_properties(client: Client) -> None:
    row = client.get(ADDRESS, {**ORDER, "h0.type": "lesson.completed"}).context["page"].form.rows[0]
    assert [prop.name for prop in row.props] == ["lesson"]


def test_last_months_entrants_on_the_tree(client: Client) -> None:
    first = a_member(now=NOW - days(10))
    a_member(now=NOW - days(9))
    an_event("order.paid", first, NOW - days(9), order="1", buyer="retail")
    answer = run(client, mode="entrants")
    crowd = answer.context["page"].crowd
    assert crowd.entered == 2
    assert {why: number for why, number, _share in crowd.exits} == {"Left: bought": 1, "Came to the end": 1}
    html = answer.content.decode()
    assert "2 people would have entered" in html
    assert "Simulation: nothing was sent" in html
    assert not Enrollment.objects.exists()


def test_nobody_would_have_entered(client: Client) -> None:
    assert "Nobody would have entered" in run(client, mode="entrants").content.decode()


def test_a_faulty_draft_says_so_and_the_published_one_still_can_be(client: Client) -> None:
    document = {**DOCUMENT, "steps": [{"id": "odd", "wait": {}}]}
    operations.save_draft(slug="back", document=document, revision=1, actor=None, now=NOW)
    assert "isn&#x27;t complete, so it can&#x27;t be simulated" in run(client).content.decode()
    assert run(client, document="current").context["page"].told is not None


def test_the_period_has_its_limits(client: Client) -> None:
    assert client.get(ADDRESS, {"days": "900"}).context["page"].form.days == 180
    assert client.get(ADDRESS, {"days": "-3"}).context["page"].form.days == 20
