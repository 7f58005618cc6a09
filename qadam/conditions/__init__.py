"""One predicate language over people and events: a document becomes a checked tree, SQL, and words.

    condition = conditions.parse(document, where="stages[2].entry")
    members = conditions.matching_members(condition, now=now)
    sentence = conditions.explain(condition, "kk")

What needs the database is imported at its first use, so that `rules.py` of other apps may import this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from qadam.conditions.canonical import as_document, write_duration
from qadam.conditions.documents import parse
from qadam.conditions.errors import ConditionErrors, EntryNeeded
from qadam.conditions.explaining import explain
from qadam.conditions.tree import Condition, event_types, uses_days, uses_entry

if TYPE_CHECKING:
    from qadam.conditions.expressions import ids_in
    from qadam.conditions.flips import is_timed, next_flips, next_flips_of
    from qadam.conditions.reach import find_affected
    from qadam.conditions.sql import matching, matching_members
    from qadam.conditions.zones import Zones, read_zones

_FROM_DATABASE = {
    "matching": "sql",
    "matching_members": "sql",
    "is_timed": "flips",
    "next_flips": "flips",
    "next_flips_of": "flips",
    "find_affected": "reach",
    "ids_in": "expressions",
    "Zones": "zones",
    "read_zones": "zones",
}


def __getattr__(name: str) -> object:
    if name not in _FROM_DATABASE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FROM_DATABASE[name]}"), name)


__all__ = [
    "Condition",
    "ConditionErrors",
    "EntryNeeded",
    "Zones",
    "as_document",
    "event_types",
    "explain",
    "find_affected",
    "ids_in",
    "is_timed",
    "matching",
    "matching_members",
    "next_flips",
    "next_flips_of",
    "parse",
    "read_zones",
    "uses_days",
    "uses_entry",
    "write_duration",
]
