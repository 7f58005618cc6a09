"""Steps as sentences. The words of each language are in the catalogues; here stands what a sentence is made of."""

from typing import Any

import pytest
from django.utils import translation

from qadam.journeys.document_steps import parse_step
from qadam.journeys.documents import parse_journey
from qadam.journeys.phrases import Names, tell_conversion, tell_entry, tell_reentry, tell_step, tell_way
from qadam.journeys.steps import Step
from qadam.lib.documents import open_document

NAMES = Names(templates={"hello": "Welcome"}, plans={"start": "The first days"}, journeys={"x": "Come back"})
SPACE = "\N{NO-BREAK SPACE}"


def step(**content: Any) -> Step:
    node = open_document({"id": "here", **content})
    parsed = parse_step(node, ["here", "there"], 0)
    assert not node.faults
    return parsed


@pytest.mark.parametrize(
    ("content", "title", "details"),
    [
        ({"send": {"channel": "email", "template": "hello"}}, "Send “Welcome” by e-mail", ()),
        (
            {"send": {"channel": "email", "template": "other", "deadline": "P2D"}, "holdout": 10},
            "Send “other” by e-mail",
            ("within 2 days, or not at all", "control group of this step: 10 %"),
        ),
        ({"send": {"channel": "plan", "plan": "start"}}, "Hand out the action plan “The first days”", ()),
        ({"wait": {"for": "P1D"}}, "Wait 1 day", ()),
        ({"wait": {"for": "PT24H"}}, "Wait 24 hours", ()),
        ({"wait": {"for": "P1DT2H"}}, "Wait 1 day 2 hours", ()),
        ({"wait": {"until": {"at": "09:00"}}}, "Wait until 09:00", ()),
        (
            {"wait": {"until": {"at": "09:00", "weekday": ["mon", "thu"]}}},
            "Wait until the next Monday or Thursday, 09:00",
            (),
        ),
        ({"wait": {"until": {"at": "09:00", "day": 5}}}, "Wait until day 5 of the path, 09:00", ()),
        ({"wait": {"until": {"instant": "2026-12-01T09:00"}}}, "Wait until 1 December 2026, 09:00", ()),
        (
            {"wait": {"event": "order.paid", "where": {"buyer": "own"}, "timeout": "P3D"}},
            "Wait for the event “order paid” (buyer: own)",
            ("counted since the entry", "at most 3 days"),
        ),
        (
            {"wait": {"for": "P1D", "when": {"day": {"at_least": 3}}}},
            "Wait 1 day, or until this is true: it is day 3 of the path or later",
            (),
        ),
        (
            {"branch": [{"when": {"day": {"at_least": 3}}, "goto": "there"}], "else": "there"},
            "Choose the way by a condition",
            (),
        ),
        (
            {"split": [{"share": 90, "goto": "there"}, {"share": 10, "goto": "there"}]},
            "Split by chance: 90 % · 10 %",
            (),
        ),
        ({"set": {"tag": "vip"}}, "Put the tag “vip” on", ()),
        ({"set": {"score": "warmth", "by": -5}}, "Change the score “warmth” by −5", ()),
        ({"enroll": {"journey": "x", "stop": True}}, "Stop the journey “Come back”", ()),
        ({"goto": "there"}, "Go on at “there”", ()),
        ({"exit": "finished"}, "Leave the journey: it came to its end", ()),
    ],
    ids=str,
)
def test_a_step_is_a_sentence(content: dict[str, Any], title: str, details: tuple[str, ...]) -> None:
    told = tell_step(step(**content), NAMES)
    assert told.title.replace(SPACE, " ") == title
    assert tuple(each.replace(SPACE, " ") for each in told.details) == details


def test_ways_have_labels() -> None:
    fork = step(branch=[{"when": {"day": {"at_least": 3}}, "goto": "there"}], **{"else": "there"})
    assert tell_way("branch:1", fork) == "If: it is day 3 of the path or later"
    assert tell_way("branch:2", fork) == "If: condition 2 isn't complete"
    assert tell_way("else", fork) == "Everybody else"
    parts = step(split=[{"share": 90, "goto": "there"}, {"share": 10, "goto": "there", "control": True}])
    assert tell_way("arm:2", parts).replace(SPACE, " ") == "10 %, control group"
    late = step(wait={"event": "order.paid", "timeout": "P3D", "on_timeout": "there"})
    assert tell_way("timeout", late).replace(SPACE, " ") == "Not within 3 days"
    assert tell_way("on:failed", None) == "Failed for good"


def test_who_enters_and_what_for() -> None:
    graph = parse_journey(
        {
            "journey": "x",
            "name": dict.fromkeys(("kk", "ru", "en"), "x"),
            "entry": {"event": "order.paid", "if": {"is": {"kind": "customer"}}},
            "reentry": {"after_exit": "P30D"},
            "conversion": {"event": "order.paid", "within": "P30D"},
            "steps": [{"id": "end", "exit": "finished"}],
        }
    )
    assert tell_entry(graph.entry) == "Whoever this happens to: “order paid”, if the member is a customer"
    assert tell_reentry(graph.reentry).replace(SPACE, " ") == "Again, 30 days after leaving"
    assert graph.conversion is not None
    assert tell_conversion(graph.conversion).replace(SPACE, " ") == "“order paid” within 30 days since the entry"


@pytest.mark.parametrize(("language", "title"), [("kk", "Күту: 3 күн"), ("ru", "Ждать 3 дня"), ("en", "Wait 3 days")])
def test_every_language_has_its_words(language: str, title: str) -> None:
    with translation.override(language):
        assert tell_step(step(wait={"for": "P3D"}), NAMES).title.replace(SPACE, " ") == title
