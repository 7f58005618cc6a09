"""Known answers by hand for the metrics of the live map: the edges that journey-map.md singles out."""

from datetime import timedelta

import numpy as np
import pytest

from qadam.lib.intervals import newcombe_interval
from qadam.metrics import registry, rules, sequences
from qadam.metrics.counting import compare_arms
from qadam.metrics.tests.small_logs import Fact, Person, SmallLog, Stay, company
from qadam.metrics.tests.test_definitions import NOW, ago, counts, headline, lesson, window
from qadam.metrics.units import Unit

MAP, CASE = ("map", "start"), ("case", "silent")
LOCAL_MIDNIGHT = NOW.replace(hour=19) - timedelta(days=1)
"""The beginning of 2 March in Almaty; the headline of a month ends there."""


def attended(member, at, **props):
    return Fact(member, "presentation.attended", at, {"presentation": "p", **props})


@pytest.mark.parametrize(
    ("registered", "seen", "expected"),
    [
        (ago(26), {}, (1, 1)),
        (ago(26) - timedelta(microseconds=1), {"minutes": 10}, (1, 1)),
        (ago(26) + timedelta(microseconds=1), {}, (0, 1)),
        (ago(40), {}, (0, 0)),
        (ago(41), {}, (0, 0)),
        (None, {"minutes": 9}, (0, 0)),
        (None, {"form": "live", "minutes": 10}, (0, 1)),
        (ago(39), {"form": "recording", "share": 70}, (1, 1)),
        (None, {"form": "recording", "share": 69}, (0, 0)),
        (None, {"form": "recording", "minutes": 60}, (0, 0)),
    ],
)
def test_registration_within_fourteen_days_of_a_real_attendance(registered, seen, expected):
    log = SmallLog([Person(1, registered)], facts=[attended(1, ago(40), **seen)])
    assert counts(headline(log, "M3", {})) == expected


def test_registration_is_credited_to_the_last_presentation_before_it():
    facts = [attended(1, ago(40), presentation="a"), attended(1, ago(38), presentation="b"), attended(2, ago(38))]
    reading = headline(SmallLog([Person(1, ago(37)), Person(2)], facts=facts), "M3", {})
    assert reading.detail["presentations"] == [["a", 0, 1], ["b", 1, 1], ["p", 0, 1]]


def brought(member, days, sponsor):
    return Fact(member, "member.registered", ago(days), {"sponsor": sponsor})


@pytest.mark.parametrize(("stayed", "kept"), [(None, 2), (14, 1), (15, 2)])
def test_invited_without_those_who_withdraw_in_the_cooling_off_days(stayed, kept):
    left = None if stayed is None else ago(16) + timedelta(days=stayed)
    people = [Person(1, ago(200)), Person(2, ago(200)), Person(3, ago(16), left), Person(4, ago(5)), Person(5, ago(5))]
    facts = [lesson(1, 10), lesson(1, 9), lesson(2, 9), brought(3, 16, 1), brought(4, 5, 1), brought(5, 5, 2)]
    reading = headline(SmallLog(people, facts=facts), "M6", {}, target=MAP)
    assert counts(reading) == (kept, 1)
    assert (reading.value, reading.detail["median"], reading.detail["with_any"]) == (kept, kept, [1, 1])
    assert reading.detail["by_others"] == 1


def test_the_people_behind_invited_are_those_who_were_brought():
    facts = [lesson(1, 10), lesson(1, 9), brought(3, 16, 1), brought(4, 5, 1)]
    log = SmallLog([Person(1, ago(200)), Person(3, ago(16)), Person(4, ago(5))], facts=facts)
    definition = registry.BY_CODE["M6"]
    with log.open(NOW) as db:
        found = definition.people(db, MAP, definition.complete({}), NOW, company())["window"]
    assert (found.part("numerator").tolist(), found.part("denominator").tolist()) == ([3, 4], [1])


def asked(member, at, ticket="t"):
    return Fact(member, "question.opened", at, {"ticket": ticket})


def answered(member, at, ticket="t", **props):
    return Fact(member, "question.answered", at, {"ticket": ticket, **props})


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([asked(1, ago(10)), answered(1, ago(9))], (1, 1)),
        ([asked(1, ago(10)), answered(1, ago(9) + HOUR)], (0, 1)),
        ([asked(1, ago(10))], (0, 1)),
        ([asked(1, ago(10)), answered(1, ago(10) + HOUR, is_automatic=True)], (0, 1)),
        ([asked(1, ago(10)), asked(1, ago(10) + HOUR), answered(1, ago(9))], (1, 1)),
        ([asked(1, ago(10)), answered(1, ago(10)), asked(1, ago(8)), answered(1, ago(6))], (1, 2)),
        ([answered(1, ago(10))], (0, 0)),
        ([asked(1, ago(10)), answered(2, ago(10))], (0, 1)),
    ],
)
def test_answers_in_time(facts, expected):
    assert counts(headline(SmallLog([Person(1), Person(2)], facts=facts), "M7", {}, target=MAP)) == expected


def test_both_clocks_stand_in_the_detail_of_the_response():
    """Asked on Friday 27 February at 17:00 in Almaty, answered on Monday at 10:00: 65 hours, two of work."""
    friday = NOW.replace(month=2, day=20, hour=12, minute=0)
    facts = [asked(1, friday), answered(1, friday + 65 * HOUR)]
    reading = headline(SmallLog([Person(1)], facts=facts), "M7", {"value": "median"}, target=MAP)
    assert (reading.value, reading.unit, reading.detail["always"]["median"]) == (65, Unit.HOURS, 65)
    assert reading.detail["working"] == {"median": 2, "p90": 2, "in_time": [1, 1]}


def test_the_response_of_a_stage_counts_who_stood_in_it():
    log = SmallLog(
        [Person(1), Person(2)],
        stays=[Stay(1, "start/s2", ago(11), ago(9)), Stay(2, "start/s2", ago(10) + HOUR)],
        facts=[asked(1, ago(10)), asked(2, ago(10)), asked(1, ago(9), "late")],
    )
    assert counts(headline(log, "M7", {"stage": "start/s2"}, target=MAP)) == (0, 1)


@pytest.mark.parametrize(
    ("person", "acted", "expected", "returned"),
    [
        # The headline is the 30 days before 2 March: 31 January to 1 March.
        (Person(1, ago(200)), [60], (0, 1), 0),  # on 1 January: the 60th silent day is 2 March, which isn't over
        (Person(1, ago(200)), [61], (1, 1), 0),
        (Person(1, ago(200)), [70, 10], (0, 1), 0),
        (Person(1, ago(200)), [71, 10], (1, 1), 1),
        (Person(1, ago(200)), [90], (1, 1), 0),
        (Person(1, ago(200)), [91], (0, 0), 0),
        (Person(1, ago(200)), [91, 10], (0, 0), 1),
        (Person(1, ago(200)), [70, 5], (1, 1), 1),
        (Person(1, ago(200), ago(5)), [40], (1, 1), 0),
        (Person(1, ago(80), ago(5)), [40], (1, 1), 0),
        (Person(1, ago(200), ago(40)), [50], (0, 0), 0),
        (Person(1, ago(20)), [], (0, 0), 0),
        (Person(1, ago(70)), [], (1, 1), 0),
    ],
)
def test_churn_is_dated_on_the_last_silent_day(person, acted, expected, returned):
    log = SmallLog([person], facts=[lesson(1, days) for days in acted])
    reading = headline(log, "M8", {}, target=MAP)
    assert (counts(reading), reading.detail["reactivated"]) == (expected, returned)


def test_churn_of_today_is_not_told_before_the_day_is_over():
    log = SmallLog([Person(1, ago(200)), Person(2, ago(200))], facts=[lesson(1, 60), lesson(2, 61)])
    (reading,) = window(log, "M8", {}, target=MAP, grain="open")
    assert counts(reading) == (1, 2)


def test_who_leaves_on_the_last_silent_day_has_left():
    log = SmallLog([Person(1, ago(200), ago(10))], facts=[lesson(1, 70)])
    assert headline(log, "M8", {}, target=MAP).detail == {"left": 1, "silent": 0, "reactivated": 0}


def case_of(enrollment, entered, arm="", **ends):
    props = {"journey": "case:silent", "enrollment": enrollment}
    facts = [Fact(1, "journey.entered", entered, props | ({"arm": arm} if arm else {}))]
    if "goal" in ends:
        facts.append(Fact(1, "journey.goal_reached", ends["goal"], props))
    if "left" in ends:
        facts.append(Fact(1, "journey.left", ends["left"], props | {"reason": ends["reason"]}))
    return facts


def test_the_control_group_is_counted_apart_and_compared_from_thirty_each():
    facts = []
    for number in range(60):
        arm, is_won = ("treated", "control")[number % 2], number < 20 or (number % 2 == 0 and number < 40)
        facts += case_of(number, ago(40), arm, **({"goal": ago(35)} if is_won else {}))
    reading = headline(SmallLog([Person(1)], facts=facts), "M9", {"horizon_days": 21}, target=CASE)
    assert (counts(reading), reading.detail["control"]) == ((20, 30), [10, 30])
    assert reading.detail["lift"] == pytest.approx(1 / 3)
    assert (reading.detail["low"], reading.detail["high"]) == pytest.approx(newcombe_interval((20, 30), (10, 30)))


@pytest.mark.parametrize(("treated", "control", "is_told"), [((5, 30), (2, 30), True), ((5, 30), (2, 29), False)])
def test_lift_needs_thirty_in_either_arm(treated, control, is_told):
    assert ("lift" in compare_arms(treated, control)) == is_told
    assert compare_arms(treated, (0, 0)) == {}


def test_cases_closed_by_hand_stand_apart_whatever_they_are_called():
    facts = case_of(1, ago(40), left=ago(30), reason="stopped") + case_of(2, ago(39), left=ago(38), reason="stopped")
    facts += [Fact(1, "case.closed", ago(30), {"case": "silent", "outcome": "success"})]
    reading = headline(SmallLog([Person(1)], facts=facts), "M9", {"horizon_days": 21}, target=CASE)
    assert (counts(reading), reading.detail["manual"]) == ((0, 2), [1, 2])


def answer(member, days, score, kind="nps", **props):
    return Fact(member, "survey.answered", ago(days), {"survey": "q", "kind": kind, "score": score, **props})


def survey_of(scores, kind):
    people = [Person(number) for number in range(1, len(scores) + 1)]
    return SmallLog(people, facts=[answer(n, 10, score, kind) for n, score in enumerate(scores, start=1)])


def test_nps_gives_the_worked_figure_and_its_standard_error():
    """70 promoters, 10 passives, 20 detractors: +50; SE = 100·sqrt((0.7 + 0.2 − 0.25)/100) = 8.062."""
    reading = headline(survey_of([9] * 40 + [10] * 30 + [7] * 4 + [8] * 6 + [6] * 15 + [0] * 5, "nps"), "M11", {})
    assert (reading.numerator, reading.denominator, reading.value) == (50, 100, 50)
    assert (reading.low, reading.high) == pytest.approx((50 - 1.96 * 8.0623, 50 + 1.96 * 8.0623), abs=1e-3)
    assert [reading.detail[name] for name in ("promoters", "passives", "detractors")] == [70, 10, 20]


def test_nps_takes_the_latest_answer_of_each_person_and_may_be_negative():
    log = SmallLog([Person(1), Person(2)], facts=[answer(1, 20, 10), answer(1, 10, 0), answer(2, 9, 7)])
    assert (headline(log, "M11", {}).numerator, headline(log, "M11", {}).value) == (-1, -50)


@pytest.mark.parametrize(
    ("code", "kind", "scores", "share", "mean"),
    [
        ("M10", "csat", [5, 5, 4, 4, 4, 3, 2, 1], 5 / 8, 3.5),  # worked: 5 of 8 satisfied, 62.5 %
        ("M10", "csat", [0, 6, 5], 1, 5),  # off the scale: invalid
        ("M12", "ces", [7, 6, 5, 5, 4, 3, 1], 4 / 7, 31 / 7),  # worked: 4.43 of 7
    ],
)
def test_satisfaction_and_ease_give_worked_figures(code, kind, scores, share, mean):
    log = survey_of(scores, kind)
    assert headline(log, code, {}).value == pytest.approx(share)
    assert headline(log, code, {}).detail["mean"] == pytest.approx(mean)
    as_mean = headline(log, code, {"value": "mean"})
    assert (as_mean.value, as_mean.unit) == (pytest.approx(mean), Unit.SCORE)
    assert as_mean.formula_id == f"{kind}-mean"


def test_the_response_rate_is_of_the_same_window():
    def request(number, days):
        return Fact(1, "survey.asked", ago(days), {"survey": "q", "kind": "csat", "request": number})

    facts = [request(1, 40), request(2, 20), request(3, 200), answer(1, 39, 5, "csat", request=1)]
    facts += [answer(1, 30, 4, "csat", request=3), answer(1, 29, 4, "csat")]
    reading = headline(SmallLog([Person(1)], facts=facts), "M10", {})
    assert (reading.detail["asked"], reading.detail["answered"], reading.denominator) == (2, 1, 3)


@pytest.mark.parametrize(
    ("params", "expected"),
    [({}, 2), ({"survey": "q"}, 3), ({"stage": "start/s4"}, 1), ({"stage": "s4", "touchpoint": "zoom"}, 1),
     ({"survey": "other"}, 0)],
)  # fmt: skip
def test_answers_are_chosen_by_survey_stage_and_touchpoint(params, expected):
    """One from outside, without a kind, counts where its survey is asked for by name."""
    outside = Fact(1, "survey.answered", ago(5), {"survey": "q", "score": 5})
    facts = [answer(1, 10, 5, "csat", stage="s4", touchpoint="zoom"), answer(1, 9, 5, "csat"), outside]
    assert headline(SmallLog([Person(1)], facts=facts), "M10", params).denominator == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("assigned", 20, 5), ("completed", 15, None)], (1, 1)),
        ([("assigned", 20, 5), ("completed", 14, None)], (0, 1)),
        ([("assigned", 20, 5), ("assigned", 16, 5), ("completed", 12, None)], (1, 1)),
        ([("assigned", 20, 5), ("assigned", 10, 5), ("completed", 8, None)], (1, 2)),
        ([("assigned", 20, 5), ("completed", 18, None), ("assigned", 17, 5)], (1, 2)),
        ([("assigned", 20, None), ("completed", 13, None)], (1, 1)),
        ([("assigned", 3, 5)], (0, 0)),
    ],
)
def test_lessons_in_time_and_assigned_anew(steps, expected):
    def step(kind, days, due):
        until = {"due_at": ago(days - due).isoformat()} if due else {}
        return Fact(1, f"lesson.{kind}", ago(days), {"lesson": "a"} | until)

    facts = [step(*each) for each in steps]
    assert counts(headline(SmallLog([Person(1)], facts=facts), "M13", {}, target=MAP)) == expected


def test_a_lesson_not_yet_due_is_under_way():
    log = SmallLog([Person(1)], facts=[Fact(1, "lesson.assigned", ago(3), {"lesson": "a"})])
    (reading,) = window(log, "M13", {}, target=MAP, grain="open")
    assert (counts(reading), reading.n_censored) == ((0, 1), 1)


@pytest.mark.parametrize(
    ("registered", "acted", "expected"),
    [
        (ago(110), [100, 99], (1, 1)),
        (ago(110), [100, 71], (1, 1)),
        (ago(110), [100, 70], (0, 1)),
        (ago(110), [45, 30], (1, 1)),
        (ago(110), [45, 29], (0, 1)),
        (ago(90), [100, 99], (0, 1)),
        (ago(121), [100, 99], (0, 0)),
        (None, [100, 99], (0, 1)),
    ],
)
def test_a_lead_becomes_active_within_ninety_days(registered, acted, expected):
    facts = [Fact(1, "contact.recorded", ago(120)), *(lesson(1, days) for days in acted)]
    assert counts(headline(SmallLog([Person(1, registered)], facts=facts), "M14", {}, target=MAP)) == expected


@pytest.mark.parametrize(("size", "expected"), [(100, (1, 1)), (101, (0, 1)), (None, (0, 1))])
def test_a_smaller_order_may_be_no_action(size, expected):
    bought = [
        Fact(1, "order.paid", ago(days), {"order": str(days)} | ({"amount": 100} if size else {})) for days in (5, 6)
    ]
    reading = headline(SmallLog([Person(1, ago(200))], facts=bought), "M4", {"min_order": size or 1}, target=MAP)
    assert counts(reading) == expected


def test_retention_tells_contracts_and_involuntary_departures_apart():
    people = [Person(1, ago(120)), Person(2, ago(120), ago(100)), Person(3, ago(120), ago(100))]
    facts = [Fact(2, "member.left", ago(100), {"reason": "involuntary"}), Fact(3, "member.left", ago(100), {})]
    reading = headline(SmallLog(people, facts=facts), "M5", {}, target=MAP)
    assert counts(reading) == (0, 3)
    assert reading.detail == {"under_contract": 1, "involuntary": 1}


@pytest.mark.parametrize(
    ("n", "ranks"),
    [(5, None), (6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (30, (10, 21)), (100, (40, 61)), (2_000, (956, 1045))],
)
def test_the_median_has_the_interval_of_order_statistics(n, ranks):
    """Ranks as in published tables (Conover 1980, table A3: n = 10: 2 and 9; n = 20: 6 and 15)."""
    assert rules.median_interval(np.arange(1.0, n + 1)) == ranks


def test_spans_meet_when_they_share_an_instant():
    days = np.arange(10).astype("datetime64[D]").astype("datetime64[us]")
    own = np.array([1, 1, 1, 2]), days[[2, 5, 7, 2]], days[[4, 6, 7, 4]]
    others = np.array([1, 1, 2]), days[[0, 4, 4]], days[[2, 9, 5]]
    assert sequences.overlaps_any(own, others).tolist() == [False, True, False, False]


def test_every_definition_says_its_formula_and_is_known_by_its_code():
    assert [definition.code for definition in registry.DEFINITIONS] == [f"M{number}" for number in range(1, 16)]
    formulas = [form.formula_id for d in registry.DEFINITIONS for form in (d.form, *d.other_forms.values())]
    assert len(set(formulas)) == len(formulas)
    assert max(len(formula) for formula in formulas) <= 40
