"""How members want to be seen, and what follows from it at once on every open board."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from qadam import conditions
from qadam.jobs.transactions import write
from qadam.people.models import Member
from qadam.recognition import boards
from qadam.recognition.board_definitions import boards_in_force
from qadam.recognition.boards import Row
from qadam.recognition.errors import NicknameTaken, NicknameTooLong
from qadam.recognition.seats import ScoreKey
from qadam.recognition.social import Closing, Score, Visibility
from qadam.recognition.social_shapes import VisibilityView

LONGEST_NICKNAME = 40


def visibility_of(member: Member) -> VisibilityView:
    """Return how a member is seen. Without a choice: on boards by first name in small groups, not on the wall."""
    row = Visibility.objects.filter(member_id=member.id).first()
    if row is None:
        return VisibilityView("", on_boards=True, on_wall=False)
    return VisibilityView(row.nickname, row.on_boards, row.on_wall_since is not None)


@write()
def set_visibility(*, member: Member, nickname: str, on_boards: bool, on_wall: bool, now: datetime) -> None:
    """Keep how a member wants to be seen. Open boards follow at once; the wall shows what comes from now on.

    Raises:
        NicknameTooLong: more than 40 characters.
        NicknameTaken: somebody else has it.
    """
    nickname = " ".join(nickname.split())
    if len(nickname) > LONGEST_NICKNAME:
        raise NicknameTooLong(limit=LONGEST_NICKNAME)
    others = Visibility.objects.exclude(member_id=member.id)
    if nickname and others.filter(nickname__iexact=nickname).exists():
        raise NicknameTaken(nickname=nickname)
    known = Visibility.objects.select_for_update().filter(member_id=member.id).first()
    since = (known.on_wall_since if known and known.on_wall_since else now) if on_wall else None
    Visibility.objects.update_or_create(
        member_id=member.id,
        defaults={"nickname": nickname, "on_boards": on_boards, "on_wall_since": since, "changed_at": now},
    )
    refresh_shown([member.id])


@write()
def refresh_shown(member_ids: Collection[int]) -> None:
    """Show or hide the scores of these members in every open period, as they want it and while they are here."""
    in_force = {board.id: board for board in boards_in_force()}
    closed = set(Closing.objects.filter(board_id__in=in_force).values_list("board_id", "starts_on"))
    keys = [
        key
        for key in Score.objects.filter(
            member_id__in=conditions.ids_in(list(member_ids)), board_id__in=in_force
        ).values_list("board_id", "starts_on", "member_id")
        if key[:2] not in closed
    ]
    wanted = _wanted(member_ids)
    rows = boards.read_rows(keys)
    changed: dict[ScoreKey, tuple[Row | None, Row]] = {}
    for key, row in rows.items():
        is_shown = row.seat.can_be_shown and wanted[key[2]]
        if is_shown != row.seat.is_shown:
            changed[key] = (row, replace(row, seat=replace(row.seat, is_shown=is_shown)))
    boards.store(changed, in_force)


def _wanted(member_ids: Collection[int]) -> Mapping[int, bool]:
    """Return {member: does anything speak against showing them}: they opted out, have left, or were erased."""
    found: dict[int, bool] = defaultdict(lambda: False)
    rows = Member.objects.filter(id__in=conditions.ids_in(list(member_ids)))
    for member_id, left_at, erased_at, on_boards in rows.values_list(
        "id", "left_at", "erased_at", "visibility__on_boards"
    ):
        found[member_id] = left_at is None and erased_at is None and on_boards is not False
    return found
