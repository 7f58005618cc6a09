"""Editing a draft: begin, change, conflict, undo, redo, drop; and the talk around a map."""

from datetime import date

import pytest

from qadam.cases import queries as cases
from qadam.cases.operations import save_case
from qadam.lib.documents import FaultyDocument
from qadam.maps import editing, operations, queries_work, talking
from qadam.maps.editing_errors import (
    AlreadyThere,
    ChangedSince,
    Conflict,
    NoDraft,
    NoSuchPlace,
    NothingSaid,
    NothingToRedo,
    NothingToUndo,
    UnknownComment,
)
from qadam.maps.errors import AlreadyPublished, UnknownMap
from qadam.maps.models import Edit, JourneyMap, MapVersion, Review, SourceKind, Stage
from qadam.maps.tests.content import a_case, a_map, say
from qadam.people import operations as people
from qadam.people.models import AuditEntry, MembershipKind
from tests.cast import NOW, a_company, a_prospect, a_user, days

pytestmark = pytest.mark.django_db
NAME = {"do": "set", "at": ["stages", "s2", "name"], "to": say("Information")}


@pytest.fixture
def oleg():
    return a_user(roles=("retention",), email="oleg@example.com")


@pytest.fixture
def dina():
    return a_user(roles=("owner",), email="dina@example.com")


@pytest.fixture
def valid(oleg):
    a_company()
    save_case(a_case(), actor=oleg, now=NOW)
    version = operations.save_draft(a_map(change_note="first", cases=["declined"]), actor=oleg, now=NOW)
    MapVersion.objects.update(published_at=NOW, valid_from=NOW)
    version.refresh_from_db()
    return version


@pytest.fixture
def draft(valid, oleg):
    return editing.begin_draft(valid.map, actor=oleg, now=NOW)


def edit(draft, change, actor, place="", seen=None):
    expected = {place: seen} if place else {}
    return editing.apply_edit(draft, change, expected=expected, actor=actor, now=NOW)


def document(draft):
    return MapVersion.objects.get(id=draft.id).document


def stage(draft, key="s2"):
    return next(each for each in document(draft)["stages"] if each["key"] == key)


def test_a_draft_is_a_copy_of_the_valid_version(valid, draft, oleg):
    assert (draft.number, draft.base) == (2, valid)
    assert "change_note" not in draft.document
    assert draft.document == {key: value for key, value in valid.document.items() if key != "change_note"}
    assert editing.begin_draft(valid.map, actor=oleg, now=NOW) == draft


def test_a_copy_leaves_out_owners_who_left(oleg, dina):
    a_company()
    stages = [{**each, "owner": "dina@example.com"} for each in a_map()["stages"]]
    valid = operations.save_draft(
        a_map(stages=stages, owner="oleg@example.com", cases=["declined"]), actor=oleg, now=NOW
    )
    MapVersion.objects.update(published_at=NOW, valid_from=NOW)
    type(dina).objects.filter(id=dina.id).update(is_active=False)
    draft = editing.begin_draft(valid.map, actor=oleg, now=NOW)
    assert draft.document["owner"] == "oleg@example.com"
    assert "owner" not in stage(draft)


def test_nothing_to_copy(oleg):
    with pytest.raises(UnknownMap):
        editing.begin_draft(JourneyMap.objects.create(slug="empty"), actor=oleg, now=NOW)


def test_a_change_is_stored_noted_and_counted(draft, oleg):
    seen = editing.fingerprint(draft.document, ("stages", "s2", "name"))
    noted = edit(draft, NAME, oleg, "stages/s2/name", seen)
    assert noted.number == 1
    assert noted.inverse["to"] == say("Stage s2")
    assert Stage.objects.get(version=draft, key="s2").name == say("Information")
    assert MapVersion.objects.get(id=draft.id).revision == draft.revision + 1
    assert edit(draft, NAME, oleg) is None
    assert Edit.objects.count() == 1


def test_two_people_at_one_field(draft, oleg, dina):
    seen = editing.fingerprint(draft.document, ("stages", "s2", "name"))
    edit(draft, NAME, dina, "stages/s2/name", seen)
    with pytest.raises(Conflict) as refused:
        edit(draft, {**NAME, "to": say("Knowing")}, oleg, "stages/s2/name", seen)
    assert refused.value.theirs == say("Information")
    assert stage(draft)["name"] == say("Information")
    other = editing.fingerprint(draft.document, ("stages", "s3", "name"))
    edit(draft, {**NAME, "at": ["stages", "s3", "name"]}, oleg, "stages/s3/name", other)
    assert stage(draft, "s3")["name"] == say("Information")


def test_two_people_at_one_field_of_a_case(draft, oleg, dina):
    change = {"do": "set", "at": ["result"], "to": say("Stays"), "case": "declined"}
    seen = editing.fingerprint(a_case(), ("result",))
    edit(draft, change, dina, "cases/declined/result", seen)
    assert cases.newest_versions(["declined"])["declined"].document["result"] == say("Stays")
    with pytest.raises(Conflict):
        edit(draft, {**change, "to": say("Comes")}, oleg, "cases/declined/result", seen)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"do": "set", "at": ["stages", "s2", "horizon_days"], "to": 0}, "stages[1].horizon_days"),
        ({"do": "set", "at": ["stages", "s2", "entry"], "to": {"did": "no.such"}}, "stages[1].entry.did"),
        ({"do": "remove", "at": ["touchpoints", "talk"]}, "stages[0].touchpoints[0].code"),
        ({"do": "set", "at": ["horizon"], "to": "soon", "case": "declined"}, "horizon"),
    ],
)
def test_a_faulty_change_saves_nothing(draft, oleg, change, place):
    before = document(draft)
    with pytest.raises(FaultyDocument) as refused:
        edit(draft, change, oleg)
    assert place in {fault.place for fault in refused.value.faults}
    assert document(draft) == before
    assert not Edit.objects.exists()


def test_what_cannot_be_changed(draft, valid, oleg):
    with pytest.raises(AlreadyPublished):
        edit(valid, NAME, oleg)
    with pytest.raises(NoSuchPlace):
        edit(draft, {**NAME, "case": "nowhere"}, oleg)
    with pytest.raises(NoSuchPlace):
        edit(draft, {**NAME, "at": ["stages", "s8", "name"]}, oleg)
    editing.discard_draft(draft, actor=oleg, now=NOW)
    with pytest.raises(NoDraft):
        edit(draft, NAME, oleg)


def test_undo_and_redo_a_text_and_a_move(draft, oleg):
    first = document(draft)
    edit(draft, NAME, oleg)
    moved = {"do": "move", "at": ["stages", "s2"], "before": "s1"}
    edit(draft, moved, oleg)
    after = document(draft)
    editing.undo_last(draft, actor=oleg, now=NOW)
    assert [each["key"] for each in document(draft)["stages"]] == ["s1", "s2", "s3"]
    editing.undo_last(draft, actor=oleg, now=NOW)
    assert document(draft) == first
    with pytest.raises(NothingToUndo):
        editing.undo_last(draft, actor=oleg, now=NOW)
    editing.redo_last(draft, actor=oleg, now=NOW)
    editing.redo_last(draft, actor=oleg, now=NOW)
    assert document(draft) == after
    with pytest.raises(NothingToRedo):
        editing.redo_last(draft, actor=oleg, now=NOW)


def test_only_own_changes_are_undone_and_only_as_they_were_left(draft, oleg, dina):
    edit(draft, NAME, oleg)
    edit(draft, {"do": "set", "at": ["name"], "to": say("Theirs")}, dina)
    editing.undo_last(draft, actor=oleg, now=NOW)
    assert document(draft)["name"] == say("Theirs")
    assert stage(draft)["name"] == say("Stage s2")
    edit(draft, NAME, oleg)
    edit(draft, {**NAME, "to": say("Newer")}, dina)
    with pytest.raises(ChangedSince):
        editing.undo_last(draft, actor=oleg, now=NOW)
    assert stage(draft)["name"] == say("Newer")
    with pytest.raises(NothingToRedo):
        editing.redo_last(draft, actor=oleg, now=NOW)


def test_a_case_moves_with_its_stage_and_back(draft, oleg):
    to_first = {"do": "set", "at": ["stage"], "to": "s1", "case": "declined"}
    edit(draft, {"do": "all", "changes": [to_first, {"do": "remove", "at": ["stages", "s2"]}]}, oleg)
    assert cases.newest_versions(["declined"])["declined"].stage_key == "s1"
    editing.undo_last(draft, actor=oleg, now=NOW)
    assert cases.newest_versions(["declined"])["declined"].stage_key == "s2"
    assert stage(draft)["key"] == "s2"


def test_a_new_case(draft, oleg):
    editing.add_case(draft, a_case(case="late"), actor=oleg, now=NOW)
    assert document(draft)["cases"] == ["declined", "late"]
    with pytest.raises(AlreadyThere):
        editing.add_case(draft, a_case(case="late"), actor=oleg, now=NOW)


def test_a_dropped_draft_takes_its_case_texts_with_it(draft, oleg):
    type(cases.newest_versions(["declined"])["declined"]).objects.update(published_at=NOW)
    edit(draft, {"do": "set", "at": ["result"], "to": say("Stays"), "case": "declined"}, oleg)
    assert cases.newest_versions(["declined"])["declined"].number == 2
    editing.discard_draft(draft, actor=oleg, now=NOW)
    assert cases.newest_versions(["declined"])["declined"].number == 1
    assert AuditEntry.objects.get(action="map.discarded").detail == {"number": 2, "edits": 1}
    assert queries_work.find_draft("small") is None


def test_who_types(draft, oleg, dina):
    editing.note_typing(draft, "stages/s2/name", user=dina, now=NOW)
    assert queries_work.who_types(draft, NOW, but=oleg) == {"stages/s2/name": "dina@example.com"}
    assert queries_work.who_types(draft, NOW, but=dina) == {}
    assert queries_work.who_types(draft, NOW + days(1), but=oleg) == {}
    editing.stop_typing(draft, user=dina)
    assert queries_work.who_types(draft, NOW) == {}


def test_where_people_of_a_removed_stage_go(valid):
    everybody = [a_prospect(now=NOW - days(9)) for _n in range(3)]
    stays = [people.Stay(each.id, MembershipKind.STAGE.value, "small/s2", NOW) for each in everybody]
    early = people.Stay(everybody[0].id, MembershipKind.STAGE.value, "small/s1", NOW - days(5))
    people.enter_memberships([*stays, early], now=NOW)
    assert queries_work.people_after_removal("small", "s2", ["s1", "s3"]) == {"s1": 1, "": 2}
    assert queries_work.people_after_removal("small", "s3", ["s1", "s2"]) == {}


def test_comments(valid, oleg, dina):
    the_map = valid.map
    comment = talking.add_comment(the_map, "stage:s2", " Too long ", author=dina, now=NOW)
    assert queries_work.comment_counts("small") == {"stage:s2": 1}
    talking.resolve_comment(the_map, comment.id, actor=oleg, now=NOW)
    talk = queries_work.talk_about("small", "stage:s2")
    assert (talk.open, [each.text for each in talk.resolved]) == ((), ["Too long"])
    talking.reopen_comment(the_map, comment.id)
    assert queries_work.comment_counts("small") == {"stage:s2": 1}
    with pytest.raises(NothingSaid):
        talking.add_comment(the_map, "map", "  ", author=dina, now=NOW)
    with pytest.raises(UnknownComment):
        talking.resolve_comment(the_map, 99, actor=oleg, now=NOW)


def test_evidence(valid, oleg):
    note = talking.NewSource(SourceKind.INTERVIEW, "Eleven talks", "They doubt the price.", date(2026, 2, 1))
    source = talking.add_source(valid.map, "stage:s2:emotion", note, actor=oleg, now=NOW)
    assert queries_work.source_counts("small") == {"stage:s2:emotion": 1}
    talking.withdraw_source(valid.map, source.id, now=NOW)
    assert queries_work.talk_about("small", "stage:s2:emotion").sources == ()


def test_reviews(valid, oleg):
    the_map, today = valid.map, date(2026, 3, 2)
    JourneyMap.objects.filter(id=the_map.id).update(next_review_on=today)
    Review.objects.create(map=the_map, due_on=today)
    assert queries_work.review_of("small", today).is_overdue
    due = talking.finish_review(the_map, "Stage 2 is too long.", today=today, actor=oleg, now=NOW)
    state = queries_work.review_of("small", today)
    assert (due, state.next_on, state.days, state.is_overdue) == (date(2026, 5, 31), date(2026, 5, 31), 90, False)
    assert [each.note for each in queries_work.list_reviews("small")] == ["Stage 2 is too long."]
    assert Review.objects.get(done_at__isnull=True).due_on == due
