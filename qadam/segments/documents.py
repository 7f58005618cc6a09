"""Parse the documents of a pack: a segment {segment, name, when} and a segmentation {segmentation, name, segments}."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Condition, ConditionErrors
from qadam.lib.documents import Node, open_document, refuse_faults
from qadam.lib.text import Words

MAX_KEY = 64
MAX_PART = 31
"""A segment of a segmentation is kept under `segmentation/segment`, which must fit MAX_KEY."""


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
        condition = conditions.parse(document, where=f"{node.place}.when" if node.place else "when")
    except ConditionErrors as error:
        node.faults.extend(error.faults)
        return None
    if conditions.uses_entry(condition):
        node.complain("when", _("“entry” has no meaning here: nothing was entered before a segment"))
    return condition


@dataclass(frozen=True, slots=True)
class Share:
    """One segment of a segmentation, by its own condition; None: everybody who is in no other."""

    key: str
    name: Words
    when: Condition | None


@dataclass(frozen=True, slots=True)
class SegmentationDocument:
    """A checked segmentation: a member is in the first segment that fits, the last takes everybody else."""

    key: str
    name: Words
    segments: tuple[Share, ...]

    def rules(self) -> dict[str, Condition]:
        """Return {full key: the condition that says who is in it}: each excludes those before it."""
        found: dict[str, Condition] = {}
        before: list[Any] = []
        for each in self.segments:
            own = [conditions.as_document(each.when)] if each.when is not None else []
            others = [{"not": {"any": list(before)} if len(before) > 1 else before[0]}] if before else []
            parts = [*own, *others]
            found[f"{self.key}/{each.key}"] = conditions.parse({"all": parts} if len(parts) > 1 else parts[0])
            before += own
        return found


def parse_segmentation(document: object) -> SegmentationDocument:
    """Read a segmentation document.

    Raises:
        FaultyDocument: every fault with its path, e.g. `segments[1].when.did`.
    """
    node = open_document(document)
    node.refuse_other_keys("segmentation", "name", "segments")
    key, name = _read_part(node, "segmentation"), node.words("name")
    nodes = node.nodes("segments")
    segments = [_read_share(each, is_last=each is nodes[-1]) for each in nodes]
    if len(segments) < 2:
        node.complain("segments", _("at least two are needed"))
    for place, each in enumerate(segments):
        if each.key and each.key in [other.key for other in segments[:place]]:
            node.complain(f"segments[{place}].key", _("“%(key)s” is here twice") % {"key": each.key})
    refuse_faults(node)
    return SegmentationDocument(key, name, tuple(segments))


def _read_share(node: Node, *, is_last: bool) -> Share:
    node.refuse_other_keys("key", "name", "when")
    if is_last and node.has("when"):
        node.complain("when", _("the last segment takes everybody else, so it has no condition"))
    return Share(_read_part(node, "key"), node.words("name"), None if is_last else _read_when(node))


def _read_part(node: Node, key: str) -> str:
    value = node.slug(key)
    if len(value) > MAX_PART:
        node.complain(key, _("at most %(limit)s characters") % {"limit": MAX_PART})
    return value
