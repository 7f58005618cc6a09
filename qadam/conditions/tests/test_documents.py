"""Reading documents: what is right comes back the same, what is wrong is named with its place, all at once."""

from datetime import timedelta
from fractions import Fraction

import pytest

from qadam import conditions
from qadam.conditions import tree
from qadam.conditions.tree import Count, Did, Fixed

FOLLOWED = {"did": "question.answered"}
RATE = {"did": "order.paid", "within": "P14D", "against": {"within": "P28D"}, "at_most": 0.5}
GOAL = {"last": "goal.set", "property": "partners"}
RATIO = {"of": {"did": "order.paid"}, "to": GOAL, "below": "50%"}
RUNNING = {"times": 3, "each": "P30D", "where": {"did": "order.paid"}}


def faults_of(document: object, where: str = "entry") -> dict[str, str]:
    with pytest.raises(conditions.ConditionErrors) as caught:
        conditions.parse(document, where=where)
    return {fault.place: str(fault.message) for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("document", "condition"),
    [
        ({"did": "order.paid"}, Did(("order.paid",))),
        ({"did_not": "order.paid"}, tree.Not(Did(("order.paid",)))),
        ({"did": "order.paid", "within": "P1W"}, Did(("order.paid",), within=timedelta(days=7))),
        ({"did": "order.paid", "within": "PT24H"}, Did(("order.paid",), within=timedelta(days=1))),
        ({"did": "order.paid", "count": {"at_most": 2}}, Did(("order.paid",), count=Count(0, 2))),
        ({"did": "order.paid", "since": "entry"}, Did(("order.paid",), since=Fixed.ENTRY)),
        ({"did": ["order.paid", "order.paid"]}, Did(("order.paid",))),
        ({"is": {"left": False, "kind": "customer"}}, tree.Is((("kind", ("customer",)), ("left", (False,))))),
        ({"in": {"stage": ["s1", "s2"]}}, tree.In("stage", ("s1", "s2"))),
        ({"did": "question.opened", "per": "ticket"}, Did(("question.opened",), per="ticket")),
        (
            {"did": "question.opened", "same": {"property": "ticket", "as": "entry"}},
            Did(("question.opened",), same="ticket"),
        ),
        (
            {"rate": {"did": "order.paid", "within": "P1D", "against": {"within": "P2D"}, "at_most": "12.5%"}},
            tree.Rate(
                tree.Tally(("order.paid",)),
                within=timedelta(days=1),
                before=timedelta(days=1),
                against=timedelta(days=2),
                limits=((tree.Comparison.AT_MOST, Fraction(1, 8)),),
            ),
        ),
        (
            {"ratio": {"of": {"did": "order.paid"}, "to": {"last": "goal.set", "property": "partners"}, "below": 1}},
            tree.Ratio(
                tree.Tally(("order.paid",)),
                tree.Goal("goal.set", "partners"),
                limits=((tree.Comparison.BELOW, Fraction(1)),),
            ),
        ),
    ],
    ids=str,
)
def test_document_becomes_a_tree_and_back(document, condition):
    assert conditions.parse(document, where="x") == condition
    assert conditions.parse(conditions.as_document(condition), where="x") == condition


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ("order.paid", ["entry"]),
        ({}, ["entry"]),
        ({"did": "order.paid", "day": {"at_least": 1}}, ["entry"]),
        ({"did": "order.payed"}, ["entry.did"]),
        ({"did": ["order.paid", "order.payed"]}, ["entry.did[1]"]),
        ({"did": 5}, ["entry.did"]),
        ({"did": "order.paid", "whithin": "P3D"}, ["entry.whithin"]),
        ({"did": "order.paid", "within": "3 days"}, ["entry.within"]),
        ({"did": "order.paid", "within": "P999999999999D"}, ["entry.within"]),
        ({"did": "order.paid", "within": "P0D"}, ["entry.within"]),
        ({"did": "order.paid", "where": {"colour": "red"}}, ["entry.where.colour"]),
        ({"did": "order.paid", "where": {"amount": "many"}}, ["entry.where.amount"]),
        ({"did": "order.paid", "where": {"amount": True}}, ["entry.where.amount"]),
        ({"did": "order.paid", "where": {"amount": 10**30}}, ["entry.where.amount"]),
        ({"did": "order.paid", "where": {"buyer": "nobody"}}, ["entry.where.buyer"]),
        ({"did": "order.paid", "where": {"buyer": {"at_least": 3}}}, ["entry.where.buyer"]),
        ({"did": "order.paid", "where": {"order": "a\x00b"}}, ["entry.where.order"]),
        ({"did": "order.paid", "where": {}}, ["entry.where"]),
        ({"did": ["order.paid", "lesson.completed"], "where": {"order": "a"}}, ["entry.where.order"]),
        ({"did": "presentation.booked", "where": {"ends_at": "2026-01-01T00:00:00Z"}}, ["entry.where.ends_at"]),
        ({"did": "order.paid", "count": {"at_least": -1}}, ["entry.count.at_least"]),
        ({"did": "order.paid", "count": {"at_least": 0}}, ["entry.count.at_least"]),
        ({"did": "order.paid", "count": {"at_least": 3, "at_most": 2}}, ["entry.count.at_most"]),
        ({"did": "order.paid", "distinct": "colour"}, ["entry.distinct"]),
        ({"did": "order.paid", "sum": {"of": "order", "at_least": 1}}, ["entry.sum.of"]),
        ({"did": "order.paid", "sum": {"of": "amount", "at_least": 0}}, ["entry.sum.at_least"]),
        ({"did": "order.paid", "days": [5]}, ["entry.days"]),
        ({"did": "order.paid", "days": [5, 1]}, ["entry.days"]),
        ({"did": "order.paid", "since": "yesterday"}, ["entry.since"]),
        ({"did": "order.paid", "since": {"last": "order.payed"}}, ["entry.since.last"]),
        ({"did": "order.paid", "since": {"newest": "order.paid"}}, ["entry.since.newest", "entry.since"]),
        ({"did": "order.paid", "unless": {"did": "order.refunded", "same": "buyer"}}, ["entry.unless.same"]),
        ({"did": "lesson.completed", "unless": {"did": "order.refunded", "same": "order"}}, ["entry.unless.same"]),
        ({"did": "presentation.booked", "past": {"of": "booking"}}, ["entry.past.of"]),
        ({"did": "presentation.booked", "past": {}}, ["entry.past.by"]),
        ({"is": {"kind": "boss"}}, ["entry.is.kind"]),
        ({"is": {"left": 1}}, ["entry.is.left"]),
        ({"is": {"age": 5}}, ["entry.is.age"]),
        ({"is": {}}, ["entry.is"]),
        ({"day": {}}, ["entry.day"]),
        ({"day": {"at_least": 9, "at_most": 5}}, ["entry.day.at_most"]),
        ({"in": {"stage": "s1", "case": "c"}}, ["entry.in"]),
        ({"in": {"stage": 5}}, ["entry.in.stage"]),
        ({"elapsed": "P3D"}, ["entry.since"]),
        ({"last": "order.paid", "property": "amount"}, ["entry"]),
        ({"last": "order.paid", "property": "amount", "equals": 1, "above": 0}, ["entry"]),
        ({"last": "order.paid", "property": "amount", "above": "x"}, ["entry"]),
        ({"team": {"of": "upline", "where": {"did": "order.payed"}}}, ["entry.team.of", "entry.team.where.did"]),
        ({"did": "question.opened", "per": "colour"}, ["entry.per"]),
        ({"did": "order.paid", "per": "amount"}, ["entry.per"]),
        ({"did": "order.paid", "same": "order"}, ["entry.same", "entry.same.as", "entry.same.property"]),
        ({"did": "order.paid", "same": {"property": "colour", "as": "entry"}}, ["entry.same.property"]),
        ({"did": "order.paid", "same": {"property": "order", "as": "exit"}}, ["entry.same.as"]),
        (FOLLOWED | {"not_followed_by": {"did": "question.reopened"}}, ["entry.not_followed_by.did"]),
        (FOLLOWED | {"not_followed_by": {"did": "order.paid", "same": "ticket"}}, ["entry.not_followed_by.same"]),
        (FOLLOWED | {"not_followed_by": {"did": "order.paid", "within": "soon"}}, ["entry.not_followed_by.within"]),
        (FOLLOWED | {"not_followed_by": {"did": "order.paid", "since": "entry"}}, ["entry.not_followed_by.since"]),
        ({"last": "order.paid", "property": "amount", "above": 1, "where": {"colour": "red"}}, ["entry.where.colour"]),
        ({"rate": RATE | {"did": "order.payed"}}, ["entry.rate.did"]),
        ({"rate": RATE | {"distinct": "colour"}}, ["entry.rate.distinct"]),
        ({"rate": RATE | {"sum": "order"}}, ["entry.rate.sum"]),
        ({"rate": RATE | {"sum": "amount", "distinct": "day"}}, ["entry.rate.sum"]),
        ({"rate": RATE | {"where": {"colour": "red"}}}, ["entry.rate.where.colour"]),
        ({"rate": RATE | {"against": {}}}, ["entry.rate.against.within"]),
        ({"rate": RATE | {"against": {"within": "P9D", "before": "P1D"}}}, ["entry.rate.against.before"]),
        ({"rate": RATE | {"at_most": "half"}}, ["entry.rate.at_most"]),
        ({"rate": RATE | {"at_most": "1e999999999%"}}, ["entry.rate.at_most"]),
        ({"rate": RATE | {"at_most": -0.5}}, ["entry.rate.at_most"]),
        ({"rate": {name: RATE[name] for name in RATE if name != "at_most"}}, ["entry.rate"]),
        ({"ratio": RATIO | {"of": {"did": "order.payed"}}}, ["entry.ratio.of.did"]),
        ({"ratio": RATIO | {"of": {"did": "order.paid", "by": "upline"}}}, ["entry.ratio.of.by"]),
        (
            {"ratio": RATIO | {"of": {"did": "order.paid", "by": "frontline", "distinct": "day"}}},
            ["entry.ratio.of.distinct"],
        ),
        ({"ratio": RATIO | {"to": {"last": "goal.set", "property": "goal"}}}, ["entry.ratio.to.property"]),
        ({"ratio": RATIO | {"to": {"last": "goal.put", "property": "partners"}}}, ["entry.ratio.to.last"]),
        ({"ratio": RATIO | {"to": GOAL | {"until": "partners"}}}, ["entry.ratio.to.until"]),
        ({"ratio": RATIO | {"to": GOAL, "at": "75%"}}, ["entry.ratio.at"]),
        ({"ratio": RATIO | {"to": GOAL | {"until": "ends_at"}, "at": "175%"}}, ["entry.ratio.at"]),
        ({"running": RUNNING | {"times": 1}}, ["entry.running.times"]),
        ({"running": RUNNING | {"times": 99}}, ["entry.running.times"]),
        ({"running": RUNNING | {"each": "P36500D"}}, ["entry.running.each"]),
        ({"running": RUNNING | {"where": {"did": "order.payed"}}}, ["entry.running.where.did"]),
        ({"running": RUNNING | {"where": {"did": "order.paid", "within": "P1D"}}}, ["entry.running.where"]),
        ({"running": RUNNING | {"where": {"is": {"left": True}}}}, ["entry.running.where"]),
        ({"all": []}, ["entry.all"]),
        ({"all": [{"did": "order.paid"}, {"did": "order.payed"}, 5]}, ["entry.all[1].did", "entry.all[2]"]),
        ({"not": {"any": [{"did": "x"}]}}, ["entry.not.any[0].did"]),
    ],
    ids=str,
)
def test_faults_are_named_with_their_places(document, places):
    assert list(faults_of(document)) == places


def test_faults_come_all_at_once_and_in_words():
    found = faults_of(
        {"all": [{"did": "order.payed"}, {"did": "order.paid", "where": {"colour": "red"}}]}, "stages[2].entry"
    )
    assert list(found) == ["stages[2].entry.all[0].did", "stages[2].entry.all[1].where.colour"]
    assert "order.payed" in found["stages[2].entry.all[0].did"]
    assert "buyer" in found["stages[2].entry.all[1].where.colour"]


def test_endless_nesting_is_refused():
    document: dict = {"did": "order.paid"}
    for _level in range(200):
        document = {"not": document}
    (place,) = faults_of(document)
    assert place.startswith("entry.not")


def test_event_types_are_all_that_may_change_the_truth():
    condition = conditions.parse(
        {
            "all": [
                {"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}, "since": "day_zero"},
                {"elapsed": "P1D", "since": {"last": "order.delivered"}},
                {"in": {"case": "quiet"}},
                {"is": {"left": False}},
                {"team": {"of": "frontline", "where": {"did": "lesson.completed"}}},
            ]
        },
        where="x",
    )
    assert conditions.event_types(condition) == {
        "order.paid", "order.refunded", "order.delivered", "case.entered", "case.left",
        "member.registered", "member.left", "lesson.completed",
    }  # fmt: skip
    assert "lesson.completed" not in tree.own_event_types(condition)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"did": "order.paid", "since": "entry"}, True),
        ({"not": {"elapsed": "P1D", "since": "entry"}}, True),
        ({"team": {"of": "frontline", "where": {"did": "order.paid", "since": "entry"}}}, True),
        ({"did": "order.paid", "same": {"property": "order", "as": "entry"}}, True),
        ({"did": "order.paid", "since": "day_zero"}, False),
    ],
    ids=str,
)
def test_uses_entry(document, expected):
    assert conditions.uses_entry(conditions.parse(document, where="x")) is expected


def test_asking_without_the_entry_is_refused():
    condition = conditions.parse({"did": "order.paid", "since": "entry"}, where="x")
    with pytest.raises(conditions.EntryNeeded):
        conditions.matching(condition, now=None)


def test_asking_without_the_key_is_refused():
    condition = conditions.parse({"did": "order.paid", "same": {"property": "order", "as": "entry"}}, where="x")
    assert conditions.uses_entry_key(condition)
    assert not conditions.uses_entry_instant(condition)
    with pytest.raises(conditions.EntryNeeded):
        conditions.matching(condition, now=None, entry="entered_at")


@pytest.mark.parametrize(
    ("document", "own", "all_types"),
    [
        (
            {"did": "question.answered", "not_followed_by": {"did": "question.opened"}},
            {"question.answered", "question.opened"},
            set(),
        ),
        ({"rate": RATE}, {"order.paid"}, set()),
        ({"ratio": RATIO}, {"order.paid", "goal.set"}, set()),
        (
            {"ratio": RATIO | {"of": {"did": "order.paid", "by": "frontline"}}},
            {"goal.set"},
            {"order.paid", "member.registered", "member.left"},
        ),
        ({"running": RUNNING}, {"order.paid"}, set()),
    ],
    ids=str,
)
def test_event_types_of_what_compares(document, own, all_types):
    condition = conditions.parse(document)
    assert tree.own_event_types(condition) == own
    assert conditions.event_types(condition) == own | all_types


def test_key_property():
    assert conditions.key_property(conditions.parse({"did_not": "question.opened", "per": "ticket"})) == "ticket"
    assert conditions.key_property(conditions.parse({"did": "question.opened"})) == ""
    two = [{"did": "question.opened", "per": "ticket"}, {"did": "order.paid", "per": "order"}]
    assert conditions.key_property(conditions.parse({"all": two})) == ""
