"""Read the measures of a case: what is done, who begins it, on which channel, in which words, by which steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from django.utils.translation import gettext as _

from qadam.cases.reading import read_words
from qadam.lib.documents import Node
from qadam.lib.text import Words

MAX_KEY = 32
MEASURE_KEYS = ("key", "name", "trigger", "channel", "purpose", "consent", "script", "steps")


class Trigger(StrEnum):
    """Who begins a measure: the machine, the mentor when asked, or somebody of the company by hand."""

    AUTOMATIC = "automatic"
    SUGGESTED = "suggested"
    MANUAL = "manual"


class Channel(StrEnum):
    """Where the person meets the measure."""

    EMAIL = "email"
    TELEGRAM = "telegram"
    CABINET = "cabinet"
    SURVEY = "survey"
    CALL = "call"
    CHAT = "chat"
    MEETING = "meeting"
    TASK = "task"
    OTHER = "other"


class Purpose(StrEnum):
    """What a measure is for; the guards read it."""

    CARE = "care"
    PRODUCT = "product"
    TRAINING = "training"
    RECRUITING = "recruiting"
    RECOGNITION = "recognition"
    SERVICE = "service"


ADVERTISING = (Purpose.PRODUCT, Purpose.TRAINING, Purpose.RECRUITING)
"""An automatic measure of such a purpose needs consent to advertising, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is done. `steps` are steps of a journey, walked once the measure is started."""

    key: str
    name: Words
    trigger: Trigger
    channel: Channel
    purpose: Purpose
    needs_consent: bool
    script: Words
    steps: Sequence[Mapping[str, Any]]


def read_measures(node: Node) -> tuple[Measure, ...]:
    """Read the list `measures`; at least one, at most one of them automatic, each key once."""
    nodes = node.nodes("measures")
    measures = tuple(_read_measure(each) for each in nodes)
    if not measures:
        node.complain("measures", _("at least one measure is needed"))
    for place, measure in enumerate(measures):
        before = measures[:place]
        if measure.key and any(measure.key == each.key for each in before):
            nodes[place].complain("key", _("this key stands at another measure already"))
        if measure.trigger is Trigger.AUTOMATIC and any(each.trigger is Trigger.AUTOMATIC for each in before):
            nodes[place].complain("trigger", _("one measure at most begins by itself"))
    return measures


def _read_measure(node: Node) -> Measure:
    node.refuse_other_keys(*MEASURE_KEYS)
    trigger = Trigger(node.choice("trigger", [each.value for each in Trigger], Trigger.SUGGESTED.value))
    purpose = Purpose(node.choice("purpose", [each.value for each in Purpose], Purpose.CARE.value))
    steps = [each.content for each in node.nodes("steps")] if node.has("steps") else []
    if trigger is Trigger.AUTOMATIC and not steps:
        node.complain("steps", _("a measure that begins by itself needs at least one step"))
    script = read_words(node, "script", is_required=trigger is Trigger.SUGGESTED)
    return Measure(
        key=_read_key(node),
        name=read_words(node, "name"),
        trigger=trigger,
        channel=Channel(node.choice("channel", [each.value for each in Channel])),
        purpose=purpose,
        needs_consent=node.flag("consent", trigger is Trigger.AUTOMATIC and purpose in ADVERTISING),
        script=script,
        steps=steps,
    )


def _read_key(node: Node) -> str:
    key = node.slug("key")
    if len(key) > MAX_KEY:
        node.complain("key", _("at most %(limit)s characters") % {"limit": MAX_KEY})
    if ":" in key:
        node.complain("key", _("“:” can't stand here"))
    return key


class Version(Protocol):
    """A version of a case, as it is kept."""

    @property
    def document(self) -> Any: ...
    @property
    def content_hash(self) -> str: ...


_known: dict[str, tuple[Measure, ...]] = {}
"""Measures that were read already, by the hash of their document: a file asks for them again and again."""


def measures_of(version: Version) -> tuple[Measure, ...]:
    """Return the measures of a version, whose document was checked when it was saved."""
    found = _known.get(version.content_hash)
    if found is None:
        found = _known[version.content_hash] = read_measures(Node("", version.document))
    return found
