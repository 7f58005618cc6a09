"""Reading documents: what is right comes back the same, what is wrong is named with its place, all at once."""

from datetime import timedelta

import pytest

from qadam import conditions
from qadam.conditions import tree
from qadam.conditions.tree import Count, Did, Fixed


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
