"""The cabinet on a phone: manifest, service worker, the page without a connection, the plan kept as text.

No page with anything personal lies in a shared cache: pages come from the network, and only the own plan is kept, in
a cache of the person signed in, which goes at sign-out.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.lib.text import LANGUAGES
from qadam.tasks import queries
from qadam.tasks.shapes import PlanView

SHELL = (
    *("ui/tokens.css", "ui/components.css", "ui/shells.css", "cabinet/cabinet.css", "cabinet/me.css"),
    *("ui/ui.js", "ui/offline.js", "ui/icon.svg"),
)
"""What a page needs without a connection."""
ICONS = (("192", "any"), ("512", "any"), ("maskable-512", "maskable"))
SURFACE, STEPPE = "#fbfaf7", "#0f5c6e"


@require_safe
@cache_control(max_age=3600)
def show_manifest(request: HttpRequest) -> JsonResponse:
    """Say how the cabinet looks as an app. Nothing in it is anybody's."""
    icons = [
        {
            "src": static(f"ui/icon-{name}.png"),
            "sizes": f"{name.removeprefix('maskable-')}x{name.removeprefix('maskable-')}",
            "type": "image/png",
            "purpose": purpose,
        }
        for name, purpose in ICONS
    ]
    manifest = {
        "id": "/today/",
        "name": "Qadam",
        "short_name": "Qadam",
        "description": _("Your path day by day: one next step, your plan, your people."),
        "lang": get_language() or "en",
        "start_url": "/today/",
        "scope": "/",
        "display": "standalone",
        "background_color": SURFACE,
        "theme_color": SURFACE,
        "icons": icons,
        "shortcuts": [
            {"name": _("Today"), "url": "/today/"},
            {"name": _("Plan"), "url": "/plan/"},
        ],
    }
    return JsonResponse(manifest, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_safe
@cache_control(no_cache=True)
def show_worker(request: HttpRequest) -> HttpResponse:
    """Send the service worker, from the root, so that it serves the whole site."""
    shell = [static(name) for name in SHELL]
    constants = {
        "version": hashlib.sha256("\n".join(shell).encode()).hexdigest()[:12],
        "shell": [*shell, *(f"/offline/{language}/" for language in LANGUAGES)],
        "languages": list(LANGUAGES),
    }
    body = render_to_string("cabinet/sw.js", {"constants": json.dumps(constants)})
    return HttpResponse(body, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def show_offline(request: HttpRequest, language: str) -> HttpResponse:
    """Send the page that stands in for one that can't be fetched; the same for everybody."""
    if language not in LANGUAGES:
        raise Http404
    with translation.override(language):
        return HttpResponse(render_to_string("cabinet/offline.html"))


@require_safe
@member_page
def show_install(request: MemberRequest) -> HttpResponse:
    return render(request, "cabinet/install.html")


@dataclass(frozen=True, slots=True)
class SavedPlanPage:
    """The plan as it stood at `at`, to be read without a connection."""

    at: datetime
    today: date
    view: PlanView | None


@never_cache
@require_safe
@member_page
def show_saved_plan(request: MemberRequest) -> HttpResponse:
    """Show the whole plan as text. Proxies keep nothing of it; the own phone does, by our own script."""
    now = clock.utc_now()
    view = queries.plan_of(request.member, request.company, now, get_language() or "en", None)
    page = SavedPlanPage(now, view.today if view else now.date(), view)
    return render(request, "cabinet/saved_plan.html", {"page": page})
