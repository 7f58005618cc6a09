"""Published boards, read once per process: a version never changes."""

from dataclasses import dataclass

from django.db import connection

from qadam.experiments import queries as experiments
from qadam.experiments.rules import CONTROL, choose_arms, holdout_arms
from qadam.recognition.board_documents import BoardDocument, parse_board
from qadam.recognition.definitions import Definition, Kind

_parsed: dict[str, BoardDocument] = {}
"""By the hash of the content: ids come again in a database that was built anew."""


@dataclass(frozen=True, slots=True)
class BoardInForce:
    """A board as it holds now; `id` is the small number by which rows refer to it."""

    id: int
    document: BoardDocument

    @property
    def key(self) -> str:
        return self.document.key

    @property
    def layer(self) -> str:
        """The layer of experiments in which the board's control group is drawn."""
        return f"board:{self.document.key}"


NEWEST = """
SELECT d.key, d.number, d.content_hash, d.retired_at IS NOT NULL, b.id
FROM recognition_definition d JOIN recognition_board b ON b.key = d.key
WHERE d.kind = 'board' ORDER BY d.key, d.number
"""


def boards_in_force() -> tuple[BoardInForce, ...]:
    """Return the newest version of every board that isn't retired, in the order of keys. Asked at every posting."""
    return tuple(board for board, is_retired in read_boards() if not is_retired)


def read_boards() -> list[tuple[BoardInForce, bool]]:
    """Return the newest version of every board, and whether it is retired; in the order of keys."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        newest = {row[0]: row for row in cursor.fetchall()}
    return [
        (BoardInForce(board_id, _read(key, number, content_hash)), bool(is_retired))
        for key, number, content_hash, is_retired, board_id in newest.values()
    ]


def _read(key: str, number: int, content_hash: str) -> BoardDocument:
    if content_hash not in _parsed:
        version = Definition.objects.get(kind=Kind.BOARD, key=key, number=number)
        _parsed[content_hash] = parse_board(version.document)
    return _parsed[content_hash]


def find_board(key: str) -> BoardInForce | None:
    """Return a board in force by its key, or None."""
    return next((board for board in boards_in_force() if board.key == key), None)


def is_control(board: BoardInForce, member_id: int) -> bool:
    """Tell whether a member is, or would be, in the board's control group: who neither sees it nor stands on it."""
    if not board.document.holdout:
        return False
    arm = experiments.read_arms(layer=board.layer, member_ids=[member_id]).get(member_id)
    if arm is None:
        salt = experiments.company_salt()
        arms = holdout_arms(board.document.holdout)
        arm = choose_arms(salt, experiments.salt_of_layer(salt, board.layer), arms, [member_id])[member_id]
    return arm == CONTROL
