"""What the law has to say before something is rewarded: recruiting, and buying for oneself. Plain Python.

In a network only sales to people outside of it may be rewarded (FTC on Koscot; Criminal Code of Kazakhstan, art. 217).
Nothing here forbids: whoever wants it anyway writes down a reason, and the audit keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qadam.events.recruiting import RECRUITING

LISTENING = frozenset({"presentation.booked", "presentation.attended"})
"""Facts of a person who is being brought in: recruiting, where somebody else earns by them."""
BUYING = frozenset({"order.paid"})
OUTSIDE_BUYERS = frozenset({"retail", "preferred"})


class Matter(StrEnum):
    RECRUITING = "recruiting"
    OWN_PURCHASE = "own_purchase"


WORDS: Mapping[Matter, str | Promise] = {
    Matter.RECRUITING: _(
        "This rewards bringing people in. Where recruiting is what pays, courts see a pyramid"
        " (Kazakhstan: Criminal Code, article 217; United States: FTC). Write down why you need it; it is kept."
    ),
    Matter.OWN_PURCHASE: _(
        "This rewards what people buy for themselves. Courts see in it a way of paying to take part"
        " (Kazakhstan: Criminal Code, article 217; United States: FTC). Count sales to customers instead,"
        " or write down why you need it; it is kept."
    ),
}


@dataclass(frozen=True, slots=True)
class Warning:
    """Something of a document that the law looks at; `place` is its path."""

    matter: Matter
    place: str

    @property
    def words(self) -> str | Promise:
        return WORDS[self.matter]


def warnings_of(document: object) -> list[Warning]:
    """Return what the law has to say to a point rule, badge, challenge or board; faulty documents are no trouble.

    A board of rules ({score: {rules: […]}}) is judged by `warnings_of_rules` with the rules' own documents.
    """
    if not isinstance(document, Mapping):
        return []
    if "rule" in document:
        found = _of_rule(document)
    elif "badge" in document:
        found = _of_conditions(document.get("tiers"), "tiers")
    elif "challenge" in document:
        found = _of_tally(document.get("measure"), "measure")
    else:
        score = document.get("score")
        found = _of_tally(score.get("measure"), "score.measure") if isinstance(score, Mapping) else iter(())
    return list(dict.fromkeys(found))


def warnings_of_rules(rules: list[Mapping[str, object]]) -> list[Warning]:
    """Return what the law has to say to a board that adds up these point rules: only if recruiting is all it counts."""
    scoring = [rule for rule in rules if rule.get("points") != 0]
    matters = [{warning.matter for warning in warnings_of(rule)} for rule in scoring]
    shared = set.intersection(*matters) if matters else set()
    return [Warning(matter, "score.rules") for matter in sorted(shared)]


def _of_rule(document: Mapping[str, object]) -> Iterator[Warning]:
    if document.get("points") == 0:
        return
    event, where = document.get("event"), document.get("where")
    is_for_others = document.get("to") in ("mentor", "sponsor")
    if _recruits(event, where) or (is_for_others and event in LISTENING):
        yield Warning(Matter.RECRUITING, "event")
    if event in BUYING and _is_own(where):
        yield Warning(Matter.OWN_PURCHASE, "event")


def _of_tally(tally: object, place: str) -> Iterator[Warning]:
    """Judge one leaf of the conditions language: a list of events and a filter."""
    if not isinstance(tally, Mapping):
        return
    listed = tally.get("did")
    names = listed if isinstance(listed, list) else [listed]
    where = tally.get("where")
    if any(_recruits(name, where) for name in names):
        yield Warning(Matter.RECRUITING, place)
    if not BUYING.isdisjoint(name for name in names if isinstance(name, str)) and _is_own(where):
        yield Warning(Matter.OWN_PURCHASE, place)


def _of_conditions(part: object, place: str, is_negated: bool = False) -> Iterator[Warning]:
    """Judge every leaf of the trees inside; a leaf that must not be true rewards nothing."""
    if isinstance(part, list):
        for number, each in enumerate(part):
            yield from _of_conditions(each, f"{place}[{number}]", is_negated)
    elif isinstance(part, Mapping):
        if "did" in part and not is_negated:
            yield from _of_tally(part, place)
        team = part.get("team")
        if isinstance(team, Mapping) and not is_negated and _counts_heads(team.get("where")):
            yield Warning(Matter.RECRUITING, f"{place}.team")
        for key, each in part.items():
            if key not in ("did", "did_not", "where", "unless", "not_followed_by", "since") or _is_tree(each):
                yield from _of_conditions(each, f"{place}.{key}", is_negated != (key == "not"))


def _is_tree(part: object) -> bool:
    return isinstance(part, Mapping) and not {"did", "all", "any", "not", "team", "running"}.isdisjoint(part)


def _counts_heads(where: object) -> bool:
    """Tell whether a team's members count for being there, not for what they do."""
    if not isinstance(where, Mapping):
        return False
    if "did" in where:
        return _recruits(where["did"], where.get("where"))
    parts = where.get("all") or where.get("any")
    if isinstance(parts, list):
        return all(map(_counts_heads, parts)) if "all" in where else any(map(_counts_heads, parts))
    return not {"is", "day", "elapsed"}.isdisjoint(where)


def _recruits(event: object, where: object) -> bool:
    """Tell whether an event brings somebody in; a registration of a customer doesn't."""
    if event == "member.registered" and isinstance(where, Mapping):
        return where.get("kind") not in ("customer", ["customer"])
    return isinstance(event, str) and event in RECRUITING


def _is_own(where: object) -> bool:
    """Tell whether a filter of orders lets own purchases in: it has to name buyers from outside only."""
    buyers = where.get("buyer") if isinstance(where, Mapping) else None
    given = buyers if isinstance(buyers, list) else [buyers]
    return not all(isinstance(each, str) and each in OUTSIDE_BUYERS for each in given)
