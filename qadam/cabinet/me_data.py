"""A member's own data: all of it as a file, and the end of it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from django.contrib.auth import logout
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.cabinet import fresh
from qadam.cabinet.door import MemberRequest, member_page
from qadam.cabinet.export import write_archive
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.people import access, leaving
from qadam.people.errors import AlreadyErased
from qadam.people.operations import write_audit


@dataclass(frozen=True, slots=True)
class DataPage:
    """`sign_in_path`: where to sign in once more first, "" when that was just done."""

    sign_in_path: str
    is_staff: bool
    error: str = ""


@require_safe
@member_page
def show_data(request: MemberRequest) -> HttpResponse:
    return render(request, "cabinet/me_data.html", {"page": _read_page(request, "cabinet:data")})


@never_cache
@require_POST
@member_page
def download_data(request: MemberRequest) -> HttpResponse:
    """Send everything there is about the member, to nobody but who has just signed in. Audited."""
    now = clock.utc_now()
    if not fresh.is_fresh(request, now):
        return fresh.ask_to_sign_in(reverse("cabinet:data"))
    with write():
        write_audit(
            actor=request.user, action="member.exported", target=f"member:{request.member.id}", detail={}, now=now
        )
    archive = write_archive(request.member, request.company, now)
    name = f"qadam-{now.date().isoformat()}.zip"
    # A stream is no HttpResponse for the types, and one for whoever sends it.
    return cast(HttpResponse, FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def erase(request: MemberRequest) -> HttpResponse:
    """Say what erasing means; on POST, freshly signed in and with the box ticked, do it and sign out."""
    now, error = clock.utc_now(), ""
    if request.method == "POST":
        if not fresh.is_fresh(request, now):
            return fresh.ask_to_sign_in(reverse("cabinet:erase"))
        if request.POST.get("understood") == "1":
            try:
                return _erase(request)
            except DomainError as refusal:
                error = str(refusal)
        else:
            error = _("Tick the box, so that nobody is erased by a slip of the finger.")
    page = _read_page(request, "cabinet:erase", error)
    return render(request, "cabinet/me_erase.html", {"page": page}, status=422 if error else 200)


def _erase(request: MemberRequest) -> HttpResponse:
    # A second tap finds the work done, and ends where the first one did.
    with suppress(AlreadyErased):
        leaving.erase_self(member=request.member, now=clock.utc_now())
    logout(request)
    response = redirect("cabinet:goodbye")
    # What the phone kept for use without a connection goes too.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_safe
def say_goodbye(request: HttpRequest) -> HttpResponse:
    return render(request, "cabinet/goodbye.html")


def _read_page(request: MemberRequest, back: str, error: str = "") -> DataPage:
    is_fresh = fresh.is_fresh(request, clock.utc_now())
    path = "" if is_fresh else fresh.path_to_sign_in(reverse(back))
    return DataPage(path, access.is_staff(request.user), error)
