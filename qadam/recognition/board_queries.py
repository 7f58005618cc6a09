"""Boards as members and mentors may see them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from qadam.people.models import Member
from qadam.recognition import calling, standings
from qadam.recognition.board_definitions import BoardInForce, boards_in_force, is_control
from qadam.recognition.board_documents import BoardDocument, Group
from qadam.recognition.board_rules import (
    Placed,
    Standing,
    benchmark_scores,
    end_of_period,
    period_before,
    start_of_period,
)
from qadam.recognition.facts import today_of
from qadam.recognition.seats import leader_of
from qadam.recognition.social import ClosedPlace, Closing, Correction
from qadam.recognition.social_shapes import Benchmark, BoardRow, BoardState, BoardView
from qadam.recognition.standings import ClosedRows, GroupRows, Own
from qadam.recognition.team_boards import team_board_of
from qadam.recognition.visibility import visibility_of

GROUP_NAMES: Mapping[str, Callable[[], str]] = {
    "team": lambda: _("Your team"),
    "cohort": lambda: _("Who began in the same week as you"),
    "league": lambda: _("Your league"),
    "company": lambda: _("The whole company"),
    "teams": lambda: _("Teams"),
}


def documents_in_force() -> dict[str, BoardDocument]:
    """Return {key: document} of every board that holds now."""
    return {board.key: board.document for board in boards_in_force()}


def boards_of(member: Member, *, now: datetime, language: str) -> tuple[BoardView, ...]:
    """Return the boards of the period that is on, as this member may see them; none where they are in its control."""
    is_on_boards = visibility_of(member).on_boards
    today = today_of(member.id, now)
    with translation.override(language):
        return tuple(
            _view_of(
                board, member, _frame(board, start_of_period(today, board.document.period), language), is_on_boards
            )
            for board in boards_in_force()
            if not is_control(board, member.id)
        )


def _frame(board: BoardInForce, day: date, language: str) -> BoardView:
    """Return the view of the period of a day, before anything is filled in."""
    starts_on = start_of_period(day, board.document.period)
    group = "teams" if board.document.is_normalised else board.document.group.value
    return BoardView(
        key=board.key,
        name=board.document.name.in_language(language),
        period=board.document.period,
        starts_on=starts_on,
        ends_on=end_of_period(starts_on, board.document.period),
        group=group,
        group_name=GROUP_NAMES[group](),
        state=BoardState.WAITING,
    )


def _view_of(board: BoardInForce, member: Member, frame: BoardView, is_on_boards: bool) -> BoardView:
    own = standings.read_own(board.id, frame.starts_on, member.id)
    points = own.standing.points if own else 0
    benchmarks = tell_benchmarks(standings.read_histogram(board.id, frame.starts_on), points)
    frame = replace(frame, own_score=points, benchmarks=benchmarks)
    if not is_on_boards:
        return replace(frame, state=BoardState.OPTED_OUT)
    if board.document.is_normalised:
        return team_board_of(frame, board.id, leader_of(member))
    if board.document.group is Group.COMPANY or (own is not None and not own.can_be_shown):
        return replace(frame, state=BoardState.NUMBERS)
    if own is None or not own.is_shown or points <= 0:
        return frame
    return _with_rows(board, frame, own)


def _with_rows(board: BoardInForce, frame: BoardView, own: Own) -> BoardView:
    rows = GroupRows(board.id, frame.starts_on, own.group_key)
    placed = standings.read_board(rows, own.standing)
    if placed is None:
        return replace(frame, state=BoardState.SMALL)
    lines = tell_rows(placed, own.standing.member_id)
    place = next(line.place for line in lines if line.is_me)
    return replace(frame, state=BoardState.SHOWN, rows=lines, own_place=place)


def tell_benchmarks(histogram: Mapping[int, int], points: int) -> tuple[Benchmark, ...]:
    """Return what the best half, quarter and tenth have reached, and what is missing to it."""
    scores = benchmark_scores(histogram)
    return tuple(Benchmark(top, score, max(0, score - points)) for top, score in scores.items())


def tell_rows(rows: Sequence[Placed], own_id: int | None) -> tuple[BoardRow, ...]:
    """Return the lines of a small group with the names by which it knows its people."""
    names = calling.names_of([each.standing.member_id for each in rows])
    lines: list[BoardRow] = []
    last = 0
    for each in rows:
        member_id, points = each.standing.member_id, Decimal(each.standing.points)
        gap, last = each.position > last + 1, each.position
        lines.append(BoardRow(each.place, names.get(member_id, ""), points, member_id == own_id, gap))
    return tuple(lines)


def team_boards_for(mentor: Member, *, now: datetime, language: str) -> tuple[BoardView, ...]:
    """Return the boards of a mentor's own people, who are one group of the boards by team."""
    today = today_of(mentor.id, now)
    with translation.override(language):
        return tuple(
            _for_mentor(board, mentor, _frame(board, today, language))
            for board in boards_in_force()
            if board.document.group is Group.TEAM and not board.document.is_normalised
        )


def _for_mentor(board: BoardInForce, mentor: Member, frame: BoardView) -> BoardView:
    rows = GroupRows(board.id, frame.starts_on, mentor.id)
    placed = standings.read_board(rows, None)
    if placed is None:
        return replace(frame, state=BoardState.SMALL)
    return replace(frame, state=BoardState.SHOWN, rows=tell_rows(placed, None))


def closed_boards_of(member: Member, *, now: datetime, language: str) -> tuple[BoardView, ...]:
    """Return the last closed period of each board in which this member may see their group.

    Places are those of the people who are shown now; the snapshot, which prizes read, has its own.
    """
    if not visibility_of(member).on_boards:
        return ()
    found, today = [], today_of(member.id, now)
    with translation.override(language):
        for board in boards_in_force():
            if not is_control(board, member.id) and board.document.group is not Group.COMPANY:
                found.append(_closed_view(board, member, today, language))
    return tuple(view for view in found if view is not None)


def _closed_view(board: BoardInForce, member: Member, today: date, language: str) -> BoardView | None:
    starts_on = period_before(start_of_period(today, board.document.period), board.document.period)
    closing = Closing.objects.filter(board_id=board.id, starts_on=starts_on).first()
    mine = ClosedPlace.objects.filter(closing=closing, member_id=member.id).first() if closing else None
    if closing is None or mine is None or board.document.is_normalised:
        return None
    own = Standing(member.id, mine.points, standings.NO_TIME)
    placed = standings.read_board(ClosedRows(closing.id, mine.group_key), own)
    if placed is None:
        return None
    lines = tell_rows(placed, member.id)
    notes = Correction.objects.filter(closing=closing, member_id=member.id).values_list("points", flat=True)
    return replace(
        _frame(board, starts_on, language),
        state=BoardState.SHOWN,
        rows=lines,
        own_score=mine.points,
        own_place=next((line.place for line in lines if line.is_me), None),
        correction=sum(notes),
        is_closed=True,
    )
