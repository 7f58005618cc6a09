"""The only door to a person's record: who may see whom.

A member sees self; a mentor or leader sees the own downline and mentees, until they leave; staff see everybody, by
role; everything else is refused.
"""

from django.db.models import Q

from qadam.people.errors import AccessDenied, UnknownMember
from qadam.people.models import Member, MemberQuerySet, RoleName, User

SEES_PEOPLE = (RoleName.OWNER, RoleName.RETENTION, RoleName.ANALYST, RoleName.COMPLIANCE)
"""Roles that may open the records of members. Editors and integrators work without them."""


def roles_of(user: User) -> frozenset[str]:
    """Return the staff roles of a user; empty for a member, an inactive user or nobody."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return frozenset(user.roles.values_list("name", flat=True))


def is_staff(user: User) -> bool:
    return bool(roles_of(user))


def require_role(user: User, *allowed: RoleName) -> None:
    """Let the owner and the named roles pass.

    Raises:
        AccessDenied: the user has none of them.
    """
    if roles_of(user).isdisjoint({RoleName.OWNER, *allowed}):
        raise AccessDenied


def visible_members(user: User) -> MemberQuerySet:
    """Return the members whose record this user may open."""
    if not roles_of(user).isdisjoint(SEES_PEOPLE):
        return Member.objects.all()
    if not user.is_authenticated or not user.is_active or user.member is None:
        return Member.objects.none()
    me = user.member
    if me.left_at is not None:
        return Member.objects.filter(id=me.id)
    return Member.objects.filter(Q(id=me.id) | Q(mentor_id=me.id) | Q(tin__gt=me.tin, tin__lt=me.tin + me.size))


def get_visible_member(user: User, member_id: int) -> Member:
    """Return one member.

    Raises:
        AccessDenied: not this user's to see; said also where no such member exists, so that ids tell nothing.
        UnknownMember: staff asks for a member that doesn't exist.
    """
    member = visible_members(user).filter(id=member_id).first()
    if member is not None:
        return member
    if roles_of(user).isdisjoint(SEES_PEOPLE):
        raise AccessDenied
    raise UnknownMember(member=member_id)


def get_own_member(user: User) -> Member:
    """Return the member that this user is.

    Raises:
        AccessDenied: the user isn't a member.
    """
    if not user.is_authenticated or not user.is_active or user.member is None:
        raise AccessDenied
    return user.member
