"""Write a document as YAML that people like to read: keys in the ready packs' order, texts as blocks, no anchors.

What is small stands on one line, `{did: order.paid, since: entry}`; several lines of text stand under `|`; one long
line is folded under `>-`. `sources.read_source` reads the same content again.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from qadam.lib.text import LANGUAGES

WIDTH = 120
FOLD = 110
"""PyYAML goes on to the next line after the word that passes this column."""
SHORT = 104
"""A group of keys that ends before this column stands on one line."""
MOST_ON_A_LINE = 5
NAMES = ("id", "key")
"""Keys that begin an item of a list that never stands on one line: a step, a stage, a task."""

ROOTS: Mapping[str, Sequence[str]] = {
    "template": ("channel", "category", "variables", "url", "subject", "body", "button"),
    "plan": ("name", "per_day", "weeks", "goals", "restart", "tasks"),
    "segment": ("name", "when"),
    "survey": (
        *("kind", "checks", "stage", "touchpoint", "name", "question", "low", "high", "options"),
        *("comment", "open_days", "again_days", "letter"),
    ),
    "case": (
        *("stage", "polarity", "priority", "segments", "owner", "name", "context", "causes", "client_reaction"),
        *("company_reaction", "result", "detect", "exclude", "success", "failure", "horizon", "cooldown", "sla"),
        *("holdout", "never_withheld", "measures", "metrics", "examples"),
    ),
    "journey": (
        *("name", "entry", "reentry", "priority", "on_resume", "holdout", "never_withheld", "quiet", "caps"),
        *("goal", "exit", "exclude", "horizon", "conversion", "steps"),
    ),
    "map": (
        *("name", "languages", "owner", "next_review_days", "next_review_on", "segmentation", "change_note"),
        *("touchpoints", "stages", "cases", "metrics"),
    ),
    "segmentation": ("name", "segments"),
    "rule": (
        *("name", "event", "where", "which", "per", "to", "points", "caps", "cooldown", "hold_days"),
        *("reversed_by", "from", "until", "reason"),
    ),
    "levels": ("name", "steps"),
    "streak": ("name", "period", "acts", "needed", "freezes", "freezes_at_start", "earn_every", "holidays"),
    "badge": ("name", "why", "how", "icon", "kind", "tiers", "repeat", "hidden", "secret", "reason"),
    "challenge": (
        *("name", "why", "how", "next", "measure", "for", "goal", "share_most", "when", "join", "audience"),
        *("grace", "reward", "reason"),
    ),
    "board": ("name", "score", "period", "group", "league_size", "population", "holdout", "normalised", "reason"),
    "consent": ("version", "purpose", "title", "label", "text"),
    "terms": ("refund_days", "buyback_days", "buyback_percent", "text"),
    "pack": ("version", "company"),
    "": ("quiet", "caps"),
}
"""The order of the keys of a whole document, after the key that names it; "" is the policy, which has no name."""

GROUPS: Mapping[str, Sequence[str]] = {
    "where": ("streak", "length"),
    "wait": ("event", "where", "since", "for", "until", "when", "timeout", "on_timeout"),
    "until": ("day", "at", "weekday", "instant"),
    "on": ("sent", "suppressed", "failed", "expired", "unknown", "withheld"),
    "set": ("tag", "attribute", "score", "to", "by"),
    "conversion": ("event", "where", "from", "within"),
    "caps": ("obey", "count", "limit", "within", "category", "channel"),
    "quiet": ("email", "webhook", "from", "to"),
    "running": ("times", "each", "where"),
    "letter": ("subject", "body"),
    "measures": ("key", "name", "trigger", "channel", "purpose", "consent", "script", "steps"),
    "examples": (
        *("matches", "name", "registered", "kind", "sponsor", "mentor", "in", "events", "team", "left_on", "on_day"),
    ),
    "team": ("of", "where", "count", "registered", "kind", "mentee", "in", "events", "left_on"),
    "events": ("day", "type", "props"),
    "props": (
        *("order", "buyer", "presentation", "booking", "minutes", "form", "ticket", "objection", "lesson", "path"),
        *("goal", "partners", "ends_at"),
    ),
    "emotion": ("expected", "quote", "evidence", "source", "by_segment"),
    "rate": ("did", "where", "distinct", "within", "against", "at_most", "at_least"),
    "against": ("before", "within"),
    "ratio": ("of", "to", "at", "below", "above"),
    "sum": ("of", "at_least"),
}
"""The order of keys in the groups, or lists of groups, that stand under these keys."""

INNER = (
    *LANGUAGES,
    *("id", "key", "code", "role", "week", "day", "due_day", "did", "did_not", "first", "last", "property", "equals"),
    *("name", "zone", "language", "currency", "day_zero", "title", "label", "path"),
    *("client_goal", "company_goal", "entry", "horizon_days"),
    *("months", "channel", "initiator", "event_types", "client_action", "company_action", "importance"),
    *(
        "touchpoints",
        "client_actions",
        "sponsor_actions",
        "company_actions",
        "emotion",
        "expected",
        "quote",
        "metrics",
        "owner",
    ),
    *("at_least", "at_most", "above", "below", "target", "watch", "critical", "params", "trailing_days"),
    *("aim", "template", "plan", "survey", "deadline", "why", "how", "minutes", "kind", "done_when"),
    *("lesson", "url", "proof", "with", "required", "offered", "goal", "directions", "hours_from", "after"),
    *("task", "for", "event", "elapsed", "when", "share"),
    *("where", "unless", "not_followed_by", "days", "within", "distinct", "count", "since", "sum", "past", "of", "by"),
    *("same", "as", "per"),
    *("from", "until", "instant", "at", "weekday", "timeout", "on_timeout", "if", "goto", "control", "link"),
    *("send", "wait", "branch", "else", "split", "set", "enroll", "exit", "holdout", "on", "to", "next"),
    *("journey", "stop", "limit", "category"),
)
"""The order of keys in every other group; what isn't named follows by the alphabet."""
RANKS = {key: place for place, key in enumerate(INNER)}

ESCAPED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that a reader of YAML would change or refuse unless they are escaped."""
UNFOLDED = re.compile(r"^ | $|  ")
"""Spaces that folding would lose."""


def write_yaml(document: Mapping[str, Any]) -> str:
    """Return a document of texts, numbers, true, false, null, lists and groups of keys as YAML."""
    head = next((kind for kind in ROOTS if kind and kind in document), "")
    keys = _sort(document, (head, *ROOTS[head]))
    pairs = [(_key(key), _node(document[key], key, len(key) + 2, 0)) for key in keys]
    root = yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
    return str(yaml.serialize(root, Dumper=_Dumper, allow_unicode=True, width=FOLD))


class _Dumper(yaml.SafeDumper):
    """Lists stand deeper than their key; what needs quotes gets double ones where it has none inside."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def choose_scalar_style(self) -> str:
        style = str(super().choose_scalar_style())
        text = self.event.value if isinstance(self.event, yaml.ScalarEvent) else ""
        return '"' if style == "'" and not re.search(r'["\\]', text) else style


def _node(value: object, under: str, column: int, indent: int) -> yaml.Node:
    """Return the node of a value that stands `under` a key, begins at `column`, in a group indented by `indent`."""
    is_small = _is_small(value, SHORT - column)
    if isinstance(value, Mapping):
        keys = _sort(value, GROUPS.get(under, ()))
        pairs = [(_key(key), _node(value[key], key, indent + 2 + len(key) + 2, indent + 2)) for key in keys]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=is_small)
    if isinstance(value, list | tuple):
        items = [_node(each, under, indent + 4, indent + 2) for each in value]
        return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=is_small)
    return _scalar(value, WIDTH - column)


def _sort(group: Mapping[str, object], first: Sequence[str]) -> list[str]:
    """Return the keys of a group in the order of writing; those of `first` lead."""
    places = {key: place for place, key in enumerate(first)}
    return sorted(group, key=lambda key: (places.get(key, len(places)), RANKS.get(key, len(RANKS)), key))


def _key(key: str) -> yaml.ScalarNode:
    # Older YAML takes `on` for true and would have it quoted; our reader takes it for the word that it is.
    tag = "tag:yaml.org,2002:bool" if key == "on" else "tag:yaml.org,2002:str"
    return yaml.ScalarNode(tag, key, style='"' if ESCAPED.search(key) else None)


def _scalar(value: object, room: int) -> yaml.ScalarNode:
    match value:
        case None:
            return yaml.ScalarNode("tag:yaml.org,2002:null", "null")
        case bool():
            return yaml.ScalarNode("tag:yaml.org,2002:bool", str(value).lower())
        case int():
            return yaml.ScalarNode("tag:yaml.org,2002:int", str(value))
        case float():
            return yaml.ScalarNode("tag:yaml.org,2002:float", _decimal(value))
    text = str(value)
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=_style_of(text, room))


def _decimal(value: float) -> str:
    """Write a number without an exponent: 1e-07 would be read as a text."""
    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else f"{digits}.0"


def _style_of(text: str, room: int) -> str | None:
    if ESCAPED.search(text):
        return '"'
    if "\n" in text:
        return "|" if text.strip() else '"'
    return ">" if len(text) > room and not UNFOLDED.search(text) else None


def _is_small(value: object, room: int) -> bool:
    """Tell whether a group or a list fits on one line and is easy to read there."""
    if isinstance(value, Mapping):
        is_simple = len(value) <= MOST_ON_A_LINE and not any(key in value for key in NAMES)
        return is_simple and _length(value) <= room and all(_is_small(each, room) for each in value.values())
    if isinstance(value, list | tuple):
        return not any(isinstance(each, Mapping | list) for each in value) and _length(value) <= room
    return not (isinstance(value, str) and ("\n" in value or ESCAPED.search(value)))


def _length(value: object) -> int:
    """Estimate how many columns a value takes on one line."""
    if isinstance(value, Mapping):
        return sum(len(key) + 4 + _length(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return sum(2 + _length(each) for each in value)
    return len(str(value))
