"""Known answers by hand: the cases that the definitions in journey-map.md single out."""

from datetime import UTC, datetime, timedelta

import pytest

from qadam.metrics import registry
from qadam.metrics.tests.small_logs import Fact, Person, SmallLog, Stay, company

S1, S2, S3 = "start/s1", "start/s2", "start/s3"
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PARAMS = {"stages_after": [S2, S3], "horizon_days": 7}


def ago(days):
    return NOW - timedelta(days=days)


def headline(log, code="M1", params=PARAMS, now=NOW, target=("stage", S1)):
    return window(log, code, params, now, target)[-1]


def window(log, code="M1", params=PARAMS, now=NOW, target=("stage", S1), grain="window"):
    definition = registry.BY_CODE[code]
    with log.open(now) as db:
        readings = definition.compute(db, target, definition.complete(params), now, company())
    return sorted((each for each in readings if each.grain == grain), key=lambda each: each.period_end)


def counts(reading):
    return reading.numerator, reading.denominator


def stages(*rows):
    return SmallLog([Person(number) for number, *_ in rows], stays=[Stay(*row) for row in rows])


def test_skipping_a_stage_counts_as_passing_it_and_is_flagged():
    reading = headline(stages((1, S1, ago(30)), (1, S3, ago(28))))
    assert counts(reading) == (1, 1)
    assert reading.detail["implied"] == 1


def test_only_the_first_entry_makes_a_cohort_member():
    log = stages((1, S1, ago(200)), (1, S1, ago(30)), (1, S2, ago(29)))
    assert counts(headline(log)) == (0, 0)


def test_the_same_instant_and_the_last_instant_of_the_horizon_count():
    log = stages((1, S1, ago(30)), (1, S2, ago(30)), (2, S1, ago(30)), (2, S2, ago(23)), (3, S1, ago(30)),
                 (3, S2, ago(23) + timedelta(microseconds=1)))  # fmt: skip
    assert counts(headline(log)) == (2, 3)


def test_what_is_dated_after_now_has_not_happened():
    log = stages((1, S1, ago(3)), (1, S2, NOW + timedelta(days=1)))
    (under_way,) = window(log, grain="open")
    assert counts(under_way) == (0, 1)
    assert under_way.n_censored == 1


def test_people_under_way_are_open_and_not_in_the_headline():
    log = stages((1, S1, ago(3)), (1, S2, ago(1)), (2, S1, ago(2)), (3, S1, ago(40)))
    (under_way,) = window(log, grain="open")
    assert counts(under_way) == (1, 2)
    assert (under_way.maturity, under_way.n_censored) == ("provisional", 1)
    assert counts(headline(log)) == (0, 1)


def test_transit_time_gives_median_p90_and_the_median_of_everybody():
    rows = [(n, S1, ago(30)) for n in range(1, 6)] + [(n, S2, ago(30) + timedelta(days=n)) for n in range(1, 5)]
    reading = headline(stages(*rows), "M2")
    assert counts(reading) == (4, 5)
    assert reading.value == pytest.approx(2.5)
    assert reading.detail["p90"] == pytest.approx(3.7)
    assert reading.detail["km_median"] == pytest.approx(3)
    assert reading.n_censored == 1


def test_transit_time_of_a_minority_has_no_kaplan_meier_median():
    reading = headline(stages((1, S1, ago(30)), (1, S2, ago(29)), (2, S1, ago(30)), (3, S1, ago(30))), "M2")
    assert (reading.value, reading.detail["km_median"]) == (1, None)


def test_a_later_stage_before_this_one_is_a_data_error_of_the_transit_time():
    reading = headline(stages((1, S2, ago(31)), (1, S1, ago(30)), (1, S3, ago(29)), (2, S1, ago(30))), "M2")
    assert counts(reading) == (0, 1)
    assert reading.value is None
    assert reading.detail["errors"] == 1


def lesson(member, days):
    return Fact(member, "lesson.completed", ago(days), {"lesson": "a"})


@pytest.mark.parametrize(
    ("person", "facts", "expected"),
    [
        (Person(1, ago(200)), [lesson(1, 5), lesson(1, 6)], (1, 1)),
        (Person(1, ago(200)), [lesson(1, 5), lesson(1, 5)], (0, 1)),
        (Person(1, ago(200), ago(3)), [lesson(1, 5), lesson(1, 6)], (1, 1)),
        (Person(1, ago(200), ago(40)), [], (0, 0)),
        (Person(1, ago(10)), [lesson(1, 5), lesson(1, 6)], (0, 0)),
        (Person(1, ago(200)), [lesson(1, 5), lesson(1, 31)], (0, 1)),
    ],
)
def test_active_share(person, facts, expected):
    assert counts(headline(SmallLog([person], facts=facts), "M4", {})) == expected


def test_active_share_takes_who_left_at_the_very_start_and_not_before():
    start = datetime(2026, 1, 30, 19, tzinfo=UTC)  # local midnight, 30 local days before that of 2 March
    people = [Person(1, ago(200), start), Person(2, ago(200), start - timedelta(microseconds=1)), Person(3, start)]
    assert counts(headline(SmallLog(people), "M4", {})) == (0, 1)


def test_active_share_reports_newcomers_apart():
    reading = headline(SmallLog([Person(1, ago(10)), Person(2, ago(9))], facts=[lesson(1, 5), lesson(1, 6)]), "M4", {})
    assert reading.detail == {"newcomers": 2, "newcomers_active": 1}


@pytest.mark.parametrize(
    ("refund", "expected"),
    [(None, 1), ({"order": "a", "amount": 100}, 0), ({"order": "a"}, 0), ({"order": "a", "amount": 99}, 1),
     ({"order": "b", "amount": 100}, 1)],
)  # fmt: skip
def test_a_purchase_paid_back_in_full_is_no_action(refund, expected):
    bought = Fact(1, "order.paid", ago(40), {"order": "a", "amount": 100})
    returned = [Fact(1, "order.refunded", ago(1), refund)] if refund else []
    log = SmallLog([Person(1, ago(120))], facts=[bought, *returned])
    assert headline(log, "M5", {"months": 3}).numerator == expected


def test_retention_is_due_on_the_clamped_day():
    """Registered on 30 November: the anniversary of three months is 28 February, a local day."""
    registered = datetime(2025, 11, 30, 12, tzinfo=UTC)
    log = SmallLog([Person(1, registered)], facts=[lesson(1, 10)])
    before, on = datetime(2026, 2, 27, 18, 59, tzinfo=UTC), datetime(2026, 2, 27, 19, 0, tzinfo=UTC)
    assert counts(headline(log, "M5", {}, before)) == (0, 0)
    assert counts(headline(log, "M5", {}, on)) == (1, 1)
    (november,) = window(log, "M5", {}, on, grain="month")[:1]
    assert (counts(november), november.maturity) == ((1, 1), "final")


def test_retention_under_way_counts_who_is_on_course():
    people = [Person(1, ago(20)), Person(2, ago(20), ago(1)), Person(3, ago(20))]
    (reading,) = window(SmallLog(people, facts=[lesson(1, 2), lesson(2, 2)]), "M5", {}, grain="open")
    assert counts(reading) == (1, 3)


def test_names_and_explanations_hold_their_parameters_in_each_language():
    for definition in registry.DEFINITIONS:
        params = definition.complete({**PARAMS, "months": 6})
        for language in ("kk", "ru", "en"):
            sentence = definition.explain(params, language)
            assert "{" not in sentence + definition.name(params, language)
            assert sentence.endswith(".")
    assert registry.BY_CODE["M5"].name({"months": 6}, "en") == "Retention at 6 months"
    assert "через 7 дней" in registry.BY_CODE["M1"].explain(PARAMS, "ru")
    assert "через 21 день" in registry.BY_CODE["M1"].explain({"horizon_days": 21}, "ru")


@pytest.mark.parametrize(
    ("code", "params", "fault"),
    [
        ("M1", {"stages_after": [S2]}, "horizon_days"),
        ("M1", {"stages_after": [], "horizon_days": 7}, "stages_after"),
        ("M1", {"stages_after": [S2], "horizon_days": 0}, "horizon_days"),
        ("M1", {"stages_after": [S2], "horizon_days": True}, "horizon_days"),
        ("M5", {"months": 4}, "months"),
        ("M5", {"month": 3}, "month"),
        ("M4", {"event_types": ["order.payed"]}, "event_types"),
        ("M9", {"horizon_days": 7, "grain": "day"}, "grain"),
    ],
)
def test_faulty_parameters_are_named(code, params, fault):
    with pytest.raises(ValueError, match=f"^{fault}$"):
        registry.BY_CODE[code].complete(params)


def test_parameters_of_other_metrics_are_left_out():
    completed = registry.BY_CODE["M5"].complete({"months": 6, "horizon_days": 180, "stages_after": []})
    assert "horizon_days" not in completed
    assert completed["months"] == 6
