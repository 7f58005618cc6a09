"""Coming in, going out, the start page by who you are, and the language of the pages."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language

from qadam.lib import clock
from qadam.people import access, tries
from qadam.people import operations as people
from qadam.people.finding import normalise
from qadam.people.models import User
from qadam.site.letting_in import is_flood, let_in, open_session, safe_next
from qadam.site.relying_party import site_of

DEMO_DOMAIN = "@demo.qadam.example"
"""Only users of this domain can be entered with one click, and only on an installation that says it is a demo."""

DEMO_CAST: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "aigul": ("sprout", gettext_lazy("Newcomer"), gettext_lazy("Day by day through the first goal.")),
    "marat": ("handshake", gettext_lazy("Mentor"), gettext_lazy("Sees who of his people needs a call.")),
    "dina": ("users", gettext_lazy("Leader"), gettext_lazy("Sees her branch and how far each one is.")),
    "oleg": ("map", gettext_lazy("Retention manager"), gettext_lazy("Runs the journey map and reads its numbers.")),
    "asel": ("pencil", gettext_lazy("Training editor"), gettext_lazy("Writes the plan, the points and the badges.")),
}


@dataclass(frozen=True, slots=True)
class DemoCard:
    user_id: int
    name: str
    icon: str
    role: str | Promise
    note: str | Promise


@dataclass(frozen=True, slots=True)
class SignInPage:
    """What the sign-in page shows. `email` and `error` come back after a failed try of a password.

    `is_again`: somebody who is signed in shows once more who they are. `has_passkeys`: this address can have them.
    """

    next: str
    email: str
    error: str
    demo_cards: tuple[DemoCard, ...]
    is_again: bool
    has_passkeys: bool


def _demo_users() -> QuerySet[User]:
    return User.objects.filter(email__endswith=DEMO_DOMAIN, is_active=True)


def _demo_cards() -> tuple[DemoCard, ...]:
    if not settings.IS_DEMO:
        return ()
    by_name = {user.email.removesuffix(DEMO_DOMAIN): user for user in _demo_users()}
    return tuple(
        DemoCard(by_name[key].pk, by_name[key].name, *words) for key, words in DEMO_CAST.items() if key in by_name
    )


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send everybody to their own first page."""
    if not isinstance(request.user, User):
        return redirect("sign_in")
    if access.is_staff(request.user):
        return redirect("/office/map/")
    return redirect("/today/")


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways in; on POST the one by password."""
    is_again = "again" in request.GET or "again" in request.POST
    user = request.user
    if isinstance(user, User) and not is_again:
        return redirect(safe_next(request) or "start")
    known = user.email if isinstance(user, User) else ""
    email, error = request.POST.get("email", known).strip(), ""
    if request.method == "POST":
        found, error = _check_password(request, email)
        if found is not None:
            return let_in(request, found, safe_next(request))
    page = SignInPage(
        next=safe_next(request),
        email=email,
        error=error,
        demo_cards=() if is_again else _demo_cards(),
        is_again=is_again,
        has_passkeys=site_of(request) is not None,
    )
    return render(request, "site/sign_in.html", {"page": page}, status=422 if error else 200)


def _check_password(request: HttpRequest, email: str) -> tuple[User | None, str]:
    """Return who comes in by this password, or nobody and the words why. Wrong ones are counted, right ones aren't."""
    now, address = clock.utc_now(), normalise(email)
    if is_flood(request) or not tries.is_allowed(purpose="password", subject=address, now=now):
        return None, _("Too many tries. Have a link sent to you, or wait for a quarter of an hour.")
    user = authenticate(request, username=email, password=request.POST.get("password", ""))
    if isinstance(user, User):
        return user, ""
    tries.note_try(purpose="password", subject=address, now=now)
    return None, _("The e-mail or the password is not right. Check both and try again.")


@require_POST
def sign_in_as_demo(request: HttpRequest) -> HttpResponse:
    if not settings.IS_DEMO:
        raise Http404
    number = request.POST.get("user", "")
    user = get_object_or_404(_demo_users(), pk=int(number) if number.isdecimal() else 0)
    open_session(request, user)
    return redirect("start")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    response = redirect("sign_in")
    # What pages and pictures left behind on a shared phone goes; the worker itself lets go of the saved plan.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Set the language's cookie; for somebody signed in also keep it, so that messages come in it."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        people.set_language(user=request.user, language=language, now=clock.utc_now())
    return set_language(request)
