"""Laws of the engine over histories by lot. `./dev check --long` draws many more, anew each time."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from qadam.journeys.models import Enrollment, Transition
from qadam.journeys.tests.histories import BEGIN, Player, draw_history, fresh_world, play_to_the_end
from qadam.journeys.tests.replay import digests
from qadam.journeys.tests.soundness import assert_sound
from qadam.journeys.tests.stage import run_once
from qadam.messaging.models import Outbox

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]

EXAMPLES = int(os.environ.get("QADAM_LAW_EXAMPLES", "12"))
few = settings(
    max_examples=EXAMPLES // 4,
    deadline=None,
    derandomize=EXAMPLES <= 30,
    database=None,
    suppress_health_check=list(HealthCheck),
)
by_lot = st.randoms(use_true_random=False)


@pytest.fixture(autouse=True)
def _quiet_channel(settings):
    settings.MESSAGING_CHANNEL = "null"


def draw(dice):
    history = draw_history(dice)
    note(repr(history))
    return history


@few
@given(by_lot)
def test_after_each_tick_everybody_waits_for_exactly_one_thing(dice):
    """And a second look at the same moment changes nothing."""
    history = draw(dice)
    with fresh_world(history):
        for now in Player(history, history.looks).play():
            assert_sound(now)
            before = everything()
            run_once(now)
            assert everything() == before


def everything():
    return [list(model.objects.order_by("id").values()) for model in (Enrollment, Transition, Outbox)]


@few
@given(by_lot)
def test_an_engine_that_comes_late_leaves_nobody_behind(dice):
    """It finds at once what happened and fell due; nobody stays due, and each path is whole."""
    history = draw(dice)
    with fresh_world(history):
        for now in Player(history, history.looks, is_punctual=False).play():
            assert_sound(now)


@few
@given(by_lot)
def test_looking_without_a_reason_changes_nothing(dice):
    """Between what happens and what falls due there is nothing: more ticks there decide nothing else, nor earlier.

    The converse is no law: an engine that comes late arms the next wait late.
    """
    history = draw(dice)
    expected, end = play_to_the_end(history)
    assert play_to_the_end(history, looks=history.looks, until=end) == (expected, end)


@few
@given(by_lot)
def test_however_late_the_engine_comes_the_same_thing_ended_the_first_wait(dice):
    """Which of an event and the clock came first is read from when they were, not from when the engine looked."""
    history = draw(dice)
    wait = {"event": ["order.paid", "lesson.completed"], "since": "arm", **dice.choice(ENDS)}
    steps = [
        {"id": "first", "wait": {**wait, "timeout": dice.choice(["PT12H", "P2D"]), "on_timeout": "slow"}},
        {"id": "quick", "exit": "quick"},
        {"id": "slow", "exit": "slow"},
    ]
    history = replace(
        history, journey={**history.other, "journey": "test", "entry": {"event": "member.registered"}, "steps": steps}
    )
    # Everybody is in before the engine begins to be late.
    entered = {person.registers_at for person in history.people}
    late = tuple(sorted({BEGIN, *entered, *(at for at in history.looks if at > max(entered))}))
    assert edges_of_first(history) == edges_of_first(history, looks=late, is_punctual=False, without=entered)


ENDS = [{}, {"for": "P1D"}, {"until": {"at": "09:00"}}]


def edges_of_first(history, *, without=(), **how):
    """Return {member: the edge by which the first wait ended}. `without`: nothing happens until all have entered."""
    begins = max((person.registers_at for person in history.people), default=BEGIN)
    facts = [fact for fact in history.facts if fact.type == "member.registered" or fact.occurred_at > begins]
    with fresh_world(history):
        for _ in Player(replace(history, facts=tuple(facts)), **how).play():
            pass
        first = Transition.objects.filter(enrollment__journey__slug="test", visit=0)
        return dict(first.values_list("enrollment__member_id", "edge"))


@few
@given(by_lot)
def test_the_order_of_what_happens_at_one_instant_makes_no_difference(dice):
    history = draw(dice)
    facts = list(history.facts)
    dice.shuffle(facts)
    facts.sort(key=lambda fact: fact.occurred_at)
    assert play_to_the_end(replace(history, facts=tuple(facts))) == play_to_the_end(history)


SEEDS = 2_000 if os.environ.get("QADAM_LONG") else 10


def test_both_databases_decide_the_same_transition_for_transition(tmp_path):
    """The same histories once more on SQLite, in a process of its own, compared with those on this PostgreSQL."""
    if connection.vendor == "sqlite":
        pytest.skip("compared when the tests run on PostgreSQL")
    first = random.randrange(10**6) if os.environ.get("QADAM_LONG") else 0
    environment = {name: value for name, value in os.environ.items() if name != "QADAM_DATABASE"}
    told = subprocess.run(
        [sys.executable, "-m", "qadam.journeys.tests.replay", str(first), str(SEEDS)],
        env={**environment, "QADAM_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "qadam.site.settings"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    there = json.loads(told.stdout)
    here = digests(first, SEEDS)
    assert len(here) == SEEDS
    assert [seed for seed in here if here[seed] != there[seed]] == []


RICH = (2, 22, 28, 37, 40, 44)
"""Among the first 45 seeds, the fewest histories that take every kind of edge together."""


def test_histories_are_worth_playing():
    """They begin somebody's path, and together they take every kind of edge."""
    if connection.vendor != "sqlite":
        pytest.skip("the same histories on every database")
    edges, begun = set(), 0
    for seed in RICH:
        history = draw_history(random.Random(seed))
        found, _end = play_to_the_end(history)
        begun += any(row[0][0] == "test" for row in found["enrollments"])
        edges |= {row[4].split(":")[0] for row in found["transitions"]}
    assert begun == len(RICH)
    assert edges >= {
        "sent",
        "suppressed",
        "withheld",
        "next",
        "due",
        "event",
        "true",
        "timeout",
        "branch",
        "else",
        "arm",
    }
    assert edges >= {"goal", "exit", "stopped", "enough"}
