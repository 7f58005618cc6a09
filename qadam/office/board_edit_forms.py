"""The forms of the fields of a map's draft, kind by kind: the parts that a page shows, and what comes back as a value.

The value is the form's only state, as it stands in the document: what can't be right yet stays as typed, with its
faults beside it. A button that only changes the form carries `do`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from django.http import QueryDict
from django.utils.translation import gettext as _

from qadam.lib.documents import Fault
from qadam.office.board_edit_fields import Field
from qadam.office.board_edit_metrics import metric_parts, read_metric
from qadam.office.board_edit_new import (
    new_case_parts,
    new_stage_parts,
    new_use_parts,
    read_new_case,
    read_new_stage,
    read_new_use,
    read_touchpoint,
    touchpoint_parts,
)
from qadam.office.board_edit_parts import (
    CONSENT_WORDS,
    EVIDENCE_WORDS,
    IMPORTANCE_WORDS,
    MEASURE_CHANNELS,
    POLARITY_WORDS,
    PURPOSE_WORDS,
    TRIGGER_WORDS,
    Choices,
    Part,
    TextField,
    checks_widget,
    options_part,
    owner_widget,
    score_widget,
    within,
    words_part,
)
from qadam.office.condition_form import build
from qadam.office.condition_reading import read_condition, read_length
from qadam.office.condition_rows import number_of
from qadam.office.journey_fields import Button, chosen, length_widgets, ticked, typed
from qadam.office.journey_forms import put, read_number, read_size, read_words, reorder

Faults = Sequence[Fault]


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of field: `parts` shows a value, `read` takes it back."""

    parts: Callable[[Field, Any, Choices, Faults], list[Part]]
    read: Callable[[QueryDict, Any, str, Choices], Any]


def parts_of(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    """Return the form of a field; faults that no part of it shows come first."""
    parts = FORMS[field.kind].parts(field, value, choices, faults)
    told = {fault for part in parts for fault in (*part.faults, *(part.builder.faults if part.builder else ()))}
    left = tuple(fault for fault in faults if fault not in told)
    return [Part(faults=left), *parts] if left else parts


def read_value(field: Field, post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    """Return the value that a form says; None: the field is taken out."""
    return FORMS[field.kind].read(post, old, do, choices)


# ── One thing ─────────────────────────────────────────────


def _words_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return [words_part("text", "", value, choices, faults)]


def _read_words(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return read_words(post, "text")


def _lines_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    lines = value if isinstance(value, list) else []
    parts = []
    for n, line in enumerate(lines):
        buttons = (
            *((Button(f"upline:{n}", _("Up"), "arrow-up"),) if n else ()),
            Button(f"unline:{n}", _("Take out"), "x"),
        )
        own = [fault for fault in faults if fault.place.startswith(f"[{n}]")]
        parts.append(words_part(f"line.{n}", str(n + 1), line, choices, own, buttons=buttons))
    return [*parts, Part(buttons=(Button("line", _("One more line")),), sizes=(("line.size", len(lines)),))]


def _read_lines(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    lines: list[Any] = [read_words(post, f"line.{n}") or {} for n in range(read_size(post, "line"))]
    if do == "line":
        return [*lines, {}]
    return reorder(lines, do, "line") if do else [line for line in lines if line]


def _number_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return [options_part("", typed("number", field.label, value, "number"), faults=faults)]


def _read_number(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return _or_none(read_number(post, "number"))


def _or_none(value: Any) -> Any:
    return None if value == "" else value


def _day_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return [options_part("", typed("day", field.label, value, "date"), faults=faults)]


def _read_day(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return post.get("day", "").strip() or None


def _length_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return [options_part("", *length_widgets("length", field.label, value), faults=faults)]


def _read_length(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return read_length(post, "length") or None


def _flag_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return [options_part("", ticked("flag", field.label, bool(value)), faults=faults)]


def _read_flag(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return True if post.get("flag") else None


def _owner_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return [options_part("", owner_widget(choices, value), faults=faults)]


def _read_owner(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return post.get("owner") or None


def _choice_parts(of: Callable[[Choices], Mapping[str, Any]]) -> Callable[[Field, Any, Choices, Faults], list[Part]]:
    def parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
        return [options_part("", chosen("choice", field.label, of(choices), value or ""), faults=faults)]

    return parts


def _read_choice(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return post.get("choice") or None


def _segments_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    chosen_ones = value if isinstance(value, list) else []
    return [options_part("", checks_widget("segments", field.label, choices.segments, chosen_ones), faults=faults)]


def _read_segments(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return post.getlist("segments") or None


def _condition_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    placed = [Fault(f"when{f'.{fault.place}' if fault.place else ''}", fault.message) for fault in faults]
    return [Part(builder=build(value, "when", "when", placed, places=choices.places, needed=field.is_needed))]


def _read_condition(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return read_condition(post, "when", do)


# ── Several things ────────────────────────────────────────


def _emotion_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    own, code = value.get("by_segment") or {}, choices.language
    segments = [
        score_widget(f"segment.{key}", name, own.get(key), _("as everybody"), language=code, before=name)
        for key, name in choices.own_segments
    ]
    expected = score_widget("expected", field.label, value.get("expected"), _("nothing expected"), language=code)
    rests_on = chosen("evidence", _("Rests on"), EVIDENCE_WORDS, value.get("evidence", "assumed"))
    source = typed("source", _("Source"), value.get("source", ""), before=_("source"))
    parts = [
        options_part(_("Expected, −2 to +2"), expected, faults=within(faults, "expected")),
        words_part("quote", _("In the client’s words"), value.get("quote"), choices, within(faults, "quote")),
        options_part(
            _("Rests on"), rests_on, source, faults=[*within(faults, "evidence"), *within(faults, "source")],
            help=_("Never name a person of the network here."),
        ),
    ]  # fmt: skip
    by_segment = options_part(_("Where segments differ"), *segments, faults=within(faults, "by_segment"))
    return [*parts, by_segment] if segments else parts


def _read_emotion(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    emotion = dict(old) if isinstance(old, Mapping) else {}
    put(emotion, "expected", _score(post, "expected"))
    put(emotion, "quote", read_words(post, "quote"))
    put(emotion, "evidence", "" if post.get("evidence") == "assumed" else post.get("evidence", ""))
    put(emotion, "source", post.get("source", "").strip())
    by_segment = dict(emotion.get("by_segment") or {})
    for key, _name in choices.own_segments:
        put(by_segment, key, _score(post, f"segment.{key}"))
    put(emotion, "by_segment", by_segment)
    return emotion or None


def _score(post: QueryDict, name: str) -> Any:
    text = post.get(name, "")
    return number_of(text) if text else ""


def _use_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    importance = chosen("importance", _("Importance"), IMPORTANCE_WORDS, value.get("importance", 3))
    return [
        words_part(
            "client", _("The client does"), value.get("client_action"), choices, within(faults, "client_action")
        ),
        words_part(
            "company", _("The company does"), value.get("company_action"), choices, within(faults, "company_action")
        ),
        options_part(_("Importance"), importance, faults=within(faults, "importance")),
    ]


def _read_use(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    use = dict(old)
    put(use, "client_action", read_words(post, "client"))
    put(use, "company_action", read_words(post, "company"))
    use["importance"] = read_number(post, "importance")
    return use


def _measure_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    value = value if isinstance(value, Mapping) else {}
    consent = {True: "true", False: "false"}.get(value.get("consent"), "")
    text = _steps_text(value.get("steps"))
    return [
        words_part("name", _("What is done"), value.get("name"), choices, within(faults, "name")),
        options_part(
            _("How"),
            chosen("trigger", _("Who begins"), TRIGGER_WORDS, value.get("trigger", "suggested")),
            chosen("channel", _("Channel"), MEASURE_CHANNELS, value.get("channel", "call")),
            chosen("purpose", _("What for"), PURPOSE_WORDS, value.get("purpose", "care")),
            chosen("consent", _("Consent"), CONSENT_WORDS, consent),
            faults=[f for name in ("key", "trigger", "channel", "purpose", "consent") for f in within(faults, name)],
        ),
        words_part(
            "script", _("What the mentor says and does"), value.get("script"), choices, within(faults, "script")
        ),
        Part(
            "", (TextField("steps", _("Steps of the machine (YAML)"), text, rows=6),),
            help=_("As in a journey: send, wait, branch. A measure that begins by itself needs at least one."),
            faults=within(faults, "steps"),
        ),
    ]  # fmt: skip


def _steps_text(steps: Any) -> str:
    if not steps or isinstance(steps, str):
        return steps or ""
    return yaml.safe_dump(steps, allow_unicode=True, sort_keys=False)


def _read_measure(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    measure = dict(old) if isinstance(old, Mapping) else {}
    measure["name"] = read_words(post, "name") or {}
    for name in ("trigger", "channel", "purpose"):
        measure[name] = post.get(name, "")
    put(measure, "consent", {"true": True, "false": False}.get(post.get("consent", ""), ""))
    put(measure, "script", read_words(post, "script"))
    put(measure, "steps", _read_yaml(post.get("steps", "")))
    return measure


def _read_yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text) if text.strip() else None
    except yaml.YAMLError:
        return text


def _metric_parts(field: Field, value: Any, choices: Choices, faults: Faults) -> list[Part]:
    return metric_parts(value if isinstance(value, Mapping) else {}, choices, faults)


def _read_metric(post: QueryDict, old: Any, do: str, choices: Choices) -> Any:
    return read_metric(post, old if isinstance(old, Mapping) else {}, choices)


def _stage_choices(choices: Choices) -> Mapping[str, Any]:
    return {"": _("every stage"), **dict(choices.stages)}


def _segmentation_choices(choices: Choices) -> Mapping[str, Any]:
    return {"": _("none"), **dict(choices.segmentations)}


FORMS = {
    "words": Form(_words_parts, _read_words),
    "lines": Form(_lines_parts, _read_lines),
    "number": Form(_number_parts, _read_number),
    "percent": Form(_number_parts, _read_number),
    "day": Form(_day_parts, _read_day),
    "length": Form(_length_parts, _read_length),
    "flag": Form(_flag_parts, _read_flag),
    "owner": Form(_owner_parts, _read_owner),
    "stage": Form(_choice_parts(_stage_choices), _read_choice),
    "polarity": Form(_choice_parts(lambda choices: POLARITY_WORDS), _read_choice),
    "segmentation": Form(_choice_parts(_segmentation_choices), _read_choice),
    "segments": Form(_segments_parts, _read_segments),
    "condition": Form(_condition_parts, _read_condition),
    "emotion": Form(_emotion_parts, _read_emotion),
    "use": Form(_use_parts, _read_use),
    "touchpoint": Form(touchpoint_parts, read_touchpoint),
    "metric": Form(_metric_parts, _read_metric),
    "measure": Form(_measure_parts, _read_measure),
    "new_stage": Form(new_stage_parts, read_new_stage),
    "new_case": Form(new_case_parts, read_new_case),
    "new_use": Form(new_use_parts, read_new_use),
}
