"""Describing people from outside: sponsors in any order, loops, and what each fault leaves alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qadam.events.models import Event
from qadam.people import traits
from qadam.people.models import AuditEntry, Member
from qadam.people.rules import LoopInTree, index_tree
from qadam.people.trait_rules import Person, fields_of_traits, find_loops, order_by_sponsor
from tests.cast import NOW, a_company, a_member, a_prospect

NAMES = st.sampled_from("ABCDEFGH")


@given(st.dictionaries(NAMES, st.none() | NAMES | st.just("outside")))
def test_who_isnt_in_a_loop_or_below_one_has_a_layer(sponsor_of):
    layers = order_by_sponsor(sponsor_of)
    placed = [each for layer in layers for each in layer]
    assert len(placed) == len(set(placed))
    level = {each: number for number, layer in enumerate(layers) for each in layer}
    assert all(level.get(sponsor_of[each], -1) == level[each] - 1 for each in placed)
    stranded = set(sponsor_of) - set(placed)
    assert find_loops(sponsor_of) <= stranded
    assert bool(stranded) == bool(find_loops(sponsor_of))


@given(st.dictionaries(st.integers(0, 8), st.none() | st.integers(0, 8)))
def test_loops_are_those_that_the_tree_refuses(sponsor_of):
    loops = find_loops({str(child): None if parent is None else str(parent) for child, parent in sponsor_of.items()})
    if not loops:
        index_tree(sponsor_of)
        return
    with pytest.raises(LoopInTree) as refusal:
        index_tree(sponsor_of)
    assert {int(each) for each in loops} <= refusal.value.members


def test_traits_by_the_names_of_segment():
    fields, ignored = fields_of_traits({"firstName": "Dana", "timezone": "Asia/Almaty", "plan": "pro", "address": {}})
    assert fields == {"name": "Dana", "zone": "Asia/Almaty"}
    assert ignored == ["plan", "address"]


@pytest.mark.django_db
class TestPutPeople:
    def test_one_fault_changes_nothing_of_that_one_and_nothing_of_the_rest(self):
        a_company()
        dina = a_member(external_id="D")
        a_member(external_id="M", sponsor_id=dina.id)
        outcome = traits.put_people(
            [Person("D", {"name": "Changed"}, sponsor="M"), Person("N", {}, sponsor="M"), Person("O", {}, sponsor="X")],
            now=NOW,
        )
        assert {index: fault.code for index, fault in outcome.faults.items()} == {
            0: "sponsor_loop",
            2: "unknown_sponsor",
        }
        assert set(outcome.created) == {"N"}
        dina.refresh_from_db()
        assert dina.name != "Changed"
        assert dina.size == 3

    def test_the_same_person_twice_is_created_and_then_changed(self):
        a_company()
        outcome = traits.put_people([Person("A", {"name": "One"}), Person("A", {"name": "Two"})], now=NOW)
        assert (len(outcome.created), outcome.updated) == (1, 1)
        assert Member.objects.get().name == "Two"

    def test_a_second_description_may_succeed_where_the_first_failed(self):
        a_company()
        outcome = traits.put_people([Person("A", {}, sponsor="X"), Person("A", {"name": "A"})], now=NOW)
        assert outcome.faults.keys() == {0}
        assert set(outcome.created) == {"A"}

    def test_a_registration_of_a_prospect(self):
        a_company()
        dina, aigul = a_member(external_id="D"), a_prospect(external_id="A")
        at = NOW - timedelta(days=1)
        person = Person("A", {"kind": "distributor"}, sponsor="D", registered_at=at)
        for _ in range(2):
            traits.put_people([person], now=NOW)
        aigul.refresh_from_db()
        assert (aigul.kind, aigul.registered_at, aigul.sponsor_id, aigul.depth) == ("distributor", at, dina.id, 1)
        assert Event.objects.filter(type="member.registered", member_id=aigul.id).count() == 1

    def test_a_new_sponsor_is_audited(self):
        a_company()
        a_member(external_id="D")
        aigul = a_member(external_id="A")
        traits.put_people([Person("A", {}, sponsor="D")], now=NOW)
        assert AuditEntry.objects.get(action="member.moved").target == f"member:{aigul.id}"

    def test_who_is_registered_is_no_prospect_again(self):
        a_company()
        a_member(external_id="A")
        outcome = traits.put_people([Person("A", {"kind": "prospect", "name": "X"})], now=NOW)
        assert outcome.faults[0].code == "registered_before"
        assert Member.objects.get().name != "X"
