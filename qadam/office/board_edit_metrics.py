"""The form of a metric binding: which metric, its thresholds in the unit that people speak, parameters, owner."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qadam.lib.documents import Fault
from qadam.metrics.definition import REQUIRED
from qadam.metrics.registry import BY_CODE
from qadam.office.board_edit_parts import ROLE_WORDS, Choices, Part, options_part, owner_widget, within
from qadam.office.condition_form import event_words
from qadam.office.condition_rows import number_of
from qadam.office.journey_fields import Words, chosen, typed
from qadam.office.journey_forms import put, read_number

THRESHOLDS = ("target", "watch", "critical")
GIVEN = ("horizon_days", "stages_after", "stage", "headline_days", "grain")
"""Parameters that the stage or case gives, or that hardly anybody changes: kept as they are."""
PARAMETER_WORDS: dict[str, Words] = {
    "months": gettext_lazy("After so many months"),
    "M3.days": gettext_lazy("Within so many days"),
    "days": gettext_lazy("On at least so many days"),
    "within_days": gettext_lazy("Within so many days"),
    "minutes": gettext_lazy("Online at least so many minutes"),
    "watched": gettext_lazy("Of a recording at least so many per cent"),
    "min_order": gettext_lazy("An order counts from (in hundredths)"),
    "cooling_off_days": gettext_lazy("Days in which a registration may be taken back"),
    "due_days": gettext_lazy("Days until a lesson is due"),
    "path": gettext_lazy("Learning path"),
    "clock": gettext_lazy("Clock"),
    "channel": gettext_lazy("Channel"),
    "contact_types": gettext_lazy("Events of a first contact"),
    "sla_hours": gettext_lazy("Answered within so many hours"),
    "gap_days": gettext_lazy("Gone after so many days without action"),
    "trailing_days": gettext_lazy("Looking back so many days"),
    "event_types": gettext_lazy("Which events count"),
    "survey": gettext_lazy("Survey"),
    "touchpoint": gettext_lazy("Touchpoint"),
    "value": gettext_lazy("Shown as"),
}


def metric_parts(value: Mapping[str, Any], choices: Choices, faults: Sequence[Fault]) -> list[Part]:
    """Return the form of a binding; another metric asks for other parameters, so its choice refreshes the form."""
    codes: dict[str, Words] = {"": _("choose a metric")}
    codes |= {code: f"{code} · {name_of({'code': code}, choices)}" for code in BY_CODE}
    code = str(value.get("code", ""))
    which = chosen("code", _("Metric"), codes, code, refreshes=True)
    parts = [options_part(_("Metric"), which, faults=within(faults, "code"), help=explain(value, choices))]
    if code not in BY_CODE:
        return parts
    role = chosen("role", _("Role"), ROLE_WORDS, value.get("role", "mandatory"))
    labels = {"target": _("Target"), "watch": _("Watch from"), "critical": _("Alarm from")}
    unit, factor = unit_of(value, choices)
    numbers = [
        typed(name, label, _shown(value.get(name), factor), "number", before=label, after=unit)
        for name, label in labels.items()
    ]
    bounds = [fault for name in THRESHOLDS for fault in within(faults, name)]
    better = _("More is better.") if _form(value).direction == "up" else _("Less is better.")
    parts += [
        options_part(_("Is it mandatory?"), role, faults=within(faults, "role")),
        options_part(_("Thresholds"), *numbers, faults=bounds, help=better),
        options_part(_("Owner"), owner_widget(choices, value.get("owner")), faults=within(faults, "owner")),
    ]
    own = _parameter_widgets(code, value.get("params") or {}, choices)
    return [*parts, options_part(_("Parameters"), *own, faults=within(faults, "params"))] if own else parts


def _parameter_widgets(code: str, params: Mapping[str, Any], choices: Choices) -> list[Any]:
    found = []
    for name, each in BY_CODE[code].parameters.items():
        if name in GIVEN:
            continue
        label = PARAMETER_WORDS.get(f"{code}.{name}", PARAMETER_WORDS.get(name, name))
        default = "" if each.default is REQUIRED else _plain(each.default)
        after = _("otherwise: %(default)s") % {"default": _speak(default)} if default else ""
        value = _plain(params[name]) if name in params else ""
        if name == "touchpoint":
            words: dict[str, Words] = {"": _("every touchpoint"), **dict(choices.touchpoints)}
            found.append(chosen(f"params.{name}", label, words, value, before=label))
        else:
            found.append(typed(f"params.{name}", label, value, before=label, after=after, breaks=bool(found)))
    return found


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _speak(text: str) -> str:
    words = event_words()
    return ", ".join(str(words.get(each, each)) for each in text.split(", "))


def read_metric(post: QueryDict, old: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """Return a binding as the form says; thresholds come back in the metric's own unit."""
    metric = dict(old)
    metric["code"] = post.get("code", "")
    if metric["code"] != old.get("code"):
        metric.pop("params", None)
        for name in THRESHOLDS:
            metric.pop(name, None)
    metric["role"] = post.get("role", "mandatory")
    put(metric, "params", _read_params(post, metric))
    _unit, factor = unit_of(metric, choices)
    for name in THRESHOLDS:
        if name in post:
            put(metric, name, _own_unit(read_number(post, name), factor))
    put(metric, "owner", post.get("owner", ""))
    return metric


def _read_params(post: QueryDict, metric: Mapping[str, Any]) -> dict[str, Any]:
    params = dict(metric.get("params") or {})
    known = BY_CODE[metric["code"]].parameters if metric["code"] in BY_CODE else {}
    for name, each in known.items():
        if f"params.{name}" not in post:
            continue
        text = post.get(f"params.{name}", "").strip()
        is_list = isinstance(each.default, list | tuple)
        put(params, name, [part.strip() for part in text.split(",") if part.strip()] if is_list else number_of(text))
    return params


def _own_unit(value: Any, factor: int) -> Any:
    if factor == 1 or not isinstance(value, int | float):
        return value
    return round(value / factor, 6)


def _shown(value: Any, factor: int) -> str:
    if not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{round(value * factor, 4):g}"


def _form(metric: Mapping[str, Any]) -> Any:
    definition = BY_CODE[metric["code"]]
    return definition.form_of(metric.get("params") or {}) if hasattr(definition, "form_of") else definition


def unit_of(metric: Mapping[str, Any], choices: Choices) -> tuple[str, int]:
    """Return the unit in which people speak of a metric, and how many of it make one of its own."""
    del choices
    if metric.get("code") not in BY_CODE:
        return "", 1
    unit = str(_form(metric).unit.value)
    words = {"share": "%", "days": pgettext("days, short", "d"), "hours": pgettext("hours, short", "h")}
    return words.get(unit, ""), 100 if unit == "share" else 1


def _speakable(metric: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    parameters = BY_CODE[metric["code"]].parameters
    known = {name: each.default for name, each in parameters.items() if each.default is not REQUIRED}
    return {"horizon_days": choices.horizon_days, **known, **(metric.get("params") or {})}


def name_of(metric: Mapping[str, Any], choices: Choices) -> str:
    """Return a metric's name with its parameters; its code where they don't fit."""
    if metric.get("code") not in BY_CODE:
        return str(metric.get("code", ""))
    try:
        return BY_CODE[metric["code"]].name(_speakable(metric, choices), choices.language)
    except (KeyError, TypeError, ValueError):
        return str(metric["code"])


def explain(metric: Mapping[str, Any], choices: Choices) -> str:
    """Say what a metric counts over what; "" for none."""
    if metric.get("code") not in BY_CODE:
        return ""
    try:
        return BY_CODE[metric["code"]].explain(_speakable(metric, choices), choices.language)
    except (KeyError, TypeError, ValueError):
        return ""


def goal_of(metric: Mapping[str, Any], choices: Choices) -> str:
    """Return "≥ 40 %" for a binding with a target, else ""."""
    if metric.get("target") is None or metric.get("code") not in BY_CODE:
        return ""
    unit, factor = unit_of(metric, choices)
    sign = "≥" if _form(metric).direction == "up" else "≤"
    return f"{sign} {_shown(metric['target'], factor)} {unit}".rstrip()
