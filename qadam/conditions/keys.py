"""For which keys a condition holds: which tickets, orders or paths of each member."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from django.db.models.lookups import IsNull

from qadam.conditions import tree
from qadam.conditions.expressions import PropertyText
from qadam.conditions.lists import ids_in
from qadam.conditions.needs import about_one_key, key_property
from qadam.conditions.prepared import Same
from qadam.conditions.sql import matching
from qadam.conditions.tree import Condition
from qadam.conditions.zones import Zones
from qadam.events.models import Event


def keys_of(
    condition: Condition, *, now: datetime, among: Collection[int], zones: Zones | None = None
) -> dict[int, list[str]]:
    """Return {member id: the keys for which the condition holds}, keys in order; members without any are left out.

    A condition holds for a key when it does with every `per` leaf looking at that key only. The condition needs one
    property that it is `per` (`key_property`), and no entry.
    """
    name = key_property(condition)
    assert name, "no property that the condition is per"
    types = {each for leaf in tree.leaves(condition) if isinstance(leaf, tree.Did) and leaf.per for each in leaf.events}
    rows = Event.objects.filter(
        IsNull(PropertyText(name), False), member_id__in=ids_in(list(among)), type__in=sorted(types)
    ).annotate(key=PropertyText(name))
    holds = matching(_about_one_key(Same(condition)), now=now, member="member_id", entry_key="key", zones=zones)
    found: dict[int, list[str]] = {}
    for member_id, key in rows.filter(holds).order_by("member_id", "key").values_list("member_id", "key").distinct():
        if member_id is not None:
            found.setdefault(member_id, []).append(key)
    return found


@lru_cache(maxsize=512)
def _about_one_key(same: Same) -> Condition:
    """Return the same object for the same condition, so that what is compiled of it is kept."""
    return about_one_key(same.condition)
