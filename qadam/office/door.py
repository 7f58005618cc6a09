"""Who may come into the office, and in whose time zone its pages speak."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from qadam.people import access, queries
from qadam.people.models import Company, RoleName, User

P = ParamSpec("P")

SEES_MAP = (RoleName.OWNER, RoleName.RETENTION, RoleName.ANALYST, RoleName.COMPLIANCE)
"""Roles that may look at the journey map."""
SEES_JOURNEYS = (RoleName.OWNER, RoleName.RETENTION, RoleName.EDITOR, RoleName.ANALYST, RoleName.COMPLIANCE)
"""Roles that may look at journeys; who may change them is said where they are changed."""
SEES_AUDIT = (RoleName.OWNER, RoleName.COMPLIANCE, RoleName.RETENTION)
"""Roles that may read the audit log."""


class StaffRequest(HttpRequest):
    """A request of somebody of the staff, let in by `staff_page`."""

    user: User
    htmx: HtmxDetails
    company: Company


View = Callable[Concatenate[StaffRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_page(*allowed: RoleName) -> Callable[[View[P]], OpenView[P]]:
    """Let the owner and the named roles in; show dates in the company's zone. Others are refused in words."""

    def decorate(view: View[P]) -> OpenView[P]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            visitor = cast(StaffRequest, request)
            access.require_role(visitor.user, *allowed)
            visitor.company = queries.get_company()
            with timezone.override(visitor.company.zone):
                return view(visitor, *args, **kwargs)

        return page

    return decorate


def may_see_people(request: HttpRequest) -> bool:
    return has_role(request, access.SEES_PEOPLE)


def may_see_map(request: HttpRequest) -> bool:
    return has_role(request, SEES_MAP)


def may_see_journeys(request: HttpRequest) -> bool:
    return has_role(request, SEES_JOURNEYS)


def may_see_audit(request: HttpRequest) -> bool:
    return has_role(request, SEES_AUDIT)


def has_role(request: HttpRequest, roles: tuple[RoleName, ...]) -> bool:
    """Tell whether a visitor has one of the roles. They are read once a request, however often it is asked."""
    if not hasattr(request, "_office_roles"):
        user = request.user
        request._office_roles = access.roles_of(user) if isinstance(user, User) else frozenset()  # type: ignore[attr-defined]
    return not request._office_roles.isdisjoint(roles)  # type: ignore[attr-defined]
