"""Examples are run: the detection itself says whether they are right, and nothing of them stays."""

import pytest

from qadam.cases import examples, queries
from qadam.cases.operations import save_case
from qadam.cases.tests.content import a_case, a_measure
from qadam.events import operations as events
from qadam.events.models import Event
from qadam.jobs.transactions import write
from qadam.people.models import Member
from tests.cast import NOW, a_company, a_prospect, days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _company():
    a_company()


def say(matches, on_day, *happened, **person):
    deeds = [{"day": day, "type": name, "props": props} for day, name, props in happened]
    return {"matches": matches, "on_day": on_day, "events": deeds, **person}


PAID = (1, "order.paid", {"order": "o1"})
BOOKED = (1, "presentation.booked", {"presentation": "p1", "booking": "b1", "ends_at": "{day 3}"})
SILENT = {
    "all": [
        {"did": "order.paid"},
        {"did_not": "cabinet.opened", "within": "P14D"},
        {"elapsed": "P14D", "since": {"last": "order.paid"}},
    ]
}
MISSED = {"did": "presentation.booked", "past": {"of": "ends_at", "by": "PT30M"}}
TEAM = {"team": {"of": "frontline", "where": {"did": "order.paid"}, "count": {"at_least": 2}}}
BUYER = {"kind": "customer", "registered": True, "events": [{"day": 1, "type": "order.paid", "props": {"order": "o1"}}]}


@pytest.mark.parametrize(
    ("detect", "example", "found"),
    [
        (SILENT, say(True, 15.1, PAID), True),
        (SILENT, say(True, 14.9, PAID), False),
        (SILENT, say(False, 15.1, PAID, (9, "cabinet.opened", {})), False),
        (SILENT, say(False, 15.1), False),
        (MISSED, say(True, 3.1, BOOKED), True),
        (MISSED, say(False, 3.01, BOOKED), False),
        ({"is": {"left": True}}, say(True, 9, left_on=5), True),
        ({"is": {"mentor": "absent"}}, say(False, 1, mentor=True), False),
        (TEAM, say(True, 2, team=[BUYER, BUYER]), True),
        (TEAM, say(True, 2, team=[BUYER]), False),
        ({"in": {"stage": "start/s3"}}, say(True, 2, **{"in": {"stage": ["start/s3"]}}), True),
        ({"day": {"at_least": 5}}, say(True, 5), True),
    ],
)  # fmt: skip
def test_an_example_is_asked(detect, example, found):
    before = Event.objects.count()
    (checked,) = examples.check(a_case(detect=detect, exclude=None, examples=[example]), NOW)
    assert (checked.found, checked.error) == (found, "")
    assert checked.is_right == (found == example["matches"])
    assert (Member.objects.count(), Event.objects.count()) == (0, before)


def test_a_matching_example_is_of_the_case_s_segment():
    case = a_case(segments=["role/recruiter"], exclude=None)
    right, wrong = examples.check(case, NOW)
    assert (right.found, wrong.found) == (True, False)


def test_what_others_record_in_the_same_transaction_stays():
    member = a_prospect()
    with write():
        new = events.NewEvent("contact.recorded", member.id, NOW, "kept", {}, "test")
        events.record_many([new], now=NOW)
        examples.check(a_case(), NOW)
    assert list(Event.objects.values_list("type", flat=True)) == ["contact.recorded"]


def faults(**changes):
    return [each.fault for each in queries.problems_of(save_case(a_case(**changes), actor=None, now=NOW), now=NOW)]


def test_what_keeps_a_case_from_being_published():
    assert faults() == []
    assert faults(examples=None) == ["example_missing", "example_missing"]
    assert faults(examples=[say(True, 1), say(False, 1)]) == ["example_fails"]
    assert faults(failure=None) == []
    unknown = a_measure(steps=[{"id": "a", "send": {"channel": "email", "template": "nowhere"}}])
    assert faults(measures=[unknown]) == ["unknown_content"]


def test_a_problem_says_where():
    version = save_case(
        a_case(examples=[say(True, 1, name={"kk": "a", "ru": "b", "en": "Silent"}), say(False, 1)]),
        actor=None,
        now=NOW + days(1),
    )
    (problem,) = queries.problems_of(version, now=NOW)
    assert problem.detail == "examples[0] Silent: should be noticed, and isn't"
