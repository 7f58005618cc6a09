"""Share links in the office, and the page that somebody outside sees through one."""

from dataclasses import replace
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.lib import clock
from qadam.maps import queries, sharing
from qadam.maps.board import Board
from qadam.maps.chosen import Search, read_filters
from qadam.maps.discretion import for_outsiders
from qadam.maps.errors import FaultyShareLink, UnknownMap
from qadam.maps.models import ShareLink
from qadam.office.board import SharedPage, SharePage
from qadam.office.board_filter import chosen_slug, language, read_choice
from qadam.office.board_views import PUBLISHES
from qadam.office.door import StaffRequest, staff_page
from qadam.people.queries import get_company

TRIES, TRIES_OF_ALL, MINUTES = 5, 40, 15
"""Wrong passwords for a link from one address, and from all of them together, before it rests for a while."""
OPEN_HOURS = 12
"""How long a right password is remembered by the browser that gave it."""


@require_safe
@staff_page(*PUBLISHES)
def list_links(request: StaffRequest) -> HttpResponse:
    return _render(request, chosen_slug(request, queries.find_slugs()))


def _render(
    request: StaffRequest, slug: str, *, error: str = "", label: str = "", days: str = "30", address: str = ""
) -> HttpResponse:
    if not slug:
        raise UnknownMap(map="")
    page = SharePage(
        slug=slug,
        slugs=tuple(queries.find_slugs()),
        links=tuple(sharing.list_links(slug)),
        now=clock.utc_now(),
        error=error,
        label=label,
        days=days,
        address=address,
    )
    answer = render(request, "office/board_share.html", {"page": page}, status=422 if error else 200)
    if address:
        answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@staff_page(*PUBLISHES)
def create_link(request: StaffRequest) -> HttpResponse:
    """Make a link and show its address this once: only its hash is kept."""
    slug, given = chosen_slug(request, queries.find_slugs()), request.POST
    label, days = given.get("label", ""), given.get("days", "").strip()
    try:
        _link, token = sharing.create_link(
            map_slug=slug,
            label=label,
            days=int(days) if days.isdecimal() and len(days) < 5 else 0,
            password=given.get("password", ""),
            actor=request.user,
            now=clock.utc_now(),
        )
    except FaultyShareLink as error:
        return _render(request, slug, error=str(error), label=label, days=days)
    return _render(request, slug, address=settings.BASE_URL.rstrip("/") + reverse("shared_map", args=[token]))


@require_POST
@staff_page(*PUBLISHES)
def revoke_link(request: StaffRequest, link_id: int) -> HttpResponse:
    link = sharing.revoke_link(link_id=link_id, actor=request.user, now=clock.utc_now())
    return redirect(f"{reverse('office:board_share')}?map={link.map.slug}")


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def show_shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the board of a share link: its figures, never a person."""
    now = clock.utc_now()
    link = sharing.find_link(token, now)
    with timezone.override(get_company().zone):
        if request.method == "POST":
            answer = _try_password(request, link, token)
        elif link.password and not _is_known(request, link):
            answer = _ask(request, link, token)
        else:
            sharing.note_seen(link=link, now=now)
            answer = render(request, "office/board_shared.html", {"page": _shared(request, link, token), "plain": True})
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _shared(request: HttpRequest, link: ShareLink, token: str) -> SharedPage:
    """Gather the page. No team can be chosen: its leader's name would be a person's."""
    now, version = clock.utc_now(), queries.get_current(link.map.slug)
    choice = replace(read_choice(request, version, None), team=None)
    board = for_outsiders(queries.board_of(version, language(), now, choice))
    filters = read_filters(choice, Search(), segmentation=version.segmentation, language=language(), now=now)
    return _page(request, link, token, board=board, filters=replace(filters, leaders=(), found=()))


def _page(request: HttpRequest, link: ShareLink, token: str, **more: object) -> SharedPage:
    fields: dict[str, object] = {"board": None, "filters": None, "error": "", **more}
    board = fields["board"]
    query = ""
    if isinstance(board, Board):
        query = "".join(f"&{key}={value}" for key, value in board.choice.as_query().items())
    return SharedPage(
        token=token,
        label=link.label,
        expires_at=link.expires_at,
        is_outline=request.GET.get("view") == "outline",
        query=query,
        **fields,  # type: ignore[arg-type]
    )


def _ask(request: HttpRequest, link: ShareLink, token: str, error: str = "", status: int = 200) -> HttpResponse:
    page = _page(request, link, token, error=error)
    return render(request, "office/board_shared_password.html", {"page": page}, status=status)


def _try_password(request: HttpRequest, link: ShareLink, token: str) -> HttpResponse:
    if _has_tried_too_often(request, link):
        words = _("Too many wrong passwords. Wait a quarter of an hour and try again.")
        return _ask(request, link, token, words, 429)
    if not sharing.is_password_right(link, request.POST.get("password", "")[:200]):
        _note_try(request, link)
        return _ask(request, link, token, _("This is not the password. Check it with whoever sent you the link."), 422)
    answer = redirect("shared_map", token=token)
    answer.set_cookie(
        _cookie(link), _signer(link).sign(str(link.id)), max_age=OPEN_HOURS * 3600, httponly=True,
        samesite="Lax", secure=request.is_secure(), path=reverse("shared_map", args=[token]),
    )  # fmt: skip
    return answer


def _counters(request: HttpRequest, link: ShareLink) -> tuple[tuple[str, int], ...]:
    address = sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()[:16]
    return ((f"share-{link.id}-{address}", TRIES), (f"share-{link.id}", TRIES_OF_ALL))


def _has_tried_too_often(request: HttpRequest, link: ShareLink) -> bool:
    return any(cache.get(key, 0) >= limit for key, limit in _counters(request, link))


def _note_try(request: HttpRequest, link: ShareLink) -> None:
    for key, _limit in _counters(request, link):
        cache.add(key, 0, MINUTES * 60)
        cache.incr(key)


def _cookie(link: ShareLink) -> str:
    return f"share-{link.id}"


def _signer(link: ShareLink) -> TimestampSigner:
    """Sign with the password's hash in it, so that a changed password or another link opens nothing."""
    return TimestampSigner(salt=f"share-{link.id}-{link.password}")


def _is_known(request: HttpRequest, link: ShareLink) -> bool:
    try:
        _signer(link).unsign(request.COOKIES.get(_cookie(link), ""), max_age=OPEN_HOURS * 3600)
    except BadSignature:
        return False
    return True
