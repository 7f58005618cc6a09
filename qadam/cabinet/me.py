"""What a member sets about the own cabinet: name, language, time zone; and the way to everything else of their own."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qadam.cabinet.door import MemberRequest, member_page
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people import operations, pausing, preferences
from qadam.people.errors import ZoneChangedLately
from qadam.people.models import Kind, Pause
from qadam.ui.formats import day_words

NAME_LENGTH = 200
AREAS = ("Asia", "Europe")
"""Zones are offered from the parts of the world where our companies work; a stored one from elsewhere stays."""


@dataclass(frozen=True, slots=True)
class MePage:
    """The settings form. After a refusal `name` and `zone` hold what was typed; `errors` is {field: words}.

    `zone_free_on`: the day from which the zone may change again, None when it may now. `pause` is under way or planned.
    """

    email: str
    phone: str
    name: str
    zone: str
    company_zone: str
    zones: tuple[str, ...]
    errors: dict[str, str]
    zone_free_on: date | None
    pause: Pause | None
    left_on: date | None
    can_invite: bool


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_me(request: MemberRequest) -> HttpResponse:
    now = clock.utc_now()
    free_on = preferences.zone_free_on(request.member, request.company, now)
    name = request.POST.get("name", request.member.name).strip().replace("\x00", "")
    zone = request.POST.get("zone", request.member.zone)
    errors = _find_errors(name, zone) if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        try:
            return _save(request, name, zone, request.POST.get("language", request.user.language))
        except ZoneChangedLately:
            errors["zone"] = _tell_zone(free_on)
    page = MePage(
        email=request.member.email or request.user.email,
        phone=request.member.phone,
        name=name,
        zone=zone,
        company_zone=request.company.zone,
        zones=_offered_zones(zone),
        errors=errors,
        zone_free_on=free_on,
        pause=pausing.open_pause_of(request.member),
        left_on=timezone.localdate(request.member.left_at) if request.member.left_at else None,
        can_invite=request.member.kind == Kind.DISTRIBUTOR and request.member.left_at is None,
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


def _tell_zone(free_on: date | None) -> str:
    on = day_words(free_on, get_language() or "en") if free_on else ""
    return _("You changed the time zone a short while ago. It can change again on %(on)s.") % {"on": on}


def _save(request: MemberRequest, name: str, zone: str, language: str) -> HttpResponse:
    now = clock.utc_now()
    with write():
        preferences.change_zone(member=request.member, zone=zone, now=now)
        preferences.change_name(user=request.user, name=name)
    response = redirect("cabinet:me")
    if language in dict(settings.LANGUAGES):
        operations.set_language(user=request.user, language=language, now=now)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax")
    else:
        language = request.user.language
    with override(language):
        messages.success(request, _("Saved"))
    return response


def _offered_zones(chosen: str) -> tuple[str, ...]:
    ours = {zone for zone in available_timezones() if zone.split("/")[0] in AREAS}
    return tuple(sorted(ours | ({chosen} if clock.is_zone(chosen) else set())))
