"""The way in for who was invited: who invites, what comes next, the form, and the letter that confirms the address.

Whoever comes without a good code is asked who told them, and says it or says that it was nobody; nobody is placed
silently.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from qadam.cabinet.invited import LONGEST_WORDS, Invited, keep_invited, read_invited
from qadam.cabinet.join_form import Filled, Texts, as_asked, empty_form, read_form, read_texts
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.messaging import sign_in_letters
from qadam.people import joining, sign_in_links, tries
from qadam.people.errors import UnknownText
from qadam.people.invitations import find_invitation
from qadam.people.joining_models import Invitation
from qadam.people.models import Company, Member, User
from qadam.people.queries import get_company
from qadam.people.sign_in_models import SignInLink
from qadam.people.terms import TermsDates, TermsDocument, count_dates, terms_dates, terms_in_force
from qadam.ui.visitors import address_of

ASKED = "join_asked"
"""In the session: the address that the letter goes to, and on a demonstration the link in it."""


@dataclass(frozen=True, slots=True)
class GivingBack:
    """Until when something can be given back: the member's own days, or (`is_if_today`) those of joining today."""

    terms: TermsDocument
    dates: TermsDates
    is_if_today: bool
    today: date


@dataclass(frozen=True, slots=True)
class InvitePage:
    """Who invites. `earlier` is another person whose link was opened in this browser before."""

    company: Company
    sponsor: Member
    code: str
    earlier: Invitation | None
    giving_back: GivingBack | None


@dataclass(frozen=True, slots=True)
class WhoPage:
    """The question who invited. `unknown` is a code that names nobody; `typed` and `fault` come back after a try."""

    company: Company
    kept: Invitation | None
    unknown: str
    typed: str
    told: str
    fault: str
    told_fault: str


@dataclass(frozen=True, slots=True)
class FormPage:
    company: Company
    sponsor: Member | None
    invited: Invited
    form: Filled
    texts: Texts
    giving_back: GivingBack | None
    fault: str


@dataclass(frozen=True, slots=True)
class JoinSentPage:
    address: str
    demo_link: str


@dataclass(frozen=True, slots=True)
class TermsPage:
    company: Company
    giving_back: GivingBack | None
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HerePage:
    """For who is a member already. `is_own`: the link is the visitor's own."""

    company: Company
    name: str
    is_own: bool


@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Go on where the visitor stands: with the one who invites, with the form, or with the question."""
    invited = read_invited(request)
    if found := invited.find():
        return redirect("cabinet:invited", found.code)
    return redirect("cabinet:join_form" if invited.is_answered else "cabinet:join_who")


@never_cache
@require_safe
def show_invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Show who invites, and remember it. A code that names nobody leads to the question."""
    found, company = find_invitation(code), get_company()
    if found is None:
        return _ask_who(request, unknown=code[:64])
    member = _member_of(request)
    if member is not None:
        page = HerePage(company, member.name, is_own=found.sponsor_id == member.id)
        return render(request, "cabinet/join_here.html", {"page": page})
    earlier = read_invited(request).find()
    invite_page = InvitePage(
        company=company,
        sponsor=found.sponsor,
        code=found.code,
        earlier=earlier if earlier and earlier.sponsor_id != found.sponsor_id else None,
        giving_back=_if_today(company),
    )
    with timezone.override(company.zone):
        response = render(request, "cabinet/join_invited.html", {"page": invite_page})
    return keep_invited(response, Invited(code=found.code))


def _member_of(request: HttpRequest) -> Member | None:
    user = request.user
    return user.member if isinstance(user, User) and user.member and user.member.registered_at else None


def _if_today(company: Company) -> GivingBack | None:
    terms = terms_in_force()
    today = timezone.localdate(clock.utc_now(), clock.zone_of(company.zone, "UTC"))
    return GivingBack(terms, count_dates(terms, today, None), True, today) if terms else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_who(request: HttpRequest) -> HttpResponse:
    """Ask who invited: by the code, in own words for the company, or that it was nobody."""
    step = request.POST.get("step", "")
    if step == "code":
        return _search(request)
    if step == "told":
        told = " ".join(request.POST.get("told", "").split())[:LONGEST_WORDS]
        if len(told) < 2:
            return _ask_who(request, told_fault=_("Write who told you: a name is enough."))
        return keep_invited(redirect("cabinet:join_form"), Invited(told=told))
    if step == "nobody":
        return keep_invited(redirect("cabinet:join_form"), Invited(says_nobody=True))
    return _ask_who(request)


def _search(request: HttpRequest) -> HttpResponse:
    typed = request.POST.get("code", "").strip()[:200]
    if not tries.note_try(purpose="from", subject=address_of(request), now=clock.utc_now()):
        return _ask_who(request, typed=typed, fault=_("Too many tries from here. Wait for a quarter of an hour."))
    found = find_invitation(typed)
    if found is not None:
        return redirect("cabinet:invited", found.code)
    fault = _("Nobody has this code. Look at the link once more, or choose below.")
    return _ask_who(request, typed=typed, fault=fault)


def _ask_who(
    request: HttpRequest, *, unknown: str = "", typed: str = "", fault: str = "", told_fault: str = ""
) -> HttpResponse:
    """Show the question; after a code that names nobody as not found, after a fault as refused."""
    """Show the question; after a code that names nobody as not found, after a fault as refused."""
    invited = read_invited(request)
    told = request.POST.get("told", invited.told)[:LONGEST_WORDS]
    page = WhoPage(get_company(), invited.find(), unknown, typed, told, fault, told_fault)
    status = 422 if fault or told_fault else 404 if unknown else 200
    status = 422 if fault or told_fault else 404 if unknown else 200
    return render(request, "cabinet/join_who.html", {"page": page}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fill_form(request: HttpRequest) -> HttpResponse:
    """Show the form; on POST keep it and send the letter. The answer is the same whoever has the address."""
    invited, company, texts = read_invited(request), get_company(), read_texts()
    member = _member_of(request)
    if member is not None:
        return render(request, "cabinet/join_here.html", {"page": HerePage(company, member.name, is_own=False)})
    found = invited.find()
    if found is None and not invited.is_answered:
        return redirect("cabinet:join_who")
    form, fault = empty_form(), ""
    if request.method == "POST":
        form = read_form(request, texts, company)
        fault = "" if form.errors else _take(request, form, invited)
        if not form.errors and not fault:
            return redirect("cabinet:join_sent")
    page = FormPage(company, found.sponsor if found else None, invited, form, texts, _if_today(company), fault)
    with timezone.override(company.zone):
        return render(request, "cabinet/join_form.html", {"page": page}, status=422 if form.errors or fault else 200)


def _take(request: HttpRequest, form: Filled, invited: Invited) -> str:
    """Keep a good form and queue its letter. Return why it wasn't taken, or ""."""
    now = clock.utc_now()
    if not tries.note_try(purpose="from", subject=address_of(request), now=now):
        return _("Too many tries from here. Wait for a quarter of an hour.")
    try:
        with write():
            link = joining.ask_to_join(form=as_asked(form, invited), now=now)
            if link is not None:
                sign_in_letters.queue_link(link=link, is_joining_again=link.joining is None, now=now)
    except UnknownText as error:
        return str(error)
    _remember(request, form.email, link)
    return ""


def _remember(request: HttpRequest, email: str, link: SignInLink | None) -> None:
    """Keep whom the letter goes to, so that the next page can say it; a repeated form keeps what the first one left."""
    before = request.session.get(ASKED) or {}
    if link is None and before.get("email") == email:
        return
    is_shown = settings.IS_DEMO and link is not None and link.joining is not None
    address = f"{sign_in_letters.PREFIX}{sign_in_links.token_of(link)}/" if link is not None and is_shown else ""
    request.session[ASKED] = {"email": email, "link": address}


@never_cache
@require_safe
def show_sent(request: HttpRequest) -> HttpResponse:
    asked = request.session.get(ASKED)
    if not asked:
        return redirect("cabinet:join")
    page = JoinSentPage(str(asked.get("email", "")), str(asked.get("link", "")))
    return render(request, "cabinet/join_sent.html", {"page": page})


@require_safe
def show_terms(request: HttpRequest) -> HttpResponse:
    """Show until when something can be given back: with a member's own dates, or as if joining today."""
    company, member = get_company(), _member_of(request)
    giving_back = _if_today(company)
    dates = terms_dates(member, company) if member else None
    if giving_back is not None and dates is not None:
        giving_back = GivingBack(giving_back.terms, dates, False, giving_back.today)
    words = giving_back.terms.paragraphs(get_language() or "en", company) if giving_back else ()
    return render(request, "cabinet/join_terms.html", {"page": TermsPage(company, giving_back, words)})
