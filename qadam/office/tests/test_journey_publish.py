"""Publishing a draft, its versions, and who stands where: by status, access, part, and what happens."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.journeys import operations
from qadam.journeys.models import Backfill, Enrollment, Journey, Phase, Trouble
from qadam.journeys.tests.stage import run_once
from qadam.messaging.operations import publish_template
from qadam.people.models import AuditEntry, Member, User
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]

STEPS: list[dict[str, Any]] = [
    {"id": "hello", "send": {"channel": "email", "template": "hello"}},
    {"id": "pause", "wait": {"for": "P7D"}},
    {"id": "nudge", "wait": {"for": "P1D"}},
]
DOCUMENT: dict[str, Any] = {
    "journey": "back",
    "name": {"kk": "k", "ru": "r", "en": "Come back"},
    "entry": {"event": "member.registered", "where": {"kind": "distributor"}},
    "reentry": "once",
    "steps": STEPS,
}
LETTER = {
    "template": "hello",
    "channel": "email",
    "category": "service",
    "variables": ["member.first_name"],
    "subject": {"kk": "Сәлем", "ru": "Привет", "en": "Hello there"},
    "body": dict.fromkeys(("kk", "ru", "en"), "Hi {{ member.first_name }}"),
}
SHORTER = {**DOCUMENT, "steps": [STEPS[0], {"id": "pause", "wait": {"for": "P5D"}}, STEPS[2]]}
WITHOUT = {**DOCUMENT, "steps": [STEPS[0], STEPS[2]]}
PUBLISH = "/office/journeys/back/publish/"


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    publish_template(document=LETTER, actor=None, now=NOW - days(10))
    operations.publish_journey(DOCUMENT, actor=None, now=NOW - days(9))
    return enter(a_user(roles=("retention",)))


def stand(at: str = "pause", *, since: float = 6) -> Member:
    """Put a member onto a step, `since` days ago."""
    member = a_member(now=NOW - days(since))
    run_once(NOW - days(since))
    if at != "pause":
        enrollment = Enrollment.objects.get(member=member)
        operations.move_enrollment(enrollment_id=enrollment.id, step=at, actor=None, reason="x", now=NOW - days(since))
    return member


def draft(document: dict[str, Any]) -> int:
    revision = Journey.objects.get(slug=document["journey"]).draft_revision
    return operations.save_draft(slug=document["journey"], document=document, revision=revision, actor=None, now=NOW)


def look(client: Client, **data: Any) -> str:
    headers = {"HX-Request": "true", "HX-Target": "publish-people"}
    return client.post(PUBLISH, {"do": "look", **data}, headers=headers).content.decode()


@pytest.mark.parametrize("path", ["publish/", "versions/", "versions/1/", "versions/1/journey.yaml", "people/"])
def test_members_and_other_staff_stay_out(client: Client, enter: Enter, path: str) -> None:
    assert enter(a_user(member=a_member())).get(f"/office/journeys/back/{path}").status_code == 403
    assert enter(a_user(roles=("integrator",))).get(f"/office/journeys/back/{path}").status_code == 403


def test_the_analyst_reads_versions_and_publishes_nothing(client: Client, enter: Enter) -> None:
    draft(SHORTER)
    analyst = enter(a_user(roles=("analyst",)))
    html = analyst.get("/office/journeys/back/versions/").content.decode()
    assert "Publish" not in html
    assert analyst.get(PUBLISH).status_code == 403
    assert analyst.post("/office/journeys/back/people/1/retry/").status_code == 403


def test_without_a_draft_there_is_nothing_to_publish(client: Client) -> None:
    assert "There is no draft" in client.get(PUBLISH).content.decode()


def test_a_case_is_published_with_its_map(client: Client) -> None:
    operations.publish_journey({**DOCUMENT, "journey": "case:silent"}, actor=None, now=NOW)
    assert client.get("/office/journeys/case:silent/publish/").status_code == 422


def test_the_change_is_told_in_words(client: Client) -> None:
    draft(SHORTER)
    html = client.get(PUBLISH).content.decode()
    assert "Wait 7\N{NO-BREAK SPACE}days" in html
    assert "Wait 5\N{NO-BREAK SPACE}days" in html
    assert "Nobody is under way in an older version." in html


def test_faults_lead_to_their_step_and_nothing_is_published(client: Client) -> None:
    revision = draft({**DOCUMENT, "steps": [*STEPS, {"id": "odd", "send": {"channel": "email", "template": "none"}}]})
    html = client.get(PUBLISH).content.decode()
    assert "/office/journeys/back/edit/steps/odd/" in html
    assert "1 thing is missing" in html
    assert 'value="publish"' not in html
    assert client.post(PUBLISH, {"do": "publish", "revision": revision}).status_code == 422
    assert Journey.objects.get(slug="back").versions.count() == 1


def test_everybody_stays_unless_told(client: Client) -> None:
    member, revision = stand(), draft(SHORTER)
    answer = client.post(PUBLISH, {"do": "publish", "revision": revision}, follow=True)
    assert "Version 2 is published" in answer.content.decode()
    assert "stays in the version" in answer.content.decode()
    assert Enrollment.objects.get(member=member).version.number == 1
    assert Journey.objects.get(slug="back").draft is None


def test_the_dry_run_counts_who_goes_on_at_once(client: Client) -> None:
    stand(since=6)
    stand(since=2)
    draft(SHORTER)
    assert "Go on at once" not in look(client, people="stay")
    kept = look(client, people="move")
    assert "Nobody would go on at once." in kept
    anew = look(client, people="move", **{"to.pause": "pause", "due.pause": "recompute"})
    assert "1 person would go on at once" in anew
    assert "<html" not in anew
    assert Enrollment.objects.filter(version__number=2).count() == 0


def test_a_step_that_is_gone_needs_a_decision(client: Client) -> None:
    stand()
    revision = draft(WITHOUT)
    html = look(client, people="move")
    assert "Choose where they go" in html
    assert "This step is gone." in html
    refused = client.post(PUBLISH, {"do": "publish", "people": "move", "seen_people": "move", "revision": revision})
    assert refused.status_code == 422
    assert "not decided yet" in refused.content.decode()
    assert "Choose where they go" not in look(client, people="move", **{"to.pause": "nudge"})


def test_people_are_moved(client: Client) -> None:
    first, second = stand(since=6), stand("nudge", since=0.5)
    revision = draft(WITHOUT)
    data = {"do": "publish", "people": "move", "revision": revision, "to.pause": "exit", "per_minute": "10"}
    counted = client.post(PUBLISH, data)
    assert "Go on at once" in counted.content.decode()
    assert Journey.objects.get(slug="back").versions.count() == 1
    data |= {"seen_people": "move"}
    html = client.post(PUBLISH, data, follow=True).content.decode()
    assert "1 person went on in it." in html
    assert Enrollment.objects.get(member=first).exit_reason == "migrated"
    assert Enrollment.objects.get(member=second).version.number == 2
    assert AuditEntry.objects.filter(action="journey.published").latest("id").detail["moved"] == 2


def test_somebody_elses_change_is_noticed(client: Client) -> None:
    revision = draft(SHORTER)
    draft(WITHOUT)
    answer = client.post(PUBLISH, {"do": "publish", "revision": revision})
    assert answer.status_code == 422
    assert "Somebody else has changed this draft" in answer.content.decode()


def test_a_first_launch_asks_who_comes_in(client: Client) -> None:
    a_member(now=NOW - days(20))
    a_member(now=NOW - days(2))
    revision = operations.save_draft(
        slug="fresh", document={**DOCUMENT, "journey": "fresh"}, revision=0, actor=None, now=NOW
    )
    address = "/office/journeys/fresh/publish/"
    html = client.get(address).content.decode()
    assert "None of them comes in" in html
    assert "3 steps. Nobody is in this journey yet." in html
    headers = {"HX-Request": "true", "HX-Target": "publish-people"}
    everybody = client.post(address, {"do": "look", "backlog": "everybody"}, headers=headers)
    assert everybody.context["page"].before.number == 2
    since = {"backlog": "since", "since": (NOW - days(5)).date().isoformat()}
    assert client.post(address, {"do": "look", **since}).context["page"].before.number == 1
    assert (
        client.post(
            address, {"do": "publish", "backlog": "since", "seen_backlog": "since", "revision": revision}
        ).status_code
        == 422
    )
    done = client.post(
        address,
        {"do": "publish", **since, "seen_backlog": "since", "revision": revision, "backlog_per_minute": "7"},
        follow=True,
    )
    assert "Up to 1 who qualified before" in done.content.decode()
    assert Backfill.objects.get().per_minute == 7


def test_the_entry_is_asked_again_only_when_it_changed(client: Client) -> None:
    draft(SHORTER)
    assert client.get(PUBLISH).context["page"].before is None
    draft({**DOCUMENT, "entry": {"event": "order.paid"}})
    assert client.get(PUBLISH).context["page"].before.number is None


def test_versions_are_told_and_compared(client: Client) -> None:
    stand()
    operations.publish_journey(SHORTER, actor=a_user(email="olga@example.com"), now=NOW - days(1))
    draft(WITHOUT)
    html = client.get("/office/journeys/back/versions/").content.decode()
    assert "1 step changed" in html
    assert "olga@example.com" in html
    assert "1 person in it now" in html
    part = client.get(
        "/office/journeys/back/versions/?from=1&to=2", headers={"HX-Request": "true", "HX-Target": "compared"}
    )
    assert "<html" not in part.content.decode()
    assert part.context["page"].compared.difference.count("changed") == 1
    assert client.get("/office/journeys/back/versions/?from=1&to=draft").context["page"].compared.after == "draft"


def test_one_version_is_shown_and_downloaded(client: Client) -> None:
    operations.publish_journey(SHORTER, actor=None, now=NOW)
    assert "Wait 7\N{NO-BREAK SPACE}days" in client.get("/office/journeys/back/versions/1/").content.decode()
    text = client.get("/office/journeys/back/versions/1/journey.yaml").content.decode()
    assert "for: P7D" in text
    assert client.get("/office/journeys/back/versions/9/").status_code == 404


def test_a_journey_that_was_never_published_has_no_versions(client: Client) -> None:
    operations.save_draft(slug="fresh", document={**DOCUMENT, "journey": "fresh"}, revision=0, actor=None, now=NOW)
    assert "No version yet" in client.get("/office/journeys/fresh/versions/").content.decode()


def test_people_on_a_step_and_the_stuck_ones(client: Client) -> None:
    member = stand()
    stand("nudge", since=0.5)
    assert client.get("/office/journeys/back/people/").context["page"].total == 2
    page = client.get("/office/journeys/back/people/?step=pause&version=1").context["page"]
    assert [row.member_id for row in page.rows] == [member.id]
    Enrollment.objects.filter(member=member).update(phase=Phase.STUCK, due_at=None)
    trouble = Trouble.objects.create(
        member=member, enrollment=Enrollment.objects.get(member=member), step="pause", error="ValueError: x", at=NOW
    )
    html = client.get("/office/journeys/back/people/?state=stuck").content.decode()
    assert "ValueError: x" in html
    html = client.post(f"/office/journeys/back/people/{trouble.id}/retry/", follow=True).content.decode()
    assert "tried again" in html
    assert "Nobody is stuck" in html
    html = client.post(f"/office/journeys/back/people/{trouble.id}/retry/", follow=True).content.decode()
    assert "dealt with already" in html


def test_the_number_of_queries_doesnt_grow_with_people_or_versions(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for _each in range(3):
        stand()
    operations.publish_journey(SHORTER, actor=None, now=NOW - days(1))
    draft(WITHOUT)
    client.get(PUBLISH)
    with django_assert_max_num_queries(30):
        client.get("/office/journeys/back/versions/")
    with django_assert_max_num_queries(20):
        client.get("/office/journeys/back/people/")
    with django_assert_max_num_queries(30):
        client.post(PUBLISH, {"do": "look", "people": "move"})
