"""A board of teams, by the average of their active members: big and small teams stand beside each other fairly."""

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from qadam.recognition import calling, standings
from qadam.recognition.board_rules import HUNDREDTHS, Placed
from qadam.recognition.social_shapes import BoardRow, BoardState, BoardView
from qadam.recognition.standings import TeamRows


def team_board_of(frame: BoardView, board_id: int, leader_id: int | None) -> BoardView:
    """Fill a board of teams for somebody of the team of `leader_id`; teams below five active people aren't on it."""
    rows = TeamRows(board_id, frame.starts_on)
    placed = standings.read_board(rows, rows.find(leader_id))
    return replace(frame, state=BoardState.SMALL) if placed is None else _fill(frame, placed, leader_id)


def _fill(frame: BoardView, placed: list[Placed], leader_id: int | None) -> BoardView:
    """Put teams into the lines; of others only the nickname of their leader is told."""
    nicknames = calling.nicknames_of([each.standing.member_id for each in placed])
    lines: list[BoardRow] = []
    last = 0
    for each in placed:
        is_mine = each.standing.member_id == leader_id
        name = _("Your team") if is_mine else nicknames.get(each.standing.member_id) or _("Another team")
        gap, last = each.position > last + 1, each.position
        lines.append(BoardRow(each.place, name, Decimal(each.standing.points) / HUNDREDTHS, is_mine, gap))
    place = next((line.place for line in lines if line.is_me), None)
    return replace(frame, state=BoardState.SHOWN, rows=tuple(lines), own_place=place)
