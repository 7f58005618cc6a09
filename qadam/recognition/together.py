"""Where the log and the clock come in: boards, challenges and the wall follow them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.recognition import board_closing, board_ledger, challenge_merging, challenges, visibility, wall
from qadam.recognition.board_definitions import BoardInForce, boards_in_force

CAME_OR_WENT = ("member.left", "member.returned", "member.erased")


def handle(batch: Sequence[EventRow], now: datetime) -> None:
    """Follow a batch of the log. Runs after points were posted; a replay changes nothing."""
    in_force = boards_in_force()
    _count_facts([board for board in in_force if board.document.measure is not None], batch, now)
    if merged := _members(batch, ("member.merged",)):
        # Before new facts are: they could reach a goal by a sum that counts one human twice, and that is final.
        challenge_merging.follow_merges(merged, now=now)
    challenges.note_facts(batch, now=now)
    wall.note_achievements(batch, now=now)
    if merged:
        for board in in_force:
            board_ledger.check_open(board=board, among=merged, now=now)
            board_ledger.count_open_again(board=board, now=now)
    if moved := _members(batch, CAME_OR_WENT) | merged:
        visibility.refresh_shown(moved)


def _members(batch: Sequence[EventRow], types: Collection[str]) -> set[int]:
    return {event.member_id for event in batch if event.type in types and event.member_id is not None}


def _count_facts(measured: Sequence[BoardInForce], batch: Sequence[EventRow], now: datetime) -> None:
    """Bring boards that count facts along: the people of the batch are counted anew in the periods of their facts."""
    for board in measured:
        assert board.document.measure is not None
        touched = _members(batch, board.document.measure.event_types)
        if touched:
            board_ledger.check_open(board=board, among=touched, now=now)


def run(now: datetime) -> None:
    """Close what is due: challenges after their grace, periods of boards after theirs."""
    challenges.close_due(now=now)
    board_closing.close_due(now=now)


def hourly(now: datetime) -> None:
    """Open what begins on a day of the path: challenges of teams, and the days that are worth a line."""
    challenges.open_teams(now=now)
    wall.mark_days(now=now)


def nightly(now: datetime) -> None:
    """Compare the boards with the ledger and the log, and clear away what is long over."""
    board_ledger.check_all(now=now)
    board_closing.clear_old(now=now)
