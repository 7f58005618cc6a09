"""Parse a segment document of a pack: {segment, name, when}."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition, ConditionErrors
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words

MAX_KEY = 64


@dataclass(frozen=True, slots=True)
class SegmentDocument:
    """A checked segment: whoever `when` is true for is in it."""

    key: str
    name: Words
    when: Condition


def parse_segment(document: object) -> SegmentDocument:
    """Read a segment document.

    Raises:
        FaultyDocument: every fault with its path, e.g. `when.all[1].did`.
    """
    node = open_document(document)
    node.refuse_other_keys("segment", "name", "when")
    key, name, when = _read_key(node), node.words("name"), _read_when(node)
    refuse_faults(node)
    assert when is not None
    return SegmentDocument(key, name, when)


def _read_key(node: Node) -> str:
    key = node.slug("segment")
    if len(key) > MAX_KEY:
        node.complain("segment", _("at most %(limit)s characters") % {"limit": MAX_KEY})
    if ":" in key:
        # "journey:…" are the segments that journeys keep for their own entries.
        node.complain("segment", _("“:” is kept for segments that journeys make"))
    return key


def _read_when(node: Node) -> Condition | None:
    document: Any = node.content.get("when")
    if document is None:
        node.complain("when", _("a condition is needed"))
        return None
    try:
        condition = conditions.parse(document, where="when")
    except ConditionErrors as error:
        node.faults.extend(error.faults)
        return None
    if conditions.uses_entry(condition):
        node.complain("when", _("“entry” has no meaning here: nothing was entered before a segment"))
    return condition
