import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.metrics import rules
from qadam.metrics.rules import Aim, Direction, State

# Grade-3 glioma trial (G. Grana et al. 2002), as in R's coin package and lifelines' tests against R.
RIT = [53, 28, 69, 58, 54, 25, 51, 61, 57, 57, 50], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
CONTROL = [34, 32, 9, 19, 50, 48], [1, 1, 1, 1, 0, 0]


def curve_of(durations, events):
    return rules.product_limit(np.array(durations, dtype=float), np.array(events, dtype=bool))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 29, 0.0061, 0.1718),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilson_interval_gives_published_values(successes, n, low, high):
    """The last three: R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert rules.wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_of_nobody_is_none():
    assert rules.wilson_interval(0, 0) is None


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share_and_stays_in_bounds(pair):
    low, high = rules.wilson_interval(*pair)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1


def test_product_limit_gives_r_values_of_the_treated_arm():
    curve = curve_of(*RIT)
    assert [curve.at(t) for t in (25, 53)] == pytest.approx([0.909, 0.779], abs=5e-4)
    assert curve.median() is None


def test_product_limit_gives_r_values_of_the_control_arm():
    curve = curve_of(*CONTROL)
    assert curve.times.tolist() == [9, 19, 32, 34]
    assert curve.survival == pytest.approx([0.833, 0.667, 0.5, 0.333], abs=5e-4)
    assert curve.low == pytest.approx([0.2731, 0.1946, 0.1109, 0.0461], abs=5e-5)
    assert curve.high == pytest.approx([0.975, 0.904, 0.804, 0.676], abs=5e-4)
    assert curve.median() == 32


def test_product_limit_takes_events_before_censorings_at_a_tie():
    assert curve_of([5, 5], [1, 0]).survival.tolist() == [0.5]


@pytest.mark.parametrize("events", [[], [0, 0]])
def test_product_limit_without_events_has_no_median(events):
    curve = curve_of(range(1, len(events) + 1), events)
    assert curve.median() is None
    assert curve.at(100) == 1


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=30))
def test_product_limit_equals_the_textbook(rows):
    survival, median = 1.0, None
    for time in sorted({t for t, happened in rows if happened}):
        at_risk = sum(t >= time for t, _ in rows)
        survival *= 1 - sum(t == time and happened for t, happened in rows) / at_risk
        median = time if median is None and survival <= 0.5 + 1e-12 else median
    curve = curve_of(*zip(*rows, strict=True))
    assert curve.at(12) == pytest.approx(survival)
    assert curve.median() == median


@pytest.mark.parametrize(
    ("values", "p", "expected"),
    [([], 0.5, None), ([3], 0.9, 3), ([1, 2], 0.5, 1.5), ([1, 2, 3, 4, 5], 0.9, 4.6)],
)
def test_quantile_interpolates_linearly(values, p, expected):
    assert rules.quantile(np.array(values, dtype=float), p) == expected


rows = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 6)), max_size=12)


@given(rows, rows)
def test_first_at_or_after_equals_a_search_by_hand(people, happenings):
    def arrays(pairs):
        days = np.array([day for _, day in pairs], dtype="datetime64[D]").astype("datetime64[us]")
        return np.array([member for member, _ in pairs], dtype=np.int64), days

    found = rules.first_at_or_after(*arrays(people), *arrays(happenings))
    for (member, since), answer in zip(people, found, strict=True):
        later = [day for other, day in happenings if other == member and day >= since]
        assert np.isnat(answer) if not later else answer == np.datetime64(min(later), "D")


@pytest.mark.parametrize(
    ("value", "n", "aim", "expected"),
    [
        (0.40, 50, Aim(Direction.UP, 0.40, 0.30), State.ON_TARGET),
        (0.39, 50, Aim(Direction.UP, 0.40, 0.30), State.WATCH),
        (0.29, 50, Aim(Direction.UP, 0.40, 0.30), State.OFF),
        (0.25, 50, Aim(Direction.UP, 0.40, None, 0.20), State.WATCH),
        (0.39, 50, Aim(Direction.UP, 0.40), State.OFF),
        (4.0, 50, Aim(Direction.DOWN, 4, 6), State.ON_TARGET),
        (5.0, 50, Aim(Direction.DOWN, 4, 6), State.WATCH),
        (7.0, 50, Aim(Direction.DOWN, 4, 6), State.OFF),
        (0.90, 19, Aim(Direction.UP, 0.40), State.WAITING),
        (None, 0, Aim(Direction.UP, 0.40), State.WAITING),
        (0.90, 50, Aim(Direction.UP), State.WAITING),
    ],
)
def test_judge(value, n, aim, expected):
    assert rules.judge(value, n, aim) is expected


@pytest.mark.parametrize(
    ("value", "n", "direction", "expected"),
    [(0.1, 20, "up", True), (0.2, 20, "up", False), (0.1, 19, "up", False), (0.3, 20, "down", True)],
)
def test_is_past_critical(value, n, direction, expected):
    assert rules.is_past_critical(value, n, Aim(Direction(direction), 0.5, None, 0.2)) is expected
