"""Read `cases/<key>.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam.cases.models import Polarity
from qadam.cases.reading import MetricPlan, read_condition, read_metrics, read_words, read_words_list
from qadam.lib.documents import Node, hash_of, open_document, refuse_faults
from qadam.lib.text import Words

ALLOWED = (
    "case", "stage", "polarity", "name", "context", "causes", "client_reaction", "company_reaction", "measures",
    "result", "detect", "exclude", "success", "failure", "horizon", "cooldown", "priority", "measure", "metrics",
)  # fmt: skip
MAX_KEY = 48


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """A case as its author wrote it, checked. Conditions are canonical documents of their grammar."""

    key: str
    stage: str
    polarity: str
    priority: int
    name: Words
    context: Words
    causes: tuple[Words, ...]
    client_reaction: Words
    company_reaction: Words
    measures: tuple[Words, ...]
    result: Words
    detect: Any
    exclude: Any
    success: Any
    failure: Any
    horizon: timedelta
    cooldown: timedelta | None
    metrics: tuple[MetricPlan, ...]
    source: Mapping[str, Any]
    content_hash: str


def parse(document: object, *, where: str = "") -> CaseDocument:
    """Check a case document as a whole. The steps of its measure are checked by `journeys` when it is published.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    node = open_document(document, where)
    node.refuse_other_keys(*ALLOWED)
    found = _read(node)
    refuse_faults(node)
    return found


def _read(node: Node) -> CaseDocument:
    if node.has("measure"):
        node.nodes("measure")
    return CaseDocument(
        key=_read_key(node),
        stage=node.text("stage", default=""),
        polarity=node.choice("polarity", [str(value) for value in Polarity.values], str(Polarity.NEGATIVE)),
        priority=node.integer("priority", default=50, at_least=0),
        name=read_words(node, "name"),
        context=read_words(node, "context"),
        causes=read_words_list(node, "causes"),
        client_reaction=read_words(node, "client_reaction"),
        company_reaction=read_words(node, "company_reaction"),
        measures=read_words_list(node, "measures"),
        result=read_words(node, "result"),
        detect=read_condition(node, "detect"),
        exclude=read_condition(node, "exclude", is_required=False),
        success=read_condition(node, "success", has_entry=True),
        failure=read_condition(node, "failure", is_required=False, has_entry=True),
        horizon=node.duration("horizon"),
        cooldown=node.duration("cooldown") if node.has("cooldown") else None,
        metrics=read_metrics(node),
        source=node.content,
        content_hash=hash_of(node.content),
    )


def _read_key(node: Node) -> str:
    key = node.slug("case")
    if len(key) > MAX_KEY:
        node.complain("case", _("at most %(limit)s characters") % {"limit": MAX_KEY})
    return key
