"""A member's journeys on the page of the member, and what staff can do about them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qadam.journeys import operations
from qadam.journeys.models import Enrollment, Phase, Trouble
from qadam.journeys.tests.stage import run_once
from qadam.messaging.models import Outbox
from qadam.messaging.operations import publish_template
from qadam.people.models import AuditEntry, Member, User
from tests.cast import NOW, a_company, a_member, a_user, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]

DOCUMENT: dict[str, Any] = {
    "journey": "back",
    "name": {"kk": "k", "ru": "r", "en": "Come back"},
    "entry": {"event": "member.registered", "where": {"kind": "distributor"}},
    "reentry": "once",
    "steps": [
        {"id": "hello", "send": {"channel": "email", "template": "hello"}},
        {"id": "order", "wait": {"event": "order.paid", "timeout": "P3D", "on_timeout": "nudge"}},
        {"id": "done", "exit": "bought"},
        {"id": "nudge", "wait": {"for": "P7D"}},
    ],
}
LETTER = {
    "template": "hello",
    "channel": "email",
    "category": "service",
    "variables": ["member.first_name"],
    "subject": {"kk": "Сәлем", "ru": "Привет", "en": "Hello there"},
    "body": dict.fromkeys(("kk", "ru", "en"), "Hi {{ member.first_name }}"),
}
BY_EVENT = "Did not happen within 3\N{NO-BREAK SPACE}days: “order paid”"


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    publish_template(document=LETTER, actor=None, now=NOW - days(60))
    operations.publish_journey(DOCUMENT, actor=None, now=NOW - days(59))
    return enter(a_user(roles=("retention",), email="olga@example.com"))


def enrolled(*, since: float = 2) -> tuple[Member, Enrollment]:
    member = a_member(name="Saule", now=NOW - days(since))
    run_once(NOW - days(since))
    run_once(NOW - days(since))
    return member, Enrollment.objects.get(member=member)


def page(client: Client, member: Member) -> str:
    return client.get(f"/office/people/{member.id}/").content.decode()


def act(client: Client, member: Member, path: str, **data: str) -> Any:
    return client.post(f"/office/people/{member.id}/journeys/{path}", data, follow=True)


def test_where_they_stand_and_why(client: Client) -> None:
    member, _ = enrolled(since=2)
    html = page(client, member)
    assert "Come back" in html
    assert "Wait for the event “order paid”" in html
    assert "at the latest 3\N{NO-BREAK SPACE}March" in html
    assert "Wait 7\N{NO-BREAK SPACE}days" in html
    assert "“Hello there” was sent" in html
    assert "Registered" in html


def test_the_way_is_told_with_its_reasons(client: Client) -> None:
    member, _ = enrolled(since=4)
    run_once(NOW - days(1))
    Outbox.objects.update(opened_at=NOW - days(3))
    html = page(client, member)
    assert BY_EVENT in html
    assert "opened 27\N{NO-BREAK SPACE}February" in html


def test_past_journeys_say_how_they_ended(client: Client) -> None:
    member, _ = enrolled(since=2)
    an_event("order.paid", member, NOW - days(1), order="1")
    run_once(NOW - days(1))
    html = page(client, member)
    assert "1 journey before" in html
    assert "Left: bought" in html
    assert "Happened: “order paid”" in html


def test_without_journeys_the_section_says_so(client: Client) -> None:
    assert "Has been in no journey yet" in page(client, a_member(kind="customer"))


def test_only_retention_and_owner_act(client: Client, enter: Enter) -> None:
    member, enrollment = enrolled()
    analyst, herself = enter(a_user(roles=("analyst",))), enter(a_user(member=member))
    html = analyst.get(f"/office/people/{member.id}/").content.decode()
    assert "Come back" in html
    assert "Take out" not in html
    for path in ("enroll/", f"{enrollment.id}/move/", f"{enrollment.id}/stop/"):
        assert analyst.get(f"/office/people/{member.id}/journeys/{path}").status_code == 403
        assert herself.get(f"/office/people/{member.id}/journeys/{path}").status_code == 403


def test_moving_asks_where_and_why(client: Client) -> None:
    member, enrollment = enrolled()
    refused = act(client, member, f"{enrollment.id}/move/", chosen="nudge", reason="  ")
    assert refused.status_code == 422
    assert "Write down why." in refused.content.decode()
    assert 'value="nudge" selected' in refused.content.decode()
    assert "Choose one." in act(client, member, f"{enrollment.id}/move/", reason="because").content.decode()
    html = act(client, member, f"{enrollment.id}/move/", chosen="nudge", reason="she asked").content.decode()
    assert "Saule goes on at" in html
    assert "olga@example.com: she asked" in html
    assert Enrollment.objects.get().step == "nudge"


def test_a_decision_is_found_to_the_microsecond(client: Client) -> None:
    member, enrollment = enrolled()
    at = NOW + timedelta(microseconds=123_457)
    operations.move_enrollment(enrollment_id=enrollment.id, step="nudge", actor=None, reason="exactly", now=at)
    assert "exactly" in page(client, member)


def test_taking_out_and_putting_in(client: Client) -> None:
    member, enrollment = enrolled()
    html = act(client, member, f"{enrollment.id}/stop/", reason="asked to").content.decode()
    assert "Saule has left “Come back”." in html
    assert act(client, member, f"{enrollment.id}/stop/", reason="again").status_code == 409
    html = act(client, member, "enroll/", chosen="back", reason="came back").content.decode()
    assert "Saule has begun “Come back”." in html
    assert "Put in by olga@example.com: came back" in html
    actions = AuditEntry.objects.filter(target=f"member:{member.id}").values_list("action", flat=True)
    assert list(actions) == ["journey.stopped", "journey.enrolled"]


def test_who_is_in_every_journey_can_begin_none(client: Client) -> None:
    member, _ = enrolled()
    assert "There is no journey to begin" in client.get(f"/office/people/{member.id}/journeys/enroll/").content.decode()
    assert act(client, member, "enroll/", chosen="back", reason="x").status_code == 422


def test_a_stuck_step_is_tried_again_from_here(client: Client) -> None:
    member, enrollment = enrolled()
    Enrollment.objects.update(phase=Phase.STUCK, due_at=None)
    trouble = Trouble.objects.create(member=member, enrollment=enrollment, step="order", error="ValueError: x", at=NOW)
    assert "ValueError: x" in page(client, member)
    answer = client.post(f"/office/journeys/back/people/{trouble.id}/retry/", {"back": "member"}, follow=True)
    assert answer.redirect_chain[0][0] == f"/office/people/{member.id}/#journeys"
    assert "ValueError: x" not in answer.content.decode()


def test_events_that_couldnt_be_applied_are_told(client: Client) -> None:
    member, _ = enrolled()
    Trouble.objects.create(member=member, seq=1, error="KeyError: y", at=NOW)
    assert "KeyError: y" in page(client, member)


def test_the_side_panel_has_the_section_too(client: Client) -> None:
    member, _ = enrolled()
    headers = {"HX-Request": "true", "HX-Target": "panel-body"}
    html = client.get(f"/office/people/{member.id}/", headers=headers).content.decode()
    assert "<html" not in html
    assert "Come back" in html


def test_the_number_of_queries_doesnt_grow_with_journeys(client: Client) -> None:
    member, _ = enrolled()
    page(client, member)
    before = _queries(client, member)
    for number in range(3):
        operations.publish_journey({**DOCUMENT, "journey": f"more-{number}"}, actor=None, now=NOW)
        operations.enroll_member(slug=f"more-{number}", member=member, actor=None, reason="x", now=NOW)
    page(client, member)
    assert _queries(client, member) <= before


def _queries(client: Client, member: Member) -> int:
    with CaptureQueriesContext(connection) as caught:
        page(client, member)
    return len(caught)
