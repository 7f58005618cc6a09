"""The trend of a metric as a picture: the zero is on it, intervals drawn, the target as a line. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from qadam.metrics.queries import SeriesPoint

WIDTH, HEIGHT = 440.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 8.0, 12.0, 26.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One period. `low_y`, `high_y`: its 95 % interval; None where none is known. An open dot is still provisional."""

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
    scale = _scale(known, target, is_share=is_share)
    dots = [_dot(point, place, len(points), scale) for place, point in enumerate(points)]
    return Trend(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        dots=tuple(dot for dot in dots if dot is not None),
        lines=tuple(_lines([dot if dot and dot.point.is_final else None for dot in dots])),
        levels=tuple(Level(_y(value, scale), value) for value in scale.levels),
        target_y=_y(target, scale) if target is not None else None,
        first_x=_x(0, len(points)),
        last_x=_x(len(points) - 1, len(points)),
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """What the height spans. The zero is always on it."""

    bottom: float
    top: float

    @property
    def levels(self) -> tuple[float, ...]:
        middle = 0.0 if self.bottom < 0 < self.top else (self.bottom + self.top) / 2
        return (self.bottom, middle, self.top)


STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def _scale(known: Sequence[SeriesPoint], target: float | None, *, is_share: bool) -> Scale:
    """Return the next round steps beyond everything drawn; a share ends at 1."""
    values = [value for point in known for value in (point.value, point.low, point.high) if value is not None]
    highest, lowest = max([*values, target or 0.0, 0.0]), min([*values, target or 0.0, 0.0])
    step = next((each for each in STEPS if (highest - lowest) <= 10 * each), STEPS[-1])
    top, bottom = ceil(round(highest / step, 6)) * step, floor(round(lowest / step, 6)) * step
    return Scale(bottom, min(top, 1.0) if is_share else max(top, bottom + step))


def _dot(point: SeriesPoint, place: int, count: int, scale: Scale) -> Dot | None:
    if point.value is None:
        return None
    return Dot(
        point=point,
        x=_x(place, count),
        y=_y(point.value, scale),
        low_y=_y(point.low, scale) if point.low is not None else None,
        high_y=_y(min(point.high, scale.top), scale) if point.high is not None else None,
    )


def _x(place: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT - 16
    return round(LEFT + 8 + inner * place / max(count - 1, 1), 1)


def _y(value: float, scale: Scale) -> float:
    share = (value - scale.bottom) / ((scale.top - scale.bottom) or 1.0)
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _lines(dots: Sequence[Dot | None]) -> list[str]:
    runs: list[list[str]] = [[]]
    for dot in dots:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(f"{dot.x:g},{dot.y:g}")
    return [" ".join(run) for run in runs if len(run) > 1]
