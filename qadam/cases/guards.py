"""Who may get which measure, and who comes first. Plain Python; `reading_guards` asks the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qadam.cases.measures import Measure, Purpose

REST = timedelta(hours=48)
"""So long after one measure that began by itself no other begins by itself for the same person."""
MOST_REFUSALS = 2
"""Whoever declined so often is not recruited any more."""
CONTACT_REST = timedelta(days=365)
"""So long after somebody asked not to be contacted only answers to their own questions reach them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards know about a person at this moment."""

    has_left: bool = False
    has_consent: bool = False
    refusals: int = 0
    is_buyer: bool = False
    wants_no_contact: bool = False


def find_obstacle(measure: Measure, facts: Facts) -> str:
    """Return why a person must not get a measure (left, contact, buyer, refused, consent), or "" when they may."""
    if facts.has_left:
        return "left"
    if facts.wants_no_contact and measure.purpose is not Purpose.SERVICE:
        return "contact"
    if measure.purpose is Purpose.RECRUITING and facts.is_buyer:
        return "buyer"
    if measure.purpose is Purpose.RECRUITING and facts.refusals >= MOST_REFUSALS:
        return "refused"
    return "consent" if measure.needs_consent and not facts.has_consent else ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file whose measure wants to begin by itself."""

    file_id: int
    member_id: int
    priority: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """`starts`: whose measure begins now. `waits`: {file: from when on it may}."""

    starts: tuple[int, ...]
    waits: Mapping[int, datetime]


def arbitrate(claims: Iterable[Claim], last_starts: Mapping[int, datetime], now: datetime) -> Verdict:
    """Let one measure at most begin for each person, by priority, then age; the others wait until 48 h are over.

    `last_starts` is {member: when a measure last began by itself}, withheld ones in the control group included, so
    that both arms wait alike.
    """
    starts: list[int] = []
    waits: dict[int, datetime] = {}
    taken = {member: at + REST for member, at in last_starts.items() if at + REST > now}
    for claim in sorted(claims, key=lambda each: (-each.priority, each.opened_at, each.file_id)):
        free_at = taken.get(claim.member_id)
        if free_at is not None:
            waits[claim.file_id] = free_at
            continue
        starts.append(claim.file_id)
        taken[claim.member_id] = now + REST
    return Verdict(tuple(starts), waits)


def possible(measures: Sequence[Measure], facts: Facts) -> list[Measure]:
    """Return the measures that nothing stands against."""
    return [each for each in measures if not find_obstacle(each, facts)]
