"""Read the leaves that compare quantities: `rate` with one's own earlier rate, `ratio` with one's own goal."""

from django.utils.translation import gettext as _

from qadam.conditions import tree
from qadam.conditions.parts import (
    MINUTE,
    only_name,
    read_distinct,
    read_events,
    read_length,
    read_share,
    read_shares,
    read_unless,
)
from qadam.conditions.values import NUMBERS, find_property, read_where
from qadam.events.catalogue import PropertyKind
from qadam.lib.documents import Node

TALLY = ("did", "where", "distinct", "sum", "unless")


def read_rate(node: Node, depth: int) -> tree.Rate:
    node.refuse_other_keys("rate")
    inner = node.node("rate")
    inner.refuse_other_keys(*TALLY, "within", "against", *tree.Comparison)
    within = read_length(inner, "within", at_least=MINUTE)
    earlier = inner.node("against")
    earlier.refuse_other_keys("before", "within")
    before = read_length(earlier, "before", at_least=MINUTE) if earlier.has("before") else within
    if before < within:
        earlier.complain("before", _("shorter than “within”: the two windows would overlap"))
    return tree.Rate(
        of=read_tally(inner),
        within=within,
        before=before,
        against=read_length(earlier, "within", at_least=MINUTE),
        limits=read_shares(inner),
    )


def read_ratio(node: Node, depth: int) -> tree.Ratio:
    node.refuse_other_keys("ratio")
    inner = node.node("ratio")
    inner.refuse_other_keys("of", "to", "at", *tree.Comparison)
    of = inner.node("of")
    of.refuse_other_keys(*TALLY, "by")
    tally = read_tally(of)
    if tally.by and tally.distinct == tree.DAY:
        of.complain("distinct", _("local days of several people can't be counted"))
    goal = _read_goal(inner.node("to"))
    at = read_share(inner, "at", most=1) if inner.has("at") else None
    if at is not None and not goal.until:
        inner.complain("at", _("the goal needs “until”: the property that holds the end of its period"))
    return tree.Ratio(tally, goal, read_shares(inner), at)


def read_tally(node: Node) -> tree.Tally:
    """Read what is counted: the mapping around `did`, whose other keys are the caller's to refuse."""
    types = read_events(node, "did")
    has = node.has
    if has("distinct") and has("sum"):
        node.complain("sum", _("either “distinct” or “sum”, not both"))
    if has("sum") and (name := node.text("sum")):
        find_property(node, "sum", name, types, NUMBERS)
    return tree.Tally(
        events=tuple(each.name for each in types),
        where=read_where(node.node("where"), types) if has("where") else (),
        distinct=read_distinct(node, types) if has("distinct") else "",
        sum=str(node.content["sum"]) if has("sum") else "",
        unless=read_unless(node.node("unless"), types) if has("unless") else None,
        by=tree.Circle(node.choice("by", tuple(tree.Circle))) if has("by") else None,
    )


def _read_goal(node: Node) -> tree.Goal:
    node.refuse_other_keys("last", "property", "where", "until")
    types = read_events(node, "last")
    event = only_name(node, "last", types)
    name = node.text("property")
    if name:
        find_property(node, "property", name, types[:1], NUMBERS)
    until = node.text("until") if node.has("until") else ""
    if until:
        find_property(node, "until", until, types[:1], (PropertyKind.INSTANT,))
    where = read_where(node.node("where"), types[:1]) if node.has("where") else ()
    return tree.Goal(event, name, where, until)
