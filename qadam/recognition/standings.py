"""Read places: a slice of a group by its index, the number above, the histogram of everybody.

What can be placed comes as `Rows`: a group of an open period, one of a closed period, or the teams of a company.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from qadam.jobs import sql
from qadam.recognition.board_rules import (
    AROUND,
    SMALLEST_GROUP,
    TOP,
    Placed,
    Standing,
    choose_shown,
    place,
    shown_positions,
    size_of_bottom,
    without_bottom,
)
from qadam.recognition.social import ClosedPlace, Score, ScoreCount, TeamScore

SMALL = 60
"""Groups of at most so many are read as a whole: one statement instead of four."""
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Rows(Protocol):
    """Those who are shown, in the order of the board; positions count from 1."""

    def count(self) -> int: ...
    def slice(self, first: int, last: int) -> list[Standing]: ...
    def count_above(self, points: int) -> int: ...
    def position_of(self, own: Standing) -> int: ...
    def points_from_below(self, number: int) -> int: ...


@dataclass(frozen=True, slots=True)
class GroupRows:
    """One group of an open period."""

    board_id: int
    starts_on: date
    group_key: int

    def _scores(self) -> QuerySet[Score]:
        return Score.objects.filter(
            board_id=self.board_id, starts_on=self.starts_on, group_key=self.group_key, is_shown=True, points__gt=0
        )

    def count(self) -> int:
        return self._scores().count()

    def slice(self, first: int, last: int) -> list[Standing]:
        params: list[Any] = [self.board_id, self.starts_on.isoformat(), self.group_key, last - first + 1, first - 1]
        with connection.cursor() as cursor:
            cursor.execute(_SLICE.format(at=sql.raw_instant("reached_at")), params)
            return [Standing(member, points, sql.read_instant(at)) for member, points, at in cursor.fetchall()]

    def count_above(self, points: int) -> int:
        return self._scores().filter(points__gt=points).count()

    def position_of(self, own: Standing) -> int:
        before = Q(reached_at__lt=own.reached_at) | Q(reached_at=own.reached_at, member_id__lt=own.member_id)
        return self._scores().filter(Q(points__gt=own.points) | Q(points=own.points) & before).count() + 1

    def points_from_below(self, number: int) -> int:
        return self._scores().order_by("points").values_list("points", flat=True)[number - 1]


_SLICE = """
SELECT member_id, points, {at} FROM recognition_score
WHERE board_id = %s AND starts_on = %s AND group_key = %s AND is_shown AND points > 0
ORDER BY points DESC, reached_at, member_id LIMIT %s OFFSET %s
"""


@dataclass(frozen=True, slots=True)
class ClosedRows:
    """One group of a closed period: whoever still wants to be seen and is here. The snapshot itself never changes."""

    closing_id: int
    group_key: int

    def places(self) -> QuerySet[ClosedPlace]:
        found = ClosedPlace.objects.filter(closing_id=self.closing_id, group_key=self.group_key)
        return found.filter(member__left_at__isnull=True, member__erased_at__isnull=True).exclude(
            member__visibility__on_boards=False
        )

    def count(self) -> int:
        return self.places().count()

    def slice(self, first: int, last: int) -> list[Standing]:
        rows = self.places().order_by("position").values_list("member_id", "points")[first - 1 : last]
        return [Standing(member, points, NO_TIME) for member, points in rows]

    def count_above(self, points: int) -> int:
        return self.places().filter(points__gt=points).count()

    def position_of(self, own: Standing) -> int:
        position = ClosedPlace.objects.get(closing_id=self.closing_id, member_id=own.member_id).position
        return self.places().filter(position__lt=position).count() + 1

    def points_from_below(self, number: int) -> int:
        return self.places().order_by("-position").values_list("points", flat=True)[number - 1]


@dataclass(frozen=True, slots=True)
class TeamRows:
    """The teams of a board of teams: their averages in hundredths, under the leader's id."""

    board_id: int
    starts_on: date

    def _teams(self) -> QuerySet[TeamScore]:
        return TeamScore.objects.filter(board_id=self.board_id, starts_on=self.starts_on, average__gt=0)

    def count(self) -> int:
        return self._teams().count()

    def slice(self, first: int, last: int) -> list[Standing]:
        rows = self._teams().order_by("-average", "leader_id").values_list("leader_id", "average")[first - 1 : last]
        return [Standing(leader, average or 0, NO_TIME) for leader, average in rows]

    def count_above(self, points: int) -> int:
        return self._teams().filter(average__gt=points).count()

    def position_of(self, own: Standing) -> int:
        before = Q(average__gt=own.points) | Q(average=own.points, leader_id__lt=own.member_id)
        return self._teams().filter(before).count() + 1

    def points_from_below(self, number: int) -> int:
        return self._teams().order_by("average").values_list("average", flat=True)[number - 1] or 0

    def find(self, leader_id: int | None) -> Standing | None:
        """Return the standing of a team that is compared."""
        average = self._teams().filter(leader_id=leader_id).values_list("average", flat=True).first()
        return Standing(leader_id, average, NO_TIME) if leader_id is not None and average else None


def read_slice(rows: Rows, first: int, last: int) -> list[Placed]:
    """Return the positions from `first` to `last`, both included, with their places."""
    found = rows.slice(first, last)
    is_inside = bool(found) and first > 1
    return place(found, first, rows.count_above(found[0].points) + 1 if is_inside else 1)


def read_board(rows: Rows, own: Standing | None) -> list[Placed] | None:
    """Return what a member may see: the top 10, three around their own, nothing of the bottom; None below five."""
    found = read_slice(rows, 1, SMALL + 1)
    if len(found) <= SMALL:
        return choose_shown(found, own.member_id if own else None) if len(found) >= SMALLEST_GROUP else None
    people = rows.count()
    position = rows.position_of(own) if own is not None else None
    found = found[:TOP]
    if position is not None and position > TOP - AROUND:
        around = read_slice(rows, max(1, position - AROUND), position + AROUND)
        found += [each for each in around if each.position > TOP]
    wanted = set(shown_positions(people, position))
    shown = [each for each in found if each.position in wanted]
    bottom = rows.points_from_below(size_of_bottom(people))
    return without_bottom(shown, people, bottom, own.member_id if own else None)


def read_histogram(board_id: int, starts_on: date) -> dict[int, int]:
    """Return {points: people} of everybody who is shown."""
    rows = ScoreCount.objects.filter(board_id=board_id, starts_on=starts_on, people__gt=0)
    return dict(rows.values_list("points", "people"))


def count_above(board_id: int, starts_on: date, points: int) -> int:
    """Return how many of the whole company have more points: a sum over the histogram."""
    rows = ScoreCount.objects.filter(board_id=board_id, starts_on=starts_on, points__gt=points)
    return rows.aggregate(people=Sum("people"))["people"] or 0


@dataclass(frozen=True, slots=True)
class Own:
    """A member's own score. `can_be_shown`: False outside of the population, in the control group, without a group."""

    standing: Standing
    group_key: int
    is_shown: bool
    can_be_shown: bool


def read_own(board_id: int, starts_on: date, member_id: int) -> Own | None:
    """Return a member's own score; None before the first act of the period."""
    rows = Score.objects.filter(board_id=board_id, starts_on=starts_on, member_id=member_id)
    found = rows.values_list("points", "reached_at", "group_key", "is_shown", "can_be_shown").first()
    if found is None:
        return None
    points, reached_at, group_key, is_shown, can_be_shown = found
    return Own(Standing(member_id, points, reached_at), group_key, is_shown, can_be_shown)
