"""Boards, challenges and people for the tests of what members do beside each other."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from qadam.people import operations as people
from qadam.people.models import Member
from qadam.recognition import social_publishing
from qadam.recognition.board_definitions import BoardInForce, find_board
from qadam.recognition.boards import Row, note_points, store
from qadam.recognition.seats import Seat
from qadam.recognition.shapes import Posted
from tests.cast import NOW, a_company

MONDAY = date(2026, 3, 2)


def words(text: str) -> dict[str, str]:
    return {"kk": text, "ru": text, "en": text}


def a_board_document(**changes: Any) -> dict[str, Any]:
    return {
        "board": "team-week",
        "name": words("Week of the team"),
        "score": {"rules": []},
        "period": "week",
        "group": "team",
        **changes,
    }


def a_board(*, now: datetime = NOW, **changes: Any) -> BoardInForce:
    version = social_publishing.publish_board(document=a_board_document(**changes), actor=None, now=now)
    found = find_board(version.key)
    assert found is not None
    return found


def a_team(number: int, *, leader: Member | None = None, now: datetime = NOW, **changes: Any) -> list[Member]:
    """Return the leader, and `number` people of the team."""
    head = leader or people.add_members([people.NewMember(name="Марат Leader", kind="distributor")], now=now)[0]
    rows = [
        people.NewMember(
            name=f"Person{each} Name", kind="distributor", sponsor_id=head.id, registered_at=now, **changes
        )
        for each in range(number)
    ]
    return [head, *people.add_members(rows, now=now)]


_entries = iter(range(1, 10**9))


def post(member: Member, points: int, *, at: datetime = NOW, day: date = MONDAY, rule: str = "lesson") -> None:
    """Let points count for a member, as the ledger does."""
    note_points([Posted(member.id, rule, points, at, day, next(_entries))], now=at)


def random_rows(board: BoardInForce, members: list[Member], random: Random) -> dict[int, Row]:
    """Store scores of which half are ties, in groups of any size, one in eight hidden; return {member: row}."""
    found = {}
    for each in members:
        is_shown = random.random() > 1 / 8
        points = random.choice((5, 10, 10, 20, random.randrange(1, 1_000)))
        seat = Seat(random.choice((1, 2, 2, 2, 3, 3, 3, 3, 3, 100 + random.randrange(20))), True, is_shown)
        found[each.id] = Row(seat, points, NOW + timedelta(minutes=random.randrange(3)))
    store({(board.id, MONDAY, member): (None, row) for member, row in found.items()}, {board.id: board})
    return found


def a_company_in_almaty() -> None:
    a_company()
