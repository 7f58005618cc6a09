"""The arithmetic of lots: even, steady, independent between layers, and the same whoever computes it."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.experiments.rules import Arm, choose_arms, holdout_arms, total_of
from qadam.lib.buckets import BUCKETS, PRIME, bucket_of, hash_of_member, multipliers_of

IDS = range(1, 40_001)
SALT = "5a1t"


def test_known_values_stay_what_they_are():
    """Stored arms outlive releases: a change of the arithmetic would draw new lots for those who come later."""
    assert [hash_of_member(SALT, each) for each in (1, 2, 40_000)] == [2_027_052_435, 922_320_472, 512_909_152]
    assert multipliers_of("layer") == (1_683_622_988, 665_128_893)
    assert [bucket_of(each, "layer") for each in (0, 1, PRIME)] == [8_893, 8_234, 8_893]


@given(h=st.integers(0, PRIME), salt=st.text(max_size=20))
def test_every_hash_has_a_bucket_and_fits_64_bits(h, salt):
    a, b = multipliers_of(salt)
    assert 1 <= a < PRIME
    assert 0 <= b < PRIME
    assert a * h + b < 2**63
    assert 0 <= bucket_of(h, salt) < BUCKETS


@pytest.mark.parametrize("layer_salt", ["global", "journey:start-90", "journey:start-90:parts", ""])
def test_buckets_are_even(layer_salt):
    """Each tenth of the buckets holds a tenth of the members, within five standard deviations of 60."""
    counts = Counter(bucket_of(hash_of_member(SALT, each), layer_salt) // 1_000 for each in IDS)
    assert len(counts) == 10
    assert all(abs(count - 4_000) < 300 for count in counts.values())


def test_layers_are_independent():
    """Of the tenth that one layer holds back, another holds back a tenth again."""
    arms = holdout_arms(1_000)
    layers = [choose_arms(SALT, each, arms, IDS) for each in ("global", "journey:a", "journey:b", "journey:a:split")]
    for first, second in pairwise(layers):
        both = sum(first[each] == second[each] == "control" for each in IDS)
        assert abs(both - 400) < 100


def test_companies_draw_their_own_lots():
    arms = holdout_arms(5_000)
    ours, theirs = (choose_arms(salt, "global", arms, IDS) for salt in ("ours", "theirs"))
    assert abs(sum(ours[each] == theirs[each] for each in IDS) - 20_000) < 500


def test_shares_are_met_whatever_their_number():
    arms = [Arm("a", 9_000), Arm("b", 750), Arm("none", 0), Arm("c", 250)]
    counts = Counter(choose_arms(SALT, "split", arms, IDS).values())
    assert counts.keys() == {"a", "b", "c"}
    assert abs(counts["a"] - 36_000) < 300
    assert abs(counts["b"] - 3_000) < 270
    assert abs(counts["c"] - 1_000) < 160


def test_a_members_arm_doesnt_depend_on_the_company_it_is_asked_in():
    arms = holdout_arms(3_000)
    everybody = choose_arms(SALT, "global", arms, IDS)
    assert choose_arms(SALT, "global", arms, [17]) == {17: everybody[17]}


def test_a_growing_holdout_keeps_those_who_are_in_it():
    small, large = (choose_arms(SALT, "global", holdout_arms(each), IDS) for each in (1_000, 2_000))
    assert all(large[each] == "control" for each in IDS if small[each] == "control")


def test_arms_count_ten_thousandths():
    assert holdout_arms(250) == (Arm("control", 250), Arm("treated", 9_750))
    assert total_of(holdout_arms(0)) == BUCKETS
