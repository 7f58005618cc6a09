"""What cases and maps read out of their documents beyond lib.documents: drafts may still lack a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.lib.documents import FaultyDocument, Node
from qadam.lib.text import LANGUAGES, Words, words_of
from qadam.metrics import registry

ROLES = ("mandatory", "extra")
NOTHING = Words("", "", "")


@dataclass(frozen=True, slots=True)
class MetricPlan:
    """A metric that a stage, a case or a map asks for. `target` and `watch` are in its own unit (share: 0–1).

    `owner` is the e-mail of who answers for it; "" is the owner of what it hangs on.
    """

    code: str
    role: str
    target: float | None
    watch: float | None
    critical: float | None
    params: Mapping[str, Any]
    owner: str = ""

    @property
    def is_mandatory(self) -> bool:
        return self.role == "mandatory"

    @property
    def kind(self) -> str:
        """What it measures: conversion, time, share, retention or result."""
        return registry.BY_CODE[self.code].kind.value


def read_words(node: Node, key: str, *, is_required: bool = True) -> Words:
    """Read a text in the product's languages. Which of them must be there is for the publish gate to say."""
    if not is_required and not node.has(key):
        return NOTHING
    return _words(node, key, node.content.get(key))


def read_words_list(node: Node, key: str) -> tuple[Words, ...]:
    """Read a list of texts; an absent one is empty."""
    value = node.content.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        node.complain(key, _("a list is needed"))
        return ()
    return tuple(_words(node, f"{key}[{place}]", each) for place, each in enumerate(value))


def _words(node: Node, key: str, value: object) -> Words:
    if not isinstance(value, Mapping):
        node.complain(key, _("a text in kk, ru and en is needed"))
        return NOTHING
    for code, text in value.items():
        if code not in LANGUAGES:
            node.complain(f"{key}.{code}", _("unknown; allowed: %(allowed)s") % {"allowed": ", ".join(LANGUAGES)})
        elif not isinstance(text, str):
            node.complain(f"{key}.{code}", _("a text is needed"))
    return words_of({code: value[code].strip() for code in LANGUAGES if isinstance(value.get(code), str)})


def read_texts(node: Node, key: str) -> tuple[str, ...]:
    """Read a list of short texts; absent or empty is empty."""
    return node.texts(key) if node.content.get(key) else ()


def read_number(node: Node, key: str, *, low: float | None = None, high: float | None = None) -> float | None:
    """Read a number within [low, high]; None where it is absent."""
    value = node.content.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        node.complain(key, _("a number is needed"))
        return None
    if (low is not None and value < low) or (high is not None and value > high):
        node.complain(key, _("a number from %(low)s to %(high)s is needed") % {"low": low, "high": high})
        return None
    return float(value)


def read_condition(node: Node, key: str, *, is_required: bool = True, has_entry: bool = False) -> Any:
    """Read a condition as its canonical document; None where it is absent or faulty.

    `has_entry`: it is asked of somebody who has entered, so `since: entry` has a meaning.
    """
    if not node.has(key):
        if is_required:
            node.complain(key, _("a condition is needed"))
        return None
    try:
        where = f"{node.place}.{key}" if node.place else key
        condition = conditions.parse(node.content[key], where=where)
    except FaultyDocument as error:
        node.faults.extend(error.faults)
        return None
    if conditions.uses_entry(condition) and not has_entry:
        node.complain(key, _("nobody has entered yet here, so it can't count from the entry"))
    return conditions.as_document(condition)


def read_metrics(node: Node) -> tuple[MetricPlan, ...]:
    """Read the list `metrics` of a stage, a case or a map; an absent one is empty."""
    return tuple(_read_metric(each) for each in node.nodes("metrics")) if node.has("metrics") else ()


def _read_metric(node: Node) -> MetricPlan:
    node.refuse_other_keys("code", "role", "target", "watch", "critical", "owner", "params")
    code = node.choice("code", list(registry.BY_CODE))
    return MetricPlan(
        code=code,
        role=node.choice("role", ROLES, ROLES[0]),
        target=read_number(node, "target"),
        watch=read_number(node, "watch"),
        critical=read_number(node, "critical"),
        params=_read_params(node.node("params"), registry.BY_CODE[code]) if node.has("params") else {},
        owner=node.text("owner", default=""),
    )


def _read_params(node: Node, definition: registry.Definition) -> dict[str, Any]:
    node.refuse_other_keys(*definition.parameters)
    for name, value in node.content.items():
        if name in definition.parameters and not definition.parameters[name].is_valid(value):
            node.complain(name, _("%(code)s doesn't take this value") % {"code": definition.code})
    return dict(node.content)
