"""The publish gate and the way through the stages, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.lib.text import Words
from qadam.maps.rules import Fault, GateObject, OpenStay, find_failures, find_passed_stays, split_key

NAME = Words("а", "б", "c")
THE_MAP = GateObject("map", "small", NAME)
START = datetime(2026, 3, 2, tzinfo=UTC)


def stage(key, kinds, **changes):
    return GateObject("stage", key, NAME, **{
        "mandatory_kinds": frozenset(kinds), "kinds": frozenset(kinds), "entry": {"did": key}, **changes,
    })  # fmt: skip


def case(key, kinds=("result",), **changes):
    return GateObject("case", key, NAME, frozenset(kinds), frozenset(kinds), **changes)


GOOD = [stage("s1", {"conversion"}), stage("s2", {"conversion", "time"}), stage("s3", {"retention"})]


def faults(stages=GOOD, cases=(), languages=("kk", "ru", "en"), the_map=THE_MAP):
    return [(each.fault, each.key, each.detail) for each in find_failures(the_map, stages, cases, languages)]


def test_a_good_map_passes():
    assert faults(cases=[case("a"), case("b", stage="s2")]) == []


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([stage("s1", ()), *GOOD[1:]], [(Fault.NO_CONVERSION, "s1", "")]),
        ([stage("s1", {"time"}), *GOOD[1:]], [(Fault.NO_CONVERSION, "s1", "")]),
        ([*GOOD[:2], stage("s3", ())], [(Fault.NO_RETENTION, "s3", "")]),
        ([*GOOD[:2], stage("s3", {"retention", "time"})], [(Fault.NO_NEXT_STAGE, "s3", "")]),
        ([*GOOD[:2], stage("s3", {"conversion"})], [(Fault.NO_RETENTION, "s3", ""), (Fault.NO_NEXT_STAGE, "s3", "")]),
        ([GOOD[0], stage("s2", {"conversion"}, entry={"did": "s1"}), GOOD[2]], [(Fault.SAME_ENTRY, "s2", "s1")]),
    ],
)
def test_stages(stages, expected):
    assert faults(stages) == expected


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        (case("a", ()), (Fault.NO_RESULT, "a", "")),
        (case("a", {"conversion"}), (Fault.NO_RESULT, "a", "")),
        (case("a", is_known=False), (Fault.UNKNOWN_CASE, "a", "")),
        (case("a", stage="s9"), (Fault.CASE_OFF_THE_MAP, "a", "s9")),
    ],
)
def test_cases(each, expected):
    assert faults(cases=[each]) == [expected]


def test_names_are_asked_for_in_the_declared_languages_only():
    nameless = GateObject("map", "small", Words("", "", "c"))
    assert faults(the_map=nameless) == [(Fault.NAME_MISSING, "small", "kk, ru")]
    assert faults(the_map=nameless, languages=["en"]) == []


def test_every_failing_object_is_in_the_list():
    broken = [stage("s1", ()), stage("s2", ()), stage("s3", ())]
    assert [key for _fault, key, _detail in faults(broken, [case("a", ()), case("b", ())])] == [
        "s1", "s2", "s3", "a", "b",
    ]  # fmt: skip


POSITIONS = {"small/s1": 1, "small/s2": 2, "small/s3": 3, "other/s1": 1}


def stay(key, days, member=1):
    return OpenStay(member, key, START + timedelta(days=days))


@pytest.mark.parametrize(
    ("stays", "closed"),
    [
        ([stay("small/s1", 0)], []),
        ([stay("small/s1", 0), stay("small/s2", 3)], [("small/s1", 3)]),
        ([stay("small/s1", 0), stay("small/s3", 5)], [("small/s1", 5)]),
        ([stay("small/s3", 2), stay("small/s2", 7)], [("small/s2", 7)]),
        ([stay("small/s1", 0), stay("other/s1", 1)], []),
        ([stay("small/gone", 4), stay("small/s1", 0)], [("small/gone", 4)]),
        ([stay("small/s1", 0, member=1), stay("small/s2", 1, member=2)], []),
    ],
)
def test_only_the_farthest_stage_stays_open(stays, closed):
    found = [(each.key, (at - START).days) for each, at in find_passed_stays(stays, POSITIONS)]
    assert found == closed


KEYS = st.sampled_from(["small/s1", "small/s2", "small/s3"])


@given(st.lists(st.tuples(st.integers(1, 3), KEYS, st.integers(0, 90))))
def test_one_open_stage_a_member_and_no_stay_ends_before_it_began(rows):
    stays = list({(member, key): stay(key, day, member) for member, key, day in rows}.values())
    passed = find_passed_stays(stays, POSITIONS)
    assert all(at >= each.entered_at for each, at in passed)
    left = [each.member_id for each in stays if each not in [gone for gone, _at in passed]]
    assert sorted(left) == sorted({each.member_id for each in stays})


def test_keys():
    assert split_key("start/s1") == ("start", "s1")
    assert split_key("s1") == ("", "s1")
