"""The map on paper: A3 as one sheet, A4 stage by stage with the cases, and both as files."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from qadam.lib import clock
from qadam.maps import panels, queries
from qadam.maps.board import Board, StageColumn
from qadam.maps.chosen import Filters
from qadam.maps.errors import UnknownMap
from qadam.office import board_drawing
from qadam.office.board import PrintPage, Sheet
from qadam.office.board_filter import as_query, chosen_slug, language
from qadam.office.board_views import read_board
from qadam.office.door import SEES_MAP, StaffRequest, staff_page

WHOLE, PART = 6, 3
"""A map of up to six stages is one sheet; a longer one has three stages on each."""
CASES_A_SHEET = 2
STYLES = (
    "ui/tokens.css", "ui/components.css", "office/board.css", "office/board_table.css", "office/board_emotion.css",
    "office/board_parts.css", "office/board_panel.css", "office/board_print.css",
)  # fmt: skip


@require_safe
@staff_page(*SEES_MAP)
def show_print(request: StaffRequest) -> HttpResponse:
    """Show the sheets as they will be printed, with a way to print them from the reader's own browser."""
    return render(request, "office/board_print.html", {"page": _page(request, _paper(request)), "plain": True})


def _paper(request: StaffRequest) -> str:
    return "a4" if request.GET.get("paper") == "a4" else "a3"


def _page(request: StaffRequest, paper: str) -> PrintPage:
    slugs = queries.find_slugs()
    if not slugs:
        raise UnknownMap(map="")
    board, filters = read_board(request, chosen_slug(request, slugs))
    more = {"version": str(board.number)} if board.is_past else {}
    return PrintPage(
        board=board,
        paper=paper,
        sheets=tuple(_sheets(board, paper)),
        filters=filters if _is_filtered(filters) else None,
        query=as_query(board.slug, board.choice, **more),
        can_draw=board_drawing.find_browser() is not None,
    )


def _is_filtered(filters: Filters | None) -> bool:
    return filters is not None and filters.choice.is_anything


def _sheets(board: Board, paper: str) -> list[Sheet]:
    size = 1 if paper == "a4" else len(board.stages) if len(board.stages) <= WHOLE else PART
    groups = _groups(board.stages, size)
    cases = _appendix(board) if paper == "a4" else []
    appendix = [tuple(cases[start : start + CASES_A_SHEET]) for start in range(0, len(cases), CASES_A_SHEET)]
    total = len(groups) + len(appendix)
    sheets = [Sheet(number, total, group, ()) for number, group in enumerate(groups, start=1)]
    return [*sheets, *(Sheet(number, total, (), own) for number, own in enumerate(appendix, start=len(groups) + 1))]


def _groups(stages: Sequence[StageColumn], size: int) -> list[tuple[StageColumn, ...]]:
    return [tuple(stages[start : start + size]) for start in range(0, len(stages), max(size, 1))]


def _appendix(board: Board) -> list[panels.CasePanel]:
    """Return the cases in full. Their story is that of today's version, so the past has none."""
    if board.is_past:
        return []
    cards = [card for stage in board.stages for card in (*stage.problems, *stage.successes)]
    return [panels.case_panel(card.key, language(), clock.utc_now()) for card in (*cards, *board.everywhere)]


@require_safe
@staff_page(*SEES_MAP)
def download_drawing(request: StaffRequest, form: str) -> HttpResponse:
    """Give the map as a PDF (A3 or A4) or as a PNG of its first A3 sheet, drawn by the server's browser."""
    if form not in ("pdf", "png"):
        raise Http404
    page = _page(request, _paper(request) if form == "pdf" else "a3")
    text = _standalone(page, request)
    drawn = board_drawing.draw_pdf(text) if form == "pdf" else board_drawing.draw_png(text)
    name = f"{slugify(page.board.slug) or 'map'}-{page.board.number}-{page.paper}.{form}"
    answer = HttpResponse(drawn, content_type="application/pdf" if form == "pdf" else "image/png")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _standalone(page: PrintPage, request: StaffRequest) -> str:
    """Render the sheets with their styles and their script inside: the browser needs nothing else."""
    context = {
        "page": page,
        "plain": True,
        "styles": [board_drawing.read_static(name) for name in STYLES],
        "script": board_drawing.read_static("office/board_print.js"),
    }
    return render_to_string("office/board_sheets.html", context, request)
