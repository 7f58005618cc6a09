"""Every metric on random small logs against an oracle in plain Python: all periods, ties, clock changes and all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.metrics import registry
from qadam.metrics.tests import oracle
from qadam.metrics.tests.small_logs import START, Fact, Person, SmallLog, Stay, company

STAGES = ("start/s1", "start/s2", "start/s3")
TYPES = ("order.paid", "lesson.completed")
CASE = "silent"
EXAMPLES = settings(max_examples=10, deadline=None)

ids = range(1, 8)
zones = st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York"])


def midnights(zone, low=0, high=200):
    """Local midnights and noons: instants on the very edge of periods, and ties, are common."""
    return st.tuples(st.integers(low, high), st.sampled_from([0, 0, 12])).map(
        lambda pair: oracle.midnight(START.date() + timedelta(days=pair[0]), ZoneInfo(zone)) + timedelta(hours=pair[1])
    )


@st.composite
def passages(draw, horizon):
    """People who enter the first stage and come to others before, at once, at the edge of the horizon, or past it."""
    zone = draw(zones)
    stays = []
    for number in ids:
        entered = draw(midnights(zone, 90, 130))
        stays += [Stay(number, STAGES[0], entered)] if draw(st.integers(0, 5)) else []
        stays += [Stay(number, STAGES[0], draw(midnights(zone, 90, 130)))] if draw(st.booleans()) else []
        late = timedelta(days=draw(st.sampled_from([-1, 0, 0, 3, horizon, horizon, horizon + 1])))
        stays += [Stay(number, draw(st.sampled_from(STAGES[1:])), entered + late)] if draw(st.integers(0, 3)) else []
        stays += [Stay(number, STAGES[2], draw(midnights(zone, 90, 150)))] if draw(st.booleans()) else []
    return SmallLog([Person(number) for number in ids], stays=stays), zone, draw(midnights(zone, 110, 200))


@st.composite
def active_lives(draw, months):
    """People who act, refund and leave around the anniversary of their registration."""
    zone = draw(zones)
    people, facts = [], []
    for number in ids:
        registered = draw(midnights(zone, 15, 75))
        turn = (oracle.add_months(registered.astimezone(ZoneInfo(zone)).date(), months) - START.date()).days
        around = midnights(zone, turn - 31, turn + 1)
        edges = st.sampled_from([oracle.midnight(START.date() + timedelta(days=turn - back), ZoneInfo(zone))
                                 for back in (0, 1, 30, 31)])  # fmt: skip
        people.append(Person(number, registered if draw(st.integers(0, 5)) else None,
                             draw(st.none() | st.none() | edges)))  # fmt: skip
        for moment in draw(st.lists(edges | around, max_size=2)):
            facts += (
                draw_purchase(draw, number, moment)
                if draw(st.booleans())
                else [Fact(number, "lesson.completed", moment)]
            )
    return SmallLog(people, facts=facts), zone, draw(midnights(zone, 100, 300))


def draw_purchase(draw, number, moment):
    order, amount = draw(st.sampled_from(["a", "b"])), draw(st.sampled_from([None, 1, 2, 2]))
    bought = {"order": order} | ({"amount": amount} if amount else {})
    facts = [Fact(number, "order.paid", moment, bought)]
    if draw(st.booleans()):
        back = draw(st.sampled_from([None, 1, 1, 2]))
        returned = {"order": order} | ({"amount": back} if back else {})
        facts.append(Fact(number, "order.refunded", moment + timedelta(days=1), returned))
    return facts


@st.composite
def case_histories(draw):
    zone, facts = draw(zones), []
    for enrollment in range(draw(st.integers(1, 5))):
        member, entered = draw(st.sampled_from(ids)), draw(midnights(zone, 90, 130))
        props = {"journey": f"case:{draw(st.sampled_from([CASE, CASE, CASE, 'other']))}", "enrollment": enrollment}
        facts.append(Fact(member, "journey.entered", entered, props))
        for delay in draw(st.lists(st.sampled_from([0, 5, 21, 21, 22]), max_size=1)):
            facts.append(Fact(member, "journey.goal_reached", entered + timedelta(days=delay), props))
        for delay in draw(st.lists(st.sampled_from([0, 5, 21, 22]), max_size=1)):
            reason = {"reason": draw(st.sampled_from(["failure", "excluded", "holdout", "horizon"]))}
            facts.append(Fact(member, "journey.left", entered + timedelta(days=delay), props | reason))
    return SmallLog([Person(number) for number in ids], facts=facts), zone, draw(midnights(zone, 100, 200))


def compute(log, code, target, params, now, zone):
    definition = registry.BY_CODE[code]
    with log.open(now) as db:
        readings = definition.compute(db, target, definition.complete(params), now, company(zone))
    assert {each.grain for each in readings} >= {"window", "open"}
    return readings


def bounds(reading, now):
    """The open period has no upper end: whatever is known by now belongs to it."""
    return reading.period_start, now + timedelta(seconds=1) if reading.grain == "open" else reading.period_end


@EXAMPLES
@given(
    st.sampled_from([7, 30]).flatmap(lambda h: st.tuples(st.just(h), passages(h))), st.sampled_from(["month", "week"])
)
def test_conversion_and_transit_time(drawn, grain):
    horizon, (log, zone, now) = drawn
    params = {"stages_after": list(STAGES[1:]), "horizon_days": horizon, "grain": grain}
    target, horizon = ("stage", STAGES[0]), timedelta(days=horizon)
    converted = compute(log, "M1", target, params, now, zone)
    timed = compute(log, "M2", target, params, now, zone)
    for m1, m2 in zip([r for r in converted if r.grain == "window"], [r for r in timed if r.grain == "window"],
                      strict=True):  # fmt: skip
        assert (m1.period_start, m1.period_end) == (m2.period_start, m2.period_end)
    for reading in converted:
        passed, everybody, censored, _ = oracle.conversion(
            log, *bounds(reading, now), STAGES[0], STAGES[1:], horizon, now
        )
        assert (reading.numerator, reading.denominator, reading.n_censored) == (passed, everybody, censored)
        assert reading.value == (pytest.approx(passed / everybody) if everybody else None)
        assert reading.maturity == "provisional" or censored == 0
    for reading in timed:
        *_, days = oracle.conversion(log, *bounds(reading, now), STAGES[0], STAGES[1:], horizon, now)
        assert reading.numerator == len(days)
        assert reading.value == (pytest.approx(oracle.middle(days)) if days else None)


@EXAMPLES
@given(st.sampled_from([3, 6]).flatmap(lambda months: st.tuples(st.just(months), active_lives(months))))
def test_retention(drawn):
    months, (log, zone, now) = drawn
    params = {"months": months, "event_types": list(TYPES)}
    for reading in compute(log, "M5", ("stage", STAGES[2]), params, now, zone):
        if reading.grain == "open":
            continue
        expected = oracle.retention(log, reading.period_start, reading.period_end, months, TYPES, now, ZoneInfo(zone))
        assert (reading.numerator, reading.denominator, reading.n_censored) == expected
        assert reading.maturity == "provisional" or reading.n_censored == 0


@EXAMPLES
@given(active_lives(3))
def test_active_share(drawn):
    log, zone, now = drawn
    for reading in compute(log, "M4", ("map", "start"), {"event_types": list(TYPES)}, now, zone):
        found = oracle.active_share(log, *bounds(reading, now), TYPES, 2, now, ZoneInfo(zone))
        assert (reading.numerator, reading.denominator) == found


@EXAMPLES
@given(case_histories())
def test_successful_cases(drawn):
    log, zone, now = drawn
    for reading in compute(log, "M9", ("case", CASE), {"horizon_days": 21}, now, zone):
        expected = oracle.successes(log, *bounds(reading, now), CASE, timedelta(days=21), now)
        assert (reading.numerator, reading.denominator, reading.n_censored) == expected


@EXAMPLES
@given(passages(7))
def test_people_behind_are_as_many_as_the_number_says(drawn):
    log, zone, now = drawn
    definition, target = registry.BY_CODE["M1"], ("stage", STAGES[0])
    params = definition.complete({"stages_after": list(STAGES[1:]), "horizon_days": 7})
    with log.open(now) as db:
        readings = definition.compute(db, target, params, now, company(zone))
        counts = definition.people(db, target, params, now, company(zone))
    newest = max((r for r in readings if r.grain == "window"), key=lambda r: r.period_end)
    assert len(counts["window"].part("numerator")) == newest.numerator
    assert len(counts["window"].part("denominator")) == newest.denominator
    assert len(counts["window"].part("rest")) == newest.denominator - newest.numerator
    assert len(set(counts["window"].part("denominator").tolist())) == newest.denominator


def test_a_log_without_anybody_gives_no_value_and_no_trend():
    now = datetime(2024, 6, 1, tzinfo=UTC)
    for code in registry.BY_CODE:
        target = ("case", CASE) if code == "M9" else ("stage", STAGES[0])
        readings = compute(SmallLog([]), code, target, {"stages_after": [STAGES[1]], "horizon_days": 7}, now, "UTC")
        assert {each.grain for each in readings} == {"window", "open"}
        assert all((each.denominator, each.value, each.low) == (0, None, None) for each in readings)
