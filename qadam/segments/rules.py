"""Decide who comes in and who goes out, and when to ask again. Plain Python over sets of member ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qadam.events.consumers import EventRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says about its candidates: who enters, who leaves, whom to ask again later."""

    enters: frozenset[int]
    leaves: frozenset[int]
    undecided: frozenset[int]


def judge(candidates: Set[int], inside: Set[int], matching: Set[int], *, is_latch: bool) -> Verdict:
    """Compare who is in with for whom the condition is true. A latch lets nobody out and forgets who is in."""
    return Verdict(
        enters=frozenset(matching - inside),
        leaves=frozenset() if is_latch else frozenset((inside & candidates) - matching),
        undecided=frozenset(candidates - inside - matching) if is_latch else frozenset(candidates),
    )


def newest_by_type(batch: Sequence[EventRow], now: datetime) -> dict[str, dict[int, datetime]]:
    """Return {event type: {member id: instant of the newest event, `now` at the latest}} of a batch."""
    found: dict[str, dict[int, datetime]] = {}
    for event in batch:
        if event.member_id is not None:
            of_type = found.setdefault(event.type, {})
            instant = min(event.occurred_at, now)
            of_type[event.member_id] = max(instant, of_type.get(event.member_id, instant))
    return found


def latest_of(first: Mapping[int, datetime], second: Mapping[int, datetime]) -> dict[int, datetime]:
    """Merge two maps of instants; the later one of a member wins."""
    later = {member_id: max(instant, first[member_id]) for member_id, instant in second.items() if member_id in first}
    return {**first, **second, **later}
