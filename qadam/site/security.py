"""A person's own ways in: passkeys, and a password for who wants one. The same page for members and staff."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.cabinet import fresh
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.messaging import sign_in_letters
from qadam.people import passkeys, signing_in
from qadam.people.models import User
from qadam.people.sign_in_models import Passkey
from qadam.site.passkey_pages import PAGE, device_of
from qadam.site.relying_party import site_of


@dataclass(frozen=True, slots=True)
class SecurityPage:
    """`shell` is the frame of the pages that the person lives in; `can_add`: this address can have passkeys.

    `sign_in_path`: where to show once more who is there before anything can be changed; "" for who has just done it.
    """

    shell: str
    email: str
    keys: tuple[Passkey, ...]
    can_add: bool
    device: str
    has_password: bool
    sign_in_path: str
    error: str


@require_safe
@login_required
def show_security(request: HttpRequest) -> HttpResponse:
    return _render(request)


def _render(request: HttpRequest, error: str = "") -> HttpResponse:
    user, now = _user_of(request), clock.utc_now()
    page = SecurityPage(
        shell="ui/shell_cabinet.html" if user.member_id is not None else "ui/shell_office.html",
        email=user.email,
        keys=tuple(user.passkeys.order_by("id")),
        can_add=site_of(request) is not None and user.passkeys.count() < passkeys.MOST,
        device=device_of(request),
        has_password=user.has_usable_password(),
        sign_in_path="" if fresh.is_fresh(request, now) else fresh.path_to_sign_in(PAGE),
        error=error,
    )
    context = {"page": page, "now": now}
    return render(request, "site/security.html", context, status=422 if error else 200)


@require_POST
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Set a password, or with `remove` do without one."""
    user, now = _user_of(request), clock.utc_now()
    if not fresh.is_fresh(request, now):
        return fresh.ask_to_sign_in(PAGE)
    is_removal = "remove" in request.POST
    try:
        with write():
            if is_removal:
                signing_in.remove_password(user=user, now=now)
            else:
                signing_in.set_password(user=user, password=request.POST.get("password", ""), now=now)
            what = "password.removed" if is_removal else "password.set"
            sign_in_letters.queue_notice(user=user, what=what, now=now)
    except DomainError as error:
        return _render(request, str(error))
    # Other browsers are signed out by a new password; this one stays.
    update_session_auth_hash(request, user)
    messages.success(request, _("The password is removed.") if is_removal else _("The password is set."))
    return redirect("security")


@require_POST
@login_required
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    user, now = _user_of(request), clock.utc_now()
    if not fresh.is_fresh(request, now):
        return fresh.ask_to_sign_in(PAGE)
    with write():
        if passkeys.remove_passkey(user=user, passkey_id=passkey_id, now=now):
            sign_in_letters.queue_notice(user=user, what="passkey.removed", now=now)
            messages.success(request, _("The passkey is removed."))
    return redirect("security")


def _user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User), "login_required lets only users in"
    return request.user
