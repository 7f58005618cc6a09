"""Places, what is shown of them, benchmarks, leagues: tables and properties without a database."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.recognition import board_rules as rules
from qadam.recognition.board_rules import ANYWHERE, Change, PaceLine, Standing
from tests.cast import NOW

scores = st.lists(st.tuples(st.integers(-5, 12), st.integers(0, 3)), max_size=40)


def standings_of(rows):
    return [Standing(number, points, NOW + timedelta(minutes=at)) for number, (points, at) in enumerate(rows)]


@settings(max_examples=25)
@given(scores)
def test_places_are_those_of_rank(rows):
    placed = rules.rank(standings_of(rows))
    counted = [points for points, _at in rows if points > 0]
    assert [each.position for each in placed] == list(range(1, len(counted) + 1))
    for each in placed:
        assert each.place == 1 + sum(points > each.standing.points for points in counted)
    order = [(-each.standing.points, each.standing.reached_at, each.standing.member_id) for each in placed]
    assert order == sorted(order)


@settings(max_examples=25)
@given(scores, st.integers(2, 40))
def test_a_part_of_the_order_has_the_same_places(rows, first):
    placed = rules.rank(standings_of(rows))
    part = placed[first - 1 :]
    if part:
        assert rules.place([each.standing for each in part], first, part[0].place) == part


@pytest.mark.parametrize(
    ("people", "own", "shown"),
    [
        (5, None, [1, 2, 3, 4]),
        (5, 5, [1, 2, 3, 4, 5]),
        (8, 2, [1, 2, 3, 4, 5, 6]),
        (30, 20, [*range(1, 11), *range(17, 24)]),
        (30, 29, [*range(1, 11), 26, 27, 29]),
        (30, 12, [*range(1, 16)]),
    ],
)
def test_top_ten_three_around_and_no_bottom(people, own, shown):
    assert rules.shown_positions(people, own) == shown


def test_who_ties_with_the_last_is_shown_to_nobody_but_themselves():
    placed = rules.rank(standings_of([(9, 0), (8, 0), (3, 0), (3, 1), (3, 2)]))
    bottom = placed[-rules.size_of_bottom(5)].standing.points
    assert [each.standing.member_id for each in rules.without_bottom(placed, 5, bottom, None)] == [0, 1]
    assert [each.standing.member_id for each in rules.without_bottom(placed, 5, bottom, 3)] == [0, 1, 3]
    all_alike = rules.rank(standings_of([(3, 0)] * 5))
    assert len(rules.without_bottom(all_alike, 5, 3, None)) == 5


@settings(max_examples=25)
@given(st.dictionaries(st.integers(1, 60), st.integers(1, 9), max_size=20))
def test_a_benchmark_is_the_score_of_the_last_who_reached_it(histogram):
    everybody = sorted((points for points, people in histogram.items() for _ in range(people)), reverse=True)
    told = rules.benchmark_scores(histogram)
    for top in rules.BENCHMARKS:
        first = -(-len(everybody) * top // 100)
        assert told.get(top) == (everybody[first - 1] if first >= 5 else None)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-4, 9), st.booleans()), max_size=30))
def test_counts_follow_the_rows_in_any_order(steps):
    rows: dict[int, int | None] = {}
    counts: Counter[int] = Counter()
    teams = [0, 0]
    for member, points, is_shown in steps:
        change = Change(1, date(2026, 3, 2), 7, rows.get(member), rules.visible(points, is_shown))
        rows[member] = change.new
        for (_board, _on, bucket), people in rules.histogram_deltas([change]).items():
            counts[bucket] += people
        for more_points, more_people in rules.team_deltas([change]).values():
            teams = [teams[0] + more_points, teams[1] + more_people]
    counted = [points for points in rows.values() if points is not None]
    assert +counts == Counter(counted)
    assert teams == [sum(counted), len(counted)]


@pytest.mark.parametrize(
    ("points", "zone", "cell"),
    [
        (0, 5, (5, rules.NEW)),
        (9, 5, (5, 1)),
        (10, 5, (5, 2)),
        (40, 5, (5, 3)),
        (40, 3, (3, rules.MIXED)),
        (40, 2, (ANYWHERE, 3)),
        (9, 11, (ANYWHERE, 1)),
    ],
)
def test_leagues_part_by_zone_and_pace_only_where_they_fill(points, zone, cell):
    paces = {
        ANYWHERE: PaceLine(300, 10, 30),
        5: PaceLine(120, 10, 40),
        3: PaceLine(60, 10, 40),
        2: PaceLine(59, 1, 2),
    }
    assert rules.cell_of(points, zone, paces, 30) == cell


def test_first_names_are_told_apart_only_where_they_are_shared():
    names = {1: ("", "Айгүл Серікқызы"), 2: ("", "Айгүл Қайратқызы"), 3: ("", "Марат"), 4: ("Жұлдыз", "Айгүл Б")}
    assert rules.names_apart(names) == {1: "Айгүл С.", 2: "Айгүл Қ.", 3: "Марат", 4: "Жұлдыз"}


@pytest.mark.parametrize(
    ("day", "period", "first", "last", "before"),
    [
        (date(2026, 3, 4), "week", date(2026, 3, 2), date(2026, 3, 8), date(2026, 2, 23)),
        (date(2027, 1, 3), "week", date(2026, 12, 28), date(2027, 1, 3), date(2026, 12, 21)),
        (date(2026, 2, 28), "month", date(2026, 2, 1), date(2026, 2, 28), date(2026, 1, 1)),
        (date(2026, 12, 31), "month", date(2026, 12, 1), date(2026, 12, 31), date(2026, 11, 1)),
    ],
)
def test_periods(day, period, first, last, before):
    assert rules.start_of_period(day, period) == first
    assert rules.end_of_period(first, period) == last
    assert rules.period_before(first, period) == before
