"""Post the points of a batch of facts, and their reversals: every question is asked once for the whole batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from qadam.events.consumers import EventRow
from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.recognition import boards, rules, totals
from qadam.recognition.documents import Caps, PointRuleDocument
from qadam.recognition.facts import Log, Person, find_earner, read_leaders, read_log, read_people, read_zones
from qadam.recognition.ledger import PointEntry, PointEntryQuerySet
from qadam.recognition.periods import A_DAY, local_day, monday_of
from qadam.recognition.reading import Book, RuleVersion, read_book, version_at
from qadam.recognition.shapes import Posted

COLUMNS = {
    "id": "bigint",
    "member_id": "bigint",
    "rule": "text",
    "version_id": "bigint",
    "fact": "bigint",
    "occurred_at": "timestamptz",
    "local_day": "date",
    "points": "integer",
    "reverses_id": "bigint",
    "held_until": "timestamptz",
    "released_at": "timestamptz",
    "posted_at": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A fact that a version of a rule scores, unless caps or the fact's own past say no."""

    event: EventRow
    version: RuleVersion

    @property
    def rule(self) -> PointRuleDocument:
        return self.version.rule


@dataclass(frozen=True, slots=True)
class Refund:
    """A fact that undoes earlier ones under a rule."""

    event: EventRow
    rule: PointRuleDocument


@dataclass(slots=True)
class Draft:
    """An entry to be written, or one that stands; `undone` once a reversal goes with it."""

    id: int
    member_id: int
    rule: str
    version_id: int
    fact: int
    occurred_at: datetime
    day: date
    points: int
    held_until: datetime | None
    released_at: datetime | None = None
    reverses: Draft | None = None
    undone: bool = False


@write()
def post_points(batch: Sequence[EventRow], *, now: datetime) -> list[Posted]:
    """Score a batch of the log, in its order. A fact that was scored before, or undone before, brings nothing.

    Return what began to count, reversals with it.
    """
    book = read_book()
    hits, refunds = list(_find_hits(book, batch)), list(_find_refunds(book, batch))
    if not hits and not refunds:
        return []
    log = _read_log(hits, refunds)
    claims = _claim(hits, log)
    totals.lock_earners({claim.earner for claim in claims})
    known = _read_known(refunds, log)
    totals.lock_earners({draft.member_id for draft in known.values()} - {claim.earner for claim in claims})
    drafts = _draft(claims, refunds, log, known, now)
    return store_entries(drafts, now)


def _find_hits(book: Book, batch: Iterable[EventRow]) -> Iterator[Hit]:
    for event in batch:
        for key in book.scored.get(event.type, ()) if event.member_id is not None else ():
            version = version_at(book.rules[key], event.occurred_at)
            if version and event.type == version.rule.event and rules.fits(event.props, version.rule.where):
                yield Hit(event, version)


def _find_refunds(book: Book, batch: Iterable[EventRow]) -> Iterator[Refund]:
    for event in batch:
        for key in book.undone.get(event.type, ()) if event.member_id is not None else ():
            for rule in {version.rule.event: version.rule for version in book.rules[key]}.values():
                if rule.reversed_by is not None and rule.reversed_by.event == event.type:
                    yield Refund(event, rule)


def _read_log(hits: Sequence[Hit], refunds: Sequence[Refund]) -> Log:
    """Read the facts of the doers that decide: earlier ones of the same kind, and what undoes or is undone."""
    compared = [hit for hit in hits if hit.rule.which != "every" or hit.rule.reversed_by]
    types = {hit.event.type for hit in compared if hit.rule.which != "every"}
    types |= {hit.rule.reversed_by.event for hit in compared if hit.rule.reversed_by}
    types |= {refund.rule.event for refund in refunds}
    doers = {hit.event.member_id for hit in compared} | {refund.event.member_id for refund in refunds}
    return read_log([each for each in doers if each is not None], sorted(types))


@dataclass(frozen=True, slots=True)
class Claim:
    """A hit with its earner, the earner's day, and what it would bring."""

    hit: Hit
    earner: int
    day: date
    points: int


def _claim(hits: Sequence[Hit], log: Log) -> list[Claim]:
    """Find for each hit who earns what on which day; those that bring nothing are left out."""
    open_hits = [hit for hit in hits if not _is_undone(hit, log) and _has_its_turn(hit, log)]
    doers = read_people({hit.event.member_id for hit in open_hits if hit.event.member_id is not None})
    people = read_leaders(doers) if any(hit.rule.to != "self" for hit in open_hits) else doers
    found: list[tuple[Hit, Person, int]] = []
    for hit in open_hits:
        doer, points = doers.get(hit.event.member_id or 0), rules.points_of(hit.rule, hit.event.props)
        earner = find_earner(hit.rule.to, doer, people, hit.event.occurred_at) if doer and points else None
        if earner is not None:
            found.append((hit, earner, points))
    zones = read_zones({earner.id: earner for _hit, earner, _points in found}.values()) if found else {}
    return [
        Claim(hit, earner.id, local_day(hit.event.occurred_at, zones[earner.id]), points)
        for hit, earner, points in found
    ]


def _facts(log: Log, event: EventRow, type: str) -> Sequence[EventRow]:
    return log.get((event.member_id or 0, type), ())


def _is_undone(hit: Hit, log: Log) -> bool:
    """Tell whether the fact was undone before it came: refunds travel by other ways than orders."""
    undo, event = hit.rule.reversed_by, hit.event
    if undo is None or undo.same not in event.props:
        return False
    value = event.props[undo.same]
    return any(each.seq < event.seq and each.props.get(undo.same) == value for each in _facts(log, event, undo.event))


def _has_its_turn(hit: Hit, log: Log) -> bool:
    if hit.rule.which == "every":
        return True
    facts = _facts(log, hit.event, hit.event.type)
    earlier = [each.props for each in facts if each.seq < hit.event.seq and rules.fits(each.props, hit.rule.where)]
    return rules.has_its_turn(hit.rule, hit.event.props, earlier)


Known = dict[tuple[str, int], Draft]
"""{(rule, fact): the entry that scored it}."""


def _read_known(refunds: Sequence[Refund], log: Log) -> Known:
    """Read the entries that these refunds undo."""
    facts = {each.seq for refund in refunds for each in _undone_by(refund, log)}
    if not facts:
        return {}
    keys = {refund.rule.key for refund in refunds}
    rows = PointEntry.objects.filter(fact__in=facts, rule__in=keys, reverses__isnull=True)
    undone = set(PointEntry.objects.filter(reverses__in=rows).values_list("reverses_id", flat=True))
    return {(row.rule, row.fact): draft_of(row, undone=row.id in undone) for row in rows}


def _undone_by(refund: Refund, log: Log) -> list[EventRow]:
    """Return the facts that a refund undoes: the same doer's, with the same value, heard of before it."""
    undo, event = refund.rule.reversed_by, refund.event
    if undo is None or undo.same not in event.props:
        return []
    value, facts = event.props[undo.same], _facts(log, event, refund.rule.event)
    return [each for each in facts if each.seq < event.seq and each.props.get(undo.same) == value]


def _draft(claims: Sequence[Claim], refunds: Sequence[Refund], log: Log, known: Known, now: datetime) -> list[Draft]:
    """Go through facts and refunds in the order of the log and write down the entries that follow."""
    scored = _read_scored(claims)
    seen = _read_seen(claims)
    drafts: list[Draft] = []
    steps: list[tuple[int, Claim | Refund]] = [(claim.hit.event.seq, claim) for claim in claims]
    steps += [(refund.event.seq, refund) for refund in refunds]
    for _seq, step in sorted(steps, key=lambda pair: pair[0]):
        if isinstance(step, Refund):
            drafts += _take_back(step, log, known)
        elif (step.hit.rule.key, step.hit.event.seq) not in seen:
            rule, event = step.hit.rule, step.hit.event
            if scored.allows(rule, step.earner, step.day, event.occurred_at):
                scored.note(step.earner, rule.key, step.day, event.occurred_at)
                draft = _new_entry(step, now)
                known[rule.key, event.seq] = draft
                drafts.append(draft)
    return drafts


def _new_entry(claim: Claim, now: datetime) -> Draft:
    rule, event = claim.hit.rule, claim.hit.event
    release = event.occurred_at + rule.hold
    held_until = release if release > now else None
    return Draft(
        0, claim.earner, rule.key, claim.hit.version.id, event.seq, event.occurred_at, claim.day, claim.points,
        held_until,
    )  # fmt: skip


def _take_back(refund: Refund, log: Log, known: Known) -> Iterator[Draft]:
    """Write the opposite of every entry that a refund undoes; one that was undone before stays so."""
    for fact in _undone_by(refund, log):
        entry = known.get((refund.rule.key, fact.seq))
        if entry is not None and not entry.undone:
            entry.undone = True
            yield reverse(entry, refund.event)


def reverse(entry: Draft, event: EventRow) -> Draft:
    """Return the opposite of an entry, because of an event. It waits if the entry does, and then neither counts."""
    return Draft(
        0, entry.member_id, entry.rule, entry.version_id, event.seq, event.occurred_at, entry.day, -entry.points,
        entry.held_until, entry.released_at, reverses=entry,
    )  # fmt: skip


def draft_of(row: PointEntry, *, undone: bool = False) -> Draft:
    return Draft(
        row.id, row.member_id, row.rule, row.version_id, row.fact, row.occurred_at, row.local_day, row.points,
        row.held_until, row.released_at, undone=undone,
    )  # fmt: skip


def _read_seen(claims: Sequence[Claim]) -> set[tuple[str, int]]:
    """Return which of the facts were scored before: the batch is read again after a crash, or by somebody else."""
    facts = {claim.hit.event.seq for claim in claims}
    rows = PointEntry.objects.filter(fact__in=facts, reverses__isnull=True) if facts else PointEntry.objects.none()
    return set(rows.values_list("rule", "fact"))


def _read_scored(claims: Sequence[Claim]) -> rules.Scored:
    """Read what caps and cool-downs look at: the weeks of these facts, and a week around for what cools down."""
    scored = rules.Scored()
    limited = [claim for claim in claims if claim.hit.rule.caps != Caps() or claim.hit.rule.cooldown]
    if not limited:
        return scored
    days = [claim.day for claim in limited]
    margin = max(claim.hit.rule.cooldown for claim in limited) + A_DAY
    first, last = monday_of(min(days)) - margin, monday_of(max(days)) + 7 * A_DAY + margin
    rows = (
        _rows_about(limited)
        .filter(local_day__range=(first, last))
        .values_list("member_id", "rule", "local_day", "occurred_at")
    )
    for row in rows:
        scored.note(*row)
    lifelong = [claim for claim in limited if claim.hit.rule.caps.total is not None]
    for member_id, rule, number in _count(lifelong):
        scored.set_total(member_id, rule, number)
    return scored


def _rows_about(claims: Collection[Claim]) -> PointEntryQuerySet:
    earners, keys = {claim.earner for claim in claims}, {claim.hit.rule.key for claim in claims}
    return PointEntry.objects.filter(member_id__in=earners, rule__in=keys, reverses__isnull=True)


def _count(claims: Collection[Claim]) -> Iterator[tuple[int, str, int]]:
    if claims:
        yield from _rows_about(claims).values_list("member_id", "rule").annotate(number=Count("id"))


def store_entries(drafts: Sequence[Draft], now: datetime) -> list[Posted]:
    """Write entries, and let totals, levels and boards follow. Return what began to count."""
    if not drafts:
        return []
    for draft, entry_id in zip(drafts, sql.reserve_ids("recognition_pointentry", len(drafts)), strict=True):
        draft.id = entry_id
    sql.insert_many("recognition_pointentry", COLUMNS, [_row(draft, now) for draft in drafts])
    posted = [_posted(draft) for draft in drafts if draft.held_until is None or draft.released_at is not None]
    tell_posted(posted, now=now)
    return posted


def _row(draft: Draft, now: datetime) -> tuple[object, ...]:
    reverses = draft.reverses.id if draft.reverses is not None else None
    return (
        draft.id, draft.member_id, draft.rule, draft.version_id, draft.fact, draft.occurred_at,
        draft.day.isoformat(), draft.points, reverses, draft.held_until, draft.released_at, now,
    )  # fmt: skip


def _posted(draft: Draft) -> Posted:
    return Posted(draft.member_id, draft.rule, draft.points, draft.occurred_at, draft.day, draft.id)


def tell_posted(posted: Sequence[Posted], *, now: datetime) -> None:
    """Let totals, levels and boards follow what began to count. In the posting transaction."""
    if posted:
        totals.add_posted(posted, now=now)
        boards.note_points(posted, now=now)
