from hypothesis import given
from hypothesis import strategies as st

from qadam.ui import drawings


@given(st.integers(min_value=0, max_value=2000))
def test_the_path_moves_right_and_up_and_never_past_its_end(day: int) -> None:
    here, next_day = drawings.draw_path(day), drawings.draw_path(day + 1)
    assert here.now_x <= next_day.now_x <= here.marks[-1].x
    assert here.now_y >= next_day.now_y >= here.marks[-1].y


def test_milestones_are_done_from_their_day_on() -> None:
    states = [mark.state for mark in drawings.draw_path(30).marks]
    assert states == ["done", "done", "ahead", "ahead"]


def test_the_beginning_has_nothing_walked_and_the_end_nothing_ahead() -> None:
    assert drawings.draw_path(0).walked == ""
    assert drawings.draw_path(90).ahead == ""


@given(st.integers(min_value=1, max_value=5_000), st.integers(min_value=0, max_value=6_000))
def test_the_way_to_a_goal_rises_to_it_and_no_further(goal: int, done: int) -> None:
    steps = drawings.steps_to(goal)
    assert list(steps) == sorted(set(steps))
    assert (steps[0] > 0, steps[-1]) == (True, goal)
    drawing = drawings.draw_path(done, milestones=steps)
    assert drawing.is_under_way is (done < goal)
    assert [mark.label for mark in drawing.marks] == [str(step) for step in steps]


@given(st.floats(min_value=0, max_value=1))
def test_a_cut_curve_joins_where_it_was_cut(share: float) -> None:
    first, second = drawings.split_curve(((0, 0), (5, 0), (5, 10), (10, 10)), share)
    assert first[3] == second[0]
    assert (first[0], second[3]) == ((0, 0), (10, 10))


@given(st.integers(min_value=0, max_value=50), st.integers(min_value=0, max_value=50))
def test_a_ring_is_never_fuller_than_full(done: int, total: int) -> None:
    ring = drawings.draw_ring(done, total)
    assert 0 <= ring.dash <= ring.circumference


def test_a_sparkline_leaves_gaps_open() -> None:
    assert drawings.draw_sparkline([]) == []
    assert drawings.draw_sparkline([None, None]) == []
    assert len(drawings.draw_sparkline([1, 2, None, 3, 4])) == 2


def test_a_flat_sparkline_lies_in_the_middle() -> None:
    assert drawings.draw_sparkline([5, 5]) == ["2.0,10.0 62.0,10.0"]
