"""The path motif, the ring and the sparkline as SVG, computed here so that no script is needed to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]

MILESTONES = (7, 30, 60, 90)
"""Days of the path that carry a mark. They stand at equal distances: the first week is as long as the third month."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One milestone on a drawn path. `state` is done, now, ahead or missed; `label` is what stands below it."""

    day: int
    x: float
    y: float
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class PathDrawing:
    """A path as a line that rises step by step. `walked` and `ahead` are SVG path data.

    `is_under_way`: the last milestone is still ahead.
    """

    width: int
    height: int
    walked: str
    ahead: str
    marks: tuple[Mark, ...]
    start_x: float
    start_y: float
    now_x: float
    now_y: float
    is_under_way: bool


def draw_path(
    day: float,
    *,
    milestones: Sequence[int] = MILESTONES,
    labels: Sequence[str] | None = None,
    width: int = 320,
    height: int = 92,
) -> PathDrawing:
    """Draw the path of somebody on `day` (0 or more; past the last milestone the whole line is walked).

    Units are those of the viewBox. Each stretch between two milestones is one step: a curve flat at both ends. The
    same line shows points between levels and the way to a goal: `milestones` rise, the first above 0.
    """
    curves = _steps(len(milestones), width, height)
    bounds = [0, *milestones]
    walked, ahead = "", ""
    here = curves[-1][3]
    for index, curve in enumerate(curves):
        start, end = bounds[index], bounds[index + 1]
        share = min(max((day - start) / (end - start), 0.0), 1.0)
        first, second = split_curve(curve, share)
        walked += path_data(first) if share > 0 else ""
        ahead += path_data(second) if share < 1 else ""
        if start <= day < end:
            here = first[3]
    marks = tuple(
        Mark(milestone, round(curve[3][0], 1), round(curve[3][1], 1), "done" if day >= milestone else "ahead", label)
        for milestone, curve, label in zip(milestones, curves, labels or map(str, milestones), strict=True)
    )
    now_x, now_y = round(here[0], 1), round(here[1], 1)
    return PathDrawing(width, height, walked, ahead, marks, *curves[0][0], now_x, now_y, day < milestones[-1])


STEPS_SHOWN = 10
"""A goal of so few steps shows each of them; a larger one its quarters."""


def steps_to(goal: int) -> tuple[int, ...]:
    """Return the milestones on the way to a goal of 1 or more, rising, the goal itself last."""
    if goal <= STEPS_SHOWN:
        return tuple(range(1, goal + 1))
    return tuple(goal * quarter // 4 for quarter in (1, 2, 3, 4))


def _steps(count: int, width: int, height: int) -> list[Curve]:
    left, right, top, bottom = 12.0, width - 14.0, 14.0, height - 24.0
    curves = []
    for index in range(count):
        x0, x1 = (left + (right - left) * place / count for place in (index, index + 1))
        y0, y1 = (bottom - (bottom - top) * place / count for place in (index, index + 1))
        middle = (x0 + x1) / 2
        curves.append(((x0, y0), (middle, y0), (middle, y1), (x1, y1)))
    return curves


def split_curve(curve: Curve, share: float) -> tuple[Curve, Curve]:
    """Cut a cubic Bézier curve at parameter `share` (0 to 1) into two (de Casteljau)."""
    a, b, c, d = curve
    ab, bc, cd = _between(a, b, share), _between(b, c, share), _between(c, d, share)
    abc, bcd = _between(ab, bc, share), _between(bc, cd, share)
    cut = _between(abc, bcd, share)
    return (a, ab, abc, cut), (cut, bcd, cd, d)


def _between(start: Point, end: Point, share: float) -> Point:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def path_data(curve: Curve) -> str:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve
    return f"M{ax:.1f} {ay:.1f}C{bx:.1f} {by:.1f} {cx:.1f} {cy:.1f} {dx:.1f} {dy:.1f}"


@dataclass(frozen=True, slots=True)
class RingDrawing:
    """A ring of which a part is filled. `dash` is the filled length, `circumference` the whole."""

    size: int
    middle: float
    radius: float
    stroke: float
    dash: float
    circumference: float


def draw_ring(done: int, total: int, *, size: int = 72) -> RingDrawing:
    """Draw `done` of `total` as a ring; an empty plan gives an empty ring."""
    stroke = round(size / 11, 1)
    radius = (size - stroke) / 2
    around = 2 * pi * radius
    share = min(max(done / total, 0.0), 1.0) if total else 0.0
    return RingDrawing(size, size / 2, round(radius, 2), stroke, round(around * share, 2), round(around, 2))


def draw_sparkline(values: Sequence[float | None], *, width: int = 64, height: int = 20) -> list[str]:
    """Return the `points` of one polyline per unbroken run of values. A gap stays a gap.

    The scale goes from the least to the greatest value; a flat series lies in the middle.
    """
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, span = min(known), max(known) - min(known)
    step = (width - 4) / max(len(values) - 1, 1)
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        share = (value - low) / span if span else 0.5
        runs[-1].append(f"{2 + index * step:.1f},{height - 2 - share * (height - 4):.1f}")
    return [" ".join(run) for run in runs if run]
