"""Values of a draft's fields as a person compares them: pairs of what it is called and what it says."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from qadam.lib.text import LANGUAGES
from qadam.office.board_edit import TELLERS, Teller
from qadam.office.board_edit_fields import Field, say
from qadam.office.board_edit_metrics import PARAMETER_WORDS, goal_of, name_of
from qadam.office.board_edit_parts import (
    CHANNEL_WORDS,
    INITIATOR_WORDS,
    MEASURE_CHANNELS,
    PURPOSE_WORDS,
    ROLE_WORDS,
    TRIGGER_WORDS,
)
from qadam.office.condition_form import event_words
from qadam.office.journey_fields import LANGUAGE_NAMES

Pairs = tuple[tuple[str, str], ...]


def tell_pairs(teller: Teller, field: Field, value: Any) -> Pairs:
    """Return what a value says, line by line; a text in each of its languages. Nothing written is "—"."""
    if field.kind == "words":
        given = value if isinstance(value, Mapping) else {}
        return tuple((LANGUAGE_NAMES[code], str(given.get(code) or "—")) for code in LANGUAGES)
    if field.kind in TELLERS:
        told = TELLERS[field.kind](teller, value)
        lines = [told.get("text", ""), *told.get("lines", ()), told.get("note", "")]
        return tuple(("", line) for line in lines if line) or (("", "—"),)
    if not isinstance(value, Mapping):
        return (("", "—"),)
    return tuple(_items(teller, field.kind, value))


def _items(teller: Teller, kind: str, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    if kind == "metric":
        return _metric(teller, value)
    labels = {
        "name": _("Name"), "channel": _("Channel"), "initiator": _("Who begins"),
        "event_types": _("Events that tell of it"),
        "client_action": _("The client does"), "company_action": _("The company does"), "importance": _("Importance"),
        "trigger": _("Who begins"), "purpose": _("What for"), "script": _("What the mentor says and does"),
        "consent": _("Consent"), "steps": _("Steps of the machine (YAML)"),
    }  # fmt: skip
    found = []
    for key, label in labels.items():
        if key in value:
            found.append((label, _told(teller, key, value[key])))
    return found or [("", "—")]


def _told(teller: Teller, key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return say(value, teller.language)
    if key == "event_types":
        return ", ".join(str(event_words().get(each, each)) for each in value) or "—"
    if key == "steps":
        return str(len(value))
    known = {**CHANNEL_WORDS, **MEASURE_CHANNELS, **INITIATOR_WORDS, **TRIGGER_WORDS, **PURPOSE_WORDS}
    return str(known.get(str(value), value))


def _metric(teller: Teller, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    choices = teller.draft.choices
    params, bounds = value.get("params") or {}, {"watch": _("Watch from"), "critical": _("Alarm from")}
    return [
        (str(value.get("code", "")), name_of(value, choices)),
        (_("Role"), str(ROLE_WORDS.get(value.get("role", "mandatory"), ""))),
        (_("Target"), goal_of(value, choices) or "—"),
        *((label, str(value[key])) for key, label in bounds.items() if key in value),
        (_("Owner"), teller.owner(value.get("owner"))["text"] or "—"),
        *((str(PARAMETER_WORDS.get(name, name)), str(each)) for name, each in params.items()),
    ]  # fmt: skip
