"""Arms in the database: given once, in bulk, to everybody the same whoever asks."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, connections

from qadam.experiments.errors import SharesIncomplete
from qadam.experiments.models import Assignment, Layer
from qadam.experiments.operations import assign_arms
from qadam.experiments.queries import read_arms
from qadam.experiments.rules import Arm, holdout_arms
from qadam.lib.buckets import bucket_of, hash_of_member, multipliers_of
from qadam.people import operations as people
from qadam.people.models import Company
from tests.cast import NOW, a_company, a_member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
TENTH = holdout_arms(1_000)


def some_members(count: int) -> list[int]:
    if not Company.objects.exists():
        a_company()
    rows = [people.NewMember(name=f"M {number}") for number in range(count)]
    return [member.id for member in people.add_members(rows, now=NOW)]


BUCKETS_IN_SQL = {
    "sqlite": "SELECT value, ((%s * value + %s) %% 2147483647) %% 10000 FROM json_each(%s)",
    "postgresql": "SELECT value::bigint, ((%s * value::bigint + %s) %% 2147483647) %% 10000"
    " FROM jsonb_array_elements_text(%s::jsonb)",
}


@pytest.mark.parametrize("layer_salt", ["global", "journey:start-90", "тіл"])
def test_sql_computes_the_same_buckets(layer_salt):
    hashes = [0, 1, 2**31 - 2, 2**31 - 1, *(hash_of_member("salt", each) for each in range(2_000))]
    with connection.cursor() as cursor:
        cursor.execute(BUCKETS_IN_SQL[connection.vendor], [*multipliers_of(layer_salt), json.dumps(hashes)])
        assert dict(cursor.fetchall()) == {h: bucket_of(h, layer_salt) for h in hashes}


def test_thousands_are_assigned_in_five_statements(django_assert_max_num_queries):
    ids = some_members(5_000)
    with django_assert_max_num_queries(10):
        arms = assign_arms(layer="global", arms=TENTH, member_ids=ids, now=NOW)
    assert sorted(arms) == ids
    assert abs(Counter(arms.values())["control"] - 500) < 110
    with django_assert_max_num_queries(4):
        assert assign_arms(layer="global", arms=TENTH, member_ids=ids, now=LATER) == arms
    assert set(Assignment.objects.values_list("at", flat=True)) == {NOW}


def test_changed_shares_are_for_new_members_only():
    old = some_members(400)
    before = assign_arms(layer="journey:a", arms=TENTH, member_ids=old, now=NOW)
    new = some_members(400)
    after = assign_arms(layer="journey:a", arms=holdout_arms(6_000), member_ids=old + new, now=LATER)
    assert {each: after[each] for each in old} == before
    assert abs(sum(after[each] == "control" for each in new) - 240) < 50


@pytest.mark.parametrize("share", [0, 10_000])
def test_control_never_becomes_treated_nor_the_reverse(share):
    ids = some_members(300)
    before = assign_arms(layer="global", arms=holdout_arms(5_000), member_ids=ids, now=NOW)
    assert assign_arms(layer="global", arms=holdout_arms(share), member_ids=ids, now=LATER) == before
    assert read_arms(layer="global", member_ids=ids) == before


def test_an_arm_that_is_no_longer_offered_stays_the_members():
    ids = some_members(50)
    before = assign_arms(layer="s", arms=[Arm("a", 5_000), Arm("b", 5_000)], member_ids=ids, now=NOW)
    assert assign_arms(layer="s", arms=[Arm("c", 10_000)], member_ids=ids, now=LATER) == before


def test_layers_are_kept_apart():
    ids = some_members(1_000)
    layers = ("global", "journey:a", "journey:a:split")
    arms = [assign_arms(layer=layer, arms=holdout_arms(5_000), member_ids=ids, now=NOW) for layer in layers]
    assert all(abs(sum(first[each] == second[each] for each in ids) - 500) < 80 for first, second in pairwise(arms))
    assert Layer.objects.values("salt").distinct().count() == 3


def test_doubles_and_nobody_are_fine():
    (one,) = some_members(1)
    assert assign_arms(layer="global", arms=TENTH, member_ids=[], now=NOW) == {}
    assert len(assign_arms(layer="global", arms=TENTH, member_ids=[one, one], now=NOW)) == 1


def test_shares_that_dont_add_up_are_refused():
    with pytest.raises(SharesIncomplete, match=r"“journey:a” must add up to 100 %; they add up to 95.0 %"):
        assign_arms(layer="journey:a", arms=[Arm("a", 9_000), Arm("b", 500)], member_ids=[], now=NOW)
    assert not Layer.objects.exists()


def test_a_member_who_goes_takes_the_arms_along():
    member = a_member()
    assign_arms(layer="global", arms=TENTH, member_ids=[member.id], now=NOW)
    member.delete()
    assert not Assignment.objects.exists()


def ask_alone(share: int) -> dict[int, str]:
    try:
        ids = list(Assignment._meta.get_field("member").related_model.objects.values_list("id", flat=True))
        return assign_arms(layer="journey:a", arms=holdout_arms(share), member_ids=ids, now=NOW)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_who_asks_at_the_same_time_gets_the_same_answer():
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite has one writer and no waiting; its queue of writers is tested in jobs")
    some_members(2_000)
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(ask_alone, [1_000, 4_000, 6_000, 9_000])
    assert all(other == first for other in others)
    assert Layer.objects.count() == 1
    assert Assignment.objects.count() == 2_000
