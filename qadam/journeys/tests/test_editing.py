"""Edits of journey documents: tables for what a person expects, laws for what must never be lost."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.journeys import editing
from qadam.journeys.outline import ENTRY, LINEAR, Way, flow_of, kind_of, outline_of, reachable, steps_of

PACK = Path(__file__).resolve().parents[2] / "packs/start/journeys"
START = yaml.safe_load(Path(__file__).with_name("start_90.yaml").read_text("utf-8"))
BEFORE = yaml.safe_load((PACK / "before-registration.yaml").read_text("utf-8"))


def journey(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"journey": "x", "steps": list(steps)}


def send(step_id: str, **more: Any) -> dict[str, Any]:
    return {"id": step_id, "send": {"channel": "email", "template": step_id}, **more}


def wait(step_id: str, **more: Any) -> dict[str, Any]:
    return {"id": step_id, "wait": {"for": "P1D", **more}}


def fork(step_id: str, *gotos: str) -> dict[str, Any]:
    return {"id": step_id, "branch": [{"when": {}, "goto": goto} for goto in gotos[:-1]], "else": gotos[-1]}


def end(step_id: str) -> dict[str, Any]:
    return {"id": step_id, "exit": step_id}


def drawn(document: dict[str, Any]) -> list[Any]:
    """Write the tree as nested lists: ids, side ways as (edge, chain), and “→x” for where a chain goes on."""
    return _chain(outline_of(document).main)


def _chain(chain: Any) -> list[Any]:
    found: list[Any] = []
    for item in chain.items:
        found += [item.step, *((side.edge, _chain(side.chain)) for side in item.sides)]
    return [*found, *([f"→{chain.goes_on_at}"] if chain.goes_on_at else [])]


def order(document: dict[str, Any]) -> list[str]:
    return [step["id"] for step in document["steps"]]


def nexts(document: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    return {step: dict(ways) for step, ways in flow_of(document).items()}


def test_side_ways_end_where_they_meet_and_each_step_stands_once() -> None:
    assert drawn(START)[:8] == [
        "plan",
        "welcome",
        "until-day-3",
        "goal-by-day-3",
        ("branch:1", ["goal-reached", "→until-week-2"]),
        ("else", ["day-3", "until-goal", ("timeout", ["goal-open", "→until-week-2"]), "→goal-reached"]),
        "until-week-2",
        "week-2",
    ]


def test_a_way_that_ends_stays_beside_the_path() -> None:
    tail = ["until-registered", ("timeout", ["window-over"]), "registered"]
    assert drawn(BEFORE) == ["a-while", "opinion", "morning", "follow-up", *tail]


def test_circles_and_gaps_are_drawn_too() -> None:
    loop = journey(wait("a"), fork("b", "a", "c"), end("c"))
    assert drawn(loop) == ["a", "b", ("branch:1", ["→a"]), ("else", ["→c"]), "c"]
    assert outline_of(journey(fork("b", "nowhere", "c"), end("c"))).main.items[0].sides[0].chain.is_broken
    assert drawn(journey(wait("a"), {"id": "b", "goto": "a"})) == ["a", "b"]
    lost = outline_of(journey(end("a"), send("b"), send("c"))).lost
    assert [[item.step for item in chain.items] for chain in lost] == [["b", "c"]]
    assert drawn(journey()) == []


def test_a_step_is_added_between_two() -> None:
    made, new = editing.add_step(journey(send("a"), send("b")), Way("a", "next"), "wait")
    assert order(made) == ["a", "wait", "b"]
    assert new == "wait"
    assert made["steps"][1] == {"id": "wait", "wait": {"for": "P1D"}}


def test_a_step_is_added_first_and_last() -> None:
    assert order(editing.add_step(journey(send("a")), ENTRY, "wait")[0]) == ["wait", "a"]
    assert order(editing.add_step(journey(send("a")), Way("a", "next"), "wait")[0]) == ["a", "wait"]
    assert order(editing.add_step(journey(), ENTRY, "exit")[0]) == ["exit"]


def test_a_step_on_a_side_way_leaves_the_others_as_they_were() -> None:
    made, new = editing.add_step(START, Way("goal-by-day-3", "branch:1"), "set")
    assert nexts(made)["goal-by-day-3"] == {"branch:1": new, "else": "day-3"}
    assert nexts(made)[new] == {"next": "goal-reached"}
    assert nexts(made)["until-goal"] == nexts(START)["until-goal"]


def test_a_step_where_ways_meet_takes_them_all() -> None:
    made, new = editing.add_step(START, Way("goal-by-day-3", "join"), "set")
    assert nexts(made)["goal-reached"]["next"] == nexts(made)["goal-open"]["next"] == new
    assert nexts(made)[new] == {"next": "until-week-2"}


def test_a_fork_at_the_end_gets_an_exit_to_lead_to() -> None:
    made, _new = editing.add_step(journey(send("a")), Way("a", "next"), "branch")
    assert made["steps"][1:] == [
        {"id": "branch", "branch": [{"when": {"did": ""}, "goto": "finish"}], "else": "finish"},
        {"id": "finish", "exit": "finished"},
    ]


def test_deleting_leads_those_who_came_here_onwards() -> None:
    made = editing.delete_step(START, "until-week-2")
    assert nexts(made)["goal-open"]["next"] == nexts(made)["goal-reached"]["next"] == "week-2"


def test_deleting_a_fork_keeps_its_other_ways_or_takes_them_along() -> None:
    assert editing.lost_without(START, "until-goal") == ["goal-open"]
    assert "goal-open" in order(editing.delete_step(START, "until-goal"))
    assert "goal-open" not in order(editing.delete_step(START, "until-goal", with_lost=True))
    assert nexts(editing.delete_step(START, "goal-by-day-3"))["until-day-3"] == {"next": "day-3"}


def test_deleting_the_first_step_begins_with_the_one_it_led_to() -> None:
    made = editing.delete_step(journey(send("a", next="c"), send("b"), send("c")), "a")
    assert order(made)[0] == "c"


def test_an_exit_that_is_named_stays() -> None:
    assert not editing.can_delete(BEFORE, "window-over")
    assert editing.can_delete(BEFORE, "registered")
    assert not editing.can_delete(journey(send("a")), "a")


def test_moving_changes_places_with_the_neighbour() -> None:
    line = journey(send("a"), wait("b"), send("c"))
    assert drawn(editing.move_step(line, "c", up=True)) == ["a", "c", "b"]
    assert drawn(editing.move_step(line, "a", up=False)) == ["b", "a", "c"]
    assert editing.movable(line, "a") == (False, True)
    assert editing.move_step(line, "a", up=True) == line


def test_a_fork_moves_with_its_ways() -> None:
    forked = journey(send("a"), fork("b", "c", "d"), send("c"), wait("d"))
    assert drawn(editing.move_step(forked, "b", up=True)) == [
        "b", ("branch:1", ["c", "→a"]), ("else", ["→a"]), "a", "d"
    ]  # fmt: skip
    assert drawn(editing.move_step(forked, "d", up=True))[:2] == ["a", "d"]


def test_what_ends_the_journey_stays_at_the_end() -> None:
    assert editing.movable(BEFORE, "registered") == (False, False)
    assert editing.movable(BEFORE, "until-registered") == (True, False)


def test_content_is_replaced_and_the_id_kept() -> None:
    made = editing.replace_step(START, "welcome", {"id": "other", "exit": "x"})
    assert made["steps"][1] == {"id": "welcome", "exit": "x"}
    assert START["steps"][1]["send"]["template"] == "welcome"


# ── Laws ──────────────────────────────────────────────────


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    ids = [f"s{number}" for number in range(draw(st.integers(1, 8)))]
    somewhere = st.sampled_from(ids)
    steps: list[dict[str, Any]] = []
    for step_id in ids:
        match draw(st.sampled_from(["send", "send", "wait", "wait", "branch", "split", "goto", "exit"])):
            case "send":
                steps.append(send(step_id) | ({"on": {"failed": draw(somewhere)}} if draw(st.booleans()) else {}))
            case "wait":
                steps.append(wait(step_id, **({"on_timeout": draw(somewhere)} if draw(st.booleans()) else {})))
            case "branch":
                steps.append(fork(step_id, draw(somewhere), draw(somewhere)))
            case "split":
                steps.append({"id": step_id, "split": [{"share": 50, "goto": draw(somewhere)} for _ in range(2)]})
            case "goto":
                steps.append({"id": step_id, "goto": draw(somewhere)})
            case _:
                steps.append(end(step_id))
        if kind_of(steps[-1]) in LINEAR and draw(st.booleans()):
            steps[-1]["next"] = draw(somewhere)
    return journey(*steps)


def ways(document: dict[str, Any]) -> list[Way]:
    return [ENTRY, *(Way(step, edge) for step, found in flow_of(document).items() for edge, _ in found)]


def without_end(document: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    """Return the flow with an exit that an edit had to add taken for the end."""
    added = {step["id"] for step in document["steps"] if step.get("exit") == editing.FINISHED}
    return {
        step: {edge: None if goto in added else goto for edge, goto in found.items()}
        for step, found in nexts(document).items()
        if step not in added
    }


@given(documents(), st.data())
@settings(deadline=None)
def test_adding_changes_one_way_and_nothing_else(document: dict[str, Any], data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(ways(document)))
    kind = data.draw(st.sampled_from(LINEAR))
    made, new = editing.add_step(document, way, kind)
    before, after = without_end(document), without_end(made)
    assert after[new] == {"next": before[way.step][way.edge] if way != ENTRY else order(document)[0]}
    del after[new]
    if way != ENTRY:
        before[way.step][way.edge] = new
    assert after == before
    assert way != ENTRY or order(made)[0] == new


@given(documents(), st.data())
@settings(deadline=None)
def test_deleting_what_was_added_gives_the_old_ways(document: dict[str, Any], data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(ways(document)))
    made, new = editing.add_step(document, way, data.draw(st.sampled_from(LINEAR)))
    back = editing.delete_step(made, new)
    assert without_end(back) == without_end(document)
    assert order(back)[0] == order(document)[0]


@given(documents(), st.data())
@settings(deadline=None)
def test_deleting_leaves_no_way_to_what_is_gone(document: dict[str, Any], data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(order(document)))
    if not editing.can_delete(document, step):
        return
    made = editing.delete_step(document, step, with_lost=data.draw(st.booleans()))
    known = {*order(made), None}
    kept = [goto for found in nexts(made).values() for goto in found.values()]
    assert set(kept) <= known
    assert step not in order(made)


@given(documents(), st.data())
@settings(deadline=None)
def test_moving_loses_no_step_and_no_content(document: dict[str, Any], data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(order(document)))
    is_up = data.draw(st.booleans())
    made = editing.move_step(document, step, up=is_up)
    content = {each["id"]: kind_of(each) for each in steps_of(document)}
    assert {each["id"]: kind_of(each) for each in steps_of(made) if each["id"] in content} == content
    assert reachable(document) <= reachable(made)


@given(documents())
@settings(deadline=None)
def test_the_tree_shows_each_step_once(document: dict[str, Any]) -> None:
    shown = [item.step for chain in outline_of(document).chains() for item in chain.items]
    assert sorted(shown) == sorted(order(document))
    main = {item.step for chain in outline_of({**document}).chains() for item in chain.items}
    assert main == set(order(document))


@pytest.mark.parametrize("kind", ["send", "wait", "branch", "split", "set", "enroll", "goto", "exit"])
def test_every_kind_can_be_added_anywhere(kind: str) -> None:
    for document in (START, BEFORE):
        for way in ways(document):
            made, new = editing.add_step(document, way, kind)
            known = {*order(made), None}
            assert {goto for found in nexts(made).values() for goto in found.values()} <= known
            assert new in order(made)


@given(documents())
@settings(deadline=None)
def test_only_what_nothing_leads_to_is_drawn_apart(document: dict[str, Any]) -> None:
    shown = set(outline_of(document).main.steps())
    assert shown == reachable(document)
