"""What changed in a document, place by place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.packs.differences import compare

STEPS = [{"id": "a", "wait": {"for": "P1D"}}, {"id": "b", "exit": "done"}]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"horizon": "P21D"}, {"horizon": "P28D"}, [("horizon", "P21D", "P28D")]),
        ({"a": 1}, {"a": True}, [("a", "1", "true")]),
        ({"a": "1"}, {"a": 1}, [("a", '"1"', "1")]),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, [("a.b.c", "1", "2")]),
        ({"a": 1}, {"a": 1, "goal": {"did": ["x", "y"]}}, [("goal", None, "{did: [x, y]}")]),
        ({"a": 1, "exit": {"is": {"left": True}}}, {"a": 1}, [("exit", "{is: {left: true}}", None)]),
        ({"days": [0, 5]}, {"days": [0, 7]}, [("days[1]", "5", "7")]),
        ({"event": ["a", "b"]}, {"event": ["a"]}, [("event", "[a, b]", "[a]")]),
        ({"event": "a"}, {"event": ["a", "b"]}, [("event", "a", "[a, b]")]),
        (
            {"steps": STEPS},
            {"steps": [{"id": "a", "wait": {"for": "P2D"}}, STEPS[1]]},
            [("steps.a.wait.for", "P1D", "P2D")],
        ),
        (
            {"steps": STEPS},
            {"steps": [STEPS[0], {"id": "c", "exit": "c"}]},
            [("steps.c", None, "{id: c, exit: c}"), ("steps.b", "{id: b, exit: done}", None)],
        ),
        ({"steps": STEPS}, {"steps": STEPS[::-1]}, [("steps", "a, b", "b, a")]),
        (
            {"steps": STEPS},
            {"steps": [STEPS[0], STEPS[0]]},
            [("steps[1].id", "b", "a"), ("steps[1].wait", None, "{for: P1D}"), ("steps[1].exit", "done", None)],
        ),
    ],
)
def test_each_place_is_named(old, new, found):
    assert [(each.place, each.old, each.new) for each in compare(old, new)] == found


def test_of_long_texts_the_part_that_differs_is_shown():
    old = "The same beginning of a letter, and still the same for a while: " + "a" * 80
    (difference,) = compare({"body": {"ru": old}}, {"body": {"ru": old.replace("while", "time")}})
    assert difference.place == "body.ru"
    assert difference.old.startswith("…")
    assert "while" in difference.old
    assert "time" in difference.new
    assert max(len(difference.old), len(difference.new)) <= 62


contents = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "b"]), inner, max_size=3),
    max_leaves=10,
)


@given(old=contents, new=contents)
def test_something_is_found_where_documents_differ_and_only_there(old, new):
    assert bool(compare({"a": old}, {"a": new})) == (repr(sort_all(old)) != repr(sort_all(new)))


def sort_all(value):
    if isinstance(value, dict):
        return {key: sort_all(value[key]) for key in sorted(value)}
    return [sort_all(each) for each in value] if isinstance(value, list) else value
