from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.tasks import moving_rules
from qadam.tasks.moving_rules import Room, Slot
from qadam.tasks.rules import MovedBy, is_set_aside

TODAY = date(2026, 3, 10)


def on(number):
    return TODAY + timedelta(days=number)


def a_slot(key="a", due=0, opens=-9, **changes):
    slot = {"is_required": True, "minutes": 10, "position": 0, **changes}
    return Slot(key, on(opens), on(due), on(opens), **slot)


slots = st.builds(
    a_slot,
    due=st.integers(-20, 10),
    is_required=st.booleans(),
    position=st.integers(0, 40),
    is_waiting=st.booleans(),
    is_first_goal=st.booleans(),
)


@settings(max_examples=25)
@given(
    st.lists(slots, max_size=20),
    st.integers(1, 4),
    st.integers(0, 5),
    st.sets(st.integers(0, 8).map(on)),
    st.integers(0, 3),
)
def test_late_tasks_find_days_with_room(given_slots, per_day, done, paused, first):
    room = Room(TODAY, per_day, done, paused)
    moves = moving_rules.lay_out(given_slots, room, first_on=on(first))
    late = [place for place, slot in enumerate(given_slots) if slot.due_on < TODAY and not slot.is_waiting]
    assert sorted(moves) == late
    planned = Counter(slot.due_on for slot in given_slots if slot.due_on >= TODAY)
    landed = Counter(move.to for move in moves.values())
    assert all(move.to >= on(first) and move.to not in paused for move in moves.values())
    for day, number in landed.items():
        assert number <= max(per_day - planned[day] - (done if day == TODAY else 0), 0)
    # Nothing that is required lands after something that isn't.
    days = {
        flag: [moves[place].to for place in late if given_slots[place].is_required is flag] for flag in (True, False)
    }
    assert not (days[True] and days[False]) or max(days[True]) <= min(days[False])


def test_the_first_goal_finds_the_first_place():
    late = [a_slot("old", -5), a_slot("goal", -1, is_first_goal=True), a_slot("older", -6)]
    moves = moving_rules.lay_out(late, Room(TODAY, 1), first_on=TODAY)
    assert [moves[place].to for place in (1, 2, 0)] == [on(0), on(1), on(2)]


def test_not_today_goes_to_the_next_day_with_room():
    full = [a_slot(due=1) for _ in range(3)]
    assert moving_rules.day_for_not_today(full, Room(TODAY, 3)) == on(2)
    assert moving_rules.day_for_not_today(full[:2], Room(TODAY, 3)) == on(1)
    assert moving_rules.day_for_not_today([], Room(TODAY, 3, paused={on(1), on(2)})) == on(3)


@pytest.mark.parametrize(
    ("opens", "due", "moved", "expected"),
    [(-3, -1, None, (-3, -1)), (-3, -1, 2, (2, 2)), (-3, 5, 1, (1, 5)), (4, 6, 1, (4, 6))],
)
def test_a_move_makes_nothing_earlier(opens, due, moved, expected):
    dates = moving_rules.moved_dates(on(opens), on(due), None if moved is None else on(moved))
    assert dates == (on(expected[0]), on(expected[1]))


@pytest.mark.parametrize(("day", "after"), [(-1, -1), (0, 3), (1, 4), (2, 5), (9, 13)])
def test_the_calendar_steps_over_paused_days(day, after):
    paused = {on(0), on(1), on(2), on(12)}
    assert moving_rules.skip_paused(on(day), paused) == on(after)


def test_a_restart_is_three_short_acts_that_can_be_done():
    tasks = [
        a_slot("long", minutes=60, position=0),
        a_slot("locked", minutes=1, position=1, is_locked=True),
        a_slot("waiting", minutes=1, position=2, is_waiting=True),
        a_slot("ahead", opens=2, due=3, minutes=1, position=3),
        a_slot("short", minutes=5, position=4),
        a_slot("optional", minutes=2, position=5, is_required=False),
        a_slot("wished", minutes=30, position=6),
    ]
    moves = moving_rules.choose_restart(tasks, ["gone", "wished"], TODAY)
    assert [(tasks[place].key, move.to, move.by) for place, move in moves.items()] == [
        ("wished", on(0), MovedBy.RESTART),
        ("short", on(1), MovedBy.RESTART),
        ("optional", on(2), MovedBy.RESTART),
    ]
    assert moving_rules.choose_restart([], ["wished"], TODAY) == {}


@pytest.mark.parametrize(("day", "is_one"), [(-1, False), (0, True), (2, True), (3, False)])
def test_a_restart_lasts_three_days(day, is_one):
    assert moving_rules.is_restarting(TODAY, on(day)) is is_one
    assert not moving_rules.is_restarting(None, on(day))


@pytest.mark.parametrize(
    ("directions", "hours_from", "direction", "hours", "is_aside"),
    [
        ((), 0, "", None, False),
        ((), 0, "customer", 1, False),
        (("builder",), 0, "", None, True),
        (("seller", "builder"), 0, "", None, False),
        (("customer",), 0, "customer", None, False),
        (("customer",), 0, "seller", None, True),
        ((), 4, "seller", None, False),
        ((), 4, "seller", 3, True),
        ((), 4, "seller", 4, False),
        ((), 0, "pause", 40, True),
    ],
)
def test_what_is_set_aside(directions, hours_from, direction, hours, is_aside):
    assert is_set_aside(directions, hours_from, direction, hours) is is_aside
