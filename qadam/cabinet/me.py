"""What a member sets about the own cabinet: name, language, time zone."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.people import operations

NAME_LENGTH = 200
AREAS = ("Asia", "Europe")
"""Zones are offered from the parts of the world where our companies work; a stored one from elsewhere stays."""


@dataclass(frozen=True, slots=True)
class MePage:
    """The settings form. After a refusal `name` and `zone` hold what was typed; `errors` is {field: words}."""

    email: str
    phone: str
    name: str
    zone: str
    company_zone: str
    zones: tuple[str, ...]
    errors: dict[str, str]


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_me(request: MemberRequest) -> HttpResponse:
    name = request.POST.get("name", request.member.name).strip()
    zone = request.POST.get("zone", request.member.zone)
    language = request.POST.get("language", request.user.language)
    errors = _find_errors(name, zone) if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        return _save(request, name, zone, language)
    page = MePage(
        email=request.member.email or request.user.email,
        phone=request.member.phone,
        name=name,
        zone=zone,
        company_zone=request.company.zone,
        zones=_offered_zones(zone),
        errors=errors,
    )
    return render(request, "cabinet/me.html", {"page": page}, status=422 if errors else 200)


def _find_errors(name: str, zone: str) -> dict[str, str]:
    errors = {}
    if not name:
        errors["name"] = _("Write your name. Your mentor sees it.")
    elif len(name) > NAME_LENGTH:
        errors["name"] = _("This name is too long. %(most)d letters fit.") % {"most": NAME_LENGTH}
    if zone and not clock.is_zone(zone):
        errors["zone"] = _("Choose a time zone from the list.")
    return errors


def _save(request: MemberRequest, name: str, zone: str, language: str) -> HttpResponse:
    operations.change_settings(user=request.user, name=name, zone=zone, now=clock.utc_now())
    response = redirect("cabinet:me")
    if language in dict(settings.LANGUAGES):
        operations.set_language(user=request.user, language=language, now=clock.utc_now())
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax")
    else:
        language = request.user.language
    with override(language):
        messages.success(request, _("Saved"))
    return response


def _offered_zones(chosen: str) -> tuple[str, ...]:
    ours = {zone for zone in available_timezones() if zone.split("/")[0] in AREAS}
    return tuple(sorted(ours | ({chosen} if clock.is_zone(chosen) else set())))
