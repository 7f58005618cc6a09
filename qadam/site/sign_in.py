"""Coming in, going out, the start page by who you are, and the language of the pages."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language

from qadam.lib import clock
from qadam.people import access
from qadam.people import operations as people
from qadam.people.models import User

DEMO_DOMAIN = "@demo.qadam.example"
"""Only users of this domain can be entered with one click, and only on an installation that says it is a demo."""

DEMO_CAST: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "aigul": ("sprout", gettext_lazy("Newcomer"), gettext_lazy("Day by day through the first goal.")),
    "marat": ("handshake", gettext_lazy("Mentor"), gettext_lazy("Sees who of his people needs a call.")),
    "dina": ("users", gettext_lazy("Leader"), gettext_lazy("Sees her branch and how far each one is.")),
    "oleg": ("map", gettext_lazy("Retention manager"), gettext_lazy("Runs the journey map and reads its numbers.")),
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
    """What the sign-in page shows. `email` and `error` come back after a failed try."""

    next: str
    email: str
    error: str
    demo_cards: tuple[DemoCard, ...]


def _safe_next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else ""


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
    if request.user.is_authenticated:
        return redirect(_safe_next(request) or "start")
    email, error = request.POST.get("email", "").strip(), ""
    if request.method == "POST":
        user = authenticate(request, username=email, password=request.POST.get("password", ""))
        if isinstance(user, User):
            return _let_in(request, user)
        error = _("The e-mail or the password is not right. Check both and try again.")
    page = SignInPage(_safe_next(request), email, error, _demo_cards())
    return render(request, "site/sign_in.html", {"page": page}, status=422 if error else 200)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    response = HttpResponseRedirect(_safe_next(request) or "/")
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=365 * 24 * 3600, samesite="Lax")
    return response


@require_POST
def sign_in_as_demo(request: HttpRequest) -> HttpResponse:
    if not settings.IS_DEMO:
        raise Http404
    number = request.POST.get("user", "")
    user = get_object_or_404(_demo_users(), pk=int(number) if number.isdecimal() else 0)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("start")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Set the language's cookie; for somebody signed in also keep it, so that messages come in it."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        people.set_language(user=request.user, language=language, now=clock.utc_now())
    return set_language(request)
