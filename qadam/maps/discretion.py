"""A board for somebody outside the company: its figures without the people behind them, and no handful told."""

from dataclasses import replace

from qadam.maps.board import Board, CaseCard, MetricFace, StageColumn
from qadam.maps.faces import FEW, withhold_few


def for_outsiders(board: Board) -> Board:
    """Return a board without names of people; where only a segment is counted, also without numbers of fewer than 5."""
    is_part = board.choice.is_scoped

    def face(each: MetricFace | None) -> MetricFace | None:
        return withhold_few(each) if each is not None and is_part else each

    def card(each: CaseCard) -> CaseCard:
        return replace(each, open_count=_at_least(each.open_count, is_part), late_count=0, result=face(each.result))

    def column(each: StageColumn) -> StageColumn:
        seam = each.seam
        if seam is not None and is_part:
            conversion, transit = face(seam.conversion), face(seam.transit)
            known = conversion is not None and not conversion.is_withheld
            seam = replace(seam, conversion=conversion, transit=transit, persons=seam.persons if known else None)
        emotion = each.emotion
        if emotion.measured is not None and emotion.measured.n < FEW:
            emotion = replace(emotion, measured=None)
        return replace(
            each,
            owner="",
            emotion=emotion,
            problems=tuple(card(case) for case in each.problems),
            successes=tuple(card(case) for case in each.successes),
            headline=face(each.headline),
            extras=tuple(own for own in map(face, each.extras) if own is not None),
            people_here=_at_least(each.people_here, is_part),
            seam=seam,
            river="" if is_part else each.river,
        )

    return replace(
        board,
        published_by="",
        stages=tuple(column(each) for each in board.stages),
        everywhere=tuple(card(each) for each in board.everywhere),
        map_metrics=tuple(own for own in map(face, board.map_metrics) if own is not None),
    )


def _at_least(count: int | None, is_part: bool) -> int | None:
    """Return a count, or nothing where it is of a handful."""
    return None if is_part and count is not None and count < FEW else count
