"""The forms with which a stage, a case or a touchpoint begins on a map's draft, and that of a touchpoint."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from qadam.lib.documents import Fault
from qadam.office.board_edit_fields import Field
from qadam.office.board_edit_parts import (
    CHANNEL_WORDS,
    INITIATOR_WORDS,
    POLARITY_WORDS,
    Choices,
    Part,
    options_part,
    within,
    words_part,
)
from qadam.office.condition_form import Widget, event_words
from qadam.office.journey_fields import Button, chosen, event_widgets, typed
from qadam.office.journey_forms import read_number, read_words

Faults = Sequence[Fault]


def touchpoint_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    events = list(value.get("event_types") or [""])
    return [
        words_part("name", _("Name"), value.get("name"), choices, within(faults, "name")),
        options_part(
            _("Channel"),
            chosen("channel", _("Channel"), CHANNEL_WORDS, value.get("channel", "other")),
            chosen("initiator", _("Who begins"), INITIATOR_WORDS, value.get("initiator", "company")),
            faults=[*within(faults, "channel"), *within(faults, "initiator")],
        ),
        options_part(
            _("Events that tell of it"), *event_widgets("event", events), faults=within(faults, "event_types"),
            help=_("Without an event nothing tells that it happened, so it can’t be measured."),
            buttons=(Button("also:event", _("Another event")),),
        ),
    ]  # fmt: skip


def read_touchpoint(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    touchpoint = dict(old) if isinstance(old, Mapping) else {}
    touchpoint["name"] = read_words(post, "name") or {}
    touchpoint["channel"] = post.get("channel", "other")
    touchpoint["initiator"] = post.get("initiator", "company")
    events = list(dict.fromkeys(event for event in post.getlist("event") if event))
    touchpoint["event_types"] = [*events, ""] if do == "also:event" else events
    return touchpoint


def new_stage_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    event = (value.get("entry") or {}).get("did", "")
    return [
        words_part("name", _("Name"), value.get("name"), choices, within(faults, "name")),
        options_part(
            _("Begins when this happens"), _event("event", event), faults=within(faults, "entry"),
            help=_("You can say it more exactly afterwards."),
        ),
        options_part(_("Days to go on within"), typed("days", _("Days"), value.get("horizon_days", 30), "number")),
    ]  # fmt: skip


def _event(name: str, event: str) -> Widget:
    return chosen(name, _("Event"), event_words(), event)


def read_new_stage(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return {
        "name": read_words(post, "name") or {},
        "entry": {"did": post.get("event", "")},
        "horizon_days": read_number(post, "days"),
    }


def new_case_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    stages: dict[str, Any] = {"": _("every stage"), **dict(choices.stages)}
    did = {name: (value.get(name) or {}).get("did", "") for name in ("detect", "success")}
    return [
        words_part("name", _("Name"), value.get("name"), choices, within(faults, "name")),
        options_part(
            _("Where"),
            chosen("stage", _("Stage"), stages, value.get("stage", "")),
            chosen("polarity", _("Problem or success"), POLARITY_WORDS, value.get("polarity", "negative")),
        ),
        options_part(
            _("Noticed when"),
            chosen("detect", _("Event"), event_words(), did["detect"]),
            faults=within(faults, "detect"),
        ),
        options_part(
            _("A success when"),
            chosen("success", _("Event"), event_words(), did["success"]),
            faults=within(faults, "success"),
        ),
        words_part("measure", _("What is done"), value.get("measure"), choices, within(faults, "measures")),
    ]


def read_new_case(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return {
        "name": read_words(post, "name") or {},
        "stage": post.get("stage", ""),
        "polarity": post.get("polarity", "negative"),
        "detect": {"did": post.get("detect", "")},
        "success": {"did": post.get("success", ""), "since": "entry"},
        "measure": read_words(post, "measure") or {},
    }


def new_use_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    known = {"": _("a new one"), **dict(choices.touchpoints)}
    which = chosen("code", _("Touchpoint"), known, value.get("code", ""), refreshes=True)
    parts = [options_part(_("Touchpoint"), which, faults=within(faults, "code"))]
    return parts if value.get("code") else [*parts, *touchpoint_parts(field, value, choices, faults)]


def read_new_use(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return {"code": post["code"]} if post.get("code") else read_touchpoint(post, {}, do, choices)
