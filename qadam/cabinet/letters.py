"""What a letter itself reaches without a sign-in: the way out of advertising (RFC 8058), and the dot that is seen."""

import base64
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from qadam.lib import clock
from qadam.messaging import operations, signed_links
from qadam.people.models import Company, Member
from qadam.people.queries import get_company

DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A GIF of one transparent dot."""


@dataclass(frozen=True, slots=True)
class StopPage:
    """`is_stopped`: it's done; before, the page asks."""

    company: Company
    is_stopped: bool


# The mail programme's button posts from elsewhere and without our cookie; the address itself is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_letters(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, or on POST withdraw the consent to advertising. Looking changes nothing: mail filters open every link."""
    member = Member.objects.filter(id=signed_links.number_of(signed_links.STOP, token) or 0).first()
    if member is None:
        raise Http404
    if request.method == "POST":
        operations.stop_advertising(member=member, now=clock.utc_now())
    page = StopPage(get_company(), is_stopped=request.method == "POST")
    has_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    with translation.override(translation.get_language() if has_chosen else member.language):
        return render(request, "cabinet/stop_letters.html", {"page": page})


@never_cache
@require_safe
def show_dot(request: HttpRequest, token: str) -> HttpResponse:
    """Note that a letter was opened. The dot comes for every token: a letter must not show a broken picture."""
    outbox_id = signed_links.number_of(signed_links.SEEN, token)
    if outbox_id is not None and request.method == "GET":
        operations.note_opening(outbox_id=outbox_id, now=clock.utc_now())
    return HttpResponse(DOT, content_type="image/gif")
