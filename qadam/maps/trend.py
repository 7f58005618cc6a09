"""The trend of a metric as a picture: zero-based, intervals drawn, the target as a line. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass

from qadam.metrics.queries import SeriesPoint
from qadam.metrics.rules import wilson_interval

WIDTH, HEIGHT = 440.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 8.0, 12.0, 26.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One period. `low_y`, `high_y`: its 95 % interval; None for a time. An open dot is still provisional."""

    point: SeriesPoint
    x: float
    y: float
    low_y: float | None
    high_y: float | None


@dataclass(frozen=True, slots=True)
class Level:
    """A line of the scale with its number, in the metric's unit."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Trend:
    width: float
    height: float
    left: float
    right: float
    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    levels: tuple[Level, ...]
    target_y: float | None
    first_x: float
    last_x: float


def draw_trend(points: Sequence[SeriesPoint], target: float | None, *, is_share: bool) -> Trend | None:
    """Draw the trend of a metric; None where fewer than two periods have a value.

    A gap stays a gap, and the line joins final periods only: those still under way stand beside it, unjoined.
    """
    known = [point for point in points if point.value is not None]
    if len(known) < 2:
        return None
    top = _ceiling(known, target, is_share)
    dots = [_dot(point, place, len(points), top, is_share) for place, point in enumerate(points)]
    return Trend(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        dots=tuple(dot for dot in dots if dot is not None),
        lines=tuple(_lines([dot if dot and dot.point.is_final else None for dot in dots])),
        levels=tuple(Level(_y(top * share, top), top * share) for share in (0.0, 0.5, 1.0)),
        target_y=_y(target, top) if target is not None else None,
        first_x=_x(0, len(points)),
        last_x=_x(len(points) - 1, len(points)),
    )


def _ceiling(known: Sequence[SeriesPoint], target: float | None, is_share: bool) -> float:
    """Return the top of the scale: the next round step above everything drawn; 1 at most for a share."""
    highest = max(*(point.value or 0.0 for point in known), target or 0.0)
    if is_share:
        highest = max(highest, *(_interval(point)[1] for point in known))
    unit = 0.1 if is_share else 10.0 if highest > 20 else 2.0
    steps = max(int(-(-highest // unit)), 1)
    return min(steps * unit, 1.0) if is_share else steps * unit


def _interval(point: SeriesPoint) -> tuple[float, float]:
    return wilson_interval(point.numerator, point.denominator) or (0.0, 0.0)


def _dot(point: SeriesPoint, place: int, count: int, top: float, is_share: bool) -> Dot | None:
    if point.value is None:
        return None
    low, high = _interval(point) if is_share else (None, None)
    return Dot(
        point=point,
        x=_x(place, count),
        y=_y(point.value, top),
        low_y=_y(low, top) if low is not None else None,
        high_y=_y(min(high, top), top) if high is not None else None,
    )


def _x(place: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT - 16
    return round(LEFT + 8 + inner * place / max(count - 1, 1), 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)


def _lines(dots: Sequence[Dot | None]) -> list[str]:
    runs: list[list[str]] = [[]]
    for dot in dots:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(f"{dot.x:g},{dot.y:g}")
    return [" ".join(run) for run in runs if len(run) > 1]
