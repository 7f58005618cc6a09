"""The map on screen: the board, its parts that refresh themselves, and the panels beside it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.lib import clock
from qadam.maps import panels, queries
from qadam.maps.errors import UnknownMap
from qadam.office.board import BoardPage, ChipsPart, CountsPart, StagePanel
from qadam.office.door import SEES_MAP, StaffRequest, staff_page
from qadam.people.access import roles_of
from qadam.people.models import RoleName

PUBLISHES = (RoleName.OWNER, RoleName.RETENTION)


def language() -> str:
    return (get_language() or "en").split("-")[0]


def is_outline(request: HttpRequest) -> bool:
    return request.GET.get("view") == "outline"


def places_of(request: HttpRequest) -> tuple[str, ...]:
    """A number stands twice on the page: in the table and, for phones, in the list by stage."""
    return ("outline",) if is_outline(request) else ("table", "outline")


def may_publish(request: StaffRequest) -> bool:
    return not roles_of(request.user).isdisjoint(PUBLISHES)


def chosen_slug(request: HttpRequest, slugs: list[str]) -> str:
    """Return the map that the address asks for, or else the first."""
    asked = request.GET.get("map", "")
    return asked if asked in slugs or not slugs else slugs[0]


@require_safe
@staff_page(*SEES_MAP)
def show_board(request: StaffRequest) -> HttpResponse:
    slugs = queries.find_slugs()
    slug = chosen_slug(request, slugs)
    page = BoardPage(
        board=queries.board(slug, language(), clock.utc_now()) if slugs else None,
        slugs=tuple(slugs),
        is_outline=is_outline(request),
        may_publish=may_publish(request),
        query=f"?map={slug}",
        live_query=f"?map={slug}&view=outline" if is_outline(request) else f"?map={slug}",
    )
    return render(request, "office/board.html", {"page": page})


@require_safe
@staff_page(*SEES_MAP)
def refresh_counts(request: StaffRequest) -> HttpResponse:
    numbers = queries.live_numbers(chosen_slug(request, queries.find_slugs()), clock.utc_now())
    part = CountsPart(numbers, tuple(numbers.counts.items()), tuple(numbers.cases.items()), places_of(request))
    return render(request, "office/_board_counts.html", {"part": part})


@require_safe
@staff_page(*SEES_MAP)
def refresh_chips(request: StaffRequest) -> HttpResponse:
    slugs = queries.find_slugs()
    if not slugs:
        raise UnknownMap(map="")
    board = queries.board(chosen_slug(request, slugs), language(), clock.utc_now())
    part = ChipsPart(board, places_of(request))
    return render(request, "office/_board_chips.html", {"part": part})


def _render_panel(request: StaffRequest, name: str, panel: object) -> HttpResponse:
    """Answer with the panel's part for the page that asks for it, and with a page of its own to everybody else."""
    is_part = request.htmx and not request.htmx.history_restore_request
    return render(request, f"office/_board_{name}.html" if is_part else f"office/board_{name}.html", {"panel": panel})


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_metric(request: StaffRequest, binding_id: int) -> HttpResponse:
    return _render_panel(request, "metric", panels.metric_panel(binding_id, language(), clock.utc_now()))


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_case(request: StaffRequest, key: str) -> HttpResponse:
    return _render_panel(request, "case", panels.case_panel(key, language(), clock.utc_now()))


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_stage(request: StaffRequest, map_slug: str, stage_key: str) -> HttpResponse:
    board = queries.board(map_slug, language(), clock.utc_now())
    stage = queries.find_stage(board, stage_key)
    return _render_panel(request, "stage", StagePanel(board, stage))
