"""The cases in the office: the list, one case with its people, a file, and what is done by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qadam.cases.models import CaseFile, MeasureRun
from qadam.cases.operations import publish_case, retire_cases, save_case
from qadam.cases.tests.content import a_case, a_measure, a_suggestion, say
from qadam.cases.tests.engine import catch_up
from qadam.people.models import AuditEntry, Member, User
from tests.cast import NOW, a_company, a_member, a_prospect, a_user, an_event, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    return enter(a_user(roles=("retention",)))


def publish(**changes: Any) -> None:
    changes = {"name": say("Said no"), "measures": [a_measure(), a_suggestion()], "sla": "PT24H", **changes}
    publish_case(save_case(a_case(**changes), actor=None, now=NOW - days(9)), actor=None, now=NOW - days(9))


def declined(name: str = "Saule", since: float = 2) -> Member:
    member = a_prospect(name=name, now=NOW - days(9))
    an_event("presentation.declined", member, NOW - days(since))
    catch_up(NOW - days(since))
    return member


def text(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_an_empty_library_says_when_cases_begin(client: Client) -> None:
    assert "No case runs yet" in text(client, "/office/cases/")


def test_the_list_tells_what_each_case_brings(client: Client) -> None:
    publish()
    publish(case="proud", polarity="positive", name=say("Quick start"))
    declined()
    html = text(client, "/office/cases/")
    assert "Said no" in html
    assert "Quick start" in html
    assert "1 late" in html


def test_a_case_tells_its_story_and_its_people(client: Client) -> None:
    publish()
    declined()
    declined("Timur", since=0.5)
    html = text(client, "/office/cases/declined/")
    for part in (
        "Said no",
        "Ask how it is going.",
        "declined after a presentation",
        "Saule",
        "Timur",
        "the mentor is asked",
    ):
        assert part.lower() in html.lower(), part
    assert "control group" in html.lower()
    late = text(client, "/office/cases/declined/?state=late")
    assert "Saule" in late
    assert "Timur" not in late
    assert "Nothing is closed yet" in text(client, "/office/cases/declined/?state=closed")


def test_the_people_come_alone_when_htmx_asks(client: Client) -> None:
    publish()
    part = text(client, "/office/cases/declined/?state=all", **{"HX-Request": "true", "HX-Target": "files"})
    assert part.lstrip().startswith("<section")


def test_a_list_of_files_costs_the_same_however_long(client: Client) -> None:
    publish()
    declined()
    with CaptureQueriesContext(
        connection,
    ) as few:
        text(client, "/office/cases/declined/")
    for _number in range(4):
        declined()
    with CaptureQueriesContext(connection) as many:
        text(client, "/office/cases/declined/")
    assert len(many) == len(few)


def test_a_file_tells_why_what_was_done_and_what_comes(client: Client) -> None:
    publish()
    declined()
    file = CaseFile.objects.get()
    html = text(client, f"/office/cases/files/{file.id}/")
    for part in ("Declined after a presentation", "Noticed", "Suggested to the mentor", "began by itself", "Ends"):
        assert part in html, part
    assert "answer was due" in html
    response = client.post(f"/office/cases/files/{file.id}/start/", {"measure": "call"}, follow=True)
    assert "was done" in response.content.decode()
    assert MeasureRun.objects.filter(measure="call", trigger="suggested").count() == 1
    again = client.post(f"/office/cases/files/{file.id}/start/", {"measure": "call"}, follow=True)
    assert "begun already" in again.content.decode()


def test_the_control_group_is_left_alone(client: Client) -> None:
    publish(holdout=100)
    declined()
    html = text(client, f"/office/cases/files/{CaseFile.objects.get().id}/")
    assert "nothing is done" in html
    assert "withheld" in html
    assert "Do something now" not in html


def test_closing_needs_an_outcome_and_a_reason(client: Client) -> None:
    publish()
    declined()
    path = f"/office/cases/files/{CaseFile.objects.get().id}/close/"
    assert "How did it end?" in text(client, path)
    refused = client.post(path, {"chosen": "success", "reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    closed = client.post(path, {"chosen": "success", "reason": "Came by"}, follow=True)
    assert "Came by" in closed.content.decode()
    assert client.post(path, {"chosen": "success", "reason": "Again"}).status_code == 409
    assert AuditEntry.objects.filter(action="case.closed").count() == 1


def test_a_case_is_opened_by_hand(client: Client) -> None:
    publish()
    publish(case="gone")
    retire_cases(["gone"], actor=None, now=NOW)
    member = a_member(name="Dana")
    assert "In no case so far." in text(client, f"/office/people/{member.id}/")
    path = f"/office/people/{member.id}/cases/open/"
    assert 'value="gone"' not in text(client, path)
    assert client.post(path, {"chosen": "gone", "reason": "Why"}).status_code == 422
    opened = client.post(path, {"chosen": "declined", "reason": "Told me so"}, follow=True)
    assert "Opened by hand" in opened.content.decode()
    assert "Said no" in text(client, f"/office/people/{member.id}/")


def test_the_audit_tells_it_in_words(client: Client) -> None:
    publish()
    declined("Saule")
    client.post(f"/office/cases/files/{CaseFile.objects.get().id}/start/", {"measure": "call"})
    html = text(client, "/office/audit/")
    assert "of the case “Said no” for Saule" in html


@pytest.mark.parametrize(
    ("roles", "read", "act"),
    [
        (("owner",), 200, 200),
        (("analyst",), 200, 403),
        (("compliance",), 200, 403),
        (("editor",), 403, 403),
        ((), 403, 403),
    ],
)
def test_who_may_come_in(enter: Enter, roles: tuple[str, ...], read: int, act: int) -> None:
    a_company()
    publish()
    declined()
    file = CaseFile.objects.get()
    visitor = enter(a_user(roles=roles, member=None if roles else a_member()))
    for path in ("/office/cases/", "/office/cases/declined/", f"/office/cases/files/{file.id}/"):
        assert visitor.get(path).status_code == read, path
    for path in (f"/office/cases/files/{file.id}/close/", f"/office/people/{file.enrollment.member_id}/cases/open/"):
        assert visitor.get(path).status_code == act, path


@pytest.mark.parametrize("path", ["/office/cases/nowhere/", "/office/cases/files/99/", "/office/cases/files/99/close/"])
def test_what_is_not_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
