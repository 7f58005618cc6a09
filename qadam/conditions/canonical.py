"""Write a condition back as its document, always in the same form: what is equal reads equal, and hashes equal."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

from qadam.conditions import tree
from qadam.conditions.tree import Condition

Document = dict[str, Any]


def as_document(condition: Condition) -> Document:
    """Return the document of a condition, ready for JSON or YAML; `parse` gives the same condition again."""
    match condition:
        case tree.All(parts):
            return {"all": [as_document(part) for part in parts]}
        case tree.Any_(parts):
            return {"any": [as_document(part) for part in parts]}
        case tree.Not(tree.Did() as did):
            return _did(did, "did_not")
        case tree.Not(part):
            return {"not": as_document(part)}
        case tree.Did():
            return _did(condition, "did")
        case tree.Team(of, where, count):
            return {"team": {"of": of.value, "where": as_document(where), "count": _count(count)}}
        case tree.Running(times, each, where):
            return {"running": {"times": times, "each": write_duration(each), "where": as_document(where)}}
        case tree.Rate():
            return {"rate": _rate(condition)}
        case tree.Ratio():
            return {"ratio": _ratio(condition)}
    return _leaf(condition)


def _leaf(leaf: tree.Is | tree.Day | tree.In | tree.Elapsed | tree.Last) -> Document:
    match leaf:
        case tree.Is(fields):
            return {"is": {name: _one_or_more(values) for name, values in fields}}
        case tree.Day(least, most):
            return {"day": _given(at_least=least, at_most=most)}
        case tree.In(kind, keys):
            return {"in": {kind: _one_or_more(keys)}}
        case tree.Elapsed(length, since):
            return {"elapsed": write_duration(length), "since": _anchor(since)}
        case tree.Last(event, prop, tree.OneOf(values), where):
            return {"last": event, "property": prop, "equals": _one_or_more(values)} | _filters(where)
        case tree.Last(event, prop, tree.Bounds(limits), where):
            bounds = {comparison.value: limit for comparison, limit in limits}
            return {"last": event, "property": prop} | bounds | _filters(where)
    raise AssertionError(leaf)


def _rate(rate: tree.Rate) -> Document:
    against = {"before": write_duration(rate.before), "within": write_duration(rate.against)}
    return _tally(rate.of) | {"within": write_duration(rate.within), "against": against} | _shares(rate.limits)


def _ratio(ratio: tree.Ratio) -> Document:
    goal = ratio.to
    to = {"last": goal.event, "property": goal.property} | _given(until=goal.until or None) | _filters(goal.where)
    at = {} if ratio.at is None else {"at": write_share(ratio.at)}
    return {"of": _tally(ratio.of), "to": to} | at | _shares(ratio.limits)


def _tally(tally: tree.Tally) -> Document:
    return {"did": _one_or_more(tally.events)} | _given(
        where=_where(tally.where) or None,
        distinct=tally.distinct or None,
        sum=tally.sum or None,
        unless=_unless(tally.unless),
        by=tally.by.value if tally.by else None,
    )


def _shares(limits: tree.Shares) -> Document:
    return {comparison.value: write_share(limit) for comparison, limit in limits}


def write_share(share: Fraction) -> str:
    """Write a share in per cent: 50%, 12.5%."""
    whole, parts = divmod(share * 1_000_000, 10_000)
    decimals = f"{int(parts):04}".rstrip("0")
    return f"{whole}.{decimals}%" if decimals else f"{whole}%"


def _did(did: tree.Did, key: str) -> Document:
    return {key: _one_or_more(did.events)} | _given(
        where=_where(did.where) or None,
        count=None if did.count == tree.Count() else _count(did.count),
        distinct=did.distinct or None,
        sum={"of": did.sum.of, "at_least": did.sum.at_least} if did.sum else None,
        within=None if did.within is None else write_duration(did.within),
        since=None if did.since is None else _anchor(did.since),
        days=None if did.days is None else list(did.days),
        unless=_unless(did.unless),
        past=_past(did.past) if did.past else None,
        not_followed_by=_followed(did.not_followed_by) if did.not_followed_by else None,
        same={"property": did.same, "as": "entry"} if did.same else None,
        per=did.per or None,
    )


def _unless(unless: tree.Unless | None) -> Document | None:
    return {"did": unless.event, "same": unless.same} if unless else None


def _followed(followed: tree.Followed) -> Document:
    within = None if followed.within is None else write_duration(followed.within)
    return {"did": followed.event} | _given(same=followed.same or None, within=within)


def _past(past: tree.Past) -> Document:
    by = write_duration(past.by) if past.by or not past.of else None
    return _given(of=past.of or None, by=by)


def _count(count: tree.Count) -> Document:
    return _given(at_least=count.at_least, at_most=count.at_most)


def _filters(where: tree.Where) -> Document:
    return {"where": _where(where)} if where else {}


def _where(where: tree.Where) -> Document:
    return {name: _test(test) for name, test in where}


def _test(test: tree.Test) -> object:
    if isinstance(test, tree.OneOf):
        return _one_or_more(test.values)
    return {comparison.value: limit for comparison, limit in test.limits}


def _anchor(anchor: tree.Anchor) -> object:
    if isinstance(anchor, tree.Fixed):
        return anchor.value
    end = "last" if anchor.is_last else "first"
    return {end: _one_or_more(anchor.events)} | _filters(anchor.where)


def _one_or_more(values: tuple[Any, ...]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _given(**options: object) -> Document:
    return {name: value for name, value in options.items() if value is not None}


def write_duration(length: timedelta) -> str:
    """Write a length as PnDTnHnMnS without the parts that are zero."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    days = f"{length.days}D" if length.days or not time else ""
    return f"P{days}" + (f"T{time}" if time else "")
