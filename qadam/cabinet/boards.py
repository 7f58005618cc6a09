"""Boards in small groups: the top, the own neighbourhood, what the best reach; and what others may see of oneself."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.recognition import board_queries, visibility
from qadam.recognition.social_shapes import Benchmark, BoardState, BoardView, VisibilityView

PLACES = ("cabinet:boards", "cabinet:wall")
"""The pages that carry the form of what others see."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The benchmarks as milestones of a path, rising; equal scores are one milestone."""

    scores: tuple[int, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A board with the path of its benchmarks."""

    view: BoardView
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class BoardsPage:
    """The boards of now and those that closed last. `small`: names of boards whose group has fewer than five people."""

    now: datetime
    boards: tuple[Board, ...]
    small: tuple[str, ...]
    closed: tuple[BoardView, ...]
    seen: VisibilityView


@require_safe
@member_page
def show_boards(request: MemberRequest) -> HttpResponse:
    now, language, member = clock.utc_now(), get_language() or "en", request.member
    boards = board_queries.boards_of(member, now=now, language=language)
    page = BoardsPage(
        now=now,
        boards=tuple(Board(view, ladder_of(view.benchmarks)) for view in boards if _says_something(view)),
        small=tuple(view.name for view in boards if not _says_something(view)),
        closed=board_queries.closed_boards_of(member, now=now, language=language),
        seen=visibility.visibility_of(member),
    )
    return render(request, "cabinet/boards.html", {"page": page})


def _says_something(view: BoardView) -> bool:
    return view.state is not BoardState.SMALL or bool(view.benchmarks)


def ladder_of(benchmarks: tuple[Benchmark, ...]) -> Ladder:
    """Return the milestones of the path: what reaches the top 50, 25 and 10 per cent."""
    by_score: dict[int, list[int]] = {}
    for each in benchmarks:
        if each.score > 0:
            by_score.setdefault(each.score, []).append(each.top)
    scores = tuple(sorted(by_score))
    return Ladder(scores, tuple(f"{min(by_score[score])}\N{NARROW NO-BREAK SPACE}%" for score in scores))


@require_POST
@member_page
def change_visibility(request: MemberRequest) -> HttpResponse:
    """Set the nickname, and whether one stands on boards and on the wall."""
    chosen = request.POST
    try:
        visibility.set_visibility(
            member=request.member,
            nickname=chosen.get("nickname", "").strip(),
            on_boards=chosen.get("on_boards") == "1",
            on_wall=chosen.get("on_wall") == "1",
            now=clock.utc_now(),
        )
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Saved"))
    back = f"cabinet:{chosen.get('back', '')}"
    return redirect(back if back in PLACES else PLACES[0])
