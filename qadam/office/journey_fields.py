"""What the forms of the editor are made of: parts with a label, widgets, help, faults, and buttons of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qadam.lib.documents import Fault
from qadam.lib.text import LANGUAGES
from qadam.office.condition_form import (
    LENGTH_UNITS,
    Builder,
    Option,
    Widget,
    event_words,
    filter_widgets,
)
from qadam.office.condition_rows import open_filters, split_length

Words = str | Promise
CHANNEL_NAMES: Mapping[str, Words] = {
    "email": gettext_lazy("E-mail"),
    "webhook": gettext_lazy("Webhook"),
    "plan": gettext_lazy("Action plan"),
    "survey": gettext_lazy("Short survey"),
}
LANGUAGE_NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the form that changes it without saving."""

    do: str
    label: Words
    icon: str = "plus"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to decide. `size` is the name and number of a list's entries; `is_more`: rarely needed."""

    label: Words = ""
    widgets: tuple[Widget, ...] = ()
    help: Words = ""
    faults: tuple[Fault, ...] = ()
    builder: Builder | None = None
    buttons: tuple[Button, ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()
    is_more: bool = False
    is_wide: bool = False
    template: str = ""
    """The template that can be looked at from here."""


def chosen(name: str, label: Words, words: Mapping[str, Words], value: Any, **more: Any) -> Widget:
    """Return a select; what it doesn't know stays in it as it is."""
    text = "" if value is None else str(value)
    known = words if text in words else {**words, text: text or "—"}
    return Widget("select", name, label, text, tuple(Option(k, v, k == text) for k, v in known.items()), **more)


def typed(name: str, label: Words, value: Any, kind: str = "text", **more: Any) -> Widget:
    return Widget(kind, name, label, "" if value is None else str(value), **more)


def ticked(name: str, label: Words, is_on: bool, value: str = "on") -> Widget:
    return Widget("checks", name, label, options=(Option(value, label, is_on),))


def length_widgets(name: str, label: Words, length: Any, before: Words = "") -> tuple[Widget, Widget]:
    number, unit = split_length(length)
    words = LENGTH_UNITS if not unit else {key: LENGTH_UNITS[key] for key in ("M", "H", "D", "W")}
    count = Widget("number" if unit else "text", f"{name}.n", label, number, before=before)
    return count, chosen(f"{name}.unit", _("Unit"), words, unit)


def words_part(name: str, label: Words, given: Any, faults: Sequence[Fault], **more: Any) -> Part:
    texts = given if isinstance(given, Mapping) else {}
    widgets = tuple(typed(f"{name}.{code}", LANGUAGE_NAMES[code], texts.get(code, ""), "words") for code in LANGUAGES)
    return Part(label, widgets, faults=at(faults, name), is_wide=True, **more)


def at(faults: Sequence[Fault], *places: str) -> tuple[Fault, ...]:
    """Return the faults at these places or inside them."""
    return tuple(f for f in faults if any(f.place == p or f.place.startswith((f"{p}.", f"{p}[")) for p in places))


def event_widgets(name: str, events: Sequence[str]) -> list[Widget]:
    words = {**event_words(), "": _("no event")}
    return [
        chosen(name, _("Event"), words, event, refreshes=True, before=_("or") if place else "", nth=place)
        for place, event in enumerate(events)
    ]


def where_widgets(path: str, where: Any, events: Sequence[str]) -> list[Widget]:
    filters = open_filters(where if isinstance(where, Mapping) else {}, events)
    return [widget for n, each in enumerate(filters) for widget in filter_widgets(f"{path}.w.{n}", each, events)]


def where_size(path: str, where: Any) -> tuple[tuple[str, int], ...]:
    return ((f"{path}.w.size", len(open_filters(where if isinstance(where, Mapping) else {}, ()))),)
