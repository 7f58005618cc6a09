"""Read `cases/<key>.yaml`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from qadam.cases import rules
from qadam.cases.example_documents import Example, read_examples
from qadam.cases.measures import Measure, Purpose, read_measures
from qadam.cases.models import Polarity
from qadam.cases.reading import MetricPlan, read_condition, read_metrics, read_texts, read_words, read_words_list
from qadam.journeys.documents import parse_journey
from qadam.lib.documents import Fault, FaultyDocument, Node, hash_of, open_document, refuse_faults
from qadam.lib.text import Words

ALLOWED = (
    "case", "stage", "polarity", "priority", "segments", "owner", "name", "context", "causes", "client_reaction",
    "company_reaction", "result", "detect", "exclude", "success", "failure", "horizon", "cooldown", "sla", "holdout",
    "never_withheld", "measures", "metrics", "examples",
)  # fmt: skip
MAX_KEY = 48
BUYERS = "buyer"
"""The last part of the key of every segment of people who only buy."""
STEP = re.compile(r"steps(?:\[(\d+)\]|\.([a-z0-9:_-]+))(.*)")


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """A case as its author wrote it, checked. Conditions are canonical documents of their grammar.

    `holdout` is counted in ten-thousandths; `segments` empty: everybody; `owner` "": the map's.
    """

    key: str
    stage: str
    polarity: str
    priority: int
    segments: tuple[str, ...]
    owner: str
    name: Words
    context: Words
    causes: tuple[Words, ...]
    client_reaction: Words
    company_reaction: Words
    result: Words
    detect: Any
    exclude: Any
    success: Any
    failure: Any
    horizon: timedelta
    cooldown: timedelta | None
    sla: timedelta | None
    holdout: int
    never_withheld: bool
    measures: tuple[Measure, ...]
    metrics: tuple[MetricPlan, ...]
    examples: tuple[Example, ...]
    source: Mapping[str, Any]
    content_hash: str


def parse(document: object, *, where: str = "") -> CaseDocument:
    """Check a case document as a whole, with the steps of its measures.

    Whether the templates, plans and surveys that the steps name exist is for the publish gate to say.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    node = open_document(document, where)
    node.refuse_other_keys(*ALLOWED)
    found = _read(node)
    _check_endings(node, found)
    _check_withholding(node, found)
    _check_buyers(node, found)
    _check_steps(node, found)
    refuse_faults(node)
    return found


def _read(node: Node) -> CaseDocument:
    never_withheld = node.flag("never_withheld", False)
    return CaseDocument(
        key=_read_key(node),
        stage=node.text("stage", default=""),
        polarity=node.choice("polarity", [str(value) for value in Polarity.values], str(Polarity.NEGATIVE)),
        priority=node.integer("priority", default=50, at_least=0),
        segments=read_texts(node, "segments"),
        owner=node.text("owner", default=""),
        name=read_words(node, "name"),
        context=read_words(node, "context"),
        causes=read_words_list(node, "causes"),
        client_reaction=read_words(node, "client_reaction"),
        company_reaction=read_words(node, "company_reaction"),
        result=read_words(node, "result"),
        detect=read_condition(node, "detect"),
        exclude=read_condition(node, "exclude", is_required=False),
        success=read_condition(node, "success", has_entry=True),
        failure=read_condition(node, "failure", is_required=False, has_entry=True),
        horizon=node.duration("horizon"),
        cooldown=node.duration("cooldown") if node.has("cooldown") else None,
        sla=node.duration("sla") if node.has("sla") else None,
        holdout=_read_holdout(node, never_withheld),
        never_withheld=never_withheld,
        measures=read_measures(node),
        metrics=read_metrics(node),
        examples=read_examples(node),
        source=node.content,
        content_hash=hash_of(node.content),
    )


def _read_key(node: Node) -> str:
    key = node.slug("case")
    if len(key) > MAX_KEY:
        node.complain("case", _("at most %(limit)s characters") % {"limit": MAX_KEY})
    return key


def _read_holdout(node: Node, never_withheld: bool) -> int:
    if node.has("holdout"):
        return node.share("holdout")
    return 0 if never_withheld else rules.DEFAULT_HOLDOUT * 100


def _check_endings(node: Node, found: CaseDocument) -> None:
    if found.success and found.failure and rules.is_overlapping(found.success, found.failure):
        node.complain("failure", _("the same fact would be a success and a failure"))
    if node.has("horizon") and found.horizon == timedelta():
        node.complain("horizon", _("a length above nothing is needed"))


def _check_withholding(node: Node, found: CaseDocument) -> None:
    if found.never_withheld and found.holdout:
        node.complain("holdout", _("nobody may be left without an answer here: leave it out, or write 0"))


def _check_buyers(node: Node, found: CaseDocument) -> None:
    """Refuse to recruit where everybody in the case only buys."""
    only_buyers = bool(found.segments) and all(key.rsplit("/", 1)[-1] == BUYERS for key in found.segments)
    for place, measure in enumerate(found.measures):
        if only_buyers and measure.purpose is Purpose.RECRUITING:
            node.complain(f"measures[{place}].purpose", _("people who only buy are never recruited"))


def _check_steps(node: Node, found: CaseDocument) -> None:
    """Let journeys read the steps of the measures; the faults get the paths that the author knows."""
    listed = node.content.get("measures")
    for place, measure in enumerate(listed if isinstance(listed, list) else []):
        steps = _steps_of(measure)
        _refuse_exits(node, place, steps)
        if steps and all(isinstance(step, Mapping) for step in steps):
            for fault in _faults_of(found.key, measure.get("key"), steps):
                node.complain(_path_of(fault, place, len(steps)), fault.message)


def _steps_of(measure: object) -> list[Any]:
    steps = measure.get("steps") if isinstance(measure, Mapping) else None
    return steps if isinstance(steps, list) else []


def _refuse_exits(node: Node, place: int, steps: Sequence[Any]) -> None:
    for number, step in enumerate(steps):
        if isinstance(step, Mapping) and "exit" in step:
            message = _("a measure doesn't end the case; its rules do. To stop here, go to “rest”")
            node.complain(f"measures[{place}].steps[{number}].exit", message)


def _faults_of(key: str, measure_key: Any, steps: Sequence[Mapping[str, Any]]) -> Sequence[Fault]:
    """Return what is wrong with one measure's steps, placed as in a journey of them alone, each after its own id."""
    name = measure_key if isinstance(measure_key, str) and ":" not in measure_key else "measure"
    probe = {
        "journey": rules.journey_slug(key or "case"),
        "name": {"kk": "-", "ru": "-", "en": "-"},
        "entry": {"event": "case.entered"},
        "steps": [*rules.compile_block(name, steps), {"id": rules.REST, "exit": "rest"}],
    }
    try:
        parse_journey(probe)
    except FaultyDocument as error:
        unread = f"steps.{rules.REST}"
        return [fault for fault in error.faults if fault.place.startswith("steps") and fault.place != unread]
    return ()


def _path_of(fault: Fault, place: int, count: int) -> str:
    match = STEP.fullmatch(fault.place)
    if match is None or (match[1] and int(match[1]) >= count):
        return f"measures[{place}].steps"
    at = f"[{match[1]}]" if match[1] else f".{match[2].split(':', 1)[-1]}"
    return f"measures[{place}].steps{at}{match[3]}"
