"""When a condition's truth may change although nothing happens: an occurrence leaves its window, an anchor grows old
enough, a local day begins. Too early is harmless (the rule is asked once more); too late would be a bug."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import F, Field, Q, QuerySet

from qadam.conditions import tree
from qadam.conditions.clocks import Read, clocks_of
from qadam.conditions.frames import Moment, frame_of_places
from qadam.conditions.lists import as_instant, ids_in
from qadam.conditions.needs import circle_event_types, event_types
from qadam.conditions.prepared import Asked, Prepared, Same, mark, places_of, prepare_value
from qadam.conditions.reach import leaders_of
from qadam.conditions.sql import refuse_without_entry
from qadam.conditions.tallies import ABOVE
from qadam.conditions.tree import Circle, Condition
from qadam.conditions.zones import Zones
from qadam.lib import clock
from qadam.people.models import Member

MANY_BRANCHES = 200
"""From so many separate branches on, the whole network is read instead of each branch."""

ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""When clocks are compiled: their parameters follow the moment they are asked at."""

Ahead = Mapping[str, Mapping[int, datetime]]
"""{event type: {member id: instant of the first event dated after now}}."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What one question about flips holds constant: the moment, the events dated ahead, the row's columns."""

    moment: Moment
    ahead: Ahead
    member: str = "id"
    entry: str | None = None
    key: str | None = None


def next_flips(
    condition: Condition,
    *,
    now: datetime,
    among: Collection[int],
    zones: Zones | None = None,
    ahead: Ahead | None = None,
) -> dict[int, datetime]:
    """Return {member id: the earliest instant after `now` at which the truth may change without a new event}.

    Members for whom there is none are left out. Whoever asks many conditions at once reads `ahead` once for all.

    Raises:
        EntryNeeded: the condition says `entry`; ask `next_flips_of`.
    """
    refuse_without_entry(condition, None, None)
    asking = Asking(Moment(now, zones), read_ahead(event_types(condition), now=now) if ahead is None else ahead)
    return _flips_of(Member.objects.filter(id__in=ids_in(list(among))), condition, asking)


def next_flips_of(
    rows: QuerySet[Any],
    condition: Condition,
    *,
    now: datetime,
    member: str = "id",
    entry: str | None = None,
    entry_key: str | None = None,
) -> dict[int, datetime]:
    """Return the same for the rows of any model, by primary key; the columns are named as in `matching`."""
    refuse_without_entry(condition, entry, entry_key)
    asking = Asking(Moment(now), read_ahead(event_types(condition), now=now), member, entry, entry_key)
    return _flips_of(rows, condition, asking)


def is_timed(condition: Condition) -> bool:
    """Tell whether time alone can change the truth."""
    return any(_is_leaf_timed(leaf) for leaf in tree.leaves(condition))


def _is_leaf_timed(leaf: tree.Leaf) -> bool:
    match leaf:
        case tree.Did(within=within, past=past, not_followed_by=followed):
            return within is not None or past is not None or (followed is not None and followed.within is not None)
        case tree.Last() | tree.In() | tree.Ratio(at=None):
            return False
        case tree.Is(fields):
            return any(name in ("left", "registered") for name, _values in fields)
        case tree.Team(where=inner):
            return is_timed(inner)
    return True


def read_ahead(types: Collection[str], *, now: datetime) -> dict[str, dict[int, datetime]]:
    """Find events dated a little ahead (a sender's clock runs fast): they begin to count when their instant comes."""
    adapt = connection.ops.adapt_datetimefield_value
    statement = AHEAD.format(types=", ".join("%s" for _type in types) or "NULL")
    found: dict[str, dict[int, datetime]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [*types, adapt(now), adapt(now + clock.CLOCK_SKEW)])
        for name, member_id, instant in cursor.fetchall():
            _keep_first(found.setdefault(name, {}), member_id, as_instant(instant))
    return found


AHEAD = """
SELECT type, member_id, occurred_at FROM events_event
WHERE type IN ({types}) AND occurred_at > %s AND occurred_at <= %s AND member_id IS NOT NULL
"""


def _keep_first(found: dict[int, datetime], who: int | None, instant: datetime) -> None:
    if who is not None:
        found[who] = min(instant, found.get(who, instant))


def _flips_of(rows: QuerySet[Any], condition: Condition, asking: Asking) -> dict[int, datetime]:
    plan = plan_of(condition, asking.entry is not None, asking.key is not None)
    others = list(_flips_of_others(rows, condition, asking))
    fresh = begin_to_count(condition, asking.ahead)
    if not plan and not others and not fresh:
        return {}
    now, zone = asking.moment.now, asking.moment.zones.default if _reads_zone(condition) else ""
    places = places_of(asking.member, asking.entry, asking.key)
    columns = [Asked(column, now, places, field) for timer in plan for column, field in timer.columns]
    found: dict[int, datetime] = {}
    for pk, member_id, *values in rows.values_list("pk", F(asking.member), *columns).iterator():
        instants = [each[member_id] for each in (fresh, *others) if member_id in each]
        instants += read_timers(plan, values, zone)
        later = [instant for instant in instants if instant > now]
        if later:
            found[pk] = min(later)
    return found


def _reads_zone(condition: Condition) -> bool:
    return any(isinstance(leaf, tree.Day) for leaf in tree.leaves(condition))


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock whose columns are compiled."""

    columns: tuple[tuple[Prepared, Field[Any, Any]], ...]
    read: Read


def plan_of(condition: Condition, has_entry: bool = False, has_key: bool = False) -> tuple[Timer, ...]:
    """Return the clocks of a condition, compiled once: none of their columns hangs on a local day."""
    return _plan(Same(condition), has_entry, has_key)


@lru_cache(maxsize=512)
def _plan(same: Same, has_entry: bool, has_key: bool) -> tuple[Timer, ...]:
    at = mark(ANY_MOMENT)
    frame = frame_of_places(Moment(at))
    frame = replace(frame, entry=frame.entry if has_entry else None, key=frame.key if has_key else None)
    return tuple(
        Timer(tuple((prepare_value(column, at), field) for column, field in each.columns), each.read)
        for each in clocks_of(same.condition, frame)
    )


def read_timers(plan: tuple[Timer, ...], values: Sequence[Any], zone: str) -> Iterator[datetime]:
    place = 0
    for timer in plan:
        yield from timer.read(values[place : place + len(timer.columns)], zone)
        place += len(timer.columns)


def begin_to_count(condition: Condition, ahead: Ahead) -> dict[int, datetime]:
    """Return when the first event that is dated ahead begins to count for a member."""
    if not ahead:
        return {}
    found: dict[int, datetime] = {}
    for name in tree.own_event_types(condition) & ahead.keys():
        for member_id, instant in ahead[name].items():
            _keep_first(found, member_id, instant)
    for leaf in tree.leaves(condition):
        if isinstance(leaf, tree.Ratio) and leaf.of.by:
            by_others = {who: at for name in circle_event_types(leaf) for who, at in ahead.get(name, {}).items()}
            for leader in leaders_of(leaf.of.by, by_others):
                _keep_first(found, leader, min(by_others.values()))
    return found


def _flips_of_others(rows: QuerySet[Any], condition: Condition, asking: Asking) -> Iterator[dict[int, datetime]]:
    """Yield for each team {leader: first flip in the team}."""
    teams = [leaf for leaf in tree.leaves(condition) if isinstance(leaf, tree.Team)]
    if not teams:
        return
    leaders = set(rows.values_list(asking.member, flat=True))
    inner = Asking(asking.moment, asking.ahead)
    for team in teams:
        if team.of is Circle.DOWNLINE:
            yield _downline_flips(leaders, team.where, inner)
        else:
            yield _circle_flips(leaders, team.where, inner, ABOVE[team.of])


def _circle_flips(leaders: Collection[int], condition: Condition, asking: Asking, above: str) -> dict[int, datetime]:
    others = Member.objects.filter(**{f"{above}__in": ids_in(list(leaders))})
    flips = _flips_of(others, condition, asking)
    found: dict[int, datetime] = {}
    if flips:
        for member_id, leader_id in others.values_list("id", above):
            if member_id in flips:
                _keep_first(found, leader_id, flips[member_id])
    return found


def _downline_flips(leaders: Collection[int], condition: Condition, asking: Asking) -> dict[int, datetime]:
    places = list(Member.objects.filter(id__in=ids_in(list(leaders)), size__gt=1).values_list("id", "tin", "size"))
    others = Member.objects.filter(_below([(tin, tin + size) for _id, tin, size in places]))
    flips = _flips_of(others, condition, asking)
    order = [(tin, flips[pk]) for pk, tin in others.order_by("tin").values_list("id", "tin") if pk in flips]
    tins = [tin for tin, _flip in order]
    found = {}
    for member_id, tin, size in places:
        inside = order[bisect_right(tins, tin) : bisect_right(tins, tin + size - 1)]
        if inside:
            found[member_id] = min(flip for _tin, flip in inside)
    return found


def _below(intervals: list[tuple[int, int]]) -> Q:
    """Return who stands below any of the heads of these intervals of the preorder index."""
    branches: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if not branches or start >= branches[-1][1]:
            branches.append((start, end))
    if not branches:
        return Q(id__in=[])
    if len(branches) > MANY_BRANCHES:
        return Q(id__isnull=False)
    below = Q()
    for start, end in branches:
        below |= Q(tin__gt=start, tin__lt=end)
    return below
