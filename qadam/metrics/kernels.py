"""Whole companies at once: funnels, days of activity, silences and downlines as a few passes over arrays. Pure numpy.

Days are numbered from 1970-01-01, months are year·12 + month − 1; both are local, so the zone is settled before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qadam.metrics.rules import Flags, Ids, Instants

BLOCK = 16_384
"""So many members at a time: their arrays stay in the processor's cache."""

Bits = NDArray[np.uint32]
Days = NDArray[np.int16]
Flags8 = NDArray[np.uint8]
EPOCH_MONTH = 1970 * 12


def day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def month_starts(first: int, count: int) -> Ids:
    """Return the day numbers of the first days of `count` months from month `first` on."""
    months = np.arange(first - EPOCH_MONTH, first - EPOCH_MONTH + count).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


def months_of_days(days: Ids) -> Ids:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + EPOCH_MONTH


@dataclass(frozen=True, slots=True)
class MemberDays:
    """The days on which members acted: `bits[month − first_month, place]`, bit 0 is the first of the month.

    `members` are ascending ids; a place is a position among them. 4 bytes for each member and month.
    """

    members: Ids
    first_month: int
    bits: Bits

    @classmethod
    def empty(cls, members: Ids, first_month: int, last_month: int) -> MemberDays:
        shape = (max(0, last_month - first_month + 1), len(members))
        return cls(members, first_month, np.zeros(shape, np.uint32))

    @property
    def starts(self) -> Ids:
        return month_starts(self.first_month, len(self.bits))

    def add(self, member_ids: Ids, months: Ids, bits: Bits) -> None:
        """Add days of members in any order, also several times the same; others than `members` are passed over."""
        if not len(member_ids):
            return
        places = places_of(self.members, member_ids)
        rows = np.subtract(months, self.first_month, dtype=np.int64)
        keys = rows * len(self.members) + places
        if places.min() < 0 or rows.min() < 0 or rows.max() >= len(self.bits):
            is_ours = (places >= 0) & (rows >= 0) & (rows < len(self.bits))
            keys, bits = keys[is_ours], bits[is_ours]
        np.bitwise_or.at(self.bits.reshape(-1), keys, bits)

    def add_days(self, member_ids: Ids, days: Ids) -> None:
        """Add single days of members."""
        months = months_of_days(days)
        firsts = (months - EPOCH_MONTH).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        self.add(member_ids, months, np.uint32(1) << (days - firsts).astype(np.uint32))

    def count_between(self, first: int, after: int) -> Ids:
        """Return on how many days of [first, after) each member acted."""
        counts = np.zeros(len(self.members), np.int64)
        for start, bits in zip(self.starts, self.bits, strict=True):
            low, high = int(np.clip(first - start, 0, 32)), int(np.clip(after - start, 0, 32))
            if low < high:
                counts += np.bitwise_count(bits & np.uint32((1 << high) - (1 << low)))
        return counts

    def pairs(self, first: int, after: int) -> tuple[Ids, Ids]:
        """Return the (day, place) pairs of the days of [first, after), ascending. 16 bytes each: mind how many."""
        found = [np.zeros(0, np.int64)]
        days = [np.zeros(0, np.int64)]
        for start, bits in zip(self.starts.tolist(), self.bits, strict=True):
            for day in range(max(first, start), min(after, start + 31)):
                found.append(np.flatnonzero(bits & np.uint32(1 << (day - start))))
                days.append(np.full(len(found[-1]), day))
        return np.concatenate(days), np.concatenate(found)

    def has_any_between(self, first: Ids, after: Ids) -> Flags:
        """Tell which members acted on a day of [first, after), given for each of them."""
        found = np.zeros(len(self.members), np.bool_)
        for start, bits in zip(self.starts, self.bits, strict=True):
            found |= (bits & _below(after - start) & ~_below(first - start)) != 0
        return found


def _below(days: Ids) -> Bits:
    """Return for each number the bits of the days of a month before it."""
    return ((np.uint64(1) << np.clip(days, 0, 32).astype(np.uint64)) - np.uint64(1)).astype(np.uint32)


def places_of(members: Ids, ids: Ids) -> Ids:
    """Return where each id stands among the ascending `members`; −1 where it doesn't."""
    if not len(members) or not len(ids):
        return np.full(len(ids), -1, np.int64)
    top = int(members[-1])
    if members[0] > 0 and top < 4 * len(members) + 1_000_000:
        table = np.full(top + 2, -1, np.int64)
        table[members] = np.arange(len(members))
        # What lies outside is taken for 0 or for one beyond the last: both are nobody.
        found: Ids = np.take(table, ids, mode="clip")
        return found
    places = np.minimum(np.searchsorted(members, ids), len(members) - 1)
    return np.where(members[places] == ids, places, -1)


def retention_matrix(days: MemberDays, cohort_months: Ids) -> Ids:
    """Count for each month of entry (row) and calendar month (column) the members who acted on any day of it.

    `cohort_months`: each member's month of entry; those outside of the months of `days` are in no row.
    """
    n_months = len(days.bits)
    rows = cohort_months - days.first_month
    rows = np.where((rows >= 0) & (rows < n_months), rows, n_months).astype(np.intp)
    table = np.zeros((n_months + 1, n_months), np.int64)
    for month, bits in enumerate(days.bits):
        table[:, month] = np.bincount(rows[bits != 0], minlength=n_months + 1)
    return table[:n_months]


@dataclass(frozen=True, slots=True)
class Shares:
    """k of n at each of some midnights."""

    numerators: Ids
    denominators: Ids


def active_shares(
    days: MemberDays, stay: tuple[Ids, Ids], midnights: tuple[int, int], *, trailing: int = 30, least: int = 2
) -> Shares:
    """Count at the beginning of each day of [first, after) who is settled, and who of them was active.

    Active: acted on at least `least` different days of the `trailing` ones before. Settled: registered before
    these and not gone when they began; `stay` has each member's day of registration and day of leaving.
    Days that lie before the months of `days` count as days without action.
    """
    first, after = midnights
    shares = Shares(np.zeros(after - first, np.int64), np.zeros(after - first, np.int64))
    registered, left = (np.clip(each - first, -30_000, 30_000).astype(np.int16) for each in stay)
    for block in _blocks(len(days.members)):
        _count_block(
            shares, (registered[block], left[block]), _acts_by_day(days, first - trailing, after, block), least
        )
    return shares


def _count_block(shares: Shares, stay: tuple[Days, Days], acts: list[Flags8], least: int) -> None:
    """Add a block's counts: `stay` in days from the first midnight on, `acts` from `trailing` days before it on."""
    registered, left = stay
    trailing = len(acts) - len(shares.numerators)
    counts = np.zeros(len(registered), np.int16)
    for acted in acts[:trailing]:
        counts += acted
    for place in range(len(shares.numerators)):
        is_settled = (registered < place - trailing) & (left >= place - trailing)
        shares.denominators[place] += np.count_nonzero(is_settled)
        shares.numerators[place] += np.count_nonzero(is_settled & (counts >= least))
        counts += acts[place + trailing]
        counts -= acts[place]


def _acts_by_day(days: MemberDays, first: int, after: int, block: slice) -> list[Flags8]:
    """Return for each day of [first, after) who of the block acted on it: 1 or 0."""
    nobody = np.zeros(block.stop - block.start, np.uint8)
    starts = days.starts
    acts = []
    for day in range(first, after):
        month = int(np.searchsorted(starts, day, side="right")) - 1
        shift = day - int(starts[month]) if month >= 0 else 32
        if shift > 31 or not len(starts):
            acts.append(nobody)
            continue
        acts.append(((days.bits[month, block] >> np.uint32(shift)) & np.uint32(1)).astype(np.uint8))
    return acts


def _blocks(count: int) -> list[slice]:
    return [slice(begin, min(begin + BLOCK, count)) for begin in range(0, count, BLOCK)]


def first_silences(days: MemberDays, since: Ids, until: int, gap: int) -> Ids:
    """Return each member's last day with an action before the first silence of more than `gap` days; −1 without one.

    The day `since` counts as a day with an action, earlier ones don't count. A silence that has not lasted longer
    than `gap` days on day `until` (the day of looking) is none yet.
    """
    found = np.full(len(days.members), -1, np.int64)
    for block in _blocks(len(days.members)):
        found[block] = _silences_of(days, block, since[block], until, gap)
    return found


def _silences_of(days: MemberDays, block: slice, since: Ids, until: int, gap: int) -> Ids:
    last = since.astype(np.int32)
    silent = np.full(len(since), -1, np.int32)
    first_months = months_of_days(since) - days.first_month
    for month, start in enumerate(days.starts.tolist()):
        bits = days.bits[month, block]
        is_first = first_months == month
        bits = np.where(first_months <= month, bits, np.uint32(0))
        bits[is_first] &= ~_below(since[is_first] + 1 - start)
        has_acted = (bits != 0) & (silent < 0)
        is_gap = has_acted & (_lowest(bits) + np.int32(start) - last > gap)
        silent[is_gap] = last[is_gap]
        if gap < 30:
            _find_gap_inside(bits, start, gap, silent)
        np.copyto(last, _highest(bits) + np.int32(start), where=has_acted)
    is_silent = (silent < 0) & (until - last > gap)
    silent[is_silent] = last[is_silent]
    return silent.astype(np.int64)


def _find_gap_inside(bits: Bits, start: int, gap: int, silent: NDArray[np.int32]) -> None:
    """Note the last day before the first gap between two days of one month, of those who have none yet.

    Each day is spread over the gap − 1 days after it; what stays bare before the last day is the end of a gap.
    """
    covered = bits.astype(np.uint64)
    for _ in range(gap - 1):
        covered |= covered << np.uint64(1)
    inside = (np.uint64(1) << _highest(bits).clip(0).astype(np.uint64)) - np.uint64(1)
    holes = (~covered & inside & ~(_lowest_bit(bits).astype(np.uint64) - np.uint64(1))) * (bits != 0)
    is_new = (holes != 0) & (silent < 0)
    hole = np.bitwise_count((holes & -holes.astype(np.int64).astype(np.uint64)) - np.uint64(1)).astype(np.int32)
    silent[is_new] = start + hole[is_new] - gap


def _lowest_bit(bits: Bits) -> Bits:
    return bits & (~bits + np.uint32(1))


def _lowest(bits: Bits) -> NDArray[np.int32]:
    """Return the number of the lowest bit; meaningless without bits."""
    number: NDArray[np.int32] = np.bitwise_count(_lowest_bit(bits) - np.uint32(1)).astype(np.int32)
    return number


def _highest(bits: Bits) -> NDArray[np.int32]:
    """Return the number of the highest bit, read from the exponent of the float; −1023 without bits."""
    return ((bits.astype(np.float64).view(np.int64) >> 52) - 1023).astype(np.int32)


@dataclass(frozen=True, slots=True)
class FunnelLevels:
    """Those who entered the first step: by ascending id, with the instant of the first entry and the level reached."""

    members: Ids
    entered_at: Instants
    levels: Ids


def funnel_levels(
    members: Ids, times: Instants, steps: Ids, window: np.timedelta64, *, is_sliding: bool = False
) -> FunnelLevels:
    """Find how far each member came: the highest step reached by events of steps 1, 2, … in non-decreasing time.

    All within `window` of the entry (step 1), the last instant included; at one instant steps come in their order;
    each event serves its own step only. From the first entry, or from any (`is_sliding`). Rows in any order.
    A running maximum for each step: the latest entry from which it was reached, looked up at the event before.
    """
    members, times, steps = _in_funnel_order(members, times.astype("datetime64[us]"), steps)
    begins = np.flatnonzero(np.append(True, members[1:] != members[:-1])[: len(members)])
    cuts = np.append(begins[:: BLOCK // 4], len(members))
    parts = [
        _levels_of(members[low:high], times[low:high], steps[low:high], (window, is_sliding))
        for low, high in pairwise(cuts.tolist())
    ]
    if not parts:
        return FunnelLevels(members, times, steps)
    return FunnelLevels(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _levels_of(
    members: Ids, times: Instants, steps: Ids, how: tuple[np.timedelta64, bool]
) -> tuple[Ids, Instants, Ids]:
    """Find the levels of a block of members; rows are in order."""
    window, is_sliding = how
    is_begin = np.append(True, members[1:] != members[:-1])
    begins = np.flatnonzero(is_begin)
    begin_of = begins[np.cumsum(is_begin) - 1]
    entries = np.flatnonzero(steps == 1)
    firsts = entries[np.append(True, begin_of[entries][1:] != begin_of[entries][:-1])[: len(entries)]]
    level = np.zeros(len(members), np.int64)
    level[firsts] = 1
    latest = np.full(len(members), -1, np.int64)
    latest[entries if is_sliding else firsts] = entries if is_sliding else firsts
    for step in range(2, int(steps.max()) + 1):
        reached = np.maximum.accumulate(latest)
        places = np.flatnonzero(steps == step)
        starts = reached[places]
        is_reached = (starts >= begin_of[places]) & (times[places] - times[starts] <= window)
        latest = np.full(len(members), -1, np.int64)
        latest[places[is_reached]] = starts[is_reached]
        level[places[is_reached]] = step
    highest = np.maximum.reduceat(level, begins)
    return members[firsts], times[firsts], highest[np.searchsorted(begins, begin_of[firsts])]


def _in_funnel_order(members: Ids, times: Instants, steps: Ids) -> tuple[Ids, Instants, Ids]:
    """Sort rows by member, instant and step: packed into one integer, in the coarsest unit that holds every instant."""
    if not len(members):
        return members, times, steps
    base, low = times.min(), int(members.min())
    moments = (times - base).astype(np.int64)
    unit = next((each for each in (1_000_000, 1_000, 1) if (moments // each * each == moments).all()), 1)
    moments //= unit
    for_moment, for_step = (int(each.max()).bit_length() for each in (moments, steps))
    if (int(members.max()) - low).bit_length() + for_moment + for_step > 63:
        order = np.lexsort((steps, moments, members))
        return members[order], times[order], steps[order]
    keys = (members.astype(np.int64) - low) << for_moment
    keys |= moments
    keys <<= for_step
    keys |= steps
    keys.sort(kind="stable")
    steps = keys & ((1 << for_step) - 1)
    keys >>= for_step
    times = base + ((keys & ((1 << for_moment) - 1)) * unit).astype("timedelta64[us]")
    return (keys >> for_moment) + low, times, steps


def preorder(sponsors: Ids) -> tuple[Ids, Ids]:
    """Return (tin, size) of every member of a forest: the downline of i is tin[i] < tin < tin[i] + size[i].

    `sponsors`: each one's sponsor as a place, −1 for a root. Brothers come in the order of their places.

    Raises:
        ValueError: the sponsors form a loop.
    """
    n = len(sponsors)
    by_sponsor = np.argsort(sponsors, kind="stable")
    sorted_sponsors = sponsors[by_sponsor]
    levels = [by_sponsor[: np.searchsorted(sorted_sponsors, 0)]]
    child_of = np.searchsorted(sorted_sponsors, np.arange(n + 1))
    while len(levels[-1]):
        levels.append(by_sponsor[_ranges(child_of[levels[-1]], child_of[levels[-1] + 1])])
    if sum(map(len, levels)) != n:
        raise ValueError("the sponsors form a loop")
    size = np.ones(n, np.int64)
    for level in levels[:0:-1]:
        np.add.at(size, sponsors[level], size[level])
    tin = np.zeros(n, np.int64)
    for level in levels:
        before = np.cumsum(size[level]) - size[level]
        is_eldest = np.concatenate([[True], sponsors[level][1:] != sponsors[level][:-1]])[: len(level)]
        base = before[np.maximum.accumulate(np.where(is_eldest, np.arange(len(level)), 0))]
        above = np.where(sponsors[level] >= 0, tin[sponsors[level]] + 1, 0)
        tin[level] = above + before - base
    return tin, size


def _ranges(begins: Ids, ends: Ids) -> Ids:
    """Return the integers of [begin, end) for each pair, one after the other."""
    lengths = ends - begins
    total = int(lengths.sum())
    return np.repeat(begins - (np.cumsum(lengths) - lengths), lengths) + np.arange(total)


def downline_sums(tin: Ids, size: Ids, values: Ids) -> Ids:
    """Return for everybody the sum of `values` over the person and the whole downline.

    `tin` and `size` as kept in people (preorder intervals); people left out of the arrays count as 0.
    """
    if not len(tin):
        return np.zeros(0, np.asarray(values).dtype)
    flat = np.zeros(int((tin + size).max()) + 1, np.asarray(values).dtype)
    flat[tin + 1] = values
    upto = np.cumsum(flat)
    sums: Ids = upto[tin + size] - upto[tin]
    return sums
