"""The entry rules of the five stages, and the detection of one case to the hour: who is found, who isn't.

The other cases are tried on the examples in their documents, which the publish gate runs.
"""

from datetime import timedelta
from typing import Any

import pytest

from qadam import conditions
from qadam.cases.rules import detection_rule
from qadam.packs.documents import START, read_pack
from qadam.people import operations as people
from tests.cast import NOW, a_company, a_member, a_prospect, an_event, days

pytestmark = pytest.mark.django_db
Happened = tuple[float, str, dict[str, Any]]
"""(days after day 0, event type, properties)"""


def order(day: float, number: str = "o1", buyer: str = "own") -> Happened:
    return (day, "order.paid", {"order": number, "buyer": buyer})


def delivery(day: float) -> Happened:
    return (day, "order.delivered", {"order": "o1"})


def refund(day: float) -> Happened:
    return (day, "order.refunded", {"order": "o1"})


def lesson(day: float) -> Happened:
    return (day, "lesson.completed", {"lesson": "start-basics"})


def visit(day: float) -> Happened:
    return (day, "cabinet.opened", {})


def opened(day: float) -> Happened:
    return (day, "content.opened", {"content": "catalogue"})


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    pack = read_pack(START)
    (the_map,) = [each.content for each in pack.documents if each.kind == "map"]
    (case,) = [each.content for each in pack.documents if each.name == "silent-after-first-purchase"]
    stages: Any = the_map["stages"]
    return {stage["key"]: stage["entry"] for stage in stages} | {"c2": detection_rule(case)}


def is_found(document: Any, happened: list[Happened], on_day: float, *, is_registered: bool = True) -> bool:
    a_company()
    member = a_member() if is_registered else a_prospect()
    for day, type_name, props in happened:
        an_event(type_name, member, NOW + days(day), **props)
    now = NOW + days(on_day)
    return conditions.matching_members(conditions.parse(document), now=now).filter(id=member.id).exists()


@pytest.mark.parametrize(
    ("stage", "happened", "on_day", "expected"),
    [
        ("s1", [(0, "contact.recorded", {})], 1, True),
        ("s1", [opened(0)], 1, False),
        ("s2", [(0, "presentation.attended", {"presentation": "p1"})], 1, True),
        ("s2", [opened(0), opened(0.1)], 2, False),
        ("s2", [opened(0), opened(1)], 2, True),
        ("s4", [order(1)], 2, False),
        ("s4", [order(1), lesson(2)], 3, True),
        ("s4", [order(1), lesson(2), refund(2.5)], 3, False),
        ("s4", [order(1, buyer="retail")], 2, True),
        ("s4", [order(1), (2, "invitation.sent", {})], 3, True),
        ("s4", [lesson(1), (2, "invitation.sent", {})], 3, False),
        ("s5", [lesson(65), lesson(80)], 91, True),
        ("s5", [lesson(65), lesson(80)], 85, False),
        ("s5", [lesson(65), lesson(65.1)], 91, False),
        ("s5", [lesson(30), lesson(65)], 91, False),
        ("s5", [lesson(65), order(80), refund(82)], 91, False),
        ("s5", [lesson(65), lesson(80), (85, "member.left", {})], 91, False),
        ("s5", [lesson(65), lesson(80), (95, "member.left", {})], 96, True),
    ],
)
def test_stage_is_entered(documents, stage, happened, on_day, expected):
    assert is_found(documents[stage], happened, on_day) is expected


def test_third_stage_is_registration(documents):
    assert is_found(documents["s3"], [], 1)
    assert not is_found(documents["s3"], [order(0)], 1, is_registered=False)


@pytest.mark.parametrize(
    ("happened", "on_day", "expected"),
    [
        ([order(1), delivery(4)], 18.1, True),
        ([order(1), delivery(4)], 17.9, False),
        ([order(1)], 22.1, True),
        ([order(1)], 21.9, False),
        ([order(1), visit(2), delivery(4)], 18.1, True),
        ([order(1), delivery(4), visit(9)], 18.1, False),
        ([order(1), delivery(4), visit(9)], 60, False),
        ([order(1), delivery(4), lesson(9)], 18.1, False),
        ([order(1), delivery(4), (9, "invitation.sent", {})], 18.1, False),
        ([order(1), order(2, "o2"), delivery(4)], 18.1, False),
        ([order(1), delivery(4), refund(9)], 18.1, False),
        ([], 30, False),
    ],
)
def test_silence_after_the_first_purchase_is_noticed(documents, happened, on_day, expected):
    assert is_found(documents["c2"], happened, on_day) is expected


def test_buyer_without_registration_is_left_in_peace(documents):
    assert not is_found(documents["c2"], [order(1), delivery(4)], 30, is_registered=False)


def test_who_left_is_left_in_peace(documents):
    a_company()
    member = a_member()
    an_event("order.paid", member, NOW + days(1), order="o1", buyer="own")
    people.leave_company(member=member, reason="", at=NOW + timedelta(days=10), now=NOW + timedelta(days=10))
    found = conditions.matching_members(conditions.parse(documents["c2"]), now=NOW + days(30))
    assert not found.filter(id=member.id).exists()
