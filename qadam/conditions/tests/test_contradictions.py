"""Conditions that can never be met: what is proven, what is left alone. Plain Python."""

from typing import Any

import pytest

from qadam import conditions
from qadam.conditions.contradictions import why_never

PAID: dict[str, Any] = {"did": "order.paid"}
NEVER = {
    "two roles at once": {"all": [{"is": {"kind": "customer"}}, {"is": {"kind": "distributor"}}]},
    "three denials leave no role": {
        "all": [{"not": {"is": {"kind": kind}}} for kind in ("prospect", "customer", "distributor")]
    },
    "with a sponsor and without": {"all": [{"is": {"sponsor": "present"}}, {"not": {"is": {"sponsor": "present"}}}]},
    "too early and too late": {"all": [{"day": {"at_most": 3}}, {"day": {"at_least": 7}}]},
    "an act of days that are yet to come": {"all": [{**PAID, "days": [10, 20]}, {"day": {"at_most": 9}}]},
    "long ago and new": {"all": [{"elapsed": "P30D", "since": "day_zero"}, {"day": {"at_most": 20}}]},
    "done and not done": {"all": [PAID, {"did_not": "order.paid"}]},
    "done in a week, never done": {"all": [{**PAID, "within": "P7D"}, {"did_not": "order.paid"}]},
    "own use, though no order": {"all": [{**PAID, "where": {"buyer": "own"}}, {"did_not": "order.paid"}]},
    "five, three at most": {"all": [{**PAID, "count": {"at_least": 5}}, {**PAID, "count": {"at_most": 3}}]},
    "five, and less than two": {
        "all": [{**PAID, "count": {"at_least": 5}}, {"not": {**PAID, "count": {"at_least": 2}}}]
    },
    "eight days of a path of three": {**PAID, "distinct": "day", "days": [0, 2], "count": {"at_least": 8}},
    "thirty days in a week": {**PAID, "distinct": "day", "within": "P7D", "count": {"at_least": 30}},
    "an empty range": {**PAID, "where": {"amount": {"at_least": 500, "below": 500}}},
    "a value and its contrary": {"all": [{"in": {"case": "silent"}}, {"not": {"in": {"case": "silent"}}}]},
    "each way for itself": {
        "any": [
            {"all": [PAID, {"did_not": "order.paid"}]},
            {"all": [{"day": {"at_most": 1}}, {"day": {"at_least": 2}}]},
        ]
    },
    "inside a group of the other kind": {
        "all": [{"day": {"at_most": 5}}, {"any": [{"day": {"at_least": 6}}, {**PAID, "days": [7, 9]}]}]
    },
    "in the team, too": {
        "team": {"of": "frontline", "where": {"all": [{"is": {"kind": "customer"}}, {"is": {"kind": "prospect"}}]}}
    },
}  # fmt: skip
POSSIBLE = {
    "one of two roles": {"any": [{"is": {"kind": "customer"}}, {"is": {"kind": "distributor"}}]},
    "days that meet": {"all": [{"day": {"at_most": 7}}, {"day": {"at_least": 7}}]},
    "the act may be over": {"all": [{**PAID, "days": [0, 5]}, {"day": {"at_least": 60}}]},
    "once, though not this week": {"all": [PAID, {"did_not": "order.paid", "within": "P7D"}]},
    "an order, none for oneself": {"all": [PAID, {"did_not": "order.paid", "where": {"buyer": "own"}}]},
    "three to five": {"all": [{**PAID, "count": {"at_least": 3}}, {**PAID, "count": {"at_most": 5}}]},
    "eight local days touch a week": {**PAID, "distinct": "day", "within": "P7D", "count": {"at_least": 8}},
    "only one of two ways is shut": {"any": [PAID, {"all": [PAID, {"did_not": "order.paid"}]}]},
    "another event": {"all": [PAID, {"did_not": "lesson.completed"}]},
    "a team without such people": {
        "team": {
            "of": "frontline",
            "where": {"all": [{"is": {"kind": "customer"}}, {"is": {"kind": "prospect"}}]},
            "count": {"at_most": 0},
        }
    },
}


@pytest.mark.parametrize("document", NEVER.values(), ids=NEVER)
def test_what_can_never_be_is_proven(document):
    (fault,) = why_never(conditions.parse(document), where="tiers[0].when")
    assert fault.place == "tiers[0].when"
    assert "never" in fault.message


@pytest.mark.parametrize("document", POSSIBLE.values(), ids=POSSIBLE)
def test_what_may_be_is_left_alone(document):
    assert why_never(conditions.parse(document)) == []


def test_the_proof_names_what_excludes_each_other():
    (fault,) = why_never(conditions.parse({"all": [{"day": {"at_most": 3}}, PAID, {"day": {"at_least": 7}}]}))
    assert "order paid" not in fault.message
    assert "3" in fault.message
    assert "7" in fault.message
