"""Note acts that count for streaks, and let the streaks follow; each question once for a whole batch."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import msgspec
from django.db.models import Count, Q

from qadam.conditions import tree
from qadam.events import operations as events
from qadam.events.consumers import EventRow
from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.people.pausing import paused_days_of
from qadam.recognition import rules
from qadam.recognition.awards import StreakAct, StreakState
from qadam.recognition.documents import StreakDocument, Unit
from qadam.recognition.facts import read_people, read_zones
from qadam.recognition.periods import A_DAY, DAY_START, local_day
from qadam.recognition.reading import Book, read_book
from qadam.recognition.streak_rules import (
    MILESTONES,
    Run,
    close,
    crossed,
    keep,
    period_of,
    replay,
    rests_of,
    start,
    step_of,
)

ACT_COLUMNS = {"member_id": "bigint", "streak": "text", '"on"': "date", "act": "text"}
STATE_COLUMNS = {
    "member_id": "bigint",
    "streak": "text",
    "length": "integer",
    "best": "integer",
    "freezes": "integer",
    "earned": "integer",
    "kept_on": "date",
    "closed_on": "date",
}
SET = "ON CONFLICT (member_id, streak) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in list(STATE_COLUMNS)[2:]
)
FARTHEST = timedelta(hours=14)
"""No zone is farther ahead of UTC."""
CLOSED_AT_ONCE = 2_000
"""So many streaks are settled in one transaction: others that want to write wait no longer than for these."""

ALWAYS = date(2000, 1, 1)
"""Earlier than any pause."""

Whose = tuple[int, str]
"""(member id, key of a streak)."""


@dataclass(frozen=True, slots=True)
class Acted:
    """An act that counts for a streak in one period."""

    member_id: int
    streak: StreakDocument
    period: date
    act: str
    at: datetime

    @property
    def whose(self) -> Whose:
        return (self.member_id, self.streak.key)


@write()
def note_acts(batch: Sequence[EventRow], *, now: datetime) -> None:
    """Let the streaks of a batch's people grow. Records `streak.grown` where a length is one that somebody asks for."""
    book = read_book()
    found = list(_find_acts(book.streaks, batch))
    if not found:
        return
    runs = _read_runs({event.member_id for _streak, event in found if event.member_id is not None})
    acted = [each for each in _place(found) if not _is_known(each, runs)]
    if not acted:
        return
    rows = {(each.member_id, each.streak.key, each.period.isoformat(), each.act) for each in acted}
    sql.insert_many("recognition_streakact", ACT_COLUMNS, sorted(rows), conflict="ON CONFLICT DO NOTHING")
    _follow(_kept_by(acted), runs, milestones_of(book), now)


def _find_acts(
    streaks: Sequence[StreakDocument], batch: Iterable[EventRow]
) -> Iterator[tuple[StreakDocument, EventRow]]:
    by_type: dict[str, list[tuple[StreakDocument, tree.Where]]] = defaultdict(list)
    for streak in streaks:
        for act in streak.acts:
            for name in act.events:
                by_type[name].append((streak, act.where))
    for event in batch:
        if event.member_id is not None and event.type in by_type:
            fitting = {s.key: s for s, where in by_type[event.type] if rules.fits(event.props, where)}
            yield from ((streak, event) for streak in fitting.values())


def _place(found: Sequence[tuple[StreakDocument, EventRow]]) -> Iterator[Acted]:
    """Give every act its period: the member's own days, each in the zone that was theirs then."""
    zones = read_zones(read_people({event.member_id for _streak, event in found if event.member_id}).values())
    for streak, event in found:
        assert event.member_id is not None
        if event.member_id in zones:
            period = period_of(streak, local_day(event.occurred_at, zones[event.member_id]))
            yield Acted(event.member_id, streak, period, act_of(streak, event), event.occurred_at)


def act_of(streak: StreakDocument, event: EventRow) -> str:
    """Return what tells an act from others of its period: the same lesson twice is one act."""
    if streak.needed == 1:
        return ""
    told = [event.type, sorted(event.props.items()) or event.seq]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


def _is_known(acted: Acted, runs: Mapping[Whose, Run]) -> bool:
    run = runs.get(acted.whose)
    return run is not None and run.kept_on == acted.period


def _kept_by(acted: Sequence[Acted]) -> list[Acted]:
    """Return one act for each period that has enough of them now, in the order of periods."""
    enough = {(each.whose, each.period): each for each in acted}
    several = [each for each in enough.values() if each.streak.needed > 1]
    if several:
        counted = StreakAct.objects.filter(
            member_id__in={each.member_id for each in several},
            streak__in={each.streak.key for each in several},
            on__in={each.period for each in several},
        )
        numbers = {row[:3]: row[3] for row in counted.values_list("member_id", "streak", "on").annotate(n=Count("id"))}
        for each in several:
            if numbers.get((*each.whose, each.period), 0) < each.streak.needed:
                del enough[each.whose, each.period]
    return sorted(enough.values(), key=lambda each: (each.period, each.member_id))


def _follow(
    kept: Sequence[Acted], runs: Mapping[Whose, Run], milestones: Mapping[str, set[int]], now: datetime
) -> None:
    by_whose: dict[Whose, list[Acted]] = defaultdict(list)
    for each in kept:
        by_whose[each.whose].append(each)
    paused = _read_pauses(kept)
    histories = _read_late({whose for whose, acted in by_whose.items() if _is_late(acted, runs.get(whose))}, kept)
    changed: dict[Whose, Run] = {}
    told: list[events.NewEvent] = []
    for whose, acted in by_whose.items():
        streak, was = acted[0].streak, runs.get(whose) or start(acted[0].streak)
        days = paused.get(whose[0], frozenset())
        rests, run = rests_of(streak, days), was
        if whose in histories:
            run = replay(streak, histories[whose], days, was.closed_on)
            told += _grown(acted[-1], was.length, run.length, milestones, now)
        else:
            for each in acted if streak.unit is Unit.WEEK else [each for each in acted if each.period not in days]:
                before, run = run, keep(run, streak, each.period, rests)
                told += _grown(each, before.length, run.length, milestones, now)
        # What somebody once reached stays, whatever becomes known later.
        changed[whose] = replace(run, best=max(run.best, was.best))
    write_runs(changed)
    events.record_many(told, now=now)


def _grown(
    acted: Acted, before: int, after: int, milestones: Mapping[str, set[int]], now: datetime
) -> Iterator[events.NewEvent]:
    for length in crossed(before, after, milestones[acted.streak.key]) if after else ():
        key = f"streak:{acted.streak.key}:{acted.member_id}:{acted.period}:{length}"
        props = {"streak": acted.streak.key, "length": length}
        yield events.NewEvent("streak.grown", acted.member_id, min(acted.at, now), key, props)


def _is_late(acted: Sequence[Acted], run: Run | None) -> bool:
    settled = run.settled_on if run else None
    return settled is not None and acted[0].period <= settled


def _read_late(whose: Collection[Whose], kept: Sequence[Acted]) -> dict[Whose, list[date]]:
    """Read all kept periods of those about whom something late became known."""
    if not whose:
        return {}
    needed = {each.streak.key: each.streak.needed for each in kept}
    return {
        each: [on for on, number in periods.items() if number >= needed[each[1]]]
        for each, periods in read_periods({member_id for member_id, _key in whose}).items()
        if each in whose
    }


def read_periods(member_ids: Collection[int], since: date = date.min) -> dict[Whose, dict[date, int]]:
    """Return {(member, streak): {period: how many acts}}."""
    found: dict[Whose, dict[date, int]] = defaultdict(dict)
    rows = StreakAct.objects.filter(member_id__in=list(member_ids), on__gte=since)
    for member_id, key, on, number in rows.values_list("member_id", "streak", "on").annotate(number=Count("id")):
        found[member_id, key][on] = number
    return found


def _read_pauses(kept: Sequence[Acted]) -> dict[int, frozenset[date]]:
    """Read the pauses of everybody who kept a period: on those days a streak neither breaks nor grows."""
    if not kept:
        return {}
    return paused_days_of({each.member_id for each in kept}, ALWAYS, max(each.period for each in kept) + 7 * A_DAY)


def _read_runs(member_ids: Collection[int]) -> dict[Whose, Run]:
    return {(row.member_id, row.streak): run_of(row) for row in StreakState.objects.filter(member_id__in=member_ids)}


def run_of(row: StreakState) -> Run:
    return Run(row.length, row.best, row.freezes, row.earned, row.kept_on, row.closed_on)


def write_runs(runs: Mapping[Whose, Run]) -> None:
    rows = [
        (
            *whose, run.length, run.best, run.freezes, run.earned,
            run.kept_on.isoformat() if run.kept_on else None, run.closed_on.isoformat() if run.closed_on else None,
        )
        for whose, run in runs.items()
    ]  # fmt: skip
    sql.insert_many("recognition_streakstate", STATE_COLUMNS, rows, conflict=SET)


def milestones_of(book: Book) -> dict[str, set[int]]:
    """Return the lengths of each streak that are told to the log: the usual ones, and those that badges ask for."""
    found = {streak.key: set(MILESTONES[streak.unit]) for streak in book.streaks}
    for version in book.badges:
        for leaf in (leaf for tier in version.badge.tiers for leaf in tree.leaves(tier.when)):
            if isinstance(leaf, tree.Did) and "streak.grown" in leaf.events:
                for lengths in found.values():
                    lengths |= set(_lengths_in(leaf.where))
    return found


def _lengths_in(where: tree.Where) -> Iterator[int]:
    for name, test in where:
        if name == "length":
            values = test.values if isinstance(test, tree.OneOf) else [limit for _comparison, limit in test.limits]
            for value in values:
                yield from (int(value), int(value) + 1)


def close_days(*, now: datetime) -> int:
    """Settle the days and weeks that are over, each member's by their own zone. A second time changes nothing.

    A streak ends without a word; return how many were settled.
    """
    settled = 0
    for streak in read_book().streaks:
        # Read without holding up writers, and sorted here: a LIMIT by id may make SQLite sort them all for each chunk.
        for ids in sql.chunks(sorted(_find_open(streak, now)), CLOSED_AT_ONCE):
            settled += _close_chunk(ids, streak, now)
    return settled


def _find_open(streak: StreakDocument, now: datetime) -> Iterable[int]:
    """Return the ids of the runs that may have something open: the last period that is over somewhere isn't settled."""
    last_over = period_of(streak, (now + FARTHEST - DAY_START).date()) - step_of(streak)
    running = StreakState.objects.filter(streak=streak.key, length__gt=0)
    return running.exclude(Q(closed_on__gte=last_over) | Q(kept_on__gte=last_over)).values_list("id", flat=True)


@write()
def _close_chunk(ids: Sequence[int], streak: StreakDocument, now: datetime) -> int:
    """Settle a few of a streak's runs, as they are by now."""
    rows = list(StreakState.objects.filter(id__in=ids, length__gt=0))
    return _close_rows(rows, streak, now) if rows else 0


def _close_rows(rows: Sequence[StreakState], streak: StreakDocument, now: datetime) -> int:
    ids = {row.member_id for row in rows}
    zones = read_zones(read_people(ids).values())
    paused = paused_days_of(ids, min(row.kept_on or date.max for row in rows), (now + FARTHEST).date() + 7 * A_DAY)
    changed: dict[Whose, Run] = {}
    for row in rows:
        run = run_of(row)
        through = period_of(streak, local_day(now, zones[row.member_id])) - step_of(streak)
        after = close(run, streak, through, rests_of(streak, paused.get(row.member_id, frozenset())))
        if after != run:
            changed[row.member_id, row.streak] = after
    write_runs(changed)
    return len(changed)


@write()
def rebuild_runs(member_ids: Collection[int], *, now: datetime) -> None:
    """Run the streaks again from all acts: two records of one human have the acts of both."""
    streaks = {streak.key: streak for streak in read_book().streaks}
    runs, paused = _read_runs(member_ids), paused_days_of(member_ids, ALWAYS, (now + FARTHEST).date())
    changed: dict[Whose, Run] = {}
    for whose, periods in read_periods(member_ids).items():
        if streak := streaks.get(whose[1]):
            kept = [on for on, number in periods.items() if number >= streak.needed]
            was = runs.get(whose, Run())
            run = replay(streak, kept, paused.get(whose[0], frozenset()), was.closed_on)
            changed[whose] = replace(run, best=max(run.best, was.best))
    write_runs(changed)
