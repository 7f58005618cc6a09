"""The units in which metrics speak."""

from enum import StrEnum


class Unit(StrEnum):
    SHARE = "share"
    """0–1, of whole numbers: numerator / denominator."""
    DAYS = "days"
    HOURS = "hours"
    RATIO = "ratio"
    """How many for each one; may be more than 1."""
    POINTS = "points"
    """−100…100; the numerator may be negative."""
    SCORE = "score"
    """The mean of marks; the numerator is their sum."""


TIMES = (Unit.DAYS, Unit.HOURS)
"""Units of a value that rests on those who arrived, not on everybody counted."""


def rests_on(unit: str, numerator: int, denominator: int) -> int:
    """Return how many a value rests on: a time on those who arrived, everything else on everybody counted."""
    return numerator if unit in TIMES else denominator
