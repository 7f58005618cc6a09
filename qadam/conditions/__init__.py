"""One predicate language over people and events: a document becomes a checked tree, SQL, and words.

    condition = conditions.parse(document, where="stages[2].entry")
    members = conditions.matching_members(condition, now=now)
    sentence = conditions.explain(condition, "kk")

What needs the database is imported at its first use, so that `rules.py` of other apps may import this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from qadam.conditions.canonical import as_document, write_duration
from qadam.conditions.comparing import read_tally
from qadam.conditions.documents import parse
from qadam.conditions.errors import ConditionErrors, EntryNeeded
from qadam.conditions.explaining import explain
from qadam.conditions.needs import (
    event_types,
    key_property,
    looks_at_others,
    uses_days,
    uses_days_of_others,
    uses_entry,
    uses_entry_instant,
    uses_entry_key,
)
from qadam.conditions.tree import Condition

if TYPE_CHECKING:
    from qadam.conditions.asking import Answer, ask
    from qadam.conditions.flips import is_timed, next_flips, next_flips_of, read_ahead
    from qadam.conditions.keys import keys_of
    from qadam.conditions.lists import as_instant, ids_in, plain, select_about
    from qadam.conditions.measuring import Part, Progress, amounts, keeps_true, progress
    from qadam.conditions.reach import find_affected
    from qadam.conditions.sql import matching, matching_members
    from qadam.conditions.zones import Zones, read_zones

_FROM_DATABASE = {
    "Answer": "asking",
    "as_instant": "lists",
    "ask": "asking",
    "matching": "sql",
    "matching_members": "sql",
    "is_timed": "flips",
    "next_flips": "flips",
    "next_flips_of": "flips",
    "read_ahead": "flips",
    "keys_of": "keys",
    "find_affected": "reach",
    "Part": "measuring",
    "Progress": "measuring",
    "amounts": "measuring",
    "keeps_true": "measuring",
    "progress": "measuring",
    "ids_in": "lists",
    "plain": "lists",
    "select_about": "lists",
    "Zones": "zones",
    "read_zones": "zones",
}


def __getattr__(name: str) -> object:
    if name not in _FROM_DATABASE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_FROM_DATABASE[name]}"), name)
    globals()[name] = found
    return found


__all__ = [
    "Answer",
    "Condition",
    "ConditionErrors",
    "EntryNeeded",
    "Part",
    "Progress",
    "Zones",
    "amounts",
    "as_document",
    "as_instant",
    "ask",
    "event_types",
    "explain",
    "find_affected",
    "ids_in",
    "is_timed",
    "keeps_true",
    "key_property",
    "keys_of",
    "looks_at_others",
    "matching",
    "matching_members",
    "next_flips",
    "next_flips_of",
    "parse",
    "plain",
    "progress",
    "read_ahead",
    "read_tally",
    "read_zones",
    "select_about",
    "uses_days",
    "uses_days_of_others",
    "uses_entry",
    "uses_entry_instant",
    "uses_entry_key",
    "write_duration",
]
