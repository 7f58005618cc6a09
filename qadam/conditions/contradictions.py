"""Prove that a condition can never be true, whatever happens. Plain Python: nothing is counted, nobody is looked at.

Only what is certain is said: a condition without a proof may still be one that nobody ever meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from itertools import combinations, islice, product

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qadam.conditions import tree
from qadam.conditions.documents import FIELDS
from qadam.conditions.explaining import explain
from qadam.conditions.tree import Condition, Count, Did
from qadam.lib.documents import Fault

MOST_WAYS = 256
"""Ways of being true that are looked through; a condition with more of them is taken for possible."""
DAY = timedelta(days=1)
TWO_VALUED = frozenset(name for name, values in FIELDS.items() if len(values) == 2)


@dataclass(frozen=True, slots=True)
class Clash:
    """The proof: one part that is never true, or two that exclude each other."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """Whole numbers from `least` to `most`, both included; `most` None: without an end."""

    least: int
    most: int | None

    @property
    def is_empty(self) -> bool:
        return self.most is not None and self.most < self.least

    def meet(self, other: _Span) -> _Span:
        ends = [each for each in (self.most, other.most) if each is not None]
        return _Span(max(self.least, other.least), min(ends, default=None))


def why_never(condition: Condition, *, where: str = "") -> list[Fault]:
    """Return the fault of a condition that can provably never be met, at `where`; none where there is no proof."""
    clash = find_clash(condition)
    if clash is None:
        return []
    told = [explain(part, get_language() or "en").rstrip(".") for part in clash.parts]
    if len(told) == 1:
        return [Fault(where, _("can never be met: “%(part)s” is impossible") % {"part": told[0]})]
    words = {"first": told[0], "second": told[1]}
    return [Fault(where, _("can never be met: “%(first)s” and “%(second)s” exclude each other") % words)]


def find_clash(condition: Condition) -> Clash | None:
    """Return why a condition is never true: the clash in its first way of being true; None where some way has none."""
    first: Clash | None = None
    for number, way in enumerate(islice(_ways(condition), MOST_WAYS + 1)):
        clash = _clash_in(way)
        if clash is None or number == MOST_WAYS:
            return None
        first = first or clash
    return first


# ── Ways of being true ────────────────────────────────────


def _ways(condition: Condition) -> Iterator[tuple[Condition, ...]]:
    """Yield the ways in which a condition can be true: each a row of leaves, or leaves denied, that hold together."""
    match condition:
        case tree.All(parts):
            yield from _together(parts)
        case tree.Any_(parts):
            for part in parts:
                yield from _ways(part)
        case tree.Not(tree.Not(part)):
            yield from _ways(part)
        case tree.Not(tree.All(parts)):
            yield from _ways(tree.Any_(tuple(tree.Not(part) for part in parts)))
        case tree.Not(tree.Any_(parts)):
            yield from _together([tree.Not(part) for part in parts])
        case Did(count=Count(at_least=0, at_most=0), sum=None):
            yield (tree.Not(replace(condition, count=Count())),)
        case _:
            yield (condition,)


def _together(parts: Sequence[Condition]) -> Iterator[tuple[Condition, ...]]:
    ways = [list(islice(_ways(part), MOST_WAYS + 1)) for part in parts]
    for chosen in product(*ways):
        yield tuple(leaf for way in chosen for leaf in way)


def _clash_in(way: Sequence[Condition]) -> Clash | None:
    for leaf in way:
        if _is_impossible(leaf):
            return Clash((leaf,))
    for first, second in combinations(way, 2):
        if any(test(first, second) or test(second, first) for test in PAIRS):
            return Clash((first, second))
    return _clash_of_all(way)


def _clash_of_all(way: Sequence[Condition]) -> Clash | None:
    """Return the whole way where it takes more than two leaves to leave nothing: days, or values of one field."""
    days = [leaf for leaf in way if _days_of(leaf) is not None]
    spans = [span for leaf in days if (span := _days_of(leaf))]
    if spans and reduce(_Span.meet, spans).is_empty:
        return Clash((tree.All(tuple(days)),))
    for name in FIELDS:
        about = [leaf for leaf in way if _values_of(leaf, name) is not None]
        sets = [values for leaf in about if (values := _values_of(leaf, name)) is not None]
        if sets and not frozenset.intersection(*sets):
            return Clash((tree.All(tuple(about)),))
    return None


# ── One leaf ──────────────────────────────────────────────


def _is_impossible(leaf: Condition) -> bool:
    match leaf:
        case Did():
            return _is_impossible_did(leaf)
        case tree.Day(least, most):
            return _Span(least or 0, most).is_empty
        case tree.Last(test=test, where=where):
            return _is_empty_test(test) or any(_is_empty_test(each) for _name, each in where)
        case tree.Team(where=inner, count=count):
            return count.at_least > 0 and find_clash(inner) is not None
        case tree.Running(where=inner):
            return find_clash(inner) is not None
        case tree.Rate(limits=limits) | tree.Ratio(limits=limits):
            return _is_empty_test(tree.Bounds(tuple((each, float(limit)) for each, limit in limits)))
    return False


def _is_impossible_did(did: Did) -> bool:
    if any(_is_empty_test(test) for _name, test in did.where):
        return did.count.at_least > 0 or did.sum is not None
    if did.sum is not None and did.count.at_most == 0:
        return True
    return did.distinct == tree.DAY and did.count.at_least > _days_within(did)


def _days_within(did: Did) -> float:
    """Return how many local days the windows of an occurrence touch at most."""
    by_path = did.days[1] - did.days[0] + 1 if did.days else float("inf")
    # A window of 7 days that begins at noon touches eight local days.
    by_length = -(-did.within // DAY) + 1 if did.within else float("inf")
    return min(by_path, by_length)


def _is_empty_test(test: tree.Test) -> bool:
    match test:
        case tree.OneOf(values):
            return not values
        case tree.Bounds(limits):
            least = max((limit for kind, limit in limits if kind in ("at_least", "above")), default=float("-inf"))
            most = min((limit for kind, limit in limits if kind in ("at_most", "below")), default=float("inf"))
            is_open = any(limit in (least, most) for kind, limit in limits if kind in ("above", "below"))
            return most < least or (most == least and is_open)


# ── Two leaves ────────────────────────────────────────────


def _denies(first: Condition, second: Condition) -> bool:
    return second == tree.Not(first)


def _count_clashes(first: Condition, second: Condition) -> bool:
    """Tell whether the same thing is counted twice, with bounds that leave no number."""
    one, other = _tally_of(first), _tally_of(second)
    return one is not None and other is not None and one[0] == other[0] and one[1].meet(other[1]).is_empty


def _tally_of(leaf: Condition) -> tuple[Did, _Span] | None:
    match leaf:
        case Did(sum=None, per="", count=Count(least, most)):
            return replace(leaf, count=Count()), _Span(least, most)
        case tree.Not(Did(sum=None, per="", count=Count(least, None)) as did):
            return replace(did, count=Count()), _Span(0, least - 1)
        case tree.Not(Did(sum=None, per="", count=Count(0, most)) as did) if most is not None:
            return replace(did, count=Count()), _Span(most + 1, None)
    return None


def _forbids_what_must_be(first: Condition, second: Condition) -> bool:
    """Tell whether `first` needs an occurrence that `second` says there isn't."""
    match first, second:
        case Did(), tree.Not(Did() as wider):
            return _follows(first, wider)
    return False


def _follows(did: Did, wider: Did) -> bool:
    """Tell whether there are as many occurrences as `wider` asks for wherever there are those of `did`."""
    is_bare = wider.sum is None and wider.count.at_most is None and not wider.per and not wider.same
    needs = max(did.count.at_least, 1 if did.sum else 0)
    options = ("unless", "past", "not_followed_by", "since")
    return (
        is_bare
        and 0 < wider.count.at_least <= needs
        and set(did.events) <= set(wider.events)
        and set(wider.where) <= set(did.where)
        and wider.distinct in ("", did.distinct)
        and all(getattr(wider, name) in (None, getattr(did, name)) for name in options)
        and _holds_window(did, wider)
    )


def _holds_window(did: Did, wider: Did) -> bool:
    """Tell whether whatever lies in the windows of `did` lies in those of `wider`."""
    in_days = wider.days is None or (
        did.days is not None and wider.days[0] <= did.days[0] and did.days[1] <= wider.days[1]
    )
    in_length = wider.within is None or (
        did.within is not None and did.within <= wider.within and did.before == wider.before
    )
    return in_days and in_length


def _days_clash(first: Condition, second: Condition) -> bool:
    one, other = _days_of(first), _days_of(second)
    return one is not None and other is not None and one.meet(other).is_empty


def _days_of(leaf: Condition) -> _Span | None:
    """Return the days of the path on which a leaf can be true."""
    match leaf:
        case tree.Day(least, most):
            return _Span(least or 0, most)
        case tree.Not(tree.Day(least, None)) if least:
            return _Span(0, least - 1)
        case tree.Not(tree.Day(None | 0, most)) if most is not None:
            return _Span(most + 1, None)
        case Did(days=(first_day, _last), count=count, sum=summed) if count.at_least or summed:
            return _Span(first_day, None)
        case tree.Elapsed(length, tree.Fixed.DAY_ZERO):
            # Day 0 begins before the instant of day zero, so a whole day may be missing.
            return _Span(max(length // DAY, 0), None)
    return None


def _fields_clash(first: Condition, second: Condition) -> bool:
    for name in FIELDS:
        one, other = _values_of(first, name), _values_of(second, name)
        if one is not None and other is not None and not one & other:
            return True
    return False


def _values_of(leaf: Condition, name: str) -> frozenset[tree.Value] | None:
    """Return the values of a member's field with which a leaf can be true; None: any."""
    match leaf:
        case tree.Is(fields):
            return next((frozenset(values) for field, values in fields if field == name), None)
        case tree.Not(tree.Is(((field, values),))) if field == name and (name in TWO_VALUED or name == "kind"):
            return frozenset(FIELDS[name].values()) - frozenset(values)
    return None


PAIRS: tuple[Callable[[Condition, Condition], bool], ...] = (
    _denies,
    _count_clashes,
    _forbids_what_must_be,
    _days_clash,
    _fields_clash,
)
