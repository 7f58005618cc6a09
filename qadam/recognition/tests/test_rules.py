"""Rules without a database: days, filters, streaks, compliance, documents."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.lib.documents import FaultyDocument
from qadam.recognition import rules, streak_rules
from qadam.recognition.badge_documents import Repeat, parse_badge
from qadam.recognition.badge_rules import period_key, start_of_period
from qadam.recognition.compliance import Matter, warnings_of, warnings_of_rules
from qadam.recognition.documents import parse_levels, parse_point_rule, parse_streak
from qadam.recognition.periods import ZoneHistory, day_in, local_day, quarter_key
from qadam.recognition.tests.world import WORDS

quickly = settings(max_examples=60, deadline=None, derandomize=True, database=None)
ALMATY, HONOLULU, KIRITIMATI = (ZoneInfo(name) for name in ("Asia/Almaty", "Pacific/Honolulu", "Pacific/Kiritimati"))
NOON = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
zones = st.sampled_from([ALMATY, HONOLULU, KIRITIMATI, ZoneInfo("America/New_York"), ZoneInfo("UTC")])


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # Almaty is UTC+6 until the end of February 2024 and UTC+5 from then on.
        (datetime(2024, 2, 20, 20, 59, tzinfo=UTC), date(2024, 2, 20)),
        (datetime(2024, 2, 20, 21, 0, tzinfo=UTC), date(2024, 2, 21)),
        (datetime(2024, 3, 20, 21, 59, tzinfo=UTC), date(2024, 3, 20)),
        (datetime(2024, 3, 20, 22, 0, tzinfo=UTC), date(2024, 3, 21)),
    ],
)
def test_a_day_begins_at_three_in_the_members_zone(instant, day):
    assert local_day(instant, ZoneHistory(ALMATY)) == day


def test_two_days_are_never_counted_within_minutes():
    """23:00 in Honolulu is already tomorrow in Kiritimati."""
    late = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    moved = ZoneHistory(HONOLULU, [(late + timedelta(minutes=1), KIRITIMATI)])
    assert day_in(late, HONOLULU) == date(2026, 3, 2)
    assert day_in(late + timedelta(minutes=5), KIRITIMATI) == date(2026, 3, 3)
    assert local_day(late + timedelta(minutes=5), moved) == date(2026, 3, 2)


@quickly
@given(zones, st.lists(st.tuples(st.integers(7 * 24, 20 * 24), zones), max_size=3), st.lists(st.integers(0, 1500)))
def test_days_never_go_backward_and_changing_zones_gains_none(first, steps, hours):
    at, changes = NOON, []
    for wait, zone in steps:
        at += wait * HOUR
        changes.append((at, zone))
    history = ZoneHistory(first, changes)
    days = [local_day(NOON + number * HOUR, history) for number in sorted(hours)]
    assert days == sorted(days)
    every_hour = [local_day(NOON + number * HOUR, history) for number in range(1500)]
    lengths = [every_hour.count(day) for day in sorted(set(every_hour))][1:-1]
    # A day that a change begins in lasts at least as long as a day does, summer time aside.
    changed_days = {local_day(changed_at, history) for changed_at, _zone in changes}
    assert all(every_hour.count(day) >= 23 for day in changed_days if day not in (every_hour[0], every_hour[-1]))
    assert all(lengths)


@pytest.mark.parametrize(("repeat", "before"), [(Repeat.MONTH, "2026-03"), (Repeat.QUARTER, "2026-Q1")])
def test_a_badges_period_begins_where_its_key_changes(repeat, before):
    begins = start_of_period(repeat, date(2026, 4, 15), ALMATY)
    assert period_key(repeat, day_in(begins, ALMATY)) == period_key(repeat, date(2026, 4, 15))
    assert period_key(repeat, day_in(begins - timedelta(microseconds=1), ALMATY)) == before


def test_quarters():
    assert [quarter_key(date(2026, month, 1)) for month in (1, 3, 4, 12)] == [
        "2026-Q1", "2026-Q1", "2026-Q2", "2026-Q4",
    ]  # fmt: skip


def test_a_filter_needs_its_property():
    rule = parse_point_rule(
        {"rule": "r", "name": WORDS, "event": "order.paid", "where": {"buyer": ["retail", "preferred"],
         "amount": {"at_least": 100, "below": 200}}, "points": 1}
    )  # fmt: skip
    facts = [{"buyer": "retail", "amount": amount} for amount in (99, 100, 199, 200)]
    assert [rules.fits(props, rule.where) for props in facts] == [False, True, True, False]
    assert not rules.fits({"buyer": "retail"}, rule.where)
    assert not rules.fits({"amount": 150, "buyer": "own"}, rule.where)


DAYS = parse_streak({"streak": "s", "name": WORDS, "period": "day", "acts": [{"did": "lesson.completed"}]})
WEEKS = parse_streak({"streak": "w", "name": WORDS, "period": "week", "acts": [{"did": "lesson.completed"}]})
MONDAY = date(2026, 3, 2)


def run_of(*numbers, streak=DAYS, paused=(), through=None):
    step = streak_rules.step_of(streak)
    free = frozenset(MONDAY + number * timedelta(days=1) for number in paused)
    kept = [MONDAY + number * step for number in numbers]
    return streak_rules.replay(streak, kept, free, MONDAY + through * step if through is not None else None)


@pytest.mark.parametrize(
    ("kept", "options", "expected"),
    [
        ([0, 1, 2], {}, (3, 1)),
        ([0, 2], {}, (2, 0)),
        ([0, 3], {}, (1, 1)),
        ([0, 2, 4], {}, (1, 1)),
        (range(7), {}, (7, 2)),
        (range(14), {}, (14, 2)),
        ([*range(7), 9], {}, (8, 0)),
        ([0, 1], {"through": 2}, (2, 0)),
        ([0, 1], {"through": 3}, (0, 1)),
        ([0, 4], {"paused": [1, 2, 3]}, (2, 1)),
        ([0, 1, 2], {"paused": [1]}, (2, 1)),
        ([0, 1, 3], {"streak": WEEKS}, (3, 0)),
        ([0, 2], {"streak": WEEKS, "paused": [7, 8, 9, 10]}, (2, 1)),
        ([0, 2], {"streak": WEEKS, "paused": [7, 8, 9]}, (2, 0)),
    ],
)
def test_streaks(kept, options, expected):
    """Length and freezes; the day streak begins with one freeze."""
    run = run_of(*kept, **options)
    assert (run.length, run.freezes) == expected


@quickly
@given(st.lists(st.integers(0, 40), min_size=1), st.lists(st.integers(0, 45), max_size=8), st.integers(0, 12))
def test_closing_days_one_by_one_or_not_at_all_changes_nothing(numbers, paused, ahead):
    """The job that closes days may run any number of times, between any two acts: the run is that of all its acts."""
    free = frozenset(MONDAY + timedelta(days=number) for number in paused)
    kept = sorted({MONDAY + timedelta(days=number) for number in numbers})
    rests, run = streak_rules.rests_of(DAYS, free), streak_rules.start(DAYS)
    last = kept[-1] + timedelta(days=ahead)
    day = MONDAY
    while day <= last:
        if day in kept and day not in free:
            run = streak_rules.keep(run, DAYS, day, rests)
        for _ in range(2):
            run = streak_rules.close(run, DAYS, day, rests)
        day += timedelta(days=1)
    assert streak_rules.replay(DAYS, reversed(kept), free, last) == run
    assert run.freezes <= DAYS.freezes
    assert run.best >= run.length


def test_milestones_are_told_once():
    milestones = {3, 7}
    lengths = [0, 1, 2, 3, 4, 7]
    told = [streak_rules.crossed(one, other, milestones) for one, other in pairwise(lengths)]
    assert told == [[], [], [3], [], [7]]


def rule(**changes):
    return {"rule": "r", "name": WORDS, "event": "lesson.completed", "points": 10, **changes}


def badge(when):
    return {
        "badge": "b",
        "name": WORDS,
        "why": WORDS,
        "how": WORDS,
        "icon": "x",
        "tiers": [{"key": "one", "when": when}],
    }


RETAIL = {"buyer": "retail"}
RECRUITS, OWN = [Matter.RECRUITING], [Matter.OWN_PURCHASE]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (rule(), []),
        (rule(event="member.registered", to="sponsor"), RECRUITS),
        (rule(event="member.registered", to="sponsor", points=0), []),
        (rule(event="member.registered", where={"kind": "customer"}), []),
        (rule(event="invitation.sent"), RECRUITS),
        (rule(event="contact.recorded"), RECRUITS),
        (rule(event="presentation.attended"), []),
        (rule(event="presentation.attended", to="mentor"), RECRUITS),
        (rule(event="order.paid"), OWN),
        (rule(event="order.paid", where={"buyer": "own"}), OWN),
        (rule(event="order.paid", where={"buyer": ["retail", "own"]}), OWN),
        (rule(event="order.paid", where=RETAIL), []),
        (badge({"did": "order.paid", "where": RETAIL}), []),
        (badge({"any": [{"day": {"at_least": 3}}, {"did": "order.paid"}]}), OWN),
        (badge({"not": {"did": "invitation.sent"}}), []),
        (badge({"team": {"of": "frontline", "where": {"is": {"kind": "distributor"}}}}), RECRUITS),
        (badge({"team": {"of": "mentees", "where": {"did": "help.confirmed"}}}), []),
        ({"challenge": "c", "measure": {"did": ["lesson.completed", "invitation.sent"]}}, RECRUITS),
        ({"challenge": "c", "measure": {"did": "order.paid", "sum": "amount", "where": RETAIL}}, []),
        ({"board": "b", "score": {"measure": {"did": "order.paid", "sum": "amount"}}}, OWN),
        ({"board": "b", "score": {"rules": []}}, []),
        ("nonsense", []),
    ],
)  # fmt: skip
def test_what_the_law_has_to_say(document, expected):
    assert [warning.matter for warning in warnings_of(document)] == expected


def test_a_board_is_warned_about_when_recruiting_is_all_it_counts():
    recruit, lesson = rule(event="member.registered", to="sponsor"), rule()
    assert [warning.matter for warning in warnings_of_rules([recruit, rule(points=0)])] == RECRUITS
    assert warnings_of_rules([recruit, lesson]) == warnings_of_rules([]) == []


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (rule(event="nothing.happened"), "event"),
        (rule(where={"colour": "red"}), "where.colour"),
        (rule(points=-1), "points"),
        (rule(points={"of": "lesson", "per": 1, "most": 5}), "points.of"),
        (rule(per=["lesson"]), "per"),
        (rule(which="first", per=["order"]), "per"),
        (rule(caps={"day": 5, "week": 3}), "caps.week"),
        (rule(caps={"hour": 5}), "caps.hour"),
        (rule(reversed_by={"event": "order.refunded", "same": "order"}), "reversed_by.same"),
        (rule(**{"from": "2026-02-02", "until": "2026-01-01"}), "until"),
        (rule(**{"from": "yesterday"}), "from"),
        (rule(event="member.registered", to="sponsor"), "reason"),
        (rule(event="order.paid", reason="  "), "reason"),
        (rule(income=5), "income"),
    ],
)
def test_a_faulty_rule_is_refused_with_the_place(document, place):
    with pytest.raises(FaultyDocument) as error:
        parse_point_rule(document)
    assert [fault.place for fault in error.value.faults] == [place]


@pytest.mark.parametrize(
    ("parse", "document", "place"),
    [
        (parse_badge, badge({"did": "nothing.happened"}), "tiers[0].when.did"),
        (parse_badge, badge({"all": [{"day": {"at_most": 3}}, {"day": {"at_least": 7}}]}), "tiers[0].when"),
        (parse_badge, badge({"elapsed": "P1D", "since": "entry"}), "tiers[0].when"),
        (parse_badge, badge({"did": "lesson.completed"}) | {"kind": "nominated"}, "tiers"),
        (parse_badge, badge({"did": "lesson.completed"}) | {"tiers": []}, "tiers"),
        (parse_levels, {"levels": "l", "name": WORDS, "steps": [
            {"key": "a", "name": WORDS, "from": 0}, {"key": "a", "name": WORDS, "from": 9}]}, "steps[1].key"),
        (parse_levels, {"levels": "l", "name": WORDS, "steps": [
            {"key": "a", "name": WORDS, "from": 5}, {"key": "b", "name": WORDS, "from": 9}]}, "steps[0].from"),
        (parse_streak, {"streak": "s", "name": WORDS, "period": "day", "acts": [{"did": "lesson.completed"}],
                        "freezes": 3}, "freezes"),
    ],
)  # fmt: skip
def test_other_faulty_documents(parse, document, place):
    with pytest.raises(FaultyDocument) as error:
        parse(document)
    assert [fault.place for fault in error.value.faults] == [place]
