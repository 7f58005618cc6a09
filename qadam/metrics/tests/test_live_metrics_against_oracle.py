"""The metrics of the live map on random small logs against the oracle: all periods, ties and clock changes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qadam.metrics.tests import oracle
from qadam.metrics.tests.small_logs import START, Fact, Person, SmallLog
from qadam.metrics.tests.test_against_oracle import CASE, TYPES, bounds, compute, ids, midnights, zones

EXAMPLES = settings(max_examples=8, deadline=None)
DAY = timedelta(days=1)


def counts(reading):
    return reading.numerator, reading.denominator, reading.n_censored


def check_share(reading):
    expected = reading.numerator / reading.denominator if reading.denominator else None
    assert reading.value == (pytest.approx(expected) if expected is not None else None)


@st.composite
def presentations(draw):
    zone, people, facts = draw(zones), [], []
    for number in ids:
        first = draw(midnights(zone, 95, 125))
        gap = draw(st.sampled_from([None, None, -1, 0, 1, 14, 14, 15]))
        people.append(Person(number, None if gap is None else first + gap * DAY))
        for moment in [first, *draw(st.lists(midnights(zone, 95, 150), max_size=2))]:
            form = draw(st.sampled_from([{}, {"minutes": 9}, {"minutes": 10}, {"form": "recording", "share": 70},
                                         {"form": "recording", "share": 69}, {"form": "recording"}]))  # fmt: skip
            seen = {"presentation": draw(st.sampled_from("ab")), **form}
            facts.append(Fact(number, "presentation.attended", moment, seen))
    return SmallLog(people, facts=facts), zone, draw(midnights(zone, 120, 200))


@EXAMPLES
@given(presentations())
def test_registration_after_a_presentation(drawn):
    log, zone, now = drawn
    for reading in compute(log, "M3", ("stage", "start/s1"), {}, now, zone):
        *expected, credit = oracle.registered_after_presentation(log, *bounds(reading, now), now)
        assert counts(reading) == tuple(expected)
        check_share(reading)
        if reading.grain == "window":
            assert {key: won for key, won, _seen in reading.detail["presentations"] if won} == dict(credit)


@st.composite
def teams(draw):
    """People who act, bring others and leave; sponsors who were active and sponsors who weren't."""
    zone, people, facts = draw(zones), [], []
    for number in ids:
        registered = draw(midnights(zone, 0, 60) | midnights(zone, 90, 130))
        left = draw(st.sampled_from([None, None, 3, 14, 15, 60]))
        people.append(Person(number, registered, None if left is None else registered + left * DAY))
        sponsor = draw(st.sampled_from([None, *ids]))
        own = {"kind": "distributor"} | ({"sponsor": sponsor} if sponsor and sponsor != number else {})
        facts.append(Fact(number, "member.registered", registered, own))
        acts = draw(st.lists(midnights(zone, 60, 140), max_size=5))
        facts += [Fact(number, "lesson.completed", moment) for moment in acts]
    return SmallLog(people, facts=facts), zone, draw(midnights(zone, 125, 160))


@EXAMPLES
@given(teams(), st.sampled_from(["month", "week", "quarter"]))
def test_invited_per_active(drawn, grain):
    log, zone, now = drawn
    params = {"event_types": list(TYPES), "grain": grain}
    for reading in compute(log, "M6", ("map", "start"), params, now, zone):
        found = oracle.invited(log, *bounds(reading, now), TYPES, now, ZoneInfo(zone))
        assert (reading.numerator, reading.denominator, reading.detail["with_any"][0]) == found
        check_share(reading)


@EXAMPLES
@given(teams(), st.sampled_from(["month", "quarter", "year"]), st.sampled_from([5, 30]))
def test_churn(drawn, grain, gap):
    log, zone, now = drawn
    params = {"event_types": list(TYPES), "grain": grain, "gap_days": gap}
    for reading in compute(log, "M8", ("map", "start"), params, now, zone):
        found = oracle.churned(log, *bounds(reading, now), gap, TYPES, now, ZoneInfo(zone))
        assert (reading.numerator, reading.denominator, reading.detail["reactivated"]) == found
        assert reading.detail["left"] + reading.detail["silent"] == reading.numerator


@st.composite
def tickets(draw):
    zone, facts = draw(zones), []
    half_hours = st.integers(0, 10 * 48).map(lambda n: START + 100 * DAY + timedelta(minutes=30 * n))
    for number in ids:
        for moment in draw(st.lists(half_hours, max_size=5)):
            props = {"ticket": draw(st.sampled_from("ab"))}
            kind = draw(st.sampled_from(["question.opened", "question.answered"]))
            is_automatic = kind == "question.answered" and draw(st.integers(0, 3)) == 0
            facts.append(Fact(number, kind, moment, props | ({"is_automatic": True} if is_automatic else {})))
    return SmallLog([Person(n) for n in ids], facts=facts), zone, START + draw(st.sampled_from([105, 109, 130])) * DAY


@EXAMPLES
@given(tickets(), st.sampled_from([4, 24]), st.booleans())
def test_response_time(drawn, sla, is_working):
    log, zone, now = drawn
    params = {"sla_hours": sla, "clock": "working" if is_working else "always"}
    shares = compute(log, "M7", ("map", "start"), params, now, zone)
    for reading, timed in zip(
        shares, compute(log, "M7", ("map", "start"), params | {"value": "median"}, now, zone), strict=True
    ):
        in_time, decided, undecided, hours = oracle.answers_in_time(
            log, *bounds(reading, now), sla, now, ZoneInfo(zone), is_working=is_working
        )
        assert counts(reading) == (in_time, decided, undecided)
        assert (timed.numerator, timed.denominator) == (len(hours), decided)
        assert timed.value == (pytest.approx(oracle.middle(hours)) if hours else None)
        assert reading.maturity == "provisional" or undecided == 0


@st.composite
def arms(draw):
    zone, facts = draw(zones), []
    for enrollment in range(draw(st.integers(2, 8))):
        member, entered = draw(st.sampled_from(ids)), draw(midnights(zone, 90, 110))
        props = {"journey": f"case:{draw(st.sampled_from([CASE, CASE, 'other']))}", "enrollment": enrollment}
        arm = draw(st.sampled_from(["", "treated", "control"]))
        facts.append(Fact(member, "journey.entered", entered, props | {"arm": arm}))
        for delay in draw(st.lists(st.sampled_from([0, 21, 21, 22, 30, 31]), max_size=1)):
            facts.append(Fact(member, "journey.goal_reached", entered + delay * DAY, props))
        for delay in draw(st.lists(st.sampled_from([0, 5, 22]), max_size=1)):
            reason = {"reason": draw(st.sampled_from(["failure", "excluded", "stopped"]))}
            facts.append(Fact(member, "journey.left", entered + delay * DAY, props | reason))
        for delay in draw(st.lists(st.sampled_from([0, 1, 30, 31]), max_size=1)):
            facts.append(Fact(member, "presentation.attended", entered + delay * DAY, {"presentation": "a"}))
    return SmallLog([Person(number) for number in ids], facts=facts), zone, draw(midnights(zone, 100, 160))


@EXAMPLES
@given(arms())
def test_cases_by_arm(drawn):
    log, zone, now = drawn
    for reading in compute(log, "M9", ("case", CASE), {"horizon_days": 21}, now, zone):
        found, manual, overlapping = oracle.successes_by_arm(log, *bounds(reading, now), CASE, 21 * DAY, now)
        assert [reading.numerator, reading.denominator] == found[False]
        assert reading.detail.get("control", [0, 0]) == found[True]
        assert (reading.detail["manual"][1], reading.detail["overlapping"]) == (manual, overlapping)
    for reading in compute(log, "M15", ("case", CASE), {}, now, zone):
        types = ("presentation.attended", "member.registered")
        found, censored = oracle.brought_back(log, *bounds(reading, now), CASE, types, now)
        assert [reading.numerator, reading.denominator] == found[False]
        assert reading.detail.get("control", [0, 0]) == found[True]
        assert reading.n_censored == censored


@st.composite
def surveys(draw):
    zone, facts = draw(zones), []
    for request in range(draw(st.integers(0, 12))):
        kind, member = draw(st.sampled_from(["csat", "nps", "ces"])), draw(st.sampled_from(ids))
        asked, props = draw(midnights(zone, 20, 110)), {"survey": kind, "kind": kind, "request": str(request)}
        facts.append(Fact(member, "survey.asked", asked, props))
        if draw(st.integers(0, 3)):
            score = {"score": draw(st.integers(-1, 11))}
            facts.append(Fact(member, "survey.answered", asked + draw(st.integers(0, 8)) * DAY, props | score))
    return SmallLog([Person(number) for number in ids], facts=facts), zone, draw(midnights(zone, 90, 120))


@EXAMPLES
@given(surveys())
def test_surveys(drawn):
    log, zone, now = drawn
    for code, kind, low, high, good in (("M10", "csat", 1, 5, 4), ("M12", "ces", 1, 7, 5)):
        means = compute(log, code, ("map", "start"), {"value": "mean"}, now, zone)
        for reading, mean in zip(compute(log, code, ("map", "start"), {}, now, zone), means, strict=True):
            scores, asked = oracle.marks(log, *bounds(reading, now), kind, low, high, now)
            scores = [score for _member, score in scores]
            assert (reading.numerator, reading.denominator) == (sum(score >= good for score in scores), len(scores))
            assert (mean.numerator, mean.denominator) == (sum(scores), len(scores))
            assert (reading.detail["asked"], reading.detail["answered"]) == asked
            check_share(reading)
            check_share(mean)
    for reading in compute(log, "M11", ("map", "start"), {}, now, zone):
        latest = dict(oracle.marks(log, *bounds(reading, now), "nps", 0, 10, now)[0]).values()
        points = sum(score >= 9 for score in latest) - sum(score <= 6 for score in latest)
        assert (reading.numerator, reading.denominator) == (points, len(latest))
        assert reading.value == (pytest.approx(100 * points / len(latest)) if latest else None)


@st.composite
def assignments(draw):
    zone, facts = draw(zones), []
    for number in ids:
        for moment in draw(st.lists(midnights(zone, 80, 110), max_size=4)):
            lesson = {"lesson": draw(st.sampled_from("aab"))}
            if draw(st.booleans()):
                facts.append(Fact(number, "lesson.completed", moment, lesson))
                continue
            due = draw(st.sampled_from([None, 0, 5, 5, 12]))
            zoned = {} if due is None else {"due_at": (moment + due * DAY).astimezone(ZoneInfo(zone)).isoformat()}
            facts.append(Fact(number, "lesson.assigned", moment, lesson | zoned))
    return SmallLog([Person(number) for number in ids], facts=facts), zone, draw(midnights(zone, 95, 130))


@EXAMPLES
@given(assignments())
def test_lessons(drawn):
    log, zone, now = drawn
    for reading in compute(log, "M13", ("map", "start"), {}, now, zone):
        if reading.grain != "open":
            found = oracle.lessons_in_time(log, reading.period_start, reading.period_end, now)
            assert (reading.numerator, reading.denominator) == found


@st.composite
def leads(draw):
    zone, people, facts = draw(zones), [], []
    for number in ids:
        met = draw(midnights(zone, 10, 40))
        registered = draw(st.sampled_from([None, -1, 0, 20, 85]))
        people.append(Person(number, None if registered is None else met + registered * DAY,
                             draw(st.sampled_from([None, None, met + 50 * DAY]))))  # fmt: skip
        facts.append(Fact(number, "contact.recorded", met))
        for delay in draw(st.lists(st.sampled_from([10, 20, 21, 49, 50, 51, 85, 89, 90, 91]), max_size=4)):
            facts.append(Fact(number, "lesson.completed", met + delay * DAY))
    return SmallLog(people, facts=facts), zone, draw(midnights(zone, 60, 160))


@EXAMPLES
@given(leads())
def test_lead_to_active(drawn):
    log, zone, now = drawn
    for reading in compute(log, "M14", ("map", "start"), {"event_types": list(TYPES)}, now, zone):
        found = oracle.activated(log, *bounds(reading, now), TYPES, now, ZoneInfo(zone))
        assert counts(reading) == found
        check_share(reading)
