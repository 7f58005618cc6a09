"""What the forms of a map's draft are made of, and what they choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from qadam.cases.measures import Channel as MeasureChannel
from qadam.cases.measures import Purpose, Trigger
from qadam.lib.documents import Fault
from qadam.lib.text import LANGUAGES
from qadam.maps.words import CHANNELS, FEELINGS, INITIATORS, feeling_of, score_text
from qadam.office.condition_form import Builder, Option, Places, Widget
from qadam.office.journey_fields import LANGUAGE_NAMES, Button, Words, chosen

CHANNEL_WORDS: dict[str, Words] = {str(channel): words for channel, (words, _icon) in CHANNELS.items()}
INITIATOR_WORDS: dict[str, Words] = {str(initiator): words for initiator, words in INITIATORS.items()}
EVIDENCE_WORDS: dict[str, Words] = {
    "assumed": gettext_lazy("our assumption"),
    "interview": gettext_lazy("interviews"),
    "survey": gettext_lazy("a survey"),
}
POLARITY_WORDS: dict[str, Words] = {
    "negative": gettext_lazy("a problem"),
    "positive": gettext_lazy("a success"),
}
ROLE_WORDS: dict[str, Words] = {
    "mandatory": gettext_lazy("must be there"),
    "extra": gettext_lazy("shown besides"),
}
TRIGGER_WORDS: dict[str, Words] = {
    Trigger.AUTOMATIC.value: gettext_lazy("begins by itself"),
    Trigger.SUGGESTED.value: gettext_lazy("suggested to the mentor"),
    Trigger.MANUAL.value: gettext_lazy("begun by hand"),
}
MEASURE_CHANNELS: dict[str, Words] = {
    MeasureChannel.EMAIL.value: gettext_lazy("E-mail"),
    MeasureChannel.TELEGRAM.value: "Telegram",
    MeasureChannel.CABINET.value: pgettext_lazy("channel", "cabinet"),
    MeasureChannel.SURVEY.value: pgettext_lazy("channel", "survey"),
    MeasureChannel.CALL.value: pgettext_lazy("channel", "call"),
    MeasureChannel.CHAT.value: pgettext_lazy("channel", "chat"),
    MeasureChannel.MEETING.value: gettext_lazy("meeting"),
    MeasureChannel.TASK.value: pgettext_lazy("channel", "task"),
    MeasureChannel.OTHER.value: pgettext_lazy("channel", "other"),
}
PURPOSE_WORDS: dict[str, Words] = {
    Purpose.CARE.value: pgettext_lazy("purpose", "care"),
    Purpose.PRODUCT.value: pgettext_lazy("purpose", "product"),
    Purpose.TRAINING.value: pgettext_lazy("purpose", "training"),
    Purpose.RECRUITING.value: pgettext_lazy("purpose", "recruiting"),
    Purpose.RECOGNITION.value: pgettext_lazy("purpose", "recognition"),
    Purpose.SERVICE.value: pgettext_lazy("purpose", "service"),
}
CONSENT_WORDS: dict[str, Words] = {
    "": gettext_lazy("as usual for its purpose"),
    "true": gettext_lazy("consent to advertising is needed"),
    "false": gettext_lazy("no consent is needed"),
}
IMPORTANCE_WORDS: dict[str, Words] = {
    "1": gettext_lazy("1 · hardly matters"), "2": "2", "3": "3", "4": "4", "5": gettext_lazy("5 · decides"),
}  # fmt: skip
SCORES = (2.0, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0, -1.5, -2.0)


@dataclass(frozen=True, slots=True)
class TextField:
    """One text area. `language` "" for a text that isn't in a language; `is_missing`: the map needs it here."""

    name: str
    label: Words
    value: str
    language: str = ""
    rows: int = 2
    is_missing: bool = False

    @property
    def id(self) -> str:
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to decide: texts side by side, a row of widgets, or a condition; with buttons that change the form."""

    label: Words = ""
    texts: tuple[TextField, ...] = ()
    widgets: tuple[Widget, ...] = ()
    builder: Builder | None = None
    help: Words = ""
    faults: tuple[Fault, ...] = ()
    buttons: tuple[Button, ...] = ()
    sizes: tuple[tuple[str, int | str], ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the forms choose from. Pairs are (value, words)."""

    language: str
    languages: tuple[str, ...]
    owners: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, str], ...]
    touchpoints: tuple[tuple[str, str], ...]
    segmentations: tuple[tuple[str, str], ...]
    segments: tuple[tuple[str, str], ...]
    """Full keys, role/buyer."""
    own_segments: tuple[tuple[str, str], ...]
    """Keys within the map's segmentation."""
    places: Places
    horizon_days: int = 30


def within(faults: Sequence[Fault], name: str) -> tuple[Fault, ...]:
    """Return the faults at one key of a value or inside it."""
    return tuple(f for f in faults if f.place == name or f.place.startswith((f"{name}.", f"{name}[")))


def words_part(
    name: str, label: Words, given: Any, choices: Choices, faults: Sequence[Fault] = (), **more: Any
) -> Part:
    """Return a text in three languages side by side; those that the map needs and lacks are marked."""
    given = given if isinstance(given, Mapping) else {}
    texts = [str(given.get(code) or "") for code in LANGUAGES]
    is_begun = any(texts)
    rows = min(max(2, *(len(text) // 34 + 1 for text in texts)), 9)
    fields = tuple(
        TextField(
            f"{name}.{code}",
            LANGUAGE_NAMES[code],
            text,
            code,
            rows,
            is_begun and not text and code in choices.languages,
        )
        for code, text in zip(LANGUAGES, texts, strict=True)
    )
    return Part(label, fields, faults=tuple(faults), **more)


def options_part(label: Words, *widgets: Widget, faults: Sequence[Fault] = (), help: Words = "", **more: Any) -> Part:
    return Part(label, widgets=widgets, faults=tuple(faults), help=help, **more)


def owner_widget(choices: Choices, value: Any, name: str = "owner") -> Widget:
    return chosen(name, _("Owner"), {"": _("nobody named"), **dict(choices.owners)}, value or "")


def score_widget(name: str, label: Words, value: Any, blank: Words, *, language: str, before: Words = "") -> Widget:
    """Return the choice of a feeling; what was written finer than halves stays as it is."""
    words: dict[str, Words] = {"": blank}
    words |= {f"{score:g}": f"{score_text(score, language)} · {FEELINGS[feeling_of(score)]}" for score in SCORES}
    text = f"{value:g}" if isinstance(value, int | float) else value
    return chosen(name, label, words, text, before=before)


def checks_widget(name: str, label: Words, known: Sequence[tuple[str, str]], values: Sequence[str]) -> Widget:
    known = [*known, *((value, value) for value in values if value not in dict(known))]
    return Widget("checks", name, label, options=tuple(Option(key, words, key in values) for key, words in known))
