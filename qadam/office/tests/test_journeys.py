"""The pages of journeys: the list, one journey, its editor, who may come in, and how many queries they take."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qadam.journeys import operations
from qadam.journeys.models import Journey
from qadam.messaging.operations import publish_template
from qadam.people.models import User
from tests.cast import NOW, a_company, a_member, a_user

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]

WORDS = {"kk": "k", "ru": "r", "en": "Come back"}
STEPS: list[dict[str, Any]] = [
    {"id": "hello", "send": {"channel": "email", "template": "hello"}},
    {"id": "pause", "wait": {"for": "P3D"}},
    {"id": "which", "branch": [{"when": {"did": "order.paid", "since": "entry"}, "goto": "bought"}], "else": "end"},
    {"id": "bought", "set": {"tag": "buyer", "to": True}},
    {"id": "end", "exit": "finished"},
]
DOCUMENT: dict[str, Any] = {
    "journey": "back",
    "name": WORDS,
    "entry": {"event": "member.registered", "where": {"kind": "distributor"}},
    "reentry": "once",
    "goal": {"did": "order.paid", "since": "entry"},
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


@pytest.fixture
def client(enter: Enter) -> Client:
    a_company()
    publish_template(document=LETTER, actor=None, now=NOW)
    operations.publish_journey(DOCUMENT, actor=None, now=NOW)
    return enter(a_user(roles=("retention",)))


def draft() -> dict[str, Any]:
    saved = Journey.objects.get(slug="back").draft
    assert saved is not None
    return dict(saved)


def revision() -> int:
    return Journey.objects.get(slug="back").draft_revision


def steps() -> dict[str, Any]:
    return {step["id"]: step for step in draft()["steps"]}


def post(client: Client, path: str, *, htmx: bool = False, **data: Any) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(f"/office/journeys/back/edit/{path}", {"revision": revision(), **data}, headers=headers)


def test_without_journeys_the_page_says_where_they_come_from(enter: Enter) -> None:
    a_company()
    html = enter(a_user(roles=("analyst",))).get("/office/journeys/").content.decode()
    assert "No journey runs yet" in html
    assert "New journey" not in html


def test_the_list_tells_state_and_numbers(client: Client) -> None:
    operations.save_draft(slug="new-one", document={"name": {"en": "Fresh"}}, revision=0, actor=None, now=NOW)
    operations.publish_journey({**DOCUMENT, "journey": "case:silent"}, actor=None, now=NOW)
    html = client.get("/office/journeys/").content.decode()
    assert html.index("Come back") < html.index("Fresh") < html.index("Measures of cases")
    assert "/office/journeys/case:silent/" in html


@pytest.mark.parametrize("path", ["", "back/", "back/edit/", "new/", "templates/hello/"])
def test_members_and_other_staff_stay_out(client: Client, enter: Enter, path: str) -> None:
    assert enter(a_user(member=a_member())).get(f"/office/journeys/{path}").status_code == 403
    assert enter(a_user(roles=("integrator",))).get(f"/office/journeys/{path}").status_code == 403


def test_the_analyst_looks_and_changes_nothing(client: Client, enter: Enter) -> None:
    analyst = enter(a_user(roles=("analyst",)))
    html = analyst.get("/office/journeys/back/").content.decode()
    assert "Pause" not in html
    assert "/edit/" not in html
    assert analyst.get("/office/journeys/back/edit/").status_code == 403
    assert analyst.post("/office/journeys/back/pause/").status_code == 403


def test_the_page_tells_the_steps_as_sentences(client: Client) -> None:
    html = client.get("/office/journeys/back/").content.decode()
    assert "Send “Hello there” by e-mail" in html
    assert "Wait 3\N{NO-BREAK SPACE}days" in html
    assert "If: the event “order paid” has happened since the entry" in html
    assert "Whoever this happens to: “registered” (role: distributor)" in html


def test_a_case_is_changed_in_its_map(client: Client) -> None:
    operations.publish_journey({**DOCUMENT, "journey": "case:silent"}, actor=None, now=NOW)
    assert "measure of a case" in client.get("/office/journeys/case:silent/").content.decode()
    assert client.get("/office/journeys/case:silent/edit/").status_code == 422


def test_pause_and_go_on(client: Client) -> None:
    assert "Go on" in client.post("/office/journeys/back/pause/", follow=True).content.decode()
    assert Journey.objects.get(slug="back").paused_at == NOW
    client.post("/office/journeys/back/resume/")
    assert Journey.objects.get(slug="back").paused_at is None


def test_a_new_journey_begins_with_a_name(client: Client) -> None:
    refused = client.post("/office/journeys/new/", {"slug": "Not Good", "name.en": "Good"})
    assert refused.status_code == 422
    assert "Not Good" in refused.content.decode()
    assert client.post("/office/journeys/new/", {"slug": "back", "name.en": "Good"}).status_code == 422
    made = client.post("/office/journeys/new/", {"slug": "good", "name.en": "Good"}, follow=True)
    assert made.redirect_chain == [("/office/journeys/good/edit/", 302)]
    assert "2 things are missing" in made.content.decode()
    assert client.get("/office/journeys/good/").status_code == 200


def test_a_step_is_added_and_its_form_opens(client: Client) -> None:
    answer = post(client, "add/", way="pause/next", kind="send")
    assert answer.headers["Location"] == "/office/journeys/back/edit/steps/send/"
    assert [step["id"] for step in draft()["steps"]][:4] == ["hello", "pause", "send", "which"]
    html = client.get(answer.headers["Location"]).content.decode()
    assert 'name="template"' in html
    assert "choose a template</span>" in html
    assert "1 thing is missing" in html


def test_every_kind_has_its_form(client: Client) -> None:
    for kind in ("send", "wait", "branch", "split", "set", "enroll", "goto", "exit"):
        address = post(client, "add/", way="pause/next", kind=kind).headers["Location"]
        html = client.get(address).content.decode()
        assert "Save" in html
        saved = client.post(address, {"revision": revision(), **fields(html)})
        assert saved.status_code == 302, kind


def fields(html: str) -> dict[str, list[str]]:
    """Return what a browser would send from the open form."""
    from html.parser import HTMLParser

    found: dict[str, list[str]] = {}

    class Reader(HTMLParser):
        is_inside, select = False, ""

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            known = dict(attributes)
            if tag == "form":
                self.is_inside = "flow-form" in str(known.get("class"))
            if not self.is_inside:
                return
            if tag == "select":
                self.select = str(known["name"])
            elif tag == "option" and "selected" in known:
                found.setdefault(self.select, []).append(str(known["value"] or ""))
            elif tag == "input" and known.get("name") and (known.get("type") != "checkbox" or "checked" in known):
                found.setdefault(str(known["name"]), []).append(str(known.get("value") or ""))

        def handle_endtag(self, tag: str) -> None:
            if tag == "form":
                self.is_inside = False

    Reader().feed(html)
    found.pop("csrfmiddlewaretoken", None)
    found.pop("revision", None)
    return found


@pytest.mark.parametrize("step", [step["id"] for step in STEPS])
def test_saving_what_is_shown_changes_nothing(client: Client, step: str) -> None:
    address = f"steps/{step}/"
    html = client.get(f"/office/journeys/back/edit/{address}").content.decode()
    post(client, address, **fields(html))
    assert Journey.objects.get(slug="back").draft is None


def test_saving_the_shown_settings_changes_nothing(client: Client) -> None:
    html = client.get("/office/journeys/back/edit/settings/").content.decode()
    post(client, "settings/", **fields(html))
    assert Journey.objects.get(slug="back").draft is None


def test_settings_are_saved(client: Client) -> None:
    html = client.get("/office/journeys/back/edit/settings/").content.decode()
    more = {
        "horizon.n": "90", "horizon.unit": "D", "priority": "2", "holdout": "10", "quiet": "own",
        "quiet.from": "21:00", "quiet.to": "08:00", "on_resume": "drop", "name.en": "Come home",
        "conversion.event": "order.paid", "conversion.within.n": "30", "conversion.within.unit": "D",
    }  # fmt: skip
    post(client, "settings/", **{**fields(html), **more})
    saved = draft()
    assert saved["horizon"] == "P90D"
    assert (saved["priority"], saved["holdout"], saved["on_resume"]) == (2, 10, "drop")
    assert saved["quiet"] == {"from": "21:00", "to": "08:00"}
    assert saved["conversion"] == {"event": "order.paid", "from": "entry", "within": "P30D"}
    assert saved["name"]["en"] == "Come home"
    assert saved["steps"] == STEPS


def test_a_form_grows_without_saving(client: Client) -> None:
    before = revision()
    html = client.get("/office/journeys/back/edit/steps/which/").content.decode()
    answer = post(client, "steps/which/", htmx=True, **fields(html), do="row:way.0.when")
    part = answer.content.decode()
    assert 'name="way.0.when.1.is"' in part
    assert "<html" not in part
    assert revision() == before
    grown = post(client, "steps/which/", **fields(part), do="way").content.decode()
    assert "Way 2" in grown


def test_what_was_typed_is_kept_with_its_fault(client: Client) -> None:
    post(client, "steps/pause/", **{"for.n": "soon", "for.unit": ""})
    assert steps()["pause"]["wait"] == {"for": "soon"}
    html = client.get("/office/journeys/back/edit/steps/pause/").content.decode()
    assert 'value="soon"' in html
    assert "a duration such as P14D or PT24H is needed" in html
    assert "Publish" in html
    assert 'href="/office/journeys/back/publish/"' not in html


def test_steps_move_and_go(client: Client) -> None:
    post(client, "steps/pause/move/", direction="up")
    assert [step["id"] for step in draft()["steps"]][:2] == ["pause", "hello"]
    html = client.get("/office/journeys/back/edit/?delete=which").content.decode()
    assert "Who comes here will go on at" in html
    assert "Only this step leads to" in html
    post(client, "steps/which/delete/", lost="too")
    assert list(steps()) == ["pause", "hello", "end"]


def test_undo_brings_the_draft_before(client: Client) -> None:
    post(client, "steps/pause/move/", direction="up")
    post(client, "steps/which/delete/", lost="keep")
    post(client, "undo/")
    assert [step["id"] for step in draft()["steps"]] == ["pause", "hello", "which", "bought", "end"]
    post(client, "undo/")
    assert "which" not in steps()


def test_two_editors_notice_each_other(client: Client) -> None:
    html = client.get("/office/journeys/back/edit/steps/pause/").content.decode()
    old = revision()
    operations.save_draft(slug="back", document=DOCUMENT, revision=old, actor=None, now=NOW)
    told = client.post("/office/journeys/back/edit/steps/pause/", {**fields(html), "for.n": "9", "revision": old})
    assert told.status_code == 409
    assert "Somebody else has changed this draft" in told.content.decode()
    assert 'value="9"' in told.content.decode()
    again = {"direction": "up", "revision": old}
    moved = client.post("/office/journeys/back/edit/steps/pause/move/", again, follow=True)
    assert "Somebody else has changed this draft" in moved.content.decode()
    assert draft() == DOCUMENT


def test_a_dropped_draft_gives_the_published_one_back(client: Client) -> None:
    post(client, "steps/pause/move/", direction="up")
    client.post("/office/journeys/back/edit/discard/")
    assert Journey.objects.get(slug="back").draft is None


def test_a_template_is_looked_at_and_sent_to_oneself(client: Client) -> None:
    html = client.get("/office/journeys/templates/hello/?language=ru").content.decode()
    assert "Привет" in html
    assert "Айгүл" in client.get("/office/journeys/templates/hello/html/?language=kk").content.decode()
    sent = client.post("/office/journeys/templates/hello/send/", {"language": "ru"}, follow=True)
    assert "Sent to" in sent.content.decode()


@pytest.mark.parametrize("path", ["", "back/", "back/edit/", "back/edit/steps/which/"])
def test_pages_take_few_queries(client: Client, count_queries: Callable[[], Any], path: str) -> None:
    client.get(f"/office/journeys/{path}")
    with count_queries() as counted:
        assert client.get(f"/office/journeys/{path}").status_code == 200
    assert len(counted) <= 17, "\n".join(query["sql"] for query in counted)


@pytest.fixture
def count_queries() -> Callable[[], Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
