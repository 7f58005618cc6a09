"""What the numbers of a survey say, in words: the score with its counts, never a percentage of a handful."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from qadam.surveys.rules import Kind, Summary
from qadam.surveys.shapes import Tally
from qadam.ui.formats import number_words, percent_words

FEW = 10
"""Below so many answers “k of n” is said, and no trend is drawn."""

KINDS: dict[Kind, str | Promise] = {
    Kind.CSAT: gettext_lazy("Satisfaction, 1 to 5 (CSAT)"),
    Kind.NPS: gettext_lazy("Recommendation, 0 to 10 (NPS)"),
    Kind.CES: gettext_lazy("Ease, 1 to 7 (CES)"),
    Kind.EXPECTATION: gettext_lazy("Expectation"),
}
TOLD: dict[Kind, str | Promise] = {
    Kind.CSAT: gettext_lazy("%(good)s of %(n)s gave 4 or 5"),
    Kind.NPS: gettext_lazy("%(good)s of %(n)s would recommend (9–10), %(bad)s would not (0–6)"),
    Kind.CES: gettext_lazy("%(good)s of %(n)s found it easy (5–7)"),
    Kind.EXPECTATION: gettext_lazy("%(good)s of %(n)s say it came true (4–5)"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """A survey's one number and what it means."""

    value: str
    words: str


def score_of(kind: Kind, tally: Tally) -> Score:
    """Return the score of a scale in words; “—” before the first answer, and where options are chosen."""
    summary = tally.summary
    if summary is None:
        return Score("—", _("options, no score"))
    if summary.value is None:
        return Score("—", _("nobody has answered yet"))
    counts = {"good": _number(summary.good), "bad": _number(summary.bad), "n": _number(summary.n)}
    value = _value(kind, summary) if summary.n >= FEW else _("%(good)s of %(n)s") % counts
    return Score(value, str(TOLD[kind]) % counts)


def _value(kind: Kind, summary: Summary) -> str:
    assert summary.value is not None
    if kind is not Kind.NPS:
        return percent_words(summary.value, _language())
    points = round(summary.value)
    return f"{points:+d}".replace("-", "−") if points else "0"


def rate_words(tally: Tally) -> str:
    """Return “40 of 100 answered (40 %)”, as it must stand beside every score."""
    if tally.rate is None:
        return _("nobody was asked")
    words = {"answered": _number(tally.answered), "asked": _number(tally.asked)}
    if tally.asked < FEW:
        return _("%(answered)s of %(asked)s answered") % words
    return _("%(answered)s of %(asked)s answered (%(rate)s)") % {
        **words,
        "rate": percent_words(tally.rate, _language()),
    }


def _number(value: int) -> str:
    return number_words(value, _language())


def _language() -> str:
    return (get_language() or "en").split("-")[0]
