"""What the three languages share when they tell a condition: the catalogue's words, numbers, lists, lengths."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar

from qadam.conditions import tree
from qadam.conditions.canonical import write_share
from qadam.conditions.tree import Bounds, Comparison, Count, Did, Test, Value
from qadam.events.catalogue import find_event_type

SIGNS = {Comparison.AT_LEAST: "≥", Comparison.AT_MOST: "≤", Comparison.ABOVE: ">", Comparison.BELOW: "<"}


class Voice(ABC):
    """Tells the parts of a condition in one language. Texts begin in lower case and have no full stop."""

    code: ClassVar[str]
    quotes: ClassVar[tuple[str, str]]
    and_: ClassVar[str]
    """Joins conditions, with its comma and blanks."""
    or_: ClassVar[str]
    or_word: ClassVar[str]
    yes: ClassVar[str]
    no: ClassVar[str]
    decimal: ClassVar[str]

    @abstractmethod
    def negate(self, text: str) -> str: ...
    @abstractmethod
    def did(self, did: Did) -> str: ...
    @abstractmethod
    def did_not(self, did: Did) -> str:
        """Tell that not even one occurrence exists (the count is the default one)."""

    @abstractmethod
    def within(self, length: timedelta) -> str: ...
    @abstractmethod
    def since(self, anchor: tree.Anchor) -> str: ...
    @abstractmethod
    def days(self, first: int, last: int) -> str: ...
    @abstractmethod
    def unless(self, event: str, name: str) -> str: ...
    @abstractmethod
    def past(self, name: str, by: timedelta) -> str: ...
    @abstractmethod
    def followed(self, event: str, name: str, within: timedelta | None) -> str:
        """Tell that no such event came after; `name` "" is any, else one with the same value."""

    @abstractmethod
    def same(self, name: str) -> str: ...
    @abstractmethod
    def per(self, name: str) -> str: ...
    @abstractmethod
    def field(self, name: str, value: Value) -> str: ...
    @abstractmethod
    def day(self, day: tree.Day) -> str: ...
    @abstractmethod
    def stay(self, kind: str, keys: str, *, is_negated: bool) -> str: ...
    @abstractmethod
    def elapsed(self, length: timedelta, anchor: tree.Anchor) -> str: ...
    @abstractmethod
    def last(self, event: str, name: str, test: str) -> str: ...
    @abstractmethod
    def team(self, circle: tree.Circle, count: Count, inner: str) -> str: ...
    @abstractmethod
    def nobody(self, circle: tree.Circle, inner: str) -> str: ...
    @abstractmethod
    def tally(self, tally: tree.Tally) -> str: ...
    @abstractmethod
    def rate(self, rate: tree.Rate) -> str: ...
    @abstractmethod
    def ratio(self, ratio: tree.Ratio) -> str: ...
    @abstractmethod
    def running(self, running: tree.Running, inner: str) -> str: ...

    def quote(self, text: str) -> str:
        return f"{self.quotes[0]}{text}{self.quotes[1]}"

    def event(self, name: str) -> str:
        found = find_event_type(name)
        return self.quote(found.words.in_language(self.code) if found else name)

    def events(self, names: Sequence[str]) -> str:
        return self.one_of([self.event(name) for name in names])

    def property_word(self, events: Sequence[str], name: str) -> str:
        for event in events:
            found = find_event_type(event)
            if found and (prop := found.find_property(name)):
                return prop.words.in_language(self.code)
        return name

    def one_of(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.or_word} {items[-1]}"

    def value(self, value: Value) -> str:
        if isinstance(value, bool):
            return self.yes if value else self.no
        return value if isinstance(value, str) else self.number(value)

    def number(self, value: int | float) -> str:
        return (str(value) if isinstance(value, int) else repr(value)).replace(".", self.decimal)

    def test(self, test: Test) -> str:
        if isinstance(test, Bounds):
            return ", ".join(f"{SIGNS[comparison]} {self.number(limit)}" for comparison, limit in test.limits)
        return self.one_of([self.value(value) for value in test.values])

    def filters(self, events: Sequence[str], where: tree.Where) -> list[str]:
        return [
            f"{self.property_word(events, name)}{' ' if isinstance(test, Bounds) else ': '}{self.test(test)}"
            for name, test in where
        ]

    def notes(self, did: Did) -> str:
        """Tell in parentheses which occurrences count; empty where all do."""
        notes = self.filters(did.events, did.where)
        if did.past:
            notes.append(self.past(self.property_word(did.events, did.past.of) if did.past.of else "", did.past.by))
        if did.unless:
            notes.append(self._unless(did.unless))
        if followed := did.not_followed_by:
            name = self.property_word([followed.event], followed.same) if followed.same else ""
            notes.append(self.followed(self.event(followed.event), name, followed.within))
        if did.same:
            notes.append(self.same(self.property_word(did.events, did.same)))
        if did.per:
            notes.append(self.per(self.property_word(did.events, did.per)))
        return f" ({'; '.join(notes)})" if notes else ""

    def _unless(self, unless: tree.Unless) -> str:
        return self.unless(self.event(unless.event), self.property_word([unless.event], unless.same))

    def counted(self, tally: tree.Tally) -> str:
        """Tell which occurrences a tally counts."""
        notes = self.filters(tally.events, tally.where) + ([self._unless(tally.unless)] if tally.unless else [])
        return self.events(tally.events) + (f" ({'; '.join(notes)})" if notes else "")

    def shares(self, limits: tree.Shares) -> str:
        return ", ".join(f"{SIGNS[comparison]} {self.share(limit)}" for comparison, limit in limits)

    def share(self, share: Fraction) -> str:
        return write_share(share).replace(".", self.decimal)

    def goal(self, goal: tree.Goal) -> str:
        """Tell which event sets the goal."""
        notes = self.filters([goal.event], goal.where)
        return self.event(goal.event) + (f" ({'; '.join(notes)})" if notes else "")

    def anchor_events(self, anchor: tree.EventAnchor) -> str:
        notes = self.filters(anchor.events, anchor.where)
        return self.events(anchor.events) + (f" ({'; '.join(notes)})" if notes else "")

    def windows(self, did: Did) -> list[str]:
        """Tell when the occurrences count; empty where that is at any time."""
        return (
            ([self.days(*did.days)] if did.days else [])
            + ([self.within(did.within)] if did.within is not None else [])
            + ([self.since(did.since)] if did.since is not None else [])
        )


def split_length(length: timedelta) -> list[tuple[int, str]]:
    """Return the parts of a length that aren't zero: [(19, "hour"), (12, "minute")]."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(length.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]
    return [part for part in parts if part[0]] or [(0, "day")]
