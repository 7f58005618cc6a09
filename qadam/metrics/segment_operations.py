"""Write the manifest of segments: seal the log, roll up, compact, rewrite. Only the engine does; files come first.

The order is always the same: the new file is safe on disk, then one transaction swaps the lines of the manifest.
Whatever dies in between leaves an orphan file that nobody reads. Two at once: the second gives way.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError

from qadam.jobs.transactions import attempt, write
from qadam.metrics import files, rollup, store
from qadam.metrics.files import SEGMENT_ROWS, SealedFile
from qadam.metrics.models import Segment

COMPACT_ROWS = 5_000_000
"""So many rows a compacted file holds at most (or what one segment has)."""
TIER = 20
"""So many fresh segments are merged before their month is over: members recur, so that days grow few."""


def seal_log(*, now: datetime, min_rows: int = SEGMENT_ROWS) -> int:
    """Seal the next 50,000 rows of the log (or what there is, from `min_rows` on) into a segment. Return how many.

    The file is safe on disk before the one transaction that puts it into the manifest; whatever dies before that
    leaves an orphan file and the rows in the tail. When two seal at once, the second gives way and seals nothing.
    """
    sealed_seq = _mend_manifest()
    if store.newest_seq() < sealed_seq + max(1, min_rows):
        return 0
    rows = store.read_tail(sealed_seq, SEGMENT_ROWS)
    if len(rows["seq"]) < max(1, min_rows):
        return 0
    sealed = files.write_segment(rows, sealed_seq + 1)
    try:
        with attempt():
            Segment.objects.create(**_fields_of(sealed), sealed_at=now)
    except IntegrityError:
        return 0
    return sealed.row_count


def _mend_manifest() -> int:
    """Forget the segments from the first missing or cut file on; return the sealed `seq`. Their rows are in the log."""
    sealed_seq = max((segment.last_seq for segment in store.standing_segments()), default=0)
    if (broken := Segment.objects.filter(first_seq__gt=sealed_seq)).exists():
        with write():
            broken.delete()
    return sealed_seq


def rebuild_segments(*, now: datetime, on_segment: Callable[[int], None] = lambda rows: None) -> int:
    """Write all segments anew from the log and swap the manifest in one transaction. Return how many rows they hold.

    The old files stay for readers that have just opened them; `files.clean_orphans` removes them later. Their day
    files go with them; `roll_up` makes new ones. What is sealed meanwhile returns to the tail and is sealed again.
    `on_segment(rows)` hears of each file.
    """
    sealed: list[SealedFile] = []
    while True:
        after = sealed[-1].last_seq if sealed else 0
        rows = store.read_tail(after, SEGMENT_ROWS)
        if len(rows["seq"]) < SEGMENT_ROWS:
            break
        sealed.append(files.write_segment(rows, after + 1))
        on_segment(sealed[-1].row_count)
    _swap(list(Segment.objects.all()), [Segment(**_fields_of(each), sealed_at=now) for each in sealed], is_all=True)
    return sum(each.row_count for each in sealed)


@write()
def _swap(old: Sequence[Segment], new: Sequence[Segment], *, is_all: bool = False) -> bool:
    """Put `new` into the manifest in place of `old` (or of everything). False, and no change, if `old` is gone."""
    replaced = Segment.objects.all() if is_all else Segment.objects.filter(file_name__in=[row.file_name for row in old])
    standing = list(replaced.select_for_update())
    if not is_all and len(standing) != len(old):
        return False
    # The grace of a file begins when it leaves the manifest, not when it was written.
    files.begin_grace([name for row in standing for name in (row.file_name, row.days_name) if name])
    replaced.delete()
    Segment.objects.bulk_create(new)
    return True


def _fields_of(sealed: SealedFile) -> dict[str, Any]:
    return asdict(sealed)


def roll_up(*, zone: ZoneInfo) -> int:
    """Write the day file of each segment that has none by the calendar of `zone`. Return how many were written."""
    written = 0
    for segment in store.standing_segments():
        day_file = store.day_file_of(segment)
        if day_file is None or day_file.zone != zone.key:
            written += _roll_up(segment, zone)
    return written


def _roll_up(segment: Segment, zone: ZoneInfo) -> int:
    path = files.folder() / files.new_name(segment.first_seq, segment.last_seq, "-days")
    rollup.write_days(files.folder() / segment.file_name, path, zone)
    fields = {"days_name": path.name, "days_size": path.stat().st_size, "days_zone": zone.key}
    files.begin_grace([segment.days_name] if segment.days_name else [])
    with write():
        return Segment.objects.filter(id=segment.id, file_name=segment.file_name).update(**fields)


def compact(*, now: datetime, everything: bool = False) -> int:
    """Merge neighbouring segments into files sorted by (member_id, occurred_at). Return how many were written.

    Those sealed in a closed month (UTC) become one file; those of the open month are merged by twenties meanwhile.
    `everything`: the open month too. A file covers an unbroken range of `seq` and at most 5 million rows, so that
    each row stays in exactly one file and late events need no care.
    """
    written = 0
    for run in _ripe_runs(store.standing_segments(), now, everything):
        merged = files.merge_segments(run)
        new = Segment(**_fields_of(merged), sealed_at=run[-1].sealed_at, is_sorted=True)
        written += _swap(run, [new])
    return written


def _ripe_runs(segments: Sequence[Segment], now: datetime, everything: bool) -> list[list[Segment]]:
    """Return neighbours to merge: sealed in the same month, together not too many rows."""
    runs: list[list[Segment]] = [[]]
    for segment in segments:
        is_open = not everything and _month(segment) >= (now.year, now.month)
        if not runs[-1] or not _fits(runs[-1], segment, everything, is_open):
            runs.append([])
        runs[-1].append(segment)
        if is_open and (segment.is_sorted or len(runs[-1]) == TIER):
            runs.append([])
    return [run for run in runs if _is_ripe(run, now, everything)]


def _is_ripe(run: Sequence[Segment], now: datetime, everything: bool) -> bool:
    if everything or (run and _month(run[0]) < (now.year, now.month)):
        return len(run) > 1 or any(not each.is_sorted for each in run)
    return len(run) == TIER


def _month(segment: Segment) -> tuple[int, int]:
    return segment.sealed_at.year, segment.sealed_at.month


def _fits(run: Sequence[Segment], segment: Segment, everything: bool, is_open: bool) -> bool:
    """Tell whether a segment may join the run; in the open month only fresh ones are merged, and only once."""
    if is_open and (segment.is_sorted or run[-1].is_sorted):
        return False
    is_same_month = everything or _month(run[0]) == _month(segment)
    return is_same_month and sum(each.row_count for each in run) + segment.row_count <= COMPACT_ROWS


def erase_member_from_segments(*, member_id: int, replacement: int | None) -> int:
    """Rewrite the segments that hold the id, with `replacement` in its place, as the log was re-keyed. Return how many.

    Call it after the log itself was re-keyed in its own transaction; calling it again is harmless. The old files
    disappear when their grace is over. Ids inside of properties are not looked for.
    """
    written = 0
    for segment in store.standing_segments():
        if files.holds_member(segment, member_id):
            rewritten = files.rekey_segment(segment, member_id, replacement)
            new = Segment(**_fields_of(rewritten), sealed_at=segment.sealed_at, is_sorted=segment.is_sorted)
            written += _swap([segment], [new])
    return written
