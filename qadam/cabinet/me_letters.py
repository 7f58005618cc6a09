"""What a member wants to hear: letters of the plan, quiet hours, and the consent to news and offers."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.messaging import queries as messaging
from qadam.people import preferences
from qadam.people.consent_texts import ConsentWords, current_text, text_of_version
from qadam.people.errors import FaultyHours
from qadam.people.models import Consent, ConsentKind
from qadam.people.preferences import Letters

CHANNEL = "cabinet"
"""Where a consent of these pages was given."""


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that holds: which text, since when."""

    version: str
    at: datetime
    words: ConsentWords | None


@dataclass(frozen=True, slots=True)
class LettersPage:
    """`company_from`, `company_to`: the company's own quiet hours for e-mail, "" for none."""

    email: str
    letters: str
    quiet_from: str
    quiet_to: str
    company_from: str
    company_to: str
    advertising: Given | None
    offered: ConsentWords | None
    data: Given | None
    error: str


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def show_letters(request: MemberRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        start, end = request.POST.get("quiet_from", ""), request.POST.get("quiet_to", "")
        letters = Letters.NEEDED if request.POST.get("letters") == Letters.NEEDED else Letters.ALL
        try:
            quiet = f"{start}-{end}" if start or end else ""
            preferences.set_letters(member=request.member, letters=letters, quiet=quiet)
        except FaultyHours as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Saved"))
            return redirect("cabinet:letters")
    return render(
        request, "cabinet/me_letters.html", {"page": _read_page(request, error)}, status=422 if error else 200
    )


@require_POST
@member_page
def set_advertising(request: MemberRequest) -> HttpResponse:
    """Give the consent to the text that was shown, or take it back. A text that changed meanwhile is shown anew."""
    is_wanted = request.POST.get("advertising") == "1"
    offered = current_text(ConsentKind.ADVERTISING, get_language() or "en")
    shown = request.POST.get("version", "")
    if is_wanted and (offered is None or offered.version != shown):
        messages.warning(request, _("The text has changed. Please read it once more."))
        return redirect("cabinet:letters")
    preferences.set_advertising(
        member=request.member, is_wanted=is_wanted, text_version=shown, channel=CHANNEL, now=clock.utc_now()
    )
    told = _("News and offers will come.") if is_wanted else _("News and offers have stopped.")
    messages.success(request, told)
    return redirect("cabinet:letters")


def _read_page(request: MemberRequest, error: str) -> LettersPage:
    member, language = request.member, get_language() or "en"
    start, _dash, end = member.quiet.partition("-")
    company = messaging.read_policy().quiet.get("email")
    return LettersPage(
        email=member.email or request.user.email,
        letters=request.POST.get("letters", member.letters),
        quiet_from=request.POST.get("quiet_from", start),
        quiet_to=request.POST.get("quiet_to", end),
        company_from=f"{company.start:%H:%M}" if company else "",
        company_to=f"{company.end:%H:%M}" if company else "",
        advertising=_given(preferences.open_consent(member, ConsentKind.ADVERTISING), language),
        offered=current_text(ConsentKind.ADVERTISING, language),
        data=_given(preferences.open_consent(member, ConsentKind.DATA), language),
        error=error,
    )


def _given(consent: Consent | None, language: str) -> Given | None:
    if consent is None:
        return None
    words = text_of_version(consent.kind, consent.text_version, language)
    return Given(consent.text_version, consent.given_at, words)
