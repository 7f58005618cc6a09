"""Read one first goal of a plan's document. One that counts people brought in is offered for a reason only."""

from django.utils.translation import gettext

from qadam.conditions import tree
from qadam.conditions.tree import Condition
from qadam.events.recruiting import RECRUITING
from qadam.lib.documents import Node
from qadam.tasks.planned import PlannedGoal, read_link
from qadam.tasks.reading_tasks import read_condition


def read_goal(node: Node) -> PlannedGoal:
    node.refuse_other_keys("key", "name", "why", "how", "minutes", "done_when", "offered", "reason", "link")
    done_when = read_condition(node, "done_when")
    is_recruiting = done_when is not None and counts_recruiting(done_when)
    is_offered = node.flag("offered", not is_recruiting)
    reason = node.text("reason", "").strip()
    if is_recruiting and is_offered and not reason:
        node.complain("reason", gettext("a goal that counts people brought in is offered for a written reason only"))
    return PlannedGoal(
        key=node.slug("key"),
        name=node.words("name"),
        why=node.words("why"),
        how=node.words("how") if node.has("how") else None,
        minutes=node.integer("minutes", at_least=1),
        done_when=done_when,
        is_offered=is_offered,
        is_recruiting=is_recruiting,
        reason=reason,
        link=read_link(node.node("link")) if node.has("link") else None,
    )


def counts_recruiting(condition: Condition) -> bool:
    """Tell whether people brought in can make a condition true; a customer's registration or order isn't that."""
    return any(_leaf_counts(leaf) for leaf in tree.leaves(condition))


def _leaf_counts(leaf: tree.Leaf) -> bool:
    match leaf:
        case tree.Did(events=events):
            return not RECRUITING.isdisjoint(events)
        case tree.Team(where=inner) | tree.Running(where=inner):
            return counts_recruiting(inner) or _asks_registered(inner)
    return False


def _asks_registered(condition: Condition) -> bool:
    """Tell whether somebody else's mere being registered is asked for."""
    fields = {name for leaf in tree.leaves(condition) if isinstance(leaf, tree.Is) for name, _values in leaf.fields}
    return "registered" in fields
