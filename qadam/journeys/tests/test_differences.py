"""Two documents compared in words, without a database."""

from typing import Any

import pytest

from qadam.journeys.differences import Change, Difference, Told, compare, summarise, tell
from qadam.journeys.documents import parse_journey
from qadam.journeys.phrases import Names

HELLO = {"id": "hello", "send": {"channel": "email", "template": "hello"}}
PAUSE = {"id": "pause", "wait": {"for": "P7D"}}
LAST = {"id": "last", "send": {"channel": "email", "template": "last"}}
NB = "\N{NO-BREAK SPACE}"


def told(*steps: dict[str, Any], **changes: Any) -> Told:
    document = {
        "journey": "back",
        "name": {"kk": "k", "ru": "r", "en": "Come back"},
        "entry": {"event": "member.registered"},
        "reentry": "once",
        "steps": list(steps),
        **changes,
    }
    graph = parse_journey(document)
    names = Names(templates={"hello": "Hello there"}, steps={step: step.title() for step in graph.steps})
    return tell(graph.steps, names, graph, "en")


def compared(old: Told, new: Told) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    difference = compare(old, new)
    steps = {each.step: (each.kind, [(c.label, c.before, c.after) for c in each.changes]) for each in difference.steps}
    return steps, {each.label: (each.before, each.after) for each in difference.settings}


def test_the_same_is_no_difference() -> None:
    assert compare(told(HELLO, PAUSE, LAST), told(HELLO, PAUSE, LAST)).is_empty
    assert summarise(Difference((), ())) == ""


def test_a_shorter_wait() -> None:
    steps, settings = compared(told(HELLO, PAUSE, LAST), told(HELLO, {"id": "pause", "wait": {"for": "P5D"}}, LAST))
    assert steps == {"pause": ("changed", [("", f"Wait 7{NB}days", f"Wait 5{NB}days")])}
    assert settings == {}


def test_an_added_step_says_where_it_stands_and_changes_no_neighbour() -> None:
    more = {"id": "more", "wait": {"for": "P1D"}}
    difference = compare(told(HELLO, LAST), told(HELLO, more, LAST))
    assert [(each.kind, each.step, each.place) for each in difference.steps] == [("added", "more", "Hello")]


def test_a_removed_step_changes_no_neighbour() -> None:
    difference = compare(told(HELLO, PAUSE, LAST), told(HELLO, LAST))
    assert [(each.kind, each.title) for each in difference.steps] == [("removed", f"Wait 7{NB}days")]


def test_a_way_that_leads_elsewhere() -> None:
    wait = {"id": "pause", "wait": {"event": "order.paid", "timeout": "P3D", "on_timeout": "last"}}
    other = {"id": "pause", "wait": {"event": "order.paid", "timeout": "P3D", "on_timeout": "end"}}
    end = {"id": "end", "exit": "finished"}
    steps, _ = compared(told(wait, LAST, end), told(other, LAST, end))
    assert steps == {"pause": ("changed", [(f"Not within 3{NB}days", "→ Last", "→ End")])}


def test_a_branch_whose_condition_changed() -> None:
    def which(event: str) -> dict[str, Any]:
        return {"id": "which", "branch": [{"when": {"did": event}, "goto": "last"}], "else": "end"}

    end = {"id": "end", "exit": "finished"}
    steps, _ = compared(told(which("order.paid"), LAST, end), told(which("lesson.completed"), LAST, end))
    [(label, before, after)] = steps["which"][1]
    assert label == ""
    assert "order paid" in before
    assert "→ Last" in before
    assert "lesson" in after


@pytest.mark.parametrize(
    ("change", "label", "sentences"),
    [
        ({"horizon": "P30D"}, "At most", ("", f"30{NB}days")),
        ({"goal": {"did": "order.paid", "since": "entry"}}, "Goal", ("", "The event “order paid” has happened since")),
        ({"priority": 2}, "Priority", ("5 of 9", "2 of 9")),
        ({"on_resume": "drop"}, "After a pause", ("Overdue steps happen at once", "Whoever is overdue leaves")),
        ({"quiet": "ignore"}, "Quiet hours", ("The company's", "Ignored")),
        ({"caps": {"obey": False, "count": True}}, "Caps", ("Obeyed and counted", "Counted, but not obeyed")),
        ({"holdout": 10}, "Control group", ("", f"10{NB}%")),
    ],
)
def test_settings(change: dict[str, Any], label: str, sentences: tuple[str, str]) -> None:
    _, settings = compared(told(HELLO), told(HELLO, **change))
    assert list(settings) == [label]
    assert settings[label][0] == sentences[0]
    assert settings[label][1].startswith(sentences[1])


def test_an_unreadable_step_is_told_as_such() -> None:
    graph = parse_journey({"journey": "b", "name": {"kk": "k", "ru": "r", "en": "e"}, "reentry": "once",
                           "entry": {"event": "member.registered"}, "steps": [HELLO]})  # fmt: skip
    broken = tell({**graph.steps, "odd": None}, Names(), None, "en")
    difference = compare(tell(graph.steps, Names(), graph, "en"), broken)
    assert [(each.kind, each.title) for each in difference.steps] == [("added", "A step that isn't complete yet")]
    assert difference.settings == ()


def test_a_name_of_a_step() -> None:
    old, new = told(HELLO), told(HELLO)
    named = Told(new.settings, new.titles, new.details, {"hello": "Greeting"}, new.ways, new.first)
    assert compare(old, named).steps[0].changes == (Change("Name", "Hello", "Greeting"),)


def test_the_summary() -> None:
    difference = compare(told(HELLO, PAUSE), told(HELLO, {"id": "pause", "wait": {"for": "P5D"}}, LAST, horizon="P9D"))
    assert summarise(difference) == "1 step added; 1 step changed; changed for the whole journey: At most"
