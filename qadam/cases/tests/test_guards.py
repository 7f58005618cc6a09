"""Who may get which measure, who comes first, and what counts as evidence: tables without a database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qadam import conditions
from qadam.cases.evidence import MOST, collect
from qadam.cases.guards import Claim, Facts, arbitrate, find_obstacle
from qadam.cases.measures import read_measures
from qadam.cases.tests.content import a_measure
from qadam.events.consumers import EventRow
from qadam.lib.documents import Node
from tests.cast import NOW, days

HOUR = timedelta(hours=1)


def a_read_measure(**changes):
    (measure,) = read_measures(Node("", {"measures": [a_measure(**changes)]}))
    return measure


@pytest.mark.parametrize(
    ("changes", "facts", "expected"),
    [
        ({}, Facts(), ""),
        ({}, Facts(has_left=True), "left"),
        ({}, Facts(wants_no_contact=True), "contact"),
        ({"purpose": "service"}, Facts(wants_no_contact=True), ""),
        ({"purpose": "recruiting", "consent": False}, Facts(refusals=1), ""),
        ({"purpose": "recruiting", "consent": False}, Facts(refusals=2), "refused"),
        ({"purpose": "care"}, Facts(refusals=2), ""),
        ({"purpose": "recruiting", "consent": False}, Facts(is_buyer=True), "buyer"),
        ({"purpose": "product", "consent": False}, Facts(is_buyer=True), ""),
        ({"purpose": "product"}, Facts(), "consent"),
        ({"purpose": "product"}, Facts(has_consent=True), ""),
        ({"purpose": "product", "trigger": "suggested", "script": {"en": "Ask."}}, Facts(), ""),
    ],
)
def test_what_stands_against_a_measure(changes, facts, expected):
    assert find_obstacle(a_read_measure(**changes), facts) == expected


def claim(file_id, member_id=1, priority=50, age=0):
    return Claim(file_id, member_id, priority, NOW - HOUR * age)


@pytest.mark.parametrize(
    ("claims", "last", "starts", "waits"),
    [
        ([claim(1), claim(2, member_id=2)], {}, (1, 2), {}),
        ([claim(1), claim(2, priority=90)], {}, (2,), {1: NOW + 48 * HOUR}),
        ([claim(1), claim(2, age=3)], {}, (2,), {1: NOW + 48 * HOUR}),
        ([claim(1)], {1: NOW - 47 * HOUR}, (), {1: NOW + HOUR}),
        ([claim(1)], {1: NOW - 48 * HOUR}, (1,), {}),
        ([claim(1), claim(2), claim(3)], {1: NOW - 2 * HOUR}, (), dict.fromkeys((1, 2, 3), NOW + 46 * HOUR)),
    ],
)
def test_one_measure_begins_by_itself_in_48_hours(claims, last, starts, waits):
    verdict = arbitrate(claims, last, NOW)
    assert (verdict.starts, dict(verdict.waits)) == (starts, waits)


def event(seq, type_name, at, **props):
    return EventRow(seq, type_name, 1, NOW + days(at), props)


HAPPENED = [
    event(1, "order.paid", 1, order="o1"),
    event(2, "cabinet.opened", 2),
    event(3, "order.delivered", 4, order="o1"),
    event(4, "lesson.completed", 5, lesson="start"),
    event(5, "lesson.completed", 9, lesson="advanced"),
    event(6, "question.opened", 10, ticket="t1"),
]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"did": "order.paid"}, [1]),
        ({"did": "lesson.completed"}, [5, 4]),
        ({"did": "lesson.completed", "where": {"lesson": "start"}}, [4]),
        ({"did": "lesson.completed", "within": "P2D"}, [5]),
        ({"did": "lesson.completed", "since": {"last": "order.delivered"}}, [5, 4, 3]),
        ({"did_not": "cabinet.opened", "since": {"last": "order.delivered"}}, [3]),
        ({"elapsed": "P3D", "since": {"first": "lesson.completed"}}, [4]),
        ({"last": "lesson.completed", "property": "lesson", "equals": "advanced"}, [5]),
        ({"running": {"times": 2, "each": "P3D", "where": {"did": "lesson.completed"}}}, [5, 4]),
        ({"did": "lesson.completed", "days": [0, 6]}, [4]),
        ({"is": {"registered": True}}, []),
        ({"team": {"of": "frontline", "where": {"did": "order.paid"}}}, []),
        ({"did": "order.paid", "since": {"last": "presentation.attended"}}, []),
    ],
)
def test_evidence_is_what_the_detection_looked_at(document, expected):
    assert collect(conditions.parse(document), HAPPENED, at=NOW + days(10), day_zero=NOW) == expected


def test_evidence_is_short_and_knows_no_future():
    many = [replace(HAPPENED[1], seq=number, occurred_at=NOW + HOUR * number) for number in range(30)]
    found = collect(conditions.parse({"did": "cabinet.opened"}), many, at=NOW + HOUR * 25, day_zero=None)
    assert found == list(range(25, 25 - MOST, -1))
