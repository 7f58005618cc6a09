"""What every way in has in common: the session, the language, the page that was asked for, and who knocks."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from qadam.cabinet import joining as join_pages
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import tries
from qadam.people.models import User
from qadam.ui.visitors import address_of

SIGNED_IN_AT = "signed_in_at"
"""In the session: when the person last showed who they are, in seconds since 1970."""
ASKED = "letter_asked"
"""In the session: the address that a letter was asked for, and on a demonstration the link in it."""
YEAR = 365 * 24 * 3600


def safe_next(request: HttpRequest, given: Mapping[str, str] | None = None) -> str:
    """Return the page that was asked for before signing in; "" where it isn't one of ours."""
    source = given if given is not None else {**request.GET.dict(), **request.POST.dict()}
    target = str(source.get("next") or "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours and target.startswith("/") else ""


def open_session(request: HttpRequest, user: User) -> None:
    """Sign a user in; somebody else is signed out first."""
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[SIGNED_IN_AT] = clock.utc_now().timestamp()
    # The address helped to find the letter; nobody looks for it any more.
    for key in (ASKED, join_pages.ASKED):
        request.session.pop(key, None)


def let_in(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """Sign a user in and send them to a page of ours, "" the start page."""
    open_session(request, user)
    return with_language(request, HttpResponseRedirect(target or "/"), user)


def with_language(request: HttpRequest, response: HttpResponse, user: User) -> HttpResponse:
    """Let a browser that has chosen no language speak the user's."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=YEAR, samesite="Lax")
    return response


def is_flood(request: HttpRequest) -> bool:
    """Count one try of this network address; tell whether there were too many."""
    return not tries.note_try(purpose="from", subject=address_of(request), now=clock.utc_now())


def forget_sessions(now: datetime) -> None:
    """Delete the sessions that have ended: an address that a letter was asked for may stand in them."""
    with write():
        Session.objects.filter(expire_date__lt=now).delete()
