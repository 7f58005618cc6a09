"""Two records of one human have become one: what both had been given for the same thing is taken back once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from qadam.events.consumers import EventRow
from qadam.jobs.transactions import write
from qadam.recognition import posting, streaks, totals
from qadam.recognition.documents import Earner, PointRuleDocument, Which
from qadam.recognition.ledger import PointEntry
from qadam.recognition.queries import read_facts
from qadam.recognition.reading import read_book


@write()
def follow_merges(merges: Sequence[EventRow], *, now: datetime) -> None:
    """Add up anew what the kept records have; no human earns twice by a first fact, nor as the mentor of oneself."""
    by_member = {event.member_id: event for event in merges if event.member_id is not None}
    totals.rebuild_totals(sorted(by_member), now=now)
    streaks.rebuild_runs(by_member, now=now)
    drafts = [draft for member_id, event in by_member.items() for draft in _doubles(member_id, event)]
    posting.store_entries(drafts, now)


def _doubles(member_id: int, event: EventRow) -> Iterator[posting.Draft]:
    rows = PointEntry.objects.filter(member_id=member_id, reverses__isnull=True, reversal__isnull=True)
    entries = list(rows.order_by("fact"))
    facts = read_facts({entry.fact for entry in entries})
    rules = {version.id: version.rule for versions in read_book().rules.values() for version in versions}
    seen: set[tuple[object, ...]] = set()
    for entry in entries:
        fact, rule = facts.get(entry.fact), rules.get(entry.version_id)
        if fact is not None and rule is not None and _is_double(entry, fact, rule, seen):
            yield posting.reverse(posting.draft_of(entry), event)


def _is_double(entry: PointEntry, fact: EventRow, rule: PointRuleDocument, seen: set[tuple[object, ...]]) -> bool:
    """Tell whether an entry would not have been made for one record, given those before it."""
    if rule.to is not Earner.SELF:
        return fact.member_id == entry.member_id
    if rule.which is not Which.FIRST:
        return False
    told = (rule.key, *_values(fact.props, rule.per))
    is_known = told in seen
    seen.add(told)
    return is_known


def _values(props: Mapping[str, object], names: Sequence[str]) -> tuple[object, ...]:
    return tuple(props.get(name) for name in names)
