"""Conditions as rows: nothing is lost, and what people use is not locked."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam import conditions
from qadam.conditions.tests.worlds import documents
from qadam.office.condition_form import Line, build
from qadam.office.condition_reading import read_condition
from qadam.office.condition_rows import join_length, open_root, split_length, write_row

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["all", "any", "not", "did", "did_not", "is", "in", "day", "team", "last", "where", "since"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
EVERYDAY: list[dict[str, Any]] = [
    {"did": "order.paid"},
    {"did_not": ["lesson.completed", "order.paid"], "within": "P14D"},
    {"did": "goal.reached", "where": {"goal": "first"}, "since": "entry"},
    {"did": "order.paid", "where": {"buyer": ["retail", "own"], "amount": {"at_least": 100}}, "count": {"at_most": 2}},
    {"did": "order.paid", "days": [0, 5], "since": "day_zero"},
    {"is": {"kind": ["prospect", "customer"]}},
    {"is": {"left": False}},
    {"not": {"in": {"stage": ["s1", "s2"]}}},
    {"day": {"at_least": 3, "at_most": 9}},
    {"elapsed": "P14D", "since": {"last": "order.delivered"}},
    {"last": "order.paid", "property": "amount", "at_least": 5},
    {"last": "order.paid", "property": "buyer", "equals": "own"},
    {"team": {"of": "frontline", "where": {"did": "order.paid"}, "count": {"at_least": 2}}},
    {"all": [{"did": "order.paid"}, {"any": [{"is": {"left": True}}, {"did": "order.refunded"}]}]},
]


def fields_of(line: Line) -> Iterator[tuple[str, str]]:
    """Yield the fields of a line as the template writes them."""
    row = line.row
    yield f"{row.path}.is", row.kind
    yield f"{row.path}.was", row.kind
    yield f"{row.path}.size", str(len(line.lines))
    yield f"{row.path}.w.size", str(len(row.fields.get("filters", ())))
    yield f"{row.path}.not", "1" if row.is_negated else ""
    yield f"{row.path}.yaml", line.yaml
    for widget in (*line.widgets, *line.more):
        chosen = [option.value for option in widget.options if option.is_chosen] if widget.options else [widget.value]
        yield from ((widget.name, value) for value in chosen if not widget.name.endswith(".not"))
    for each in line.lines:
        yield from fields_of(each)


def posted(document: Any, more: dict[str, str] | None = None) -> QueryDict:
    """Return what a browser sends from the form of a document."""
    data = QueryDict(mutable=True)
    root = build(document, "when", "when", []).root
    for name, value in fields_of(root) if root else ():
        data.appendlist(name, value)
    for name, value in (more or {}).items():
        data[name] = value
    return data


def is_locked(row: Any) -> bool:
    return row.kind == "yaml" or any(map(is_locked, row.rows))


@pytest.mark.parametrize("document", EVERYDAY, ids=str)
def test_what_people_use_can_be_edited(document: dict[str, Any]) -> None:
    assert conditions.parse(document)
    row = open_root(document, "when", "when")
    assert not is_locked(row)
    assert write_row(row) == document


@given(documents)
@settings(deadline=None)
def test_every_condition_comes_back_from_its_rows(document: dict[str, Any]) -> None:
    assert write_row(open_root(document, "when", "when")) == document


@given(anything)
@settings(deadline=None)
def test_half_typed_documents_come_back_too(document: Any) -> None:
    assert write_row(open_root(document, "when", "when")) == document


@given(documents)
@settings(deadline=None, max_examples=60)
def test_every_condition_comes_back_from_its_form(document: dict[str, Any]) -> None:
    assert read_condition(posted(document), "when") == document


@pytest.mark.parametrize("document", EVERYDAY, ids=str)
def test_everyday_conditions_come_back_from_their_form(document: dict[str, Any]) -> None:
    assert read_condition(posted(document), "when") == document


def test_rows_are_added_and_dropped() -> None:
    assert read_condition(posted({"did": "order.paid"}), "when", "row:when") == {
        "all": [{"did": "order.paid"}, {"did": ""}]
    }
    both = {"any": [{"did": "order.paid"}, {"is": {"left": True}}]}
    assert read_condition(posted(both), "when", "drop:when.0") == {"any": [{"is": {"left": True}}]}
    assert read_condition(posted(both), "when", "group:when") == {"any": [*both["any"], {"all": [{"did": ""}]}]}
    assert read_condition(posted({"did": "order.paid"}), "when", "drop:when.0") is None
    assert read_condition(QueryDict(), "when", "begin:when") == {"did": ""}
    assert read_condition(QueryDict(), "when") is None


def test_a_row_changes_its_kind() -> None:
    asked = posted({"did": "order.paid", "within": "P3D"}, {"when.0.is": "did_not"})
    assert read_condition(asked, "when") == {"did_not": "order.paid", "within": "P3D"}
    assert read_condition(posted({"did": "order.paid"}, {"when.0.is": "is"}), "when") == {"is": {"kind": "distributor"}}


def test_events_and_filters_are_added() -> None:
    paid = {"did": "order.paid"}
    assert read_condition(posted(paid), "when", "also:when.0") == {"did": ["order.paid", ""]}
    assert read_condition(posted(paid), "when", "filter:when.0") == {"did": "order.paid", "where": {"": ""}}
    assert read_condition(posted({"did": "order.paid", "where": {"": ""}}), "when") == paid
    tested = {"did": "order.paid", "where": {"buyer": "own", "amount": 5}}
    assert read_condition(posted(tested), "when", "unfilter:when.0.w.0") == {
        "did": "order.paid",
        "where": {"amount": 5},
    }


@pytest.mark.parametrize(
    ("length", "parts"),
    [("P3D", ("3", "D")), ("PT24H", ("24", "H")), ("P1DT2H", ("P1DT2H", "")), ("", ("", "D")), ("P1W", ("1", "W"))],
)
def test_lengths_come_back(length: str, parts: tuple[str, str]) -> None:
    assert split_length(length) == parts
    assert join_length(*parts) == length
