"""A faulty journey is refused with every fault and its place."""

import copy

import pytest

from qadam.journeys.documents import parse_journey
from qadam.lib.documents import FaultyDocument

NAME = {"kk": "Сәлем", "ru": "Привет", "en": "Hello"}
GOOD = {
    "journey": "hello",
    "name": NAME,
    "entry": {"event": "member.registered"},
    "goal": {"did": "order.paid", "since": "entry"},
    "steps": [
        {"id": "letter", "send": {"channel": "email", "template": "welcome"}},
        {"id": "nap", "wait": {"event": "order.paid", "since": "arm", "timeout": "P3D", "on_timeout": "fork"}},
        {"id": "fork", "branch": [{"when": {"did": "lesson.completed"}, "goto": "end"}], "else": "nap"},
        {"id": "end", "exit": "finished"},
    ],
}


def changed(path, value):
    document = copy.deepcopy(GOOD)
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def test_a_good_document_becomes_a_graph():
    graph = parse_journey(GOOD)
    assert list(graph.steps) == ["letter", "nap", "fork", "end"]
    assert graph.first == "letter"
    assert graph.steps["letter"].next == "nap"


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["entry", "event"], "order.lost", "entry.event"),
        (["entry", "where"], {"colour": "red"}, "entry.where.colour"),
        (["steps", 0, "send", "channel"], "pigeon", "steps[0].send.channel"),
        (["steps", 1, "wait", "timeout"], "3 days", "steps[1].wait.timeout"),
        (["steps", 1, "wait", "on_timeout"], "nowhere", "steps[1].wait.on_timeout"),
        (["steps", 2, "else"], None, "steps[2].else"),
        (["steps", 2, "branch", 0, "goto"], "nowhere", "steps[2].branch[0].goto"),
        (["steps", 3, "id"], "nap", "steps[3].id"),
        (["steps", 3, "dance"], 1, "steps[3].dance"),
        (["name"], {"kk": "Сәлем", "ru": "Привет"}, "name.en"),
        (["steps"], [], "steps"),
        (["goal"], {"did": "order.lost"}, "goal"),
    ],
)
def test_a_fault_is_named_with_its_place(path, value, place):
    with pytest.raises(FaultyDocument) as caught:
        parse_journey(changed(path, value))
    assert any(fault.place.startswith(place) for fault in caught.value.faults), caught.value.faults


def test_every_fault_is_listed_at_once():
    document = changed(["entry", "event"], "order.lost")
    document["steps"][0]["send"]["channel"] = "pigeon"
    with pytest.raises(FaultyDocument) as caught:
        parse_journey(document)
    assert len(caught.value.faults) == 2


def test_a_loop_without_a_wait_is_refused():
    document = changed(["steps", 2, "else"], "fork")
    with pytest.raises(FaultyDocument, match="loop"):
        parse_journey(document)


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_document_is_refused(document):
    with pytest.raises(FaultyDocument):
        parse_journey(document)
