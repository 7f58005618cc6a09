"""The eight rules of the publish gate, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from qadam.lib.text import Words
from qadam.maps.gate_rules import Candidate, Fault, GateMetric, GateObject, find_failures

NAME = Words("а", "б", "c")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def metric(kind, code="M1", **changes):
    return replace(GateMetric(code, kind, True, True, True, NOW), **changes)


def an_object(sort, key, *metrics, **changes):
    return replace(GateObject(sort, key, NAME, metrics, entry={"did": key}), **changes)


THE_MAP = an_object("map", "small", metric("response"), metric("churn"), metric("satisfaction"))
STAGES = [
    an_object("stage", "s1", metric("conversion")),
    an_object("stage", "s2", metric("conversion"), metric("time", is_mandatory=False, has_target=False)),
    an_object("stage", "s3", metric("retention")),
]
CASES = [
    *(an_object("case", f"c{n}", metric("result"), stage=f"s{n}") for n in (1, 2, 3)),
    an_object("case", "c4", metric("result"), stage="", is_positive=True),
]
GOOD = Candidate(
    map=THE_MAP,
    stages=STAGES,
    cases=CASES,
    touchpoints=[an_object("touchpoint", "talk")],
    languages=("kk", "ru", "en"),
    segments=("role/buyer",),
    next_review_on=date(2026, 6, 1),
    today=date(2026, 3, 2),
    now=NOW,
)


def faults(**changes):
    return [(each.fault, each.key, each.detail) for each in find_failures(replace(GOOD, **changes))]


def with_stage(place, *metrics, **changes):
    stages = list(STAGES)
    stages[place] = replace(stages[place], **({"metrics": metrics} if metrics else {}), **changes)
    return {"stages": stages}


def with_case(place, *metrics, **changes):
    cases = list(CASES)
    cases[place] = replace(cases[place], **({"metrics": metrics} if metrics else {}), **changes)
    return {"cases": cases}


def test_a_good_map_passes():
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (with_stage(0, metrics=()), (Fault.NO_CONVERSION, "s1", "")),
        (with_stage(0, metric("time")), (Fault.NO_CONVERSION, "s1", "")),
        (with_stage(0, metric("conversion", is_mandatory=False)), (Fault.NO_CONVERSION, "s1", "")),
        (with_stage(2, metrics=()), (Fault.NO_RETENTION, "s3", "")),
        (with_stage(2, metric("retention"), metric("time")), (Fault.NO_NEXT_STAGE, "s3", "")),
        (with_case(0, metrics=()), (Fault.NO_RESULT, "c1", "")),
        (with_case(0, metric("conversion")), (Fault.NO_RESULT, "c1", "")),
        ({"map": replace(THE_MAP, metrics=THE_MAP.metrics[1:])}, (Fault.NO_RESPONSE, "small", "")),
        ({"map": replace(THE_MAP, metrics=THE_MAP.metrics[::2])}, (Fault.NO_CHURN, "small", "")),
        ({"map": replace(THE_MAP, metrics=THE_MAP.metrics[:2])}, (Fault.NO_SATISFACTION, "small", "")),
        (with_case(0, metric("result", "M9", has_target=False)), (Fault.NO_TARGET, "c1", "M9")),
        (with_case(0, metric("result", "M9", has_owner=False)), (Fault.NO_OWNER, "c1", "M9")),
        (with_case(0, metric("result", "M9", ran_at=None)), (Fault.METRIC_NOT_RUN, "c1", "M9")),
        (with_case(0, metric("result", "M9", ran_at=NOW - timedelta(hours=25))), (Fault.METRIC_NOT_RUN, "c1", "M9")),
        (with_case(0, metric("result", "M9", error="x")), (Fault.METRIC_FAILED, "c1", "M9")),
        (with_case(0, problems=((Fault.NO_DETECTION, ""),)), (Fault.NO_DETECTION, "c1", "")),
        (with_case(0, problems=((Fault.EXAMPLE_FAILS, "2"),)), (Fault.EXAMPLE_FAILS, "c1", "2")),
        (with_stage(1, is_seen=False), (Fault.NO_TOUCHPOINT, "s2", "")),
        ({"cases": CASES[1:]}, (Fault.NO_PROBLEM_CASE, "s1", "")),
        ({"cases": CASES[:3]}, (Fault.NO_POSITIVE_CASE, "small", "")),
        ({"touchpoints": [an_object("touchpoint", "talk", name=Words("", "", "c"))]},
         (Fault.NAME_MISSING, "talk", "kk, ru")),
        ({"map": replace(THE_MAP, name=Words("", "б", "c"))}, (Fault.NAME_MISSING, "small", "kk")),
        ({"next_review_on": date(2026, 3, 2)}, (Fault.REVIEW_PAST, "small", "2026-03-02")),
        (with_stage(1, entry={"did": "s1"}), (Fault.SAME_ENTRY, "s2", "s1")),
        ({"cases": [*CASES, an_object("case", "c9", is_known=False)]}, (Fault.UNKNOWN_CASE, "c9", "")),
        ({"cases": [*CASES, replace(CASES[3], key="c9", stage="s9")]}, (Fault.CASE_OFF_THE_MAP, "c9", "s9")),
        (with_case(0, segments=("role/seller",)), (Fault.UNKNOWN_SEGMENT, "c1", "role/seller")),
        ({"segments": None, "map": replace(THE_MAP, segments=("roles",))},
         (Fault.UNKNOWN_SEGMENT, "small", "roles")),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(changes, expected):
    assert faults(**changes) == [expected]


def test_names_are_asked_for_in_the_declared_languages_only():
    assert faults(map=replace(THE_MAP, name=Words("", "", "c")), languages=["en"]) == []


def test_an_extra_metric_needs_neither_target_nor_run():
    extra = metric("time", has_target=False, has_owner=False, ran_at=None, is_mandatory=False)
    assert faults(**with_stage(0, metric("conversion"), extra)) == []
