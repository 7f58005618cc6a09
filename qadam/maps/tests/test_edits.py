"""Changes of documents: as a table, and as laws on random changes."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.maps import edits
from qadam.maps.editing_errors import AlreadyThere, NoSuchPlace
from qadam.maps.tests import content
from qadam.maps.tests.content import a_case, say

S2, TALK = ["stages", "s2"], ["stages", "s2", "touchpoints", "talk"]


def a_map():
    return content.a_map(cases=["declined"])


def keys(document, *path):
    return [each if isinstance(each, str) else each.get("key") or each["code"] for each in edits.read(document, path)]


@pytest.mark.parametrize(
    ("change", "path", "left"),
    [
        ({"do": "set", "at": [*S2, "name"], "to": say("Other")}, [*S2, "name"], say("Other")),
        ({"do": "set", "at": [*S2, "emotion"]}, [*S2, "emotion"], edits.MISSING),
        ({"do": "set", "at": [*S2, "metrics", "1"], "to": {"code": "M3"}}, [*S2, "metrics", "1"], {"code": "M3"}),
        ({"do": "set", "at": ["owner"], "to": "oleg@example.com"}, ["owner"], "oleg@example.com"),
        ({"do": "remove", "at": [*S2, "client_actions", "0"]}, [*S2, "client_actions"], []),
        ({"do": "remove", "at": ["cases", "declined"]}, ["cases"], []),
    ],
)  # fmt: skip
def test_what_a_change_leaves(change, path, left):
    changed, inverse = edits.apply(a_map(), change)
    assert edits.read(changed, path) == left
    assert edits.apply(changed, inverse)[0] == a_map()


@pytest.mark.parametrize(
    ("change", "path", "order"),
    [
        ({"do": "move", "at": S2, "before": "s1"}, ["stages"], ["s2", "s1", "s3"]),
        ({"do": "move", "at": S2}, ["stages"], ["s1", "s3", "s2"]),
        ({"do": "move", "at": S2, "before": "s2"}, ["stages"], ["s1", "s2", "s3"]),
        ({"do": "remove", "at": S2}, ["stages"], ["s1", "s3"]),
        ({"do": "add", "at": ["stages"], "item": {"key": "s9"}, "before": "s2"}, ["stages"], ["s1", "s9", "s2", "s3"]),
        ({"do": "add", "at": ["cases"], "item": "late"}, ["cases"], ["declined", "late"]),
        (
            {"do": "all", "changes": [
                {"do": "remove", "at": [*S2, "touchpoints", "board"]},
                {"do": "move", "at": TALK, "to": ["stages", "s1", "extra"], "before": None}]},
            ["stages", "s1", "extra"], ["talk"],
        ),
    ],
)  # fmt: skip
def test_orders(change, path, order):
    documents, inverse = edits.apply_all({"": a_map()}, change)
    assert keys(documents[""], *path) == order
    assert edits.apply_all(documents, inverse)[0][""] == a_map()


def test_a_touchpoint_goes_to_another_stage_once():
    document, _inverse = edits.apply(a_map(), {"do": "remove", "at": ["stages", "s1", "touchpoints", "talk"]})
    change = {"do": "move", "at": TALK, "to": ["stages", "s1", "touchpoints"], "before": "board"}
    moved, inverse = edits.apply(document, change)
    assert keys(moved, "stages", "s1", "touchpoints") == ["talk", "board"]
    assert keys(moved, "stages", "s2", "touchpoints") == ["board"]
    assert edits.apply(moved, inverse)[0] == document
    with pytest.raises(AlreadyThere):
        edits.apply(a_map(), change)


def test_a_change_of_two_documents_at_once():
    change = {"do": "all", "changes": [
        {"do": "set", "at": ["stage"], "to": "s1", "case": "declined"}, {"do": "remove", "at": S2}]}  # fmt: skip
    before = {"": a_map(), "declined": a_case()}
    after, inverse = edits.apply_all(before, change)
    assert (after["declined"]["stage"], keys(after[""], "stages")) == ("s1", ["s1", "s3"])
    assert edits.apply_all(after, inverse)[0] == before


@pytest.mark.parametrize(
    "change",
    [
        {"do": "set", "at": ["stages", "s9", "name"], "to": say("x")},
        {"do": "set", "at": ["stages", "s1", "nothing", "name"], "to": say("x")},
        {"do": "set", "at": ["map", "deeper"], "to": 1},
        {"do": "set", "at": [*S2, "metrics", "9"], "to": {}},
        {"do": "set", "at": [*S2, "metrics", "0"]},
        {"do": "remove", "at": ["name", "en"]},
        {"do": "move", "at": S2, "before": "s9"},
        {"do": "add", "at": ["stages"], "item": {"key": "s9"}, "before": "s8"},
        {"do": "set", "at": ["name"], "to": say("x"), "case": "nowhere"},
        {"do": "burn", "at": ["name"]},
    ],
)
def test_what_is_not_there(change):
    with pytest.raises(NoSuchPlace):
        edits.apply_all({"": a_map()}, change)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (["stages", "s2", "metrics", "0", "target"], "stages[1].metrics[0].target"),
        (["touchpoints", "board", "name"], "touchpoints[1].name"),
        (["name"], "name"),
    ],
)
def test_places_as_faults_name_them(path, said):
    assert edits.numbered(a_map(), path) == said


STAGES, POINTS = ["s1", "s2", "s3", "s4"], ["talk", "board", "shop"]
stage = st.sampled_from(STAGES)
point = st.sampled_from(POINTS)
before = st.none() | st.sampled_from([*STAGES, *POINTS])


@st.composite
def changes(draw):
    at = draw(st.sampled_from([
        ["stages", draw(stage)], ["stages", draw(stage), "touchpoints", draw(point)], ["touchpoints", draw(point)],
        ["stages", draw(stage), "metrics", draw(st.sampled_from(["0", "1"]))], ["name"],
        ["stages", draw(stage), "owner"], ["stages", draw(stage), "client_actions", "0"],
    ]))  # fmt: skip
    do = draw(st.sampled_from(["set", "unset", "add", "remove", "move", "carry"]))
    if do == "set":
        return {"do": "set", "at": at, "to": {"key": at[-1], "code": at[-1], "n": draw(st.integers(0, 3))}}
    if do == "unset":
        return {"do": "set", "at": at}
    if do == "add":
        return {"do": "add", "at": at[:-1], "item": {"key": at[-1], "code": at[-1]}, "before": draw(before)}
    if do == "carry":
        return {"do": "move", "at": at, "to": ["stages", draw(stage), "touchpoints"], "before": draw(before)}
    return {"do": do, "at": at, "before": draw(before)} if do == "move" else {"do": do, "at": at}


@given(st.lists(changes(), min_size=1, max_size=6))
@settings(max_examples=60)
def test_a_change_and_its_inverse_leave_nothing(several):
    first = {"": a_map()}
    documents, back = first, []
    for change in several:
        untouched = copy.deepcopy(documents)
        try:
            documents, inverse = edits.apply_all(documents, change)
        except (NoSuchPlace, AlreadyThere):
            assert documents == untouched
            continue
        assert edits.apply_all(edits.apply_all(documents, inverse)[0], change)[0] == documents
        back.insert(0, inverse)
    assert edits.apply_all(documents, {"do": "all", "changes": back})[0] == first
