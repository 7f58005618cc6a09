"""The two ceremonies of passkeys, as the script of the pages asks for them. Answers are JSON; refusals are in words."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qadam.cabinet import fresh
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.messaging import sign_in_letters
from qadam.people import passkeys
from qadam.people.errors import PasskeyRefused
from qadam.people.models import User
from qadam.people.passkeys import Ceremony, Site
from qadam.site.letting_in import is_flood, open_session, safe_next, with_language
from qadam.site.relying_party import site_of

KEY = "passkey"
"""In the session: the challenge of the ceremony that is under way."""
LIFE = 300
"""Seconds for a person to find the finger."""
MOST_BYTES = 20_000
PAGE = "/me/security/"


@require_POST
def begin_sign_in(request: HttpRequest) -> HttpResponse:
    site = site_of(request)
    if site is None or is_flood(request):
        return _refuse(PasskeyRefused())
    return _ask(request, "sign-in", passkeys.begin_sign_in(site))


@require_POST
def finish_sign_in(request: HttpRequest) -> HttpResponse:
    try:
        site, challenge, given = _read(request, "sign-in")
        now = clock.utc_now()
        user = passkeys.sign_in_by_passkey(site=site, challenge=challenge, answer=_answer_in(given), now=now)
    except DomainError as error:
        return _refuse(error)
    open_session(request, user)
    return with_language(request, JsonResponse({"to": safe_next(request, given) or "/"}), user)


@require_POST
@login_required
def begin_registration(request: HttpRequest) -> HttpResponse:
    site, user = site_of(request), request.user
    if not fresh.is_fresh(request, clock.utc_now()):
        return _ask_to_sign_in()
    if site is None or not isinstance(user, User):
        return _refuse(PasskeyRefused())
    return _ask(request, "register", passkeys.begin_registration(user, site))


@require_POST
@login_required
def finish_registration(request: HttpRequest) -> HttpResponse:
    user, now = request.user, clock.utc_now()
    if not fresh.is_fresh(request, now):
        return _ask_to_sign_in()
    try:
        site, challenge, given = _read(request, "register")
        assert isinstance(user, User), "login_required lets only users in"
        name = str(given.get("name") or "").strip() or device_of(request)
        with write():
            passkeys.add_passkey(
                user=user, site=site, challenge=challenge, answer=_answer_in(given), name=name, now=now
            )
            sign_in_letters.queue_notice(user=user, what="passkey.added", now=now)
    except DomainError as error:
        return _refuse(error)
    messages.success(request, _("The passkey is ready. Next time it lets you in."))
    return JsonResponse({"to": PAGE})


def device_of(request: HttpRequest) -> str:
    """Return a name for the device that a browser says it runs on."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    for sign, name in (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")):
        if sign in agent:
            return name
    return "Mac" if "Mac OS" in agent else "Linux" if "Linux" in agent else _("My device")


def _ask(request: HttpRequest, purpose: str, ceremony: Ceremony) -> HttpResponse:
    request.session[KEY] = {
        "for": purpose,
        "challenge": base64.b64encode(ceremony.challenge).decode(),
        "at": clock.utc_now().timestamp(),
    }
    return HttpResponse(ceremony.options, content_type="application/json")


def _read(request: HttpRequest, purpose: str) -> tuple[Site, bytes, Mapping[str, Any]]:
    """Return where we are, the challenge that was asked, which is good for one answer only, and the answer."""
    asked, site = request.session.pop(KEY, None), site_of(request)
    if not isinstance(asked, dict) or asked.get("for") != purpose or site is None:
        raise PasskeyRefused
    age = clock.utc_now().timestamp() - float(asked["at"])
    if not 0 <= age <= LIFE or len(request.body) > MOST_BYTES:
        raise PasskeyRefused
    try:
        given = json.loads(request.body)
    except ValueError:
        raise PasskeyRefused from None
    if not isinstance(given, dict):
        raise PasskeyRefused
    return site, base64.b64decode(asked["challenge"]), given


def _answer_in(given: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = given.get("answer")
    if not isinstance(answer, dict):
        raise PasskeyRefused
    return answer


def _ask_to_sign_in() -> HttpResponse:
    """Send the script to where the person shows once more who they are: a new key is a way in for ever."""
    return JsonResponse({"to": fresh.path_to_sign_in(PAGE)}, status=403)


def _refuse(error: DomainError) -> HttpResponse:
    return JsonResponse({"message": str(error)}, status=422)
