"""The geometry of the board."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qadam.maps.curve import RIVER_HEIGHT, draw_bands, draw_pieces, draw_river, draw_spark, find_slopes, height_of

SCORES = st.lists(st.one_of(st.none(), st.integers(-2, 2).map(float)), max_size=8)


def numbers(path):
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_heights_run_from_top_to_bottom():
    assert [height_of(score) for score in (2, 1, 0, -1, -2)] == [16, 43, 70, 97, 124]


@given(SCORES)
def test_the_curve_never_leaves_the_span_of_its_scores(scores):
    known = [score for score in scores if score is not None]
    for piece in draw_pieces(scores):
        for path in (piece.before, piece.after) if piece else ():
            heights = numbers(path)[1::2]
            assert all(height_of(max(known)) - 0.06 <= y <= height_of(min(known)) + 0.06 for y in heights)


@given(SCORES)
def test_pieces_join_at_the_edges_and_gaps_stay_open(scores):
    pieces = draw_pieces(scores)
    assert [piece is None for piece in pieces] == [score is None for score in scores]
    for left, right in pairwise(pieces):
        if left and right:
            assert numbers(left.after)[-2:] == [100.0, numbers(right.before)[1]]
            assert numbers(right.before)[0] == 0.0
        elif left:
            assert left.after == ""


def test_turning_points_are_flat():
    assert find_slopes([1, -1, 2, 0, 1])[1:4] == [0, 0, 0]
    assert find_slopes([-1.0, 0.0, 1.0])[1] == 1.0


def test_the_river_is_as_thick_as_people_go_on():
    first, middle, last = draw_river([400, 100])
    assert first.startswith("M50 17.00")
    assert numbers(last)[1] == RIVER_HEIGHT / 2 - 15 * 100 / 400
    assert "100 28.25L100 35.75" in middle


def test_nothing_flows_where_nothing_is_known():
    assert draw_river([None, None]) == ["", "", ""]
    assert draw_river([None, 5])[0] == ""
    assert draw_river([]) == [""]


def test_a_spark_needs_two_values_and_keeps_its_gaps():
    assert draw_spark([0.4], 0.5) == ([], None, None)
    lines, end, target_y = draw_spark([0.1, 0.2, None, 0.3, 0.4], 0.4)
    assert len(lines) == 2
    assert end == (61.0, 3.0)
    assert target_y == 3.0


def test_a_band_joins_only_neighbours_that_both_have_an_interval():
    first, second, gap, alone = draw_bands([(-1.0, 0.0), (0.0, 1.0), None, (1.0, 1.5)])
    assert gap is None
    assert (first.before, second.after) == ("", "")
    assert first.after.startswith("M50.0 70.0")
    assert first.after.endswith("Z")
    assert second.before.endswith("0.0 83.5Z")
    assert alone.is_whisker
    assert alone.high_y < alone.low_y
