"""What the forms of recognition documents are made of: sections of parts, faults beside the fields they are about.

A form's only state is its document: what can't be right yet stays in it as typed. A button that only changes the form
carries `do`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qadam.events.catalogue import Property, PropertyKind, find_event_type
from qadam.lib.documents import Fault
from qadam.lib.text import LANGUAGES
from qadam.office.board_edit_parts import Part, TextField
from qadam.office.condition_form import Option, Places, Widget, build
from qadam.office.journey_fields import (
    LANGUAGE_NAMES,
    Button,
    Words,
    chosen,
    event_widgets,
    typed,
    where_size,
    where_widgets,
)

Document = Mapping[str, Any]
NUMBERS = (PropertyKind.INTEGER, PropertyKind.AMOUNT, PropertyKind.NUMBER)


@dataclass(frozen=True, slots=True)
class Section:
    """Some parts under a heading. `is_rare`: folded until it is asked for, or has a fault."""

    title: Words
    parts: tuple[Part, ...]
    help: Words = ""
    is_rare: bool = False

    @property
    def has_faults(self) -> bool:
        return any(_is_faulty(part) for part in self.parts)


def _is_faulty(part: Part) -> bool:
    return bool(part.faults or (part.builder and part.builder.faults))


def first_fault(sections: Sequence[Section]) -> str:
    """Return the id of the first part with a fault, as the template numbers them; "" where there is none."""
    for number, section in enumerate(sections, 1):
        for place, each in enumerate(section.parts, 1):
            if _is_faulty(each):
                return f"part-{number}-{place}"
    return ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the forms choose from: {key: name}."""

    language: str = "en"
    places: Places = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    badges: Mapping[str, str] = field(default_factory=dict)


class Faults:
    """The faults of a document. What a part has shown is told; the rest is left for the top of the form."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.all = tuple(faults)
        self._told: set[Fault] = set()

    def at(self, *places: str) -> tuple[Fault, ...]:
        """Return the faults at these places or inside them, in words that stand beside the field."""
        found = [fault for fault in self.all if fault not in self._told and any(_is_in(fault, p) for p in places)]
        self._told.update(found)
        return tuple(Fault("", _beside(fault)) for fault in found)

    def take(self, told: Sequence[Fault]) -> bool:
        """Count these as told, for they are said in other words; return whether there were any."""
        found = [fault for fault in told if fault in self.all]
        self._told.update(found)
        return bool(found)

    def left(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.all if fault not in self._told)


def _is_in(fault: Fault, place: str) -> bool:
    return fault.place == place or fault.place.startswith((f"{place}.", f"{place}["))


def _beside(fault: Fault) -> str:
    """Name the language of a text; any other fault stands beside its field and needs no path."""
    name = LANGUAGE_NAMES.get(fault.place.rpartition(".")[2])
    return f"{name}: {fault.message}" if name else fault.message


# ── Parts ─────────────────────────────────────────────────


def words_part(name: str, label: Words, given: Any, faults: tuple[Fault, ...] = (), **more: Any) -> Part:
    """Return a text in three languages side by side; a language that lacks its text beside others is marked."""
    given = given if isinstance(given, Mapping) else {}
    texts = {code: str(given.get(code) or "") for code in LANGUAGES}
    rows = min(max(more.pop("rows", 1), *(len(text) // 38 + 1 for text in texts.values())), 9)
    fields = tuple(
        TextField(f"{name}.{code}", LANGUAGE_NAMES[code], text, code, rows, any(texts.values()) and not text)
        for code, text in texts.items()
    )
    return Part(label, fields, faults=faults, **more)


def note_part(name: str, label: Words, text: Any, faults: tuple[Fault, ...] = (), **more: Any) -> Part:
    """Return a text that isn't in a language, such as a reason: it is written for colleagues."""
    return Part("", (TextField(name, label, str(text or ""), "", 2),), faults=faults, **more)


def part(label: Words, *widgets: Widget, faults: tuple[Fault, ...] = (), **more: Any) -> Part:
    return Part(label, widgets=widgets, faults=faults, **more)


def key_part(key: str, value: Any, faults: Faults, *, is_new: bool) -> Part:
    """Return the key of a document: typed once, then fixed, for everything else names it."""
    if not is_new:
        return Part(sizes=(("key", str(value or "")),), faults=faults.at(key))
    help = _("Small Latin letters and hyphens, for example first-customer. It can't be changed later.")
    return part(_("Key"), typed("key", _("Key"), value), faults=faults.at(key), help=help)


def number(name: str, label: Words, value: Any, after: Words = "", before: Words = "") -> Widget:
    return typed(name, label, value, "number", after=after, before=before)


def date_field(name: str, label: Words, value: Any, before: Words = "") -> Widget:
    return typed(name, label, value, "date", before=before)


def checks(name: str, label: Words, known: Mapping[str, Words], values: Iterable[str], before: Words = "") -> Widget:
    """Return boxes to tick; a value that nobody knows any more stays there as it is."""
    values = list(values)
    words = {**known, **{value: value for value in values if value not in known}}
    options = tuple(Option(value, text, value in values) for value, text in words.items())
    return Widget("checks", name, label, options=options, before=before)


def event_part(
    label: Words, path: str, document: Document, faults: Faults, *, places: Sequence[str], **more: Any
) -> Part:
    """Return the choice of an event with tests of its properties, from `event`/`where` of a document."""
    event = str(document.get("event") or "")
    where = document.get("where")
    buttons = _filter_button(path) if event else ()
    widgets = (*event_widgets(f"{path}.event", [event]), *where_widgets(path, where, [event]))
    sizes = where_size(path, where)
    return Part(label, widgets=widgets, faults=faults.at(*places), buttons=buttons, sizes=sizes, **more)


def _filter_button(path: str) -> tuple[Button, ...]:
    return (Button(f"filter:{path}", _("Only if a property fits"), "funnel"),)


def condition_part(
    document: Any,
    path: str,
    place: str,
    faults: Faults,
    known: Known,
    *,
    title: Words,
    needed: bool = False,
    **more: Any,
) -> Part:
    faults.at(place)
    builder = build(document, path, place, faults.all, title=title, places=known.places, needed=needed, **more)
    return Part(builder=builder)


# ── Properties of events ──────────────────────────────────


def property_words(
    events: Iterable[str], language: str, kinds: Sequence[PropertyKind] = tuple(PropertyKind)
) -> dict[str, Words]:
    """Return {property: its words} of the properties that all these events have."""
    found = [each.properties for name in events if (each := find_event_type(str(name)))]
    if not found:
        return {}
    shared = set.intersection(*({prop.name for prop in props} for props in found))
    of_all: list[Property] = [prop for prop in found[0] if prop.name in shared and prop.kind in kinds]
    return {prop.name: prop.words.in_language(language) for prop in of_all}


PERSONS: dict[str, Words] = {
    "self": gettext_lazy("whoever did it"),
    "mentor": gettext_lazy("the mentor, else the sponsor"),
    "sponsor": gettext_lazy("the sponsor"),
}


def choice_part(
    name: str, label: Words, words: Mapping[str, Words], value: Any, faults: tuple[Fault, ...] = (), **more: Any
) -> Part:
    return part(label, chosen(name, label, words, value), faults=faults, **more)


# ── Reading ───────────────────────────────────────────────


def sent(post: QueryDict) -> QueryDict:
    """Return what a browser sent without zero bytes: no database keeps them in a document."""
    clean = QueryDict(mutable=True)
    for name, values in post.lists():
        clean.setlist(name, [str(value).replace("\x00", "") for value in values])
    return clean


def put_unless(holder: dict[str, Any], key: str, value: Any, default: Any) -> None:
    """Set a key; what is the default anyway is written only where it was written before."""
    if value in ("", None, {}, []) or (value == default and key not in holder):
        holder.pop(key, None)
    else:
        holder[key] = value


def in_order(document: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return the document with its known keys in their usual order, others behind."""
    return {key: document[key] for key in (*keys, *document) if key in document}
