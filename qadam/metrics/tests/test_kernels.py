"""The passes over whole arrays against slow plain Python, on random small companies."""

from collections import defaultdict
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from qadam.metrics import kernels
from qadam.metrics.kernels import MemberDays, day_number, month_of

FIRST = date(2024, 1, 1)
START = day_number(FIRST)
LENGTH = 120


def some_days(draw, n=40):
    """Return days by kernel and by hand: {id: set of day numbers}; ids have holes; some have acted before others."""
    members = np.sort(draw.choice(np.arange(1, 4 * n), n, replace=False))
    acted = {int(each): set((START + draw.integers(0, LENGTH, draw.integers(0, 9))).tolist()) for each in members}
    rows = [(who, day) for who, days in acted.items() for day in days] * 2 + [(4 * n + 5, START)]
    days = MemberDays.empty(members, month_of(FIRST), month_of(FIRST) + 3)
    days.add_days(*(np.array(column, np.int64) for column in zip(*rows, strict=True)))
    return days, acted


@pytest.mark.parametrize("seed", range(8))
def test_days_are_counted_as_by_hand(seed):
    draw = np.random.default_rng(seed)
    days, acted = some_days(draw)
    low, high = sorted(START + draw.integers(-5, LENGTH + 5, 2))
    by_hand = [sum(low <= day < high for day in acted[each]) for each in days.members.tolist()]
    assert days.count_between(low, high).tolist() == by_hand
    each_low, each_high = np.sort(START + draw.integers(0, LENGTH, (2, len(days.members))), axis=0)
    assert days.has_any_between(each_low, each_high).tolist() == [
        any(low <= day < high for day in acted[who])
        for who, low, high in zip(days.members.tolist(), each_low, each_high, strict=True)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_retention_counts_who_acted_in_each_month(seed):
    draw = np.random.default_rng(seed)
    days, acted = some_days(draw)
    cohorts = month_of(FIRST) + draw.integers(-1, 5, len(days.members))
    table = defaultdict(int)
    for who, cohort in zip(days.members.tolist(), cohorts.tolist(), strict=True):
        for month in {int(kernels.months_of_days(np.array([day]))[0]) for day in acted[who]}:
            table[cohort - month_of(FIRST), month - month_of(FIRST)] += 1
    found = kernels.retention_matrix(days, cohorts)
    assert found.tolist() == [[table[row, column] for column in range(4)] for row in range(4)]


@pytest.mark.parametrize("seed", range(8))
def test_active_shares_are_those_of_every_midnight(seed):
    draw = np.random.default_rng(seed)
    days, acted = some_days(draw)
    registered = START + draw.integers(-40, LENGTH, len(days.members))
    left = np.where(draw.random(len(days.members)) < 0.5, 2**30, registered + draw.integers(0, 90, len(registered)))
    first, after = START + 20, START + LENGTH
    found = kernels.active_shares(days, (registered, left), (first, after), trailing=30, least=2)
    for place, midnight in enumerate(range(first, after)):
        begin = midnight - 30
        settled = [
            who
            for who, since, until in zip(days.members.tolist(), registered, left, strict=True)
            if since < begin and until >= begin
        ]
        active = [who for who in settled if len([day for day in acted[who] if begin <= day < midnight]) >= 2]
        assert (found.numerators[place], found.denominators[place]) == (len(active), len(settled))


@pytest.mark.parametrize("gap", [1, 3, 14, 29, 30, 60])
def test_the_first_silence_is_found(gap):
    draw = np.random.default_rng(gap)
    for _ in range(5):
        days, acted = some_days(draw)
        since = START + draw.integers(-10, LENGTH, len(days.members))
        found = kernels.first_silences(days, since, START + LENGTH, gap)
        for who, begin, silent in zip(days.members.tolist(), since.tolist(), found.tolist(), strict=True):
            present = [begin, *sorted(day for day in acted[who] if day > begin), START + LENGTH]
            quiet = [one for one, other in pairwise(present) if other - one > gap]
            assert silent == (quiet[0] if quiet else -1)


def level_by_hand(events, window, is_sliding):
    """Try every entry (or the first) and take the earliest event of each further step."""
    events = sorted(events)
    entries = [time for time, step in events if step == 1]
    best = 0
    for entry in entries if is_sliding else entries[:1]:
        level, at = 1, entry
        while times := [time for time, step in events if step == level + 1 and at <= time <= entry + window]:
            level, at = level + 1, times[0]
        best = max(best, level)
    return best


@pytest.mark.parametrize("is_sliding", [False, True])
@pytest.mark.parametrize("unit", [1, 1_000_000, 10**13])
def test_funnel_levels_are_those_of_trying_everything(unit, is_sliding):
    draw = np.random.default_rng(unit)
    members = draw.integers(1, 150, 1_500)
    moments, steps = draw.integers(0, 40, 1_500), draw.integers(1, 5, 1_500)
    times = np.datetime64("2024-01-01", "us") + (moments * unit).astype("timedelta64[us]")
    window = np.timedelta64(9 * unit, "us")
    found = kernels.funnel_levels(members, times, steps, window, is_sliding=is_sliding)
    rows = defaultdict(list)
    for who, time, step in zip(members.tolist(), moments.tolist(), steps.tolist(), strict=True):
        rows[who].append((time, step))
    levels = {who: level_by_hand(events, 9, is_sliding) for who, events in rows.items()}
    assert dict(zip(found.members.tolist(), found.levels.tolist(), strict=True)) == {
        who: level for who, level in sorted(levels.items()) if level
    }


def test_nobody_is_in_no_funnel():
    empty = np.array([], np.int64)
    found = kernels.funnel_levels(empty, empty.astype("datetime64[us]"), empty, np.timedelta64(1, "D"))
    assert len(found.members) == len(found.levels) == 0


@pytest.mark.parametrize("seed", range(5))
def test_downlines_are_added_up_over_the_tree(seed):
    draw = np.random.default_rng(seed)
    n = 60
    order = draw.permutation(n)
    sponsors = np.full(n, -1)
    for place in range(1, n):
        sponsors[order[place]] = order[draw.integers(0, place)] if draw.random() < 0.95 else -1
    values = draw.integers(0, 9, n)
    by_hand = values.astype(np.int64)
    for who in range(n):
        above = sponsors[who]
        while above >= 0:
            by_hand[above] += values[who]
            above = sponsors[above]
    tin, size = kernels.preorder(sponsors)
    assert sorted(tin) == list(range(n))
    assert kernels.downline_sums(tin, size, values).tolist() == by_hand.tolist()
    some = draw.random(n) < 0.7
    alone = kernels.downline_sums(tin[some], size[some], values[some])
    assert alone.tolist() == kernels.downline_sums(tin, size, np.where(some, values, 0))[some].tolist()


def test_a_loop_of_sponsors_is_refused():
    with pytest.raises(ValueError, match="loop"):
        kernels.preorder(np.array([-1, 2, 1]))
