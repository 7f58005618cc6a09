"""The way in by letter: ask for one, and the page behind its button."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.messaging import sign_in_letters
from qadam.people import sign_in_links, signing_in
from qadam.people.consent_texts import ConsentWords, current_text, text_of_version
from qadam.people.joining_models import Joining
from qadam.people.models import Company, ConsentKind, Member, User
from qadam.people.queries import get_company
from qadam.people.sign_in_links import FoundLink, LinkState
from qadam.people.sign_in_models import SignInLink
from qadam.people.terms import terms_dates
from qadam.site.letting_in import ASKED, is_flood, let_in, safe_next
from qadam.site.sign_in import DEMO_DOMAIN
from qadam.ui.formats import day_words

BROWSER = "entering"
"""The cookie by which the second press of a button is known."""
STATUS = {LinkState.LIVE: 200, LinkState.USED: 410, LinkState.EXPIRED: 410, LinkState.UNKNOWN: 404}


@dataclass(frozen=True, slots=True)
class SentPage:
    """`address` "" where nobody asked in this browser. `demo_link`: on a demonstration no letter goes out."""

    address: str
    demo_link: str


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The page behind the button in a letter. `joining`, `sponsor` and texts when a new person confirms the address.

    `data` is agreed to by the button, `advertising` (None: the company has no such text) by a box of its own.
    """

    state: str
    company: Company
    email: str
    name: str
    joining: Joining | None
    sponsor: Member | None
    data: ConsentWords | None
    advertising: ConsentWords | None
    signed_in_as: str


@require_POST
def ask_for_letter(request: HttpRequest) -> HttpResponse:
    """Send a letter to an address, if it is somebody's. The answer is the same either way."""
    email, now = request.POST.get("email", "").strip()[:254], clock.utc_now()
    if is_flood(request):
        messages.error(request, _("Too many tries from here. Wait for a quarter of an hour."))
        return redirect("sign_in")
    with write():
        link = signing_in.ask_for_link(email=email, next_path=safe_next(request), now=now)
        if link is not None:
            sign_in_letters.queue_link(link=link, now=now)
    remember_asking(request, email, link)
    return redirect("letter_sent")


def remember_asking(request: HttpRequest, email: str, link: SignInLink | None) -> None:
    """Keep in the session whom a letter was asked for."""
    is_shown = link is not None and settings.IS_DEMO and (link.joining or link.user.email.endswith(DEMO_DOMAIN))
    address = f"{sign_in_letters.PREFIX}{sign_in_links.token_of(link)}/" if link is not None and is_shown else ""
    request.session[ASKED] = {"email": email, "link": address}


@never_cache
@require_safe
def letter_sent(request: HttpRequest) -> HttpResponse:
    asked = request.session.get(ASKED) or {}
    page = SentPage(str(asked.get("email", "")), str(asked.get("link", "")))
    return render(request, "site/letter_sent.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button; on POST let the person in. Looking uses nothing up: mail filters open every link."""
    found = sign_in_links.find_link(token, clock.utc_now())
    if request.method == "POST" and found.link is not None:
        try:
            return _enter(request, token, found.link)
        except DomainError:
            # Somebody was faster between the look and the press: the page says what is left of the link.
            found = sign_in_links.find_link(token, clock.utc_now())
    if found.link is not None and found.state is LinkState.USED and request.user == found.link.user:
        return redirect(found.link.next_path or "start")
    return _show(request, found)


def _enter(request: HttpRequest, token: str, link: SignInLink) -> HttpResponse:
    is_new = link.joining is not None and link.joining.confirmed_at is None
    used = signing_in.use_link(
        token=token,
        browser=request.COOKIES.get(BROWSER, ""),
        now=clock.utc_now(),
        advertising_version=request.POST.get("advertising_version", "") if "advertising" in request.POST else "",
    )
    user = User.objects.select_related("member").get(id=used.user_id)
    response = let_in(request, user, used.next_path)
    if is_new and user.member is not None:
        with translation.override(user.language):
            messages.success(request, _welcome_words(user.member))
    return response


def _welcome_words(member: Member) -> str:
    """Say what has just happened, with the real date until which it can be undone."""
    dates = terms_dates(member, get_company())
    if dates is None:
        return _("You are registered. Today is your day 0.")
    until = day_words(dates.refund_until, translation.get_language() or "en")
    return _("You are registered. Today is your day 0. What you paid can be given back until %(day)s.") % {"day": until}


def _name_of(user: User) -> str:
    return user.name or (user.member.name if user.member else "")


def _advertising_of(joining: Joining, language: str) -> ConsentWords | None:
    """Return the text that was ticked in the form, else the one in force."""
    kind = ConsentKind.ADVERTISING
    return text_of_version(kind, joining.advertising_version, language) or current_text(kind, language)


def _page_of(request: HttpRequest, found: FoundLink, language: str) -> LinkPage:
    link, user = found.link, request.user
    joining = link.joining if link and link.joining and link.joining.confirmed_at is None else None
    return LinkPage(
        state=found.state,
        company=get_company(),
        email=link.user.email if link else "",
        name=joining.name if joining else _name_of(link.user) if link else "",
        joining=joining,
        sponsor=joining.invitation.sponsor if joining and joining.invitation else None,
        data=text_of_version(ConsentKind.DATA, joining.data_version, language) if joining else None,
        advertising=_advertising_of(joining, language) if joining else None,
        signed_in_as=user.email if isinstance(user, User) and link and user != link.user else "",
    )


def _show(request: HttpRequest, found: FoundLink) -> HttpResponse:
    link = found.link
    has_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    language = (translation.get_language() or "en") if has_chosen or link is None else link.user.language
    with translation.override(language):
        page = _page_of(request, found, language)
        response = render(request, "site/link.html", {"page": page}, status=STATUS[found.state])
    if BROWSER not in request.COOKIES:
        response.set_cookie(
            BROWSER,
            secrets.token_urlsafe(16),
            max_age=3600,
            path=sign_in_letters.PREFIX,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response
