"""Read `map.yaml`, from the pack or from the office."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
from qadam.maps.models import Channel, Evidence, Initiator

MAP_ALLOWED = (
    "map", "name", "languages", "next_review_days", "next_review_on", "owner", "segmentation", "touchpoints",
    "stages", "cases", "metrics", "change_note",
)  # fmt: skip
STAGE_ALLOWED = (
    "key", "name", "client_goal", "company_goal", "entry", "horizon_days", "touchpoints", "client_actions",
    "sponsor_actions", "company_actions", "emotion", "metrics", "owner",
)  # fmt: skip
TOUCHPOINT_ALLOWED = ("code", "name", "channel", "initiator", "event_types")
USE_ALLOWED = ("code", "client_action", "company_action", "importance")
EMOTION_ALLOWED = ("expected", "quote", "evidence", "source", "by_segment")
EVIDENCE = [str(value) for value in Evidence.values]
CHANNELS = [str(value) for value in Channel.values]
INITIATORS = [str(value) for value in Initiator.values]
MAX_STAGES = 12
MAX_KEY = 31
"""A stay is kept under `slug/key`, which must fit 64 characters."""
MAX_CHARACTERS = 500_000


@dataclass(frozen=True, slots=True)
class TouchpointPlan:
    """A touchpoint of the map's catalogue."""

    code: str
    name: Words
    channel: str
    initiator: str
    event_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsePlan:
    """A touchpoint of the catalogue as a stage uses it."""

    code: str
    client_action: Words
    company_action: Words
    importance: int


@dataclass(frozen=True, slots=True)
class EmotionPlan:
    """What people are expected to feel in a stage, and what that rests on. Scores −2 to +2."""

    expected: float | None
    by_segment: Mapping[str, float]
    quote: Words
    evidence: str
    source: str


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage as its author wrote it. `entry` is the canonical document of a condition; `owner` an e-mail or ""."""

    key: str
    name: Words
    client_goal: Words
    company_goal: Words
    entry: Any
    horizon_days: int
    touchpoints: tuple[UsePlan, ...]
    client_actions: tuple[Words, ...]
    sponsor_actions: tuple[Words, ...]
    company_actions: tuple[Words, ...]
    emotion: EmotionPlan
    metrics: tuple[MetricPlan, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class MapDocument:
    """A map as its author wrote it, checked as a document. Whether it may be published is for the gate."""

    slug: str
    name: Words
    languages: tuple[str, ...]
    next_review_days: int
    next_review_on: date | None
    """None: so many days after publishing."""
    owner: str
    segmentation: str
    touchpoints: tuple[TouchpointPlan, ...]
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
    touchpoints = [_read_touchpoint(each) for each in node.nodes("touchpoints")] if node.has("touchpoints") else []
    _blame_doubles(node, "touchpoints[%s].code", (each.code for each in touchpoints))
    _blame_strangers(node, stages, {each.code for each in touchpoints})
    return MapDocument(
        slug=_read_key(node, "map"),
        name=read_words(node, "name"),
        languages=_read_languages(node),
        next_review_days=node.integer("next_review_days", default=90, at_least=1),
        next_review_on=_read_day(node, "next_review_on"),
        owner=node.text("owner", default=""),
        segmentation=node.text("segmentation", default=""),
        touchpoints=tuple(touchpoints),
        stages=tuple(stages),
        cases=cases,
        metrics=read_metrics(node),
        change_note=node.text("change_note", default=""),
        source=node.content,
        content_hash=hash_of({name: value for name, value in node.content.items() if name != "change_note"}),
    )


def _read_day(node: Node, key: str) -> date | None:
    if not node.has(key):
        return None
    try:
        return date.fromisoformat(str(node.content[key]))
    except ValueError:
        node.complain(key, _("a day such as 2027-02-01 is needed"))
        return None


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


def _blame_strangers(node: Node, stages: Sequence[StagePlan], codes: Collection[str]) -> None:
    for place, stage in enumerate(stages):
        for number, use in enumerate(stage.touchpoints):
            if use.code and use.code not in codes:
                problem = _("the map's touchpoints have no “%(code)s”") % {"code": use.code}
                node.complain(f"stages[{place}].touchpoints[{number}].code", problem)


def _read_stage(node: Node) -> StagePlan:
    node.refuse_other_keys(*STAGE_ALLOWED)
    touchpoints = [_read_use(each) for each in node.nodes("touchpoints")] if node.has("touchpoints") else []
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
        sponsor_actions=read_words_list(node, "sponsor_actions"),
        company_actions=read_words_list(node, "company_actions"),
        emotion=_read_emotion(node.node("emotion")) if node.has("emotion") else NO_EMOTION,
        metrics=read_metrics(node),
        owner=node.text("owner", default=""),
    )


NO_EMOTION = EmotionPlan(None, {}, NOTHING, Evidence.ASSUMED.value, "")


def _read_emotion(node: Node) -> EmotionPlan:
    node.refuse_other_keys(*EMOTION_ALLOWED)
    return EmotionPlan(
        expected=read_number(node, "expected", low=-2, high=2),
        by_segment=_read_by_segment(node.node("by_segment")) if node.has("by_segment") else {},
        quote=read_words(node, "quote", is_required=False),
        evidence=node.choice("evidence", EVIDENCE, Evidence.ASSUMED.value),
        source=node.text("source", default=""),
    )


def _read_by_segment(node: Node) -> dict[str, float]:
    scores = {key: read_number(node, key, low=-2, high=2) for key in node.content}
    return {key: score for key, score in scores.items() if score is not None}


def _read_touchpoint(node: Node) -> TouchpointPlan:
    node.refuse_other_keys(*TOUCHPOINT_ALLOWED)
    event_types = read_texts(node, "event_types")
    for place, name in enumerate(event_types):
        if find_event_type(name) is None:
            problem = _("the event “%(name)s” isn't in the catalogue") % {"name": name}
            node.complain(f"event_types[{place}]", problem)
    return TouchpointPlan(
        code=node.slug("code"),
        name=read_words(node, "name"),
        channel=node.choice("channel", CHANNELS),
        initiator=node.choice("initiator", INITIATORS, INITIATORS[0]),
        event_types=event_types,
    )


def _read_use(node: Node) -> UsePlan:
    node.refuse_other_keys(*USE_ALLOWED)
    importance = node.integer("importance", default=3, at_least=1)
    if importance > 5:
        node.complain("importance", _("a whole number from 1 to 5 is needed"))
    return UsePlan(
        code=node.slug("code"),
        client_action=read_words(node, "client_action", is_required=False),
        company_action=read_words(node, "company_action", is_required=False),
        importance=importance,
    )
