"""Editing the map's draft on screen: who may, saving a field, conflicts, moves, removals, publishing, talk."""

import re

import pytest
from django.urls import reverse

from qadam.cases import queries as cases
from qadam.cases.models import CaseVersion
from qadam.cases.operations import save_case
from qadam.lib.text import LANGUAGES
from qadam.maps import editing, operations, queries_work
from qadam.maps.models import Comment, MapVersion, PinnedCase, SourceNote
from qadam.maps.tests.content import a_case, a_map, save_cases, say
from qadam.office.board_edit_changes import free_key, key_from
from qadam.office.board_edit_fields import anchor_of, find_spot
from qadam.office.board_edit_forms import FORMS
from qadam.people import operations as people
from qadam.people.models import AuditEntry
from tests.cast import NOW, a_company, a_member, a_prospect, a_user

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
MEASURE = a_case()["measures"][0]["key"]


@pytest.fixture
def company():
    return a_company(language="en")


@pytest.fixture
def oleg(client, company):
    user = a_user(roles=("retention",), email="oleg@example.com")
    client.force_login(user)
    client.cookies["language"] = "en"
    return user


@pytest.fixture
def draft(company):
    """A draft beside a valid version. The gate has its own tests: here the first version is simply declared valid."""
    save_case(a_case(), actor=None, now=NOW)
    version = operations.save_draft(a_map(cases=["declined"]), actor=None, now=NOW)
    MapVersion.objects.update(published_at=NOW, valid_from=NOW)
    CaseVersion.objects.update(published_at=NOW)
    pinned = cases.newest_versions(["declined"])["declined"]
    PinnedCase.objects.create(version=version, case_version=pinned, position=1)
    return editing.begin_draft(version.map, actor=None, now=NOW)


def address(name, query="", *args):
    return reverse(f"office:{name}", args=args) + f"?map=small{query}"


def cell(at, more=""):
    return address("board_edit_cell", f"&at={at.replace('+', '%2B')}{more}")


def seen(client, at):
    return re.search(r'name="seen" value="([^"]*)"', client.get(cell(at)).content.decode())[1]


def save(client, at, data, more="", **headers):
    data = {"seen": seen(client, at), **data}
    answer = client.post(cell(at, more), data, headers=headers)
    return answer, answer.content.decode()


def texts(name, words):
    return {f"{name}.{code}": words[code] for code in LANGUAGES}


def document(slug="small"):
    return queries_work.find_draft(slug).document


def stage(key):
    return next(each for each in document()["stages"] if each["key"] == key)


def case(key="declined"):
    return cases.newest_versions([key])[key].document


@pytest.mark.parametrize(
    ("roles", "sees", "edits"),
    [
        (("owner",), 200, 200),
        (("retention",), 200, 200),
        (("analyst",), 200, 403),
        (("compliance",), 200, 403),
        (("editor",), 403, 403),
        ((), 403, 403),
    ],
)
def test_who_sees_and_who_edits(client, draft, roles, sees, edits):
    client.force_login(a_user(roles=roles, member=None if roles else a_member()))
    answer = client.get(address("board_edit"))
    assert answer.status_code == sees
    assert ("/map/edit/cell/" in answer.content.decode()) == (edits == 200)
    assert client.get(cell("stages/s1/name")).status_code == edits
    posts = ("board_edit_begin", "board_edit_undo", "board_edit_move", "board_edit_remove", "board_edit_discard")
    refused = [client.post(address(name), {"at": "name"}).status_code == 403 for name in posts]
    assert all(refused) if edits == 403 else not any(refused)


def test_a_draft_is_begun_from_the_page(client, oleg):
    assert "No map is published yet" in client.get(reverse("office:board_edit")).content.decode()
    save_case(a_case(), actor=None, now=NOW)
    operations.save_draft(a_map(cases=["declined"]), actor=None, now=NOW)
    MapVersion.objects.update(published_at=NOW, valid_from=NOW)
    assert "There is no draft" in client.get(address("board_edit")).content.decode()
    assert client.post(address("board_edit_begin")).status_code == 302
    assert queries_work.find_draft("small").number == 2


def test_the_grid_and_the_case_show_every_field(client, oleg, draft):
    grid = client.get(address("board_edit")).content.decode()
    for at in (
        "stages/s1/name",
        "stages/s3/entry",
        "stages/s2/touchpoints/talk",
        "stages/s1/metrics/0",
        "cases/declined",
    ):
        assert f'data-stop="{at}"' in grid
    text = client.get(address("board_edit_case", "", "declined")).content.decode()
    for at in ("context", "causes", "detect", "holdout", "metrics/0", f"measures/{MEASURE}"):
        assert f'data-stop="cases/declined/{at}"' in text


EVERY = [
    "name", "owner", "segmentation", "next_review_days", "next_review_on", "touchpoints/talk", "metrics/+", "stages/+",
    "cases/+", "stages/s1/entry", "stages/s1/client_actions", "stages/s1/emotion", "stages/s1/touchpoints/talk",
    "stages/s1/touchpoints/+", "stages/s1/metrics/0", "cases/declined/stage", "cases/declined/polarity",
    "cases/declined/segments", "cases/declined/horizon", "cases/declined/never_withheld",
    "cases/declined/holdout", f"cases/declined/measures/{MEASURE}", "cases/declined/detect",
]  # fmt: skip


def test_every_kind_of_form_opens(client, oleg, draft):
    kinds = {find_spot(at).field.kind for at in [*EVERY, "stages/s1/horizon_days"]}
    assert kinds == {*FORMS}
    for at in EVERY:
        assert client.get(cell(at)).status_code == 200, at
    assert client.get(cell("stages/s9/name")).status_code == 404
    assert client.get(cell("stages/s1/colour")).status_code == 404


SAVED = [
    ("stages/s2/name", texts("text", say("Knowing")), lambda: stage("s2")["name"], say("Knowing")),
    ("stages/s2/client_goal", texts("text", dict.fromkeys(LANGUAGES, "")),
     lambda: stage("s2").get("client_goal"), None),
    ("stages/s2/horizon_days", {"number": "21"}, lambda: stage("s2")["horizon_days"], 21),
    ("stages/s2/owner", {"owner": "oleg@example.com"}, lambda: stage("s2")["owner"], "oleg@example.com"),
    ("stages/s2/emotion", {"expected": "-1.5", "evidence": "interview", "source": "11 talks"},
     lambda: stage("s2")["emotion"], {"expected": -1.5, "evidence": "interview", "source": "11 talks"}),
    ("stages/s1/metrics/0", {"code": "M1", "role": "mandatory", "target": "42,5", "watch": "30", "critical": ""},
     lambda: stage("s1")["metrics"][0]["target"], 0.425),
    ("stages/s1/touchpoints/talk", {"importance": "5", **texts("client", say("Talks"))},
     lambda: stage("s1")["touchpoints"][0], {"code": "talk", "importance": 5, "client_action": say("Talks")}),
    ("stages/s1/touchpoints/+",
     {"code": "", "channel": "webinar", "event": "live.attended", **texts("name", say("Web call"))},
     lambda: (stage("s1")["touchpoints"][-1]["code"], document()["touchpoints"][-1]["code"]), ("web-call", "web-call")),
    ("touchpoints/talk",
     {"channel": "support", "initiator": "client", "event": "question.opened", **texts("name", say("T"))},
     lambda: document()["touchpoints"][0]["channel"], "support"),
    ("stages/+", {"event": "lesson.completed", "days": "9", **texts("name", say("Later"))},
     lambda: (stage("s4")["entry"], stage("s4")["horizon_days"]), ({"did": "lesson.completed"}, 9)),
    ("cases/declined/horizon", {"length.n": "6", "length.unit": "W"}, lambda: case()["horizon"], "P6W"),
    ("cases/declined/holdout", {"number": "5"}, lambda: case()["holdout"], 5),
    ("cases/declined/causes", {"line.size": "2", **texts("line.0", say("Price")), **texts("line.1", say("Time"))},
     lambda: case()["causes"], [say("Price"), say("Time")]),
    ("cases/declined/exclude", {}, lambda: case().get("exclude"), None),
    ("next_review_on", {"day": "2027-01-05"}, lambda: document()["next_review_on"], "2027-01-05"),
]  # fmt: skip


@pytest.mark.parametrize(("at", "data", "read", "left"), SAVED, ids=[each[0] for each in SAVED])
def test_what_saving_leaves(client, oleg, draft, at, data, read, left):
    answer, _text = save(client, at, data)
    assert answer.status_code == 302
    assert read() == left


def test_a_new_case_is_begun(client, oleg, draft):
    data = {"stage": "s2", "polarity": "positive", "detect": "goal.reached", "success": "order.paid"}
    answer, text = save(client, "cases/+", {**data, **texts("name", say("Quick")), **texts("measure", say("Praise"))})
    assert answer.status_code == 302, text
    assert document()["cases"] == ["declined", "quick"]
    assert (case("quick")["stage"], case("quick")["polarity"]) == ("s2", "positive")


def test_saving_by_script_answers_with_the_cell_and_the_gates_count(client, oleg, draft):
    answer, text = save(client, "stages/s2/client_goal", texts("text", say("Decide")), **PART)
    assert "HX-Retarget" not in answer
    assert 'id="cell-at-s2-client_goal" hx-swap-oob="true"' in text
    assert 'id="map-report"' in text
    assert 'data-announce="Saved: Client’s goal"' in text
    assert "<html" not in text
    answer, text = save(client, "stages/s2/name", texts("text", say("Decide")), **PART)
    assert answer["HX-Retarget"] == "#map-edit"


def test_a_fault_stands_at_the_field_and_nothing_is_saved(client, oleg, draft):
    answer, text = save(client, "stages/s2/horizon_days", {"number": "soon"})
    assert answer.status_code == 422
    assert "a whole number of at least 1 is needed" in text
    assert 'value="soon"' in text
    assert stage("s2")["horizon_days"] == 30


def test_a_conflict_shows_both_texts(client, oleg, draft):
    old = seen(client, "stages/s2/name")
    change = {"do": "set", "at": ["stages", "s2", "name"], "to": say("Theirs")}
    editing.apply_edit(draft, change, expected={}, actor=None, now=NOW)
    answer, text = save(client, "stages/s2/name", {"seen": old, **texts("text", say("Mine"))})
    assert answer.status_code == 409
    assert "Theirs" in text
    assert "Mine" in text
    assert "Keep mine" in text
    assert stage("s2")["name"] == say("Theirs")
    newer = re.search(r'name="seen" value="([^"]*)"', text)[1]
    answer, _text = save(client, "stages/s2/name", {"seen": newer, **texts("text", say("Mine"))})
    assert stage("s2")["name"] == say("Mine")


def test_buttons_of_a_form_change_it_without_saving(client, oleg, draft):
    _answer, text = save(client, "stages/s2/client_actions", {"do": "line", "line.size": "0"})
    assert 'name="line.0.kk"' in text
    assert stage("s2")["client_actions"] == [say("Asks")]
    _answer, text = save(client, "stages/s2/entry", {"do": "row:when", "when.is": "bare", "when.size": "0"})
    assert 'name="when.0.is"' in text


def test_undo_and_redo(client, oleg, draft):
    save(client, "stages/s2/name", texts("text", say("Mine")))
    assert client.post(address("board_edit_undo")).status_code == 302
    assert stage("s2")["name"] == say("Stage s2")
    answer = client.post(address("board_edit_redo"), headers=PART)
    assert "Done again: Mine · Name of the stage" in answer.content.decode()
    assert stage("s2")["name"] == say("Mine")
    client.post(address("board_edit_undo"))
    answer = client.post(address("board_edit_undo"), headers=PART)
    assert "There is nothing of yours to undo" in answer.content.decode()


def move(client, at, to="", before="", **more):
    return client.post(address("board_edit_move"), {"at": at, "to": to, "before": before, **more})


def test_moves(client, oleg, draft):
    move(client, "stages/s3/name", before="s1")
    assert [each["key"] for each in document()["stages"]] == ["s3", "s1", "s2"]
    client.post(address("board_edit_undo"))
    move(client, "stages/s1/touchpoints/talk", "stages/s1/touchpoints")
    assert [each["code"] for each in stage("s1")["touchpoints"]] == ["board", "talk"]
    client.post(address("board_edit_move"), {"at": "cases/declined", "where": "stages/s1/cases|"})
    assert case()["stage"] == "s1"
    move(client, "cases/declined", "everywhere")
    assert "stage" not in case()
    client.post(address("board_edit_undo"))
    assert case()["stage"] == "s1"
    assert move(client, "stages/s1/touchpoints/talk", "stages/s2/touchpoints").status_code == 302
    assert len(stage("s1")["touchpoints"]) == 2


def test_the_menu_names_the_places(client, oleg, draft):
    text = client.get(address("board_edit_menu", "&at=cases/declined")).content.decode()
    assert 'value="stages/s3/cases|"' in text
    assert 'value="everywhere|"' in text
    text = client.get(address("board_edit_menu", "&at=stages/s1/name")).content.decode()
    assert 'value="|s3"' in text
    assert "before “Stage s3”" in text


def test_a_stage_with_people_goes(client, oleg, draft):
    stays = [people.Stay(a_prospect(now=NOW).id, "stage", "small/s2", NOW) for _n in range(2)]
    people.enter_memberships([*stays, people.Stay(stays[0].member_id, "stage", "small/s1", NOW)], now=NOW)
    text = client.get(address("board_edit_menu", "&at=stages/s2/name&do=remove")).content.decode()
    assert "2 people stand in this stage now" in text
    assert "1 goes back to “Stage s1”" in text
    assert "1 stands in no stage until a rule places them" in text
    assert "1 case belongs to it" in text
    answer = client.post(address("board_edit_remove"), {"at": "stages/s2", "cases": "s3"})
    assert answer.status_code == 302
    assert [each["key"] for each in document()["stages"]] == ["s1", "s3"]
    assert case()["stage"] == "s3"
    assert client.get(address("board_edit_publish")).content.decode().count("2 people stand in it") == 1
    client.post(address("board_edit_undo"))
    assert case()["stage"] == "s2"


@pytest.mark.parametrize(
    ("at", "left"),
    [
        ("cases/declined", lambda: document()["cases"] == []),
        ("stages/s1/touchpoints/talk", lambda: len(stage("s1")["touchpoints"]) == 1),
        ("stages/s1/metrics/1", lambda: len(stage("s1")["metrics"]) == 1),
        ("stages/s1/emotion", lambda: "emotion" not in stage("s1")),
        ("cases/declined/exclude", lambda: "exclude" not in case()),
        ("touchpoints/talk", lambda: len(document()["touchpoints"]) == 2),
    ],
)
def test_removals(client, oleg, draft, at, left):
    assert client.get(address("board_edit_menu", f"&at={at}&do=remove")).status_code == 200
    assert client.post(address("board_edit_remove"), {"at": at}).status_code == 302
    assert left()


def test_what_publishing_changes_is_said(client, oleg, draft):
    assert "Nothing differs from the valid version" in client.get(address("board_edit_publish")).content.decode()
    save(client, "stages/s2/name", texts("text", say("Knowing")))
    save(client, "cases/declined/result", texts("text", say("Stays")))
    move(client, "stages/s3/name", before="s1")
    text = client.get(address("board_edit_publish")).content.decode()
    for said in ("Knowing", "Stage s2", "Stays", a_case()["result"]["en"], "moved"):
        assert said in text


def test_publishing_asks_the_gate_and_keeps_the_note(client, oleg, draft):
    revision = queries_work.find_draft("small").revision
    answer = client.post(address("board_edit_publish"), {"note": "Clearer", "revision": revision - 1})
    assert "changed meanwhile" in answer.content.decode()
    answer = client.post(address("board_edit_publish"), {"note": "Clearer", "revision": revision})
    assert answer.status_code == 422
    assert "Not published" in answer.content.decode()
    assert document()["change_note"] == "Clearer"


def test_a_second_person_publishes(client, oleg):
    """From an edited draft to the valid version, through the gate, with the note, by somebody else than the editor."""
    save_cases(actor=oleg, now=NOW)
    operations.publish_map_document(a_map(), actor=oleg, now=NOW)
    client.post(address("board_edit_begin"))
    client.post(address("board_edit_four_eyes"), {"needed": "1"})
    save(client, "stages/s2/name", texts("text", say("Knowing")))
    asked = {"note": "Clearer", "revision": queries_work.find_draft("small").revision}
    assert "published by a second person" in client.post(address("board_edit_publish"), asked).content.decode()
    client.force_login(a_user(roles=("owner",), email="dina@example.com"))
    asked["revision"] = queries_work.find_draft("small").revision
    assert client.post(address("board_edit_publish"), asked).status_code == 302
    valid = MapVersion.objects.current().get()
    assert (valid.number, valid.change_note, valid.name) == (2, "Clearer", say("Small map"))
    assert queries_work.review_of("small", NOW.date()).next_on is not None
    assert AuditEntry.objects.filter(action="map.four_eyes_on").exists()


def test_dropping_the_draft(client, oleg, draft):
    save(client, "stages/s2/name", texts("text", say("Knowing")))
    assert client.post(address("board_edit_discard")).status_code == 302
    assert queries_work.find_draft("small") is None
    assert AuditEntry.objects.filter(action="map.discarded").exists()


def test_who_has_a_field_open_is_seen_by_the_others(client, oleg, draft):
    assert client.post(address("board_edit_typing", "&at=stages/s2/name")).status_code == 204
    assert "oleg@example.com" not in client.get(address("board_edit_watch", "&revision=1")).content.decode()
    client.force_login(a_user(roles=("owner",), email="dina@example.com"))
    text = client.get(address("board_edit_watch", "&revision=0")).content.decode()
    assert "oleg@example.com has this open:" in text
    assert "changed meanwhile" in text
    assert "oleg@example.com has this open, too" in client.get(cell("stages/s2/name")).content.decode()


def test_talk(client, draft):
    client.force_login(a_user(roles=("analyst",)))
    client.cookies["language"] = "en"
    where = "&anchor=stage:s2"
    assert client.post(address("map_comment", where), {"text": "Too long"}).status_code == 302
    comment = Comment.objects.get()
    assert "Too long" in client.get(address("map_talk", where), headers=PART).content.decode()
    assert client.post(address("map_comment_resolve", where, comment.id)).status_code == 302
    assert "1 comment dealt with" in client.get(address("map_talk", where)).content.decode()
    client.post(address("map_comment_reopen", where, comment.id))
    assert queries_work.comment_counts("small") == {"stage:s2": 1}
    assert client.post(address("map_comment", where), {"text": " "}).status_code == 422
    assert client.post(address("map_source", where), {"title": "x"}).status_code == 403


def test_evidence_and_review(client, oleg, draft):
    where = "&anchor=stage:s2:emotion"
    note = {"kind": "interview", "title": "Eleven talks", "text": "Price", "on": "2026-02-01"}
    assert client.post(address("map_source", where), note).status_code == 302
    assert client.post(address("map_source", where), {**note, "on": "soon"}).status_code == 422
    text = client.get(address("map_talk", where)).content.decode()
    assert "Eleven talks" in text
    assert "Stage s2 · The client feels" in text
    client.post(address("map_source_withdraw", where, SourceNote.objects.get().id))
    assert "Eleven talks" not in client.get(address("map_talk", where)).content.decode()
    assert client.post(address("map_review"), {"note": "Still true"}).status_code == 302
    assert "Still true" in client.get(address("map_review")).content.decode()
    client.force_login(a_user(roles=("analyst",)))
    assert client.post(address("map_review"), {"note": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("place", "anchor"),
    [
        ("stages/s2/name", "stage:s2"),
        ("stages/s2/emotion", "stage:s2:emotion"),
        ("stages/s2/metrics/1", "stage:s2:metrics"),
        ("stages/s2/touchpoints/talk", "touchpoint:talk"),
        ("touchpoints/talk", "touchpoint:talk"),
        ("cases/declined/detect", "case:declined"),
        ("metrics/0", "map"),
        ("stages/+", "map"),
    ],
)
def test_what_a_place_is_talked_about_as(place, anchor):
    assert anchor_of(place) == anchor


def test_keys_of_new_things():
    assert free_key("s", ["s1", "s3"]) == "s2"
    assert key_from({"en": "Weekly call!"}, [], "x") == "weekly-call"
    assert key_from({"kk": "Қоңырау"}, ["measure"], "measure") == "measure-1"
