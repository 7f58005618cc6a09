"""What a case document says: read, refused with its path, compiled to one journey."""

import pytest

from qadam.cases.documents import parse
from qadam.cases.measures import Purpose, Trigger
from qadam.cases.rules import compile_journey, detection_rule, letter_priority
from qadam.cases.tests.content import a_case, a_measure, a_suggestion
from qadam.journeys.documents import parse_journey
from qadam.lib.documents import FaultyDocument


def test_a_case_is_one_journey():
    journey = compile_journey(a_case(cooldown="P90D", holdout=10))
    assert journey["journey"] == "case:declined"
    assert journey["entry"] == {"event": "case.entered", "where": {"key": "declined"}}
    assert journey["reentry"] == {"after_exit": "P90D"}
    assert journey["holdout"] == 10
    assert (journey["goal"], journey["exit"]) == (a_case()["success"], a_case()["failure"])
    assert journey["exclude"] == a_case()["exclude"]
    assert journey["horizon"] == "P30D"
    parse_journey(journey)


def test_who_needs_an_answer_is_never_withheld():
    journey = compile_journey(a_case(holdout=None, never_withheld=True))
    assert journey["never_withheld"] is True
    assert "holdout" not in journey


WAIT = {"event": "order.paid", "since": "arm", "timeout": "P3D", "on_timeout": "letter"}


def test_measures_become_blocks_that_their_start_opens():
    steps = [
        {"id": "letter", "send": {"channel": "email", "template": "hello"}, "on": {"suppressed": "rest"}},
        {
            "id": "pause",
            "wait": {"event": "order.paid", "since": "arm", "timeout": "P3D", "on_timeout": "letter"},
            "next": "choose",
        },
        {"id": "choose", "branch": [{"when": {"did": "order.paid"}, "goto": "thanks"}], "else": "rest"},
        {"id": "thanks", "wait": {"for": "P1D"}},
    ]
    journey = compile_journey(a_case(measures=[a_measure(steps=steps), a_suggestion()]))
    graph = parse_journey(journey)
    by_id = {step["id"]: step for step in journey["steps"]}
    assert graph.first == "open"
    assert by_id["open"]["wait"]["where"] == {"case": "declined", "measure": ["letter"]}
    assert by_id["which"]["branch"][0]["goto"] == "letter:letter"
    assert by_id["letter:letter"]["on"] == {"suppressed": "rest"}
    assert by_id["letter:pause"]["wait"]["on_timeout"] == "letter:letter"
    assert by_id["letter:pause"]["next"] == "letter:choose"
    assert by_id["letter:choose"]["branch"][0]["goto"] == "letter:thanks"
    assert by_id["letter:thanks"]["next"] == "rest"


def test_a_case_without_steps_waits_for_its_horizon():
    steps = compile_journey(a_case(measures=[a_suggestion()]))["steps"]
    assert steps == [{"id": "open", "wait": {"for": "P30D"}}, {"id": "end", "exit": "horizon"}]


def test_who_is_excluded_or_of_another_segment_is_not_detected():
    case = a_case(segments=["role/recruiter"])
    wanted = [case["detect"], {"in": {"segment": ["role/recruiter"]}}, {"not": case["exclude"]}]
    assert detection_rule(case) == {"all": wanted}
    assert detection_rule({"detect": {"did": "order.paid"}}) == {"did": "order.paid"}


@pytest.mark.parametrize(("priority", "expected"), [(0, 9), (50, 5), (100, 1), (500, 1)])
def test_an_urgent_case_sends_first(priority, expected):
    assert letter_priority(priority) == expected


def test_defaults():
    found = parse(a_case(holdout=None, measures=[a_measure(purpose="training"), a_suggestion()]))
    letter, call = found.measures
    assert (found.holdout, found.sla, found.owner) == (1000, None, "")
    assert (letter.trigger, letter.needs_consent) == (Trigger.AUTOMATIC, True)
    assert (call.purpose, call.needs_consent) == (Purpose.CARE, False)
    assert parse(a_case(holdout=None, never_withheld=True)).holdout == 0


RECRUITING = a_measure(purpose="recruiting")


def walking(step):
    return {"measures": [a_measure(steps=[step])]}


def seeing(type_name):
    return {"examples": [{"matches": True, "on_day": 1, "events": [{"day": 0, "type": type_name}]}]}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"case": "Отказ"}, "case"),
        ({"case": "a" * 60}, "case"),
        ({"polarity": "bad"}, "polarity"),
        ({"name": "Declined"}, "name"),
        ({"causes": "trust"}, "causes"),
        ({"detect": {"did": "presentation.lost"}}, "detect.did"),
        ({"detect": {"did": "order.paid", "since": "entry"}}, "detect"),
        ({"success": None}, "success"),
        ({"horizon": "21 days"}, "horizon"),
        ({"horizon": "P0D"}, "horizon"),
        ({"failure": a_case()["success"]}, "failure"),
        ({"failure": {"any": [{"did": "order.refunded"}, a_case()["success"]]}}, "failure"),
        ({"metrics": [{"code": "M9", "targt": 1}]}, "metrics[0].targt"),
        ({"measure": []}, "measure"),
        ({"holdout": 101}, "holdout"),
        ({"holdout": 10, "never_withheld": True}, "holdout"),
        ({"sla": "2 days"}, "sla"),
        ({"measures": []}, "measures"),
        ({"measures": {"key": "letter"}}, "measures"),
        ({"measures": [a_measure(key="a:b")]}, "measures[0].key"),
        ({"measures": [a_measure(), a_suggestion("letter")]}, "measures[1].key"),
        ({"measures": [a_measure(), a_measure("second")]}, "measures[1].trigger"),
        ({"measures": [a_measure(trigger="magic")]}, "measures[0].trigger"),
        ({"measures": [a_measure(channel="pigeon")]}, "measures[0].channel"),
        ({"measures": [a_measure(steps=[])]}, "measures[0].steps"),
        ({"measures": [a_suggestion(script=None)]}, "measures[0].script"),
        (walking({"id": "a", "wait": {"for": "3 days"}}), "measures[0].steps[0].wait.for"),
        (walking({"id": "a", "wait": {"for": "P1D"}, "next": "b"}), "measures[0].steps[0].next"),
        (walking({"id": "a", "exit": "done"}), "measures[0].steps[0].exit"),
        (walking({"id": "a", "goto": "a"}), "measures[0].steps.a"),
        ({"segments": ["role/buyer"], "measures": [RECRUITING]}, "measures[0].purpose"),
        ({"examples": [{"on_day": 3}]}, "examples[0].matches"),
        ({"examples": [{"matches": True}]}, "examples[0].on_day"),
        (seeing("order.lost"), "examples[0].events[0].type"),
        (seeing("order.paid"), "examples[0].events[0].props.order"),
    ],
)  # fmt: skip
def test_faults_are_named_with_their_place(changes, place):
    with pytest.raises(FaultyDocument) as caught:
        parse(a_case(**changes))
    assert place in [fault.place for fault in caught.value.faults]


def test_buyers_beside_others_may_be_in_a_case_that_recruits():
    parse(a_case(segments=["role/buyer", "role/recruiter"], measures=[RECRUITING]))
