"""The sponsor tree: one index, however it was built."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.people import operations, tree
from qadam.people.errors import SponsorLoop
from qadam.people.models import Member
from qadam.people.rules import LoopInTree, index_tree
from tests.cast import NOW, a_company, a_member

pytestmark = [pytest.mark.django_db, pytest.mark.two_databases]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_index_agrees_with_a_walk_up_the_sponsors(picks):
    sponsor_of = {member: (pick % member if member and pick % 3 else None) for member, pick in enumerate(picks)}
    places = index_tree(sponsor_of)
    for member in sponsor_of:
        below = {other for other in sponsor_of if member in _upline(other, sponsor_of)}
        place = places[member]
        assert {o for o, p in places.items() if place.tin < p.tin < place.tin + place.size} == below
        assert place.size == len(below) + 1
        assert place.depth == len(_upline(member, sponsor_of))


def _upline(member, sponsor_of):
    line = []
    while (member := sponsor_of[member]) is not None:
        line.append(member)
    return line


def test_a_loop_names_the_members_in_it():
    with pytest.raises(LoopInTree) as caught:
        index_tree({1: None, 2: 3, 3: 2})
    assert caught.value.members == {2, 3}


def test_leaf_by_leaf_gives_the_same_downlines_as_a_rebuild():
    a_company()
    root = a_member()
    left, right = a_member(sponsor_id=root.id), a_member(sponsor_id=root.id)
    leaf = a_member(sponsor_id=left.id)
    a_member()
    one_by_one = _downlines()
    tree.rebuild_index()
    assert _downlines() == one_by_one
    assert one_by_one[root.id] == {left.id, right.id, leaf.id}


def _downlines():
    return {m.id: set(Member.objects.downline_of(m).values_list("id", flat=True)) for m in Member.objects.all()}


def test_moving_a_branch_takes_its_downline_along():
    a_company()
    first, second = a_member(), a_member()
    child = a_member(sponsor_id=first.id)
    grandchild = a_member(sponsor_id=child.id)
    operations.move_branch(member=child, new_sponsor=second, actor=None, now=NOW)
    second.refresh_from_db()
    assert set(Member.objects.downline_of(second)) == {child, grandchild}


def test_a_branch_cannot_hang_below_itself():
    a_company()
    top = a_member()
    child = a_member(sponsor_id=top.id)
    with pytest.raises(SponsorLoop, match="loop"):
        operations.move_branch(member=top, new_sponsor=child, actor=None, now=NOW)
    top.refresh_from_db()
    assert top.sponsor_id is None
