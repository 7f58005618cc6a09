"""What the detection looked at: the member's own events of its types, inside its windows. Plain Python."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qadam.conditions import Condition, tree
from qadam.conditions.tree import Bounds, Comparison, Did, EventAnchor, Fixed, OneOf, Tally, Where
from qadam.events.consumers import EventRow

MOST = 20
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one leaf looks at: events of these types that pass `where`, in [since, until]."""

    types: tuple[str, ...]
    where: Where
    since: datetime
    until: datetime

    def sees(self, event: EventRow) -> bool:
        return event.type in self.types and self.since <= event.occurred_at <= self.until and _passes(self.where, event)


@dataclass(frozen=True, slots=True)
class _Past:
    """One member's events, newest first, asked at an instant."""

    happened: Sequence[EventRow]
    at: datetime
    day_zero: datetime | None

    def find_anchor(self, anchor: EventAnchor) -> EventRow | None:
        found = [each for each in self.happened if each.type in anchor.events and _passes(anchor.where, each)]
        return (found[0] if anchor.is_last else found[-1]) if found else None


def collect(
    condition: Condition, happened: Iterable[EventRow], *, at: datetime, day_zero: datetime | None
) -> list[int]:
    """Return the places in the log of what a condition looked at when it was asked `at`, newest first, at most 20.

    `happened` are one member's own events in any order. What others did is not told: their events are theirs.
    """
    newest_first = sorted(happened, key=lambda each: (each.occurred_at, each.seq), reverse=True)
    past = _Past([each for each in newest_first if each.occurred_at <= at], at, day_zero)
    looks = [look for leaf in tree.leaves(condition) for look in _looks_of(leaf, past)]
    seen = [event.seq for event in past.happened if any(look.sees(event) for look in looks)]
    return seen[:MOST]


def _looks_of(leaf: tree.Leaf, past: _Past) -> Iterator[_Look]:
    match leaf:
        case Did():
            yield from _looks_of_did(leaf, past)
        case tree.Elapsed(since=EventAnchor() as anchor):
            yield from _look_at_anchor(anchor, past)
        case tree.Last(event=event, where=where):
            yield from _look_at_anchor(EventAnchor((event,), True, where), past)
        case tree.Rate(of=tally, before=before, against=against):
            yield from _look_at_tally(tally, past, past.at - before - against)
        case tree.Ratio(of=tally, to=goal):
            yield from _look_at_anchor(EventAnchor((goal.event,), True, goal.where), past)
            yield from _look_at_tally(tally, past, None)
        case tree.Running(times=times, each=each, where=where):
            for inner in tree.leaves(where):
                if isinstance(inner, Did):
                    yield _Look(inner.events, inner.where, past.at - each * times, past.at)


def _looks_of_did(leaf: Did, past: _Past) -> Iterator[_Look]:
    since, until = _beginning(past), past.at - leaf.before
    if leaf.within is not None:
        since = until - leaf.within
    if leaf.since is Fixed.DAY_ZERO and past.day_zero is not None:
        since = max(since, past.day_zero)
    if leaf.days is not None and past.day_zero is not None:
        since = max(since, past.day_zero + leaf.days[0] * DAY)
        until = min(until, past.day_zero + (leaf.days[1] + 1) * DAY)
    if isinstance(leaf.since, EventAnchor):
        yield from _look_at_anchor(leaf.since, past)
        anchor = past.find_anchor(leaf.since)
        if anchor is None:
            return
        since = max(since, anchor.occurred_at)
    yield _Look(leaf.events, leaf.where, since, until)


def _look_at_anchor(anchor: EventAnchor, past: _Past) -> Iterator[_Look]:
    found = past.find_anchor(anchor)
    if found is not None:
        yield _Look((found.type,), anchor.where, found.occurred_at, found.occurred_at)


def _look_at_tally(tally: Tally, past: _Past, since: datetime | None) -> Iterator[_Look]:
    if tally.by is None:
        yield _Look(tally.events, tally.where, since or _beginning(past), past.at)


def _beginning(past: _Past) -> datetime:
    return past.happened[-1].occurred_at if past.happened else past.at


def _passes(where: Where, event: EventRow) -> bool:
    return all(name in event.props and _test_passes(test, event.props[name]) for name, test in where)


def _test_passes(test: tree.Test, value: object) -> bool:
    if isinstance(test, OneOf):
        return value in test.values
    assert isinstance(test, Bounds)
    if not isinstance(value, int | float):
        return False
    return all(_COMPARE[comparison](value, limit) for comparison, limit in test.limits)


_COMPARE = {
    Comparison.AT_LEAST: lambda value, limit: value >= limit,
    Comparison.AT_MOST: lambda value, limit: value <= limit,
    Comparison.ABOVE: lambda value, limit: value > limit,
    Comparison.BELOW: lambda value, limit: value < limit,
}
