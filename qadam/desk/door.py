"""Whose desk this is, whom they answer for, and in whose time zone its pages speak."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from qadam.people import access, queries
from qadam.people.models import Member, MemberQuerySet, User

P = ParamSpec("P")


class MentorRequest(HttpRequest):
    """A request of a member, let in by `mentor_page`."""

    user: User
    member: Member


View = Callable[Concatenate[MentorRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def mentor_page(view: View[P]) -> OpenView[P]:
    """Let members in, each to the own desk; show dates in the member's zone. Staff who are no members are refused."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visitor = cast(MentorRequest, request)
        visitor.member = access.get_own_member(visitor.user)
        with timezone.override(visitor.member.zone_in(queries.get_company())):
            return view(visitor, *args, **kwargs)

    return page


def people_of(user: User) -> MemberQuerySet:
    """Return whom a user answers for: the mentees, and the frontline that has no mentor; never oneself."""
    me = access.get_own_member(user)
    mine = Q(mentor_id=me.id) | Q(mentor__isnull=True, sponsor_id=me.id)
    return access.visible_members(user).filter(mine, left_at__isnull=True).exclude(id=me.id)


def has_mentees(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.member is not None and people_of(user).exists()


def has_branch(request: HttpRequest) -> bool:
    """Tell whether somebody may be asked for an answer here: a mentor, or a leader of anybody."""
    user = request.user
    return isinstance(user, User) and user.member is not None and (user.member.size > 1 or has_mentees(request))
