from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.events.consumers import EventRow
from qadam.segments.rules import judge, latest_of, newest_by_type
from tests.cast import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("inside", "matching", "is_latch", "enters", "leaves", "undecided"),
    [
        (set(), {1}, False, {1}, set(), {1, 2}),
        ({1}, {1}, False, set(), set(), {1, 2}),
        ({1}, set(), False, set(), {1}, {1, 2}),
        ({2}, {1}, False, {1}, {2}, {1, 2}),
        (set(), {1}, True, {1}, set(), {2}),
        ({1}, set(), True, set(), set(), {2}),
    ],
)
def test_verdict(inside, matching, is_latch, enters, leaves, undecided):
    verdict = judge({1, 2}, inside, matching, is_latch=is_latch)
    assert (verdict.enters, verdict.leaves, verdict.undecided) == (enters, leaves, undecided)


people = st.sets(st.integers(0, 9))


@given(people, people, people, st.booleans())
def test_verdict_makes_membership_equal_to_truth(candidates, inside, matching, is_latch):
    matching &= candidates
    verdict = judge(candidates, inside, matching, is_latch=is_latch)
    after = (inside | verdict.enters) - verdict.leaves
    assert not verdict.enters & verdict.leaves
    assert after - candidates == inside - candidates
    assert after & candidates == ((inside | matching) if is_latch else matching) & candidates


def test_newest_event_of_each_type_and_member_counts():
    def row(type: str, member_id: int | None, hours: int) -> EventRow:
        return EventRow(1, type, member_id, NOW + HOUR * hours, {})

    batch = [row("a", 1, -3), row("a", 1, -2), row("a", 1, -4), row("b", 1, -1), row("a", None, 0), row("a", 2, 1)]
    assert newest_by_type(batch, NOW) == {"a": {1: NOW - HOUR * 2, 2: NOW}, "b": {1: NOW - HOUR}}


def test_later_moment_wins():
    assert latest_of({1: NOW, 2: NOW}, {2: NOW + HOUR, 3: NOW}) == {1: NOW, 2: NOW + HOUR, 3: NOW}
