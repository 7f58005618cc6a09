"""The scales of short surveys: which answers there are, what they say of a feeling, and their one-number summaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt

CORRECTION = timedelta(minutes=10)
"""So long after the tap another one corrects it; then the answer counts."""
Z = 1.959964
"""The normal quantile of a 95 % interval."""
STRONGEST = 2.0
"""Feelings run from −2 to +2."""


class Kind(StrEnum):
    CSAT = "csat"
    NPS = "nps"
    CES = "ces"
    EXPECTATION = "expectation"


SCALES: Mapping[Kind, range] = {
    Kind.CSAT: range(1, 6),
    Kind.NPS: range(11),
    Kind.CES: range(1, 8),
    Kind.EXPECTATION: range(1, 6),
}
"""The scores of each kind; an expectation has scores only where it is checked."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """A measured emotion on −2…+2: the mean of n answers with its 95 % interval; without one below two answers."""

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The one number of a survey. `value`: a share (0…1), or points for NPS (−100…100); None without answers.

    `good` and `bad` are counts: 4–5, 9–10 or 5–7 against the rest, for NPS against 0–6. `mean` is of the scores.
    """

    value: float | None
    good: int
    bad: int
    n: int
    mean: float | None


def emotion_of(kind: Kind, score: int) -> float:
    """Return the feeling on −2…+2 that a score of a kind tells."""
    match kind:
        case Kind.NPS:
            return max(-STRONGEST, min(STRONGEST, (score - 5) / 2.5))
        case Kind.CES:
            return (score - 4) * 2 / 3
        case _:
            return float(score - 3)


def feeling_of(counts: Mapping[tuple[Kind, int], int]) -> Feeling | None:
    """Return the feeling in {(kind, score): answers}; None where there are none.

    The interval is the normal one of the mean, kept within the scale; none below two answers.
    """
    n = sum(counts.values())
    if not n:
        return None
    mean = sum(emotion_of(kind, score) * count for (kind, score), count in counts.items()) / n
    if n < 2:
        return Feeling(mean, None, None, n)
    squares = sum((emotion_of(kind, score) - mean) ** 2 * count for (kind, score), count in counts.items())
    half = Z * sqrt(squares / (n - 1) / n)
    return Feeling(mean, max(-STRONGEST, mean - half), min(STRONGEST, mean + half), n)


def summarise(kind: Kind, counts: Mapping[int, int]) -> Summary:
    """Return the summary of {score: answers}: for CSAT and checks the share of 4–5, for CES of 5–7, for NPS points."""
    n = sum(counts.values())
    good_from = {Kind.NPS: 9, Kind.CES: 5}.get(kind, 4)
    good = sum(count for score, count in counts.items() if score >= good_from)
    bad = sum(count for score, count in counts.items() if score <= 6) if kind is Kind.NPS else n - good
    if not n:
        return Summary(None, 0, 0, 0, None)
    value = (good - bad) * 100 / n if kind is Kind.NPS else good / n
    return Summary(value, good, bad, n, sum(score * count for score, count in counts.items()) / n)


def may_correct(answered_at: datetime, now: datetime) -> bool:
    """Tell whether an answer may still be changed; exactly at the end it may not."""
    return now - answered_at < CORRECTION
