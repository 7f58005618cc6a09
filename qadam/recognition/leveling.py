"""Keep the level of each member in step with the points of their life."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime

from qadam.events import operations as events
from qadam.jobs import sql
from qadam.recognition.documents import LevelsDocument
from qadam.recognition.ledger import MemberLevel, Period, PointTotal
from qadam.recognition.reading import read_book

COLUMNS = {"member_id": "bigint", "number": "integer", "best": "integer", "changed_at": "timestamptz"}
SET = """
ON CONFLICT (member_id) DO UPDATE SET number = excluded.number, best = excluded.best, changed_at = excluded.changed_at
"""


def number_of(scale: LevelsDocument, points: int) -> int:
    """Return the number of the highest step whose threshold these points reach; 0 is the first."""
    return max(bisect_right([step.from_points for step in scale.steps], points) - 1, 0)


def follow_points(life: Mapping[int, int], marks: Mapping[int, tuple[int, datetime]], *, now: datetime) -> None:
    """Bring levels up to date with these life totals, and record who rose or sank. In the posting transaction.

    `marks` is for each member the entry that has changed the total (its id, the instant of its fact).
    """
    scale = read_book().scale
    if scale is None or not life:
        return
    known = {row.member_id: row for row in MemberLevel.objects.filter(member_id__in=list(life))}
    rows, told = [], []
    for member_id, points in life.items():
        number, before = number_of(scale, points), known.get(member_id)
        was, best = (before.number, before.best) if before else (0, 0)
        if number == was:
            continue
        rows.append((member_id, number, max(number, best), now))
        name = "level.reached" if number > was else "level.lowered"
        # People count levels from one.
        props = {"level": scale.steps[number].key, "number": number + 1}
        entry_id, occurred_at = marks[member_id]
        key = f"{name}:{scale.key}:{member_id}:{entry_id}"
        told.append(events.NewEvent(name, member_id, min(occurred_at, now), key, props))
    sql.insert_many("recognition_memberlevel", COLUMNS, rows, conflict=SET)
    events.record_many(told, now=now)


def place_everybody(*, now: datetime) -> None:
    """Put everybody on the scale that has just been published, without a word: nobody did anything for it."""
    scale = read_book().scale
    if scale is None:
        return
    best = dict(MemberLevel.objects.values_list("member_id", "best"))
    life = PointTotal.objects.filter(period=Period.LIFE).values_list("member_id", "points")
    numbers = {member_id: number_of(scale, points) for member_id, points in life}
    rows = [(who, number, max(number, best.get(who, 0)), now) for who, number in numbers.items()]
    sql.insert_many("recognition_memberlevel", COLUMNS, rows, conflict=SET)
