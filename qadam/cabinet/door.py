"""Whose cabinet this is, and in whose time zone its pages speak. A member sees only self."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from qadam.people import access, queries
from qadam.people.models import Company, Member, User

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request of a member, let in by `member_page`."""

    user: User
    htmx: HtmxDetails
    member: Member
    company: Company


View = Callable[Concatenate[MemberRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def member_page(view: View[P]) -> OpenView[P]:
    """Let members in, each to the own pages; show dates in the member's zone. Staff who are no members are refused."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visitor = cast(MemberRequest, request)
        visitor.member = access.get_own_member(visitor.user)
        visitor.company = queries.get_company()
        with timezone.override(visitor.member.zone_in(visitor.company)):
            return view(visitor, *args, **kwargs)

    return page


def has_people(request: HttpRequest) -> bool:
    """Tell whether the visitor is somebody's sponsor or mentor."""
    user = request.user
    if not isinstance(user, User) or user.member is None:
        return False
    return user.member.size > 1 or user.member.mentees.exists()
