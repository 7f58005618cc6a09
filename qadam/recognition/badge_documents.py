"""Read `badges/<key>.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition, ConditionErrors
from qadam.conditions.contradictions import why_never
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words
from qadam.recognition.documents import MAX_TIER, read_key, refuse_twins, refuse_without_reason

ONLY_TIER = "one"
"""The tier of a badge by nomination."""


class Way(StrEnum):
    EARNED = "earned"
    NOMINATED = "nominated"


class Repeat(StrEnum):
    ONCE = "once"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a badge, of everybody for whom `when` is true. `name` None: the badge's own."""

    key: str
    name: Words | None
    when: Condition


@dataclass(frozen=True, slots=True)
class BadgeDocument:
    """A checked badge. A hidden one is shown from its award on; a secret one says only that it exists."""

    key: str
    name: Words
    why: Words
    how: Words
    icon: str
    way: Way
    tiers: tuple[Tier, ...]
    repeat: Repeat
    hidden: bool
    secret: bool
    reason: str


def parse_badge(document: object) -> BadgeDocument:
    """Read a badge.

    Raises:
        FaultyDocument: every fault with its path, e.g. `tiers[1].when.did`; also a condition that nobody can ever
            meet, and a badge for recruiting without a `reason`.
    """
    node = open_document(document)
    node.refuse_other_keys(
        "badge", "name", "why", "how", "icon", "kind", "tiers", "repeat", "hidden", "secret", "reason"
    )
    way = Way(node.choice("kind", tuple(Way), Way.EARNED))
    found = BadgeDocument(
        key=read_key(node, "badge"),
        name=node.words("name"),
        why=node.words("why"),
        how=node.words("how"),
        icon=node.slug("icon"),
        way=way,
        tiers=_read_tiers(node, way),
        repeat=Repeat(node.choice("repeat", tuple(Repeat), Repeat.ONCE)),
        hidden=node.flag("hidden", False),
        secret=node.flag("secret", False),
        reason=node.text("reason", default=""),
    )
    refuse_without_reason(node)
    refuse_faults(node)
    return found


def _read_tiers(node: Node, way: Way) -> tuple[Tier, ...]:
    if way is Way.NOMINATED:
        if node.has("tiers"):
            node.complain("tiers", _("a badge by nomination has no tiers"))
        return ()
    tiers = [_read_tier(each) for each in node.nodes("tiers")]
    if not tiers and node.content.get("tiers") == []:
        node.complain("tiers", _("at least one is needed"))
    for place in range(len(tiers)):
        refuse_twins(node, "tiers", [tier.key if tier else "" for tier in tiers], place)
    return tuple(tier for tier in tiers if tier)


def _read_tier(node: Node) -> Tier | None:
    node.refuse_other_keys("key", "name", "when")
    key = node.slug("key")
    if len(key) > MAX_TIER:
        node.complain("key", _("at most %(limit)s characters") % {"limit": MAX_TIER})
    name = node.words("name") if node.has("name") else None
    when = _read_when(node)
    return Tier(key, name, when) if when is not None else None


def _read_when(node: Node) -> Condition | None:
    place = f"{node.place}.when"
    document: Any = node.content.get("when")
    if document is None:
        node.complain("when", _("a condition is needed"))
        return None
    try:
        condition = conditions.parse(document, where=place)
    except ConditionErrors as error:
        node.faults.extend(error.faults)
        return None
    if conditions.uses_entry(condition):
        node.complain("when", _("“entry” has no meaning here: a badge isn't entered"))
    else:
        node.faults.extend(why_never(condition, where=place))
    return condition
