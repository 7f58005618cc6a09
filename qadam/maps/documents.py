"""Read `map.yaml`, from the pack or from the office."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from qadam.cases.reading import (
    NOTHING,
    MetricPlan,
    read_condition,
    read_metrics,
    read_number,
    read_texts,
    read_words,
    read_words_list,
)
from qadam.events.catalogue import find_event_type
from qadam.lib.documents import Node, hash_of, open_document, refuse_faults
from qadam.lib.text import LANGUAGES, Words
from qadam.maps.errors import NotYaml
from qadam.maps.models import Channel, Initiator

MAP_ALLOWED = ("map", "name", "languages", "next_review_days", "stages", "cases", "metrics", "change_note")
STAGE_ALLOWED = (
    "key", "name", "client_goal", "company_goal", "entry", "horizon_days", "touchpoints", "client_actions",
    "company_actions", "emotion", "metrics", "owner",
)  # fmt: skip
TOUCHPOINT_ALLOWED = (
    "code", "name", "channel", "initiator", "event_types", "client_action", "company_action", "importance",
)  # fmt: skip
CHANNELS = [str(value) for value in Channel.values]
INITIATORS = [str(value) for value in Initiator.values]
MAX_STAGES = 12
MAX_KEY = 31
"""A stay is kept under `slug/key`, which must fit 64 characters."""
MAX_CHARACTERS = 500_000


@dataclass(frozen=True, slots=True)
class TouchpointPlan:
    code: str
    name: Words
    channel: str
    initiator: str
    event_types: tuple[str, ...]
    client_action: Words
    company_action: Words
    importance: int


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage as its author wrote it. `entry` is the canonical document of a condition; `owner` an e-mail or ""."""

    key: str
    name: Words
    client_goal: Words
    company_goal: Words
    entry: Any
    horizon_days: int
    touchpoints: tuple[TouchpointPlan, ...]
    client_actions: tuple[Words, ...]
    company_actions: tuple[Words, ...]
    expected_emotion: float | None
    quote: Words
    metrics: tuple[MetricPlan, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class MapDocument:
    """A map as its author wrote it, checked as a document. Whether it may be published is for the gate."""

    slug: str
    name: Words
    languages: tuple[str, ...]
    next_review_days: int
    stages: tuple[StagePlan, ...]
    cases: tuple[str, ...]
    metrics: tuple[MetricPlan, ...]
    change_note: str
    source: Mapping[str, Any]
    content_hash: str


def read_yaml(text: str) -> object:
    """Read YAML that a person pasted or uploaded; no tags, no code.

    Raises:
        NotYaml: it isn't YAML, or longer than 500,000 characters; says where.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotYaml(problem=_("longer than %(limit)s characters") % {"limit": MAX_CHARACTERS})
    try:
        document: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise NotYaml(problem=" ".join(str(error).split())) from error
    return document


def parse(document: object, *, where: str = "") -> MapDocument:
    """Check a map document as a whole.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    node = open_document(document, where)
    node.refuse_other_keys(*MAP_ALLOWED)
    found = _read_map(node)
    refuse_faults(node)
    return found


def _read_map(node: Node) -> MapDocument:
    stages = [_read_stage(each) for each in node.nodes("stages")]
    if not 2 <= len(stages) <= MAX_STAGES:
        node.complain("stages", _("%(low)s to %(high)s stages are needed") % {"low": 2, "high": MAX_STAGES})
    _blame_doubles(node, "stages[%s].key", (stage.key for stage in stages))
    cases = read_texts(node, "cases")
    _blame_doubles(node, "cases[%s]", cases)
    return MapDocument(
        slug=_read_key(node, "map"),
        name=read_words(node, "name"),
        languages=_read_languages(node),
        next_review_days=node.integer("next_review_days", default=90, at_least=1),
        stages=tuple(stages),
        cases=cases,
        metrics=read_metrics(node),
        change_note=node.text("change_note", default=""),
        source=node.content,
        content_hash=hash_of({name: value for name, value in node.content.items() if name != "change_note"}),
    )


def _read_key(node: Node, key: str) -> str:
    value = node.slug(key)
    if len(value) > MAX_KEY:
        node.complain(key, _("at most %(limit)s characters") % {"limit": MAX_KEY})
    return value


def _read_languages(node: Node) -> tuple[str, ...]:
    languages = node.texts("languages")
    if not set(languages) <= set(LANGUAGES):
        node.complain("languages", _("allowed: %(allowed)s") % {"allowed": ", ".join(LANGUAGES)})
    return languages


def _blame_doubles(node: Node, path: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for place, key in enumerate(keys):
        if key and key in seen:
            node.complain(path % place, _("“%(key)s” is here twice") % {"key": key})
        seen.add(key)


def _read_stage(node: Node) -> StagePlan:
    node.refuse_other_keys(*STAGE_ALLOWED)
    expected, quote = _read_emotion(node)
    touchpoints = [_read_touchpoint(each) for each in node.nodes("touchpoints")] if node.has("touchpoints") else []
    _blame_doubles(node, "touchpoints[%s].code", (each.code for each in touchpoints))
    return StagePlan(
        key=_read_key(node, "key"),
        name=read_words(node, "name"),
        client_goal=read_words(node, "client_goal", is_required=False),
        company_goal=read_words(node, "company_goal", is_required=False),
        entry=read_condition(node, "entry"),
        horizon_days=node.integer("horizon_days", at_least=1),
        touchpoints=tuple(touchpoints),
        client_actions=read_words_list(node, "client_actions"),
        company_actions=read_words_list(node, "company_actions"),
        expected_emotion=expected,
        quote=quote,
        metrics=read_metrics(node),
        owner=node.text("owner", default=""),
    )


def _read_emotion(node: Node) -> tuple[float | None, Words]:
    if not node.has("emotion"):
        return None, NOTHING
    emotion = node.node("emotion")
    emotion.refuse_other_keys("expected", "quote")
    return read_number(emotion, "expected", low=-2, high=2), read_words(emotion, "quote", is_required=False)


def _read_touchpoint(node: Node) -> TouchpointPlan:
    node.refuse_other_keys(*TOUCHPOINT_ALLOWED)
    event_types = read_texts(node, "event_types")
    for place, name in enumerate(event_types):
        if find_event_type(name) is None:
            problem = _("the event “%(name)s” isn't in the catalogue") % {"name": name}
            node.complain(f"event_types[{place}]", problem)
    importance = node.integer("importance", default=3, at_least=1)
    if importance > 5:
        node.complain("importance", _("a whole number from 1 to 5 is needed"))
    return TouchpointPlan(
        code=node.slug("code"),
        name=read_words(node, "name"),
        channel=node.choice("channel", CHANNELS),
        initiator=node.choice("initiator", INITIATORS, INITIATORS[0]),
        event_types=event_types,
        client_action=read_words(node, "client_action", is_required=False),
        company_action=read_words(node, "company_action", is_required=False),
        importance=importance,
    )
