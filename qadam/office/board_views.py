"""The map on screen: the board, its parts that refresh themselves, and the panels beside it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from qadam.lib import clock
from qadam.lib.clock import local_date
from qadam.maps import panels, queries, queries_work
from qadam.maps.board import Board
from qadam.maps.chosen import EVERYTHING, Choice, Filters, read_filters
from qadam.maps.errors import UnknownMap
from qadam.maps.models import MapVersion
from qadam.maps.rules import split_key
from qadam.maps.touchpoints import touchpoint_panel
from qadam.metrics import queries as metrics
from qadam.metrics.models import MetricBinding
from qadam.office import board_drawing
from qadam.office.board import BoardPage, ChipsPart, CountsPart, StagePanel, VersionChoice
from qadam.office.board_filter import (
    as_query,
    chosen_slug,
    chosen_version,
    column_width,
    language,
    read_choice,
    read_search,
)
from qadam.office.door import SEES_MAP, StaffRequest, staff_page
from qadam.people.access import roles_of, visible_members
from qadam.people.models import RoleName
from qadam.ui.formats import current_zone

__all__ = ["PUBLISHES", "chosen_slug", "language", "may_publish"]

PUBLISHES = (RoleName.OWNER, RoleName.RETENTION)


def is_outline(request: HttpRequest) -> bool:
    return request.GET.get("view") == "outline"


def places_of(request: HttpRequest) -> tuple[str, ...]:
    """A number stands twice on the page: in the table and, for phones, in the list by stage."""
    return ("outline",) if is_outline(request) else ("table", "outline")


def may_publish(request: StaffRequest) -> bool:
    return not roles_of(request.user).isdisjoint(PUBLISHES)


@require_safe
@staff_page(*SEES_MAP)
def show_board(request: StaffRequest) -> HttpResponse:
    slugs = queries.find_slugs()
    if not slugs:
        return render(request, "office/board.html", {"page": _page(request, "", [], None, None)})
    slug = chosen_slug(request, slugs)
    board, filters = read_board(request, slug)
    return render(request, "office/board.html", {"page": _page(request, slug, slugs, board, filters)})


def read_board(request: StaffRequest, slug: str) -> tuple[Board, Filters | None]:
    """Return the version and the choice that an address asks for; an earlier version has no filters."""
    now, current = clock.utc_now(), queries.get_current(slug)
    number = chosen_version(request)
    if number is not None and number != current.number:
        return queries.board_of_version(slug, number, language(), now), None
    leaders = visible_members(request.user)
    choice = read_choice(request, current, leaders)
    filters = read_filters(
        choice, read_search(request, leaders), segmentation=current.segmentation, language=language(), now=now
    )
    return queries.board_of(current, language(), now, choice), filters


def _page(
    request: StaffRequest, slug: str, slugs: list[str], board: Board | None, filters: Filters | None
) -> BoardPage:
    choice = board.choice if board else EVERYTHING
    more = {"version": str(board.number)} if board and board.is_past else {}
    query, view = as_query(slug, choice, **more), {"view": "outline"} if is_outline(request) else {}
    return BoardPage(
        board=board,
        slugs=tuple(slugs),
        is_outline=is_outline(request),
        may_publish=may_publish(request),
        filters=filters,
        versions=tuple(_version_choices(board)) if board else (),
        width=column_width(request),
        alert_count=len(metrics.open_alerts()) if board else 0,
        review=queries_work.review_of(board.slug, local_date(clock.utc_now(), current_zone())) if board else None,
        can_draw=board_drawing.find_browser() is not None,
        query=query,
        live_query=as_query(slug, choice, **more, **view),
    )


def _version_choices(board: Board) -> list[VersionChoice]:
    versions = MapVersion.objects.published().filter(map__slug=board.slug).order_by("-number")
    return [
        VersionChoice(
            number=each.number,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
            is_shown=each.number == board.number,
            query=as_query(board.slug, EVERYTHING, **({"version": str(each.number)} if each.valid_to else {})),
        )
        for each in versions
        if each.valid_from is not None
    ]


@require_safe
@staff_page(*SEES_MAP)
def refresh_counts(request: StaffRequest) -> HttpResponse:
    slug = chosen_slug(request, queries.find_slugs())
    numbers = queries.live_numbers(slug, _choice(request, slug), clock.utc_now())
    part = CountsPart(numbers, tuple(numbers.counts.items()), tuple(numbers.cases.items()), places_of(request))
    return render(request, "office/_board_counts.html", {"part": part})


def _choice(request: StaffRequest, slug: str) -> Choice:
    return read_choice(request, queries.get_current(slug), visible_members(request.user))


@require_safe
@staff_page(*SEES_MAP)
def refresh_chips(request: StaffRequest) -> HttpResponse:
    slugs = queries.find_slugs()
    if not slugs:
        raise UnknownMap(map="")
    slug = chosen_slug(request, slugs)
    board = queries.board(slug, language(), clock.utc_now(), _choice(request, slug))
    return render(request, "office/_board_chips.html", {"part": ChipsPart(board, places_of(request))})


def _render_panel(request: StaffRequest, name: str, panel: object, **more: object) -> HttpResponse:
    """Answer with the panel's part for the page that asks for it, and with a page of its own to everybody else."""
    is_part = request.htmx and not request.htmx.history_restore_request
    template = f"office/_board_{name}.html" if is_part else f"office/board_{name}.html"
    return render(request, template, {"panel": panel, **more})


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_metric(request: StaffRequest, binding_id: int) -> HttpResponse:
    choice = _choice_of_metric(request, binding_id)
    panel = panels.metric_panel(binding_id, language(), clock.utc_now(), choice)
    return _render_panel(request, "metric", panel)


def _choice_of_metric(request: StaffRequest, binding_id: int) -> Choice:
    """Return the segment and team of the address, where the metric is of a map that has them."""
    binding = MetricBinding.objects.filter(id=binding_id).first()
    slugs = queries.find_slugs()
    if binding is None or not slugs or not (request.GET.get("segment") or request.GET.get("team")):
        return EVERYTHING
    slug = split_key(binding.target_key)[0] if binding.target_kind == "stage" else chosen_slug(request, slugs)
    return _choice(request, slug) if slug in slugs else EVERYTHING


@require_safe
@staff_page(*SEES_MAP)
def show_breakdown(request: StaffRequest, binding_id: int, by: str) -> HttpResponse:
    """Give a metric divided by segment, team or cohort: a part of the panel, or a page without script."""
    breakdown = panels.break_down(binding_id, by, language(), clock.utc_now())
    if request.htmx:
        return render(request, "office/_board_breakdown.html", {"breakdown": breakdown, "binding_id": binding_id})
    panel = panels.metric_panel(binding_id, language(), clock.utc_now())
    return render(request, "office/board_metric.html", {"panel": panel, "breakdown": breakdown})


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_case(request: StaffRequest, key: str) -> HttpResponse:
    slugs = queries.find_slugs()
    slug = chosen_slug(request, slugs) if slugs else ""
    return _render_panel(request, "case", panels.case_panel(key, language(), clock.utc_now()), slug=slug)


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_stage(request: StaffRequest, map_slug: str, stage_key: str) -> HttpResponse:
    board = queries.board(map_slug, language(), clock.utc_now())
    stage = queries.find_stage(board, stage_key)
    return _render_panel(request, "stage", StagePanel(board, stage))


@require_safe
@vary_on_headers("HX-Request")
@staff_page(*SEES_MAP)
def show_touchpoint(request: StaffRequest, map_slug: str, stage_key: str, code: str) -> HttpResponse:
    panel = touchpoint_panel(map_slug, stage_key, code, language(), clock.utc_now())
    return _render_panel(request, "point", panel)


@require_safe
@staff_page(*SEES_MAP)
def present(request: StaffRequest) -> HttpResponse:
    """Show the map to a room: stage by stage, in large type, without navigation."""
    slugs = queries.find_slugs()
    if not slugs:
        raise UnknownMap(map="")
    board, filters = read_board(request, chosen_slug(request, slugs))
    context = {"board": board, "filters": filters, "query": as_query(board.slug, board.choice), "plain": True}
    return render(request, "office/board_present.html", context)
