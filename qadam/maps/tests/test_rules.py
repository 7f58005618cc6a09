"""The way through the stages, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.maps.rules import OpenStay, find_passed_stays, split_key

START = datetime(2026, 3, 2, tzinfo=UTC)
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
