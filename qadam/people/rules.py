"""The preorder index of the sponsor tree, as plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A member's place in preorder: the downline are the members with `tin` in (tin, tin + size)."""

    tin: int
    size: int
    depth: int


class LoopInTree(ValueError):
    """The sponsors of `members` lead back to themselves."""

    def __init__(self, members: set[int]) -> None:
        self.members = members
        super().__init__(f"sponsor loop among {sorted(members)[:10]}")


def index_tree(sponsor_of: Mapping[int, int | None]) -> dict[int, Place]:
    """Return each member's place. Children stand in the order of their ids; a sponsor outside the mapping is a root's.

    Raises:
        LoopInTree: members that no root reaches.
    """
    children: dict[int | None, list[int]] = {}
    for member in sorted(sponsor_of):
        sponsor = sponsor_of[member]
        children.setdefault(sponsor if sponsor in sponsor_of else None, []).append(member)
    order: list[tuple[int, int]] = []
    stack = [(root, 0) for root in reversed(children.get(None, []))]
    while stack:
        member, depth = stack.pop()
        order.append((member, depth))
        stack.extend((child, depth + 1) for child in reversed(children.get(member, [])))
    if len(order) < len(sponsor_of):
        raise LoopInTree(set(sponsor_of) - {member for member, _ in order})
    return _places(order, sponsor_of)


def _places(order: list[tuple[int, int]], sponsor_of: Mapping[int, int | None]) -> dict[int, Place]:
    """Count sizes from the leaves up: in preorder every child stands after its sponsor."""
    sizes = dict.fromkeys(sponsor_of, 1)
    for member, _ in reversed(order):
        sponsor = sponsor_of[member]
        if sponsor is not None and sponsor in sizes:
            sizes[sponsor] += sizes[member]
    return {member: Place(tin, sizes[member], depth) for tin, (member, depth) in enumerate(order)}
