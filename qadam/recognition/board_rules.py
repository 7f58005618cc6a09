"""Decide what a board shows: places, what of them is shown to whom, benchmarks, leagues. Plain Python."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SMALLEST_GROUP = 5
"""Below so many people a board names nobody, and a benchmark stands on nobody."""
TOP = 10
AROUND = 3
BENCHMARKS = (50, 25, 10)
"""Per cent: what the best half, quarter and tenth have reached (recognition.md: benchmarks cure the harm of ranks)."""
HUNDREDTHS = 100
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's score on a board. `reached_at`: when the last act was done that scored."""

    member_id: int
    points: int
    reached_at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """A standing with its place (1, 1, 3) and its position in the order, which has no ties."""

    standing: Standing
    place: int
    position: int


def rank(standings: Iterable[Standing]) -> list[Placed]:
    """Return the standings in the order of the board, with places 1, 1, 3.

    More points first; inside a tie who was there earlier, then the lower id. Nobody without points has a place.
    """
    counted = [each for each in standings if each.points > 0]
    return place(sorted(counted, key=lambda each: (-each.points, each.reached_at, each.member_id)), 1, 1)


def place(ordered: Sequence[Standing], first: int, first_place: int) -> list[Placed]:
    """Give places to a part of the order that begins at the position `first`, where the place is `first_place`."""
    placed: list[Placed] = []
    for position, each in enumerate(ordered, first):
        if not placed:
            placed.append(Placed(each, first_place, position))
        else:
            is_tie = placed[-1].standing.points == each.points
            placed.append(Placed(each, placed[-1].place if is_tie else position, position))
    return placed


def size_of_bottom(people: int) -> int:
    """Return how many of the last a board shows to nobody but themselves: a quarter, from one to three."""
    return max(1, min(3, people // 4))


def shown_positions(people: int, own: int | None) -> list[int]:
    """Return the positions from which a board of `people` shows: the top 10 and three around one's own, no bottom.

    Positions count from 1. The member's own position is always shown, to the member.
    """
    wanted = set(range(1, TOP + 1))
    if own is not None:
        wanted |= set(range(own - AROUND, own + AROUND + 1))
    last = people - size_of_bottom(people)
    shown = {each for each in wanted if 1 <= each <= last}
    return sorted(shown | {own} if own is not None else shown)


def without_bottom(rows: Sequence[Placed], people: int, bottom_points: int, own_id: int | None) -> list[Placed]:
    """Leave out who is in a tie with the bottom; the member's own row stays, and so does a tie of the upper half.

    `bottom_points`: of the first of the bottom; who has as many is as much the bottom as they are, unless nearly
    everybody is.
    """
    return [
        each
        for each in rows
        if each.place * 2 <= people or each.standing.points > bottom_points or each.standing.member_id == own_id
    ]


def choose_shown(placed: Sequence[Placed], own_id: int | None) -> list[Placed]:
    """Return what of a whole group a member may see: the top 10, three around their own, nothing of the bottom."""
    own = next((each.position for each in placed if each.standing.member_id == own_id), None)
    wanted = set(shown_positions(len(placed), own))
    shown = [each for each in placed if each.position in wanted]
    bottom = placed[-size_of_bottom(len(placed))].standing.points
    return without_bottom(shown, len(placed), bottom, own_id)


def benchmark_scores(histogram: Mapping[int, int]) -> dict[int, int]:
    """Return {per cent: the points that reach it} from {points: people}, for those that at least five have reached."""
    people = sum(histogram.values())
    told = [top for top in BENCHMARKS if _first_people(people, top) >= SMALLEST_GROUP]
    return {top: score_of_share(histogram, top) for top in told}


def score_of_share(histogram: Mapping[int, int], top: int) -> int:
    """Return the points of the last of the best `top` per cent: of n people these are the first ceil(n · top / 100)."""
    wanted = _first_people(sum(histogram.values()), top)
    above = 0
    for points in sorted(histogram, reverse=True):
        above += histogram[points]
        if above >= wanted:
            return points
    return 0


def _first_people(people: int, top: int) -> int:
    return -(-people * top // 100)


@dataclass(frozen=True, slots=True)
class Change:
    """A score before and after: `old` and `new` are points, None where the member isn't shown or has no points."""

    board_id: int
    starts_on: date
    group_key: int
    old: int | None
    new: int | None


def visible(points: int, is_shown: bool) -> int | None:
    """Return the points as counts see them: nothing where they are hidden or aren't any."""
    return points if is_shown and points > 0 else None


def histogram_deltas(changes: Iterable[Change]) -> dict[tuple[int, date, int], int]:
    """Return {(board, period, points): people more} without zeros: one less in the old bucket, one more in the new."""
    deltas: Counter[tuple[int, date, int]] = Counter()
    for each in changes:
        if each.old is not None:
            deltas[each.board_id, each.starts_on, each.old] -= 1
        if each.new is not None:
            deltas[each.board_id, each.starts_on, each.new] += 1
    return {key: people for key, people in sorted(deltas.items()) if people}


def team_deltas(changes: Iterable[Change]) -> dict[tuple[int, date, int], tuple[int, int]]:
    """Return {(board, period, leader): (points more, people more)} without zeros."""
    points: Counter[tuple[int, date, int]] = Counter()
    people: Counter[tuple[int, date, int]] = Counter()
    for each in changes:
        key = (each.board_id, each.starts_on, each.group_key)
        points[key] += (each.new or 0) - (each.old or 0)
        people[key] += (each.new is not None) - (each.old is not None)
    return {key: (points[key], people[key]) for key in sorted(points) if points[key] or people[key]}


def team_average(points: int, people: int) -> int | None:
    """Return the average of the active in hundredths of a point, rounded down; None below five of them."""
    return points * HUNDREDTHS // people if people >= SMALLEST_GROUP else None


def start_of_period(day: date, period: str) -> date:
    """Return the Monday of a day's ISO week, or the first of its month."""
    return day - timedelta(days=day.weekday()) if period == "week" else day.replace(day=1)


def end_of_period(starts_on: date, period: str) -> date:
    """Return the last day of the period that begins on `starts_on`."""
    if period == "week":
        return starts_on + timedelta(days=6)
    return (starts_on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def period_before(starts_on: date, period: str) -> date:
    """Return the first day of the period before the one that begins on `starts_on`."""
    return start_of_period(starts_on - timedelta(days=1), period)


@dataclass(frozen=True, slots=True)
class PaceLine:
    """How the period before went among `people`: the points that half and a quarter of them reached."""

    people: int
    median: int
    quarter: int


MIXED, NEW = 0, 4
"""Bands of leagues: everybody together; without a score in the period before."""


def band_of(points: int, pace: PaceLine, league_size: int) -> int:
    """Return the pace of a member with `points` in the period before: 1 below the median, 2, 3 in the top quarter.

    New ones are 4; everybody is in one band while the people wouldn't fill a league in each.
    """
    if pace.people < 4 * league_size:
        return MIXED
    if points <= 0:
        return NEW
    return 3 if points >= pace.quarter else 2 if points >= pace.median else 1


ANYWHERE = 99
"""Stands for a zone where zones are mixed; real ones are from -12 to 14 hours east of UTC."""


def cell_of(points: int, zone: int, paces: Mapping[int, PaceLine], league_size: int) -> tuple[int, int]:
    """Return (zone, band) of the leagues in which a member may stand.

    `paces`: {hours east of UTC: its own pace, ANYWHERE: everybody's}. A zone that had fewer than two leagues of people
    plays with all the others.
    """
    own = paces.get(zone)
    if own is not None and own.people >= 2 * league_size:
        return zone, band_of(points, own, league_size)
    return ANYWHERE, band_of(points, paces.get(ANYWHERE, PaceLine(0, 0, 0)), league_size)


def hours_east(zone: ZoneInfo, on: date) -> int:
    """Return the whole hours that a zone is east of UTC on a day."""
    offset = datetime.combine(on, time(), tzinfo=zone).utcoffset() or timedelta()
    return offset // timedelta(hours=1)


def first_name(name: str) -> str:
    """Return the given name of a full name: its first word."""
    return name.split()[0] if name.split() else ""


def names_apart(names: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Return {member: what to call them} from {member: (nickname, full name)}, first names told apart by an initial.

    "Айгүл" is enough in a group with one of them; two become "Айгүл С." and "Айгүл К.".
    """
    short = {member: nickname or first_name(name) for member, (nickname, name) in names.items()}
    often = Counter(short.values())
    found = {}
    for member, (nickname, name) in names.items():
        rest = name.split()[1:]
        is_shared = often[short[member]] > 1 and not nickname and rest
        found[member] = f"{short[member]} {rest[0][0]}." if is_shared else short[member]
    return found
