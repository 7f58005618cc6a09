"""Arithmetic of ordered rows: what comes next, what came last, what overlaps. Pure numpy, no loop over people."""

from __future__ import annotations

import numpy as np

from qadam.metrics.rules import Flags, Ids, Instants, rank_pairs

Spans = tuple[Ids, Instants, Instants]
"""Rows (member, begin, end), half-open."""


def last_places(groups: Ids) -> Ids:
    """Return the place of the last row of each group, ascending; rows of a group need not stand together."""
    found: Ids = len(groups) - 1 - np.unique(groups[::-1], return_index=True)[1]
    return np.sort(found)


def look_up(members: Ids, known: Ids, values: Instants) -> Instants:
    """Return each member's value among `known` (ascending, distinct); NaT for one who isn't known."""
    found = np.full(len(members), np.datetime64("NaT", "us"))
    is_known = np.isin(members, known)
    found[is_known] = values[np.searchsorted(known, members[is_known])]
    return found


def interval_starts(groups: Ids, is_end: Flags) -> Ids:
    """Return the rows that begin something: not an end, and first of their group or right after an end of it.

    Rows of a group stand together, in order of time.
    """
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    is_first = np.append(True, groups[1:] != groups[:-1])
    is_after_end = np.append(False, is_end[:-1])
    return np.flatnonzero(~is_end & (is_first | is_after_end))


def next_flagged(groups: Ids, is_flagged: Flags) -> Ids:
    """Return, for each row, the next row after it in its group that is flagged; −1 where there is none."""
    count = len(groups)
    if not count:
        return np.zeros(0, dtype=np.int64)
    marks = np.where(is_flagged, np.arange(count), count)
    at_or_after = np.minimum.accumulate(marks[::-1])[::-1]
    following = np.append(at_or_after[1:], count)
    is_own = (following < count) & (groups[np.minimum(following, count - 1)] == groups)
    found: Ids = np.where(is_own, following, -1)
    return found


def is_staying(members: Ids, times: Instants, stayed: Ids, entered: Instants, left: Instants) -> Flags:
    """Tell which rows (member, instant) lie in a stay [entered, left) of that member; NaT: has not left."""
    far = np.datetime64("9999-01-01", "us")
    # An instant is a span as short as it can be.
    moment = np.timedelta64(1, "us")
    return overlaps_any((members, times, times + moment), (stayed, entered, np.where(np.isnat(left), far, left)))


def overlaps_any(own: Spans, others: Spans) -> Flags:
    """Tell which spans share an instant with a span of the same member among the others. Empty spans share none."""
    members, begins, ends = own
    is_real = others[1] < others[2]
    other_members, other_begins, other_ends = others[0][is_real], others[1][is_real], others[2][is_real]
    if not len(members) or not len(other_members):
        return np.zeros(len(members), dtype=bool)
    order = np.lexsort((other_begins, other_members))
    other_members, other_begins, other_ends = other_members[order], other_begins[order], other_ends[order]
    latest = _running_latest(other_members, other_ends)
    keys, other_keys = rank_pairs(members, ends, other_members, other_begins)
    # The last of the member's spans that begins before this one ends; the latest end up to it decides.
    places = np.searchsorted(other_keys, keys, side="left") - 1
    is_own = (places >= 0) & (other_members[places] == members)
    found: Flags = is_own & (latest[places] > begins) & (begins < ends)
    return found


def _running_latest(groups: Ids, ends: Instants) -> Instants:
    """Return the latest end up to each row of its group; rows of a group stand together."""
    ranks = np.unique(ends, return_inverse=True)[1].astype(np.int64)
    starts = np.append(True, groups[1:] != groups[:-1]).cumsum()
    width = int(ranks.max()) + 1
    running = np.maximum.accumulate(ranks + starts * width) - starts * width
    latest: Instants = np.unique(ends)[running]
    return latest


def first_repeated(count: int, rows: tuple[Ids, Instants, Ids], least: int, within: int) -> Instants:
    """Return when each of `count` people first had acted on `least` different days out of `within`; NaT for never.

    Rows (place of the person, instant, its day number) in any order. The instant is the first of the completing day.
    """
    found = np.full(count, np.datetime64("NaT", "us"))
    order = np.lexsort((rows[1], rows[2], rows[0]))
    places, times, days = rows[0][order], rows[1][order], rows[2][order]
    is_new = np.ones(len(places), dtype=bool)
    is_new[1:] = (places[1:] != places[:-1]) | (days[1:] != days[:-1])
    places, times, days = places[is_new], times[is_new], days[is_new]
    ends = np.arange(least - 1, len(places))
    begins = ends - (least - 1)
    is_reached = (places[begins] == places[ends]) & (days[ends] - days[begins] < within)
    reached = ends[is_reached]
    who, first = np.unique(places[reached], return_index=True)
    found[who] = times[reached[first]]
    return found
