"""Who may open whose record."""

import pytest

from qadam.people.access import get_visible_member, require_role, visible_members
from qadam.people.errors import AccessDenied, UnknownMember
from qadam.people.models import RoleName
from tests.cast import a_company, a_member, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def network():
    a_company()
    dina = a_member(name="Dina")
    marat = a_member(name="Marat", sponsor_id=dina.id)
    aigul = a_member(name="Aigul", sponsor_id=marat.id, mentor_id=marat.id)
    outsider = a_member(name="Outsider")
    return {member.name: member for member in (dina, marat, aigul, outsider)}


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        ("Aigul", {"Aigul"}),
        ("Marat", {"Marat", "Aigul"}),
        ("Dina", {"Dina", "Marat", "Aigul"}),
        ("Outsider", {"Outsider"}),
    ],
)
def test_members_see_self_and_downline(network, viewer, seen):
    for member in network.values():
        member.refresh_from_db()
    user = a_user(member=network[viewer])
    assert {member.name for member in visible_members(user)} == seen


def test_a_mentor_sees_a_mentee_outside_the_own_downline(network):
    network["Outsider"].refresh_from_db()
    network["Aigul"].mentor = network["Outsider"]
    network["Aigul"].save(update_fields=["mentor"])
    assert get_visible_member(a_user(member=network["Outsider"]), network["Aigul"].id) == network["Aigul"]


@pytest.mark.parametrize("role", ["owner", "retention", "analyst", "compliance"])
def test_staff_with_a_role_for_people_see_everybody(network, role):
    assert visible_members(a_user(roles=(role,))).count() == 4


@pytest.mark.parametrize("role", ["editor", "integrator"])
def test_other_staff_see_nobody(network, role):
    with pytest.raises(AccessDenied):
        get_visible_member(a_user(roles=(role,)), network["Aigul"].id)


def test_an_unknown_id_tells_a_member_nothing_and_staff_the_truth(network):
    with pytest.raises(AccessDenied):
        get_visible_member(a_user(member=network["Aigul"]), 999_999)
    with pytest.raises(UnknownMember):
        get_visible_member(a_user(roles=("owner",)), 999_999)


def test_an_inactive_user_is_nobody(network):
    user = a_user(member=network["Dina"], roles=("owner",))
    user.is_active = False
    assert not visible_members(user).exists()
    with pytest.raises(AccessDenied):
        require_role(user, RoleName.ANALYST)
