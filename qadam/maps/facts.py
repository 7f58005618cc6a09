"""What a metric counted beside its value, in words: response rate, medians, those who came back, and so on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as in_context

from qadam.metrics import queries as metrics
from qadam.metrics.queries import MetricChip
from qadam.metrics.units import Unit
from qadam.ui.formats import number_words, percent_words


@dataclass(frozen=True, slots=True)
class Fact:
    """One more number of a metric, in words."""

    name: str
    value: str


COUNTS: Mapping[str, str | Promise] = {
    "promoters": gettext_lazy("Would recommend (9–10)"),
    "passives": gettext_lazy("Neither (7–8)"),
    "detractors": gettext_lazy("Would not (0–6)"),
    "invalid": gettext_lazy("Answers off the scale"),
    "left": gettext_lazy("Ended the contract"),
    "silent": gettext_lazy("Fell silent"),
    "reactivated": gettext_lazy("Came back meanwhile (not netted)"),
    "under_contract": gettext_lazy("Still under contract, active or not"),
    "involuntary": gettext_lazy("Ended by the company"),
    "unanswered": gettext_lazy("Still without an answer"),
    "reopened": gettext_lazy("Opened again after an answer"),
    "manual": gettext_lazy("Closed by hand"),
    "overlapping": gettext_lazy("In another case at the same time"),
}
"""{key of the detail: what it counts}."""

CLOCKS: Mapping[str, str | Promise] = {
    "always": in_context("clock", "round the clock"),
    "working": in_context("clock", "in working hours"),
}


def facts_of(chip: MetricChip, language: str) -> Iterator[Fact]:
    """Return the further numbers of a metric, those that it has."""
    yield from _times(chip.detail, Unit(chip.unit), language)
    yield from _response_rate(chip.detail, language)
    for key, name in COUNTS.items():
        value = chip.detail.get(key)
        if isinstance(value, int):
            yield Fact(str(name), number_words(value, language))
    yield from _clocks(chip.detail, language)


def _times(detail: Mapping[str, Any], unit: Unit, language: str) -> Iterator[Fact]:
    if unit in (Unit.DAYS, Unit.HOURS):
        for key, name in (("p90", _("Nine of ten within")), ("km_median", _("Half of everybody within"))):
            if isinstance(detail.get(key), int | float):
                yield Fact(name, _text(detail[key], unit, language))
    if unit is Unit.RATIO and isinstance(detail.get("median"), int | float):
        yield Fact(_("Median"), _text(detail["median"], Unit.RATIO, language))
    if unit is Unit.RATIO and isinstance(detail.get("with_any"), int):
        yield Fact(_("With at least one"), number_words(detail["with_any"], language))
    if unit is not Unit.SCORE and isinstance(detail.get("mean"), int | float):
        yield Fact(_("Mean mark"), _text(detail["mean"], Unit.SCORE, language))


def _response_rate(detail: Mapping[str, Any], language: str) -> Iterator[Fact]:
    """A score is never without its response rate: who didn't answer might have said something else."""
    asked, answered = detail.get("asked"), detail.get("answered")
    if isinstance(asked, int) and isinstance(answered, int) and asked:
        words = _("%(share)s: %(answered)s of %(asked)s") % {
            "share": percent_words(answered / asked, language),
            "answered": number_words(answered, language),
            "asked": number_words(asked, language),
        }
        yield Fact(_("Response rate"), words)


def _clocks(detail: Mapping[str, Any], language: str) -> Iterator[Fact]:
    for key, name in CLOCKS.items():
        clock = detail.get(key)
        if isinstance(clock, Mapping) and isinstance(clock.get("median"), int | float):
            median, p90 = (_text(clock.get(part), Unit.HOURS, language) for part in ("median", "p90"))
            words = _("half within %(median)s, nine of ten within %(p90)s") % {"median": median, "p90": p90}
            yield Fact(str(_("Answered, %(clock)s")) % {"clock": name}, words)


def _text(value: float | None, unit: Unit, language: str) -> str:
    text = metrics.text_of(value, unit, language)
    return f"{text.number} {text.unit}".strip()
