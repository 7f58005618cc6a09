"""The emotion curve as SVG path data, one piece for each stage, so that it can be drawn cell by cell. Plain Python.

Each cell is 100 units wide, whatever its width on screen (the strokes don't scale), and LANE units high.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qadam.ui.drawings import Curve, Point, path_data, split_curve

LANE = 140
MIDDLE = LANE / 2
STEP = 27.0
"""Units between two of the five levels −2, −1, 0, +1, +2."""
WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What one cell draws: the curve from its left edge to its middle, and on to its right edge; "" where it ends."""

    score: float
    y: float
    before: str
    after: str


def draw_pieces(scores: Sequence[float | None]) -> list[Piece | None]:
    """Draw a monotone cubic through the middles of the cells; None where there is no score.

    The curve never goes beyond the two scores that it joins (Fritsch and Carlson 1980), and a gap is never bridged.
    """
    slopes = find_slopes(scores)
    pieces: list[Piece | None] = []
    for place, score in enumerate(scores):
        if score is None:
            pieces.append(None)
            continue
        before, after = _arc(scores, slopes, place - 1), _arc(scores, slopes, place)
        pieces.append(
            Piece(
                score=score,
                y=height_of(score),
                before=path_data(_shifted(split_curve(before, 0.5)[1], -WIDTH)) if before else "",
                after=path_data(split_curve(after, 0.5)[0]) if after else "",
            )
        )
    return pieces


@dataclass(frozen=True, slots=True)
class Band:
    """What one cell draws of a 95 % band: closed shapes left and right of its middle, or a whisker where none joins.

    `low_y` and `high_y` are the heights of the interval at the middle; high is above, so its y is the smaller.
    """

    before: str
    after: str
    low_y: float
    high_y: float

    @property
    def is_whisker(self) -> bool:
        return not (self.before or self.after)


def draw_bands(intervals: Sequence[tuple[float, float] | None]) -> list[Band | None]:
    """Draw the intervals of measured scores as a band between neighbours that both have one."""
    lows = [each[0] if each else None for each in intervals]
    highs = [each[1] if each else None for each in intervals]
    low_slopes, high_slopes = find_slopes(lows), find_slopes(highs)
    bands: list[Band | None] = []
    for place, interval in enumerate(intervals):
        if interval is None:
            bands.append(None)
            continue
        above_before, below_before = _arc(highs, high_slopes, place - 1), _arc(lows, low_slopes, place - 1)
        above_after, below_after = _arc(highs, high_slopes, place), _arc(lows, low_slopes, place)
        bands.append(
            Band(
                before=_closed(_right_half(above_before), _right_half(below_before)),
                after=_closed(_left_half(above_after), _left_half(below_after)),
                low_y=height_of(interval[0]),
                high_y=height_of(interval[1]),
            )
        )
    return bands


def _right_half(arc: Curve | None) -> Curve | None:
    return _shifted(split_curve(arc, 0.5)[1], -WIDTH) if arc else None


def _left_half(arc: Curve | None) -> Curve | None:
    return split_curve(arc, 0.5)[0] if arc else None


def _closed(above: Curve | None, below: Curve | None) -> str:
    """Join two curves that run side by side into one shape: there along the upper, back along the lower."""
    if above is None or below is None:
        return ""
    a, b, c, d = reversed(below)
    back = path_data((a, b, c, d)).replace("M", "L", 1)
    return f"{path_data(above)}{back}Z"


def height_of(score: float) -> float:
    """Return the y of a score, downwards from the top of the lane."""
    return MIDDLE - score * STEP


def find_slopes(scores: Sequence[float | None]) -> list[float]:
    """Return the slope (score per cell) at each score: the harmonic mean of its neighbours' rises, 0 at a turn.

    At the ends of a run the slope is that of its only neighbour; absent scores get 0.
    """
    slopes = []
    for place, score in enumerate(scores):
        left, right = _rise(scores, place - 1), _rise(scores, place)
        if score is None:
            slopes.append(0.0)
        elif left is None or right is None:
            slopes.append(left if left is not None else right if right is not None else 0.0)
        else:
            slopes.append(2 * left * right / (left + right) if left * right > 0 else 0.0)
    return slopes


def _rise(scores: Sequence[float | None], place: int) -> float | None:
    if not 0 <= place < len(scores) - 1:
        return None
    start, end = scores[place], scores[place + 1]
    return None if start is None or end is None else end - start


def _arc(scores: Sequence[float | None], slopes: Sequence[float], place: int) -> Curve | None:
    """Return the Bézier curve from the middle of cell `place` to the next, in the units of cell `place`."""
    if _rise(scores, place) is None:
        return None
    start, end = scores[place], scores[place + 1]
    assert start is not None
    assert end is not None
    x0, x3 = WIDTH / 2, WIDTH * 1.5
    return (
        (x0, height_of(start)),
        (x0 + WIDTH / 3, height_of(start + slopes[place] / 3)),
        (x3 - WIDTH / 3, height_of(end - slopes[place + 1] / 3)),
        (x3, height_of(end)),
    )


def _shifted(curve: Curve, distance: float) -> Curve:
    a, b, c, d = ((x + distance, y) for x, y in curve)
    return (a, b, c, d)


RIVER_HEIGHT = 64
THICKEST, THINNEST = 15.0, 1.0
"""Half the thickness of the river, where most people go on and where somebody does."""


def draw_river(persons: Sequence[int | None]) -> list[str]:
    """Draw the path through the stages, one closed shape a cell, its thickness proportional to the persons who go on.

    `persons` are those of the seams, one fewer than the stages. A seam without a number yet draws nothing on its sides.
    """
    most = max((count for count in persons if count), default=0)
    halves = [None if count is None or not most else max(THICKEST * count / most, THINNEST) for count in persons]
    shapes = []
    for place in range(len(persons) + 1):
        into = halves[place - 1] if place > 0 else None
        out = halves[place] if place < len(halves) else None
        shapes.append(_river_shape(into, out))
    return shapes


def _river_shape(into: float | None, out: float | None) -> str:
    """Shape one cell: from the left edge to the right, or only from (to) its middle where the path begins (ends)."""
    if into is None and out is None:
        return ""
    start, end = (0.0 if into is not None else WIDTH / 2), (WIDTH if out is not None else WIDTH / 2)
    first, last = into or out or 0.0, out or into or 0.0
    middle, axis = (start + end) / 2, RIVER_HEIGHT / 2
    return (
        f"M{start:g} {axis - first:.2f}C{middle:g} {axis - first:.2f} {middle:g} {axis - last:.2f}"
        f" {end:g} {axis - last:.2f}L{end:g} {axis + last:.2f}C{middle:g} {axis + last:.2f}"
        f" {middle:g} {axis + first:.2f} {start:g} {axis + first:.2f}Z"
    )


SPARK_WIDTH, SPARK_HEIGHT = 64.0, 20.0


def draw_spark(values: Sequence[float | None], target: float | None) -> tuple[list[str], Point | None, float | None]:
    """Draw a trend with its target: points of one polyline a run, the last point, and the target's height.

    The scale spans the values and the target, so that the distance to it is seen; fewer than two values draw nothing.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return [], None, None
    low, high = min([*known, target or known[0]]), max([*known, target or known[0]])
    step = (SPARK_WIDTH - 6) / (len(values) - 1)

    def height(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(SPARK_HEIGHT - 3 - share * (SPARK_HEIGHT - 6), 1)

    runs: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((round(3 + place * step, 1), height(value)))
    drawn = [run for run in runs if run]
    lines = [" ".join(f"{x:g},{y:g}" for x, y in run) for run in drawn if len(run) > 1]
    return lines, drawn[-1][-1], None if target is None else height(target)
