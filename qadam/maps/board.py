"""What the page of a map shows, ready for templates: frozen shapes, no queries behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qadam.maps.chosen import EVERYTHING, Choice
from qadam.maps.curve import Band, Piece


@dataclass(frozen=True, slots=True)
class Spark:
    """A trend as points of polylines in a box of 64×20, and where the target lies in it."""

    runs: tuple[str, ...]
    end: tuple[float, float] | None
    target_y: float | None


@dataclass(frozen=True, slots=True)
class MetricFace:
    """A metric as its chip shows it. Texts are in the reader's language.

    `figure` is "38" with `unit` "%", or "3 of 8" with no unit where there are too few people, or "—".
    `delta` is in percentage points (or days) against the window before; `is_better` None: it didn't move.
    """

    binding_id: int
    code: str
    name: str
    is_mandatory: bool
    figure: str
    unit: str
    numerator: int
    denominator: int
    state: str
    target: str
    delta: str
    is_better: bool | None
    spark: Spark | None
    is_rising: bool
    of: str
    """"157 of 412"; "" where the figure says it already."""
    as_of: datetime | None
    is_provisional: bool
    is_stale: bool
    has_failed: bool
    """The last computation failed; what is shown is older."""
    lift: str = ""
    """How much better than the control group, "+8 pp"; only of cases whose two groups are large enough."""
    is_lift_sure: bool = False
    """The interval of the lift leaves out zero."""
    is_withheld: bool = False
    """Too few people stand behind it to be shown to outsiders."""

    @property
    def is_waiting(self) -> bool:
        return self.denominator == 0


@dataclass(frozen=True, slots=True)
class TouchpointCard:
    """`is_blind`: no event tells that it happened."""

    code: str
    name: str
    channel_name: str
    label: str
    """What stands below the name: the channel, or who begins where the channel has no name of its own."""
    icon: str
    initiator: str
    client_action: str
    company_action: str
    importance: int
    is_blind: bool


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case on the board. `open_count`: members in it now, None where that isn't told.

    `result`: the chip of its mandatory metric.
    """

    key: str
    name: str
    is_problem: bool
    open_count: int | None
    late_count: int
    """How many open files have waited for an answer longer than promised."""
    result: MetricFace | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What people said they feel: the mean of `n` answers with its 95 % interval. `is_small`: fewer than 20."""

    piece: Piece
    band: Band | None
    score_text: str
    word: str
    mouth: str
    interval: str
    n: int
    is_small: bool


@dataclass(frozen=True, slots=True)
class Emotion:
    """What is expected to be felt and what was measured, each drawn for itself in the stage's cell.

    `mouth` is the path of the face; `case_key` the case that the lowest point leads to; `evidence` says in a word what
    the expectation rests on; `is_of_segment`: it was written for the chosen segment.
    """

    piece: Piece | None
    score_text: str
    word: str
    mouth: str
    quote: str
    evidence: str
    evidence_icon: str
    source: str
    is_of_segment: bool
    measured: Measured | None
    is_lowest: bool
    case_key: str

    @property
    def is_known(self) -> bool:
        return self.piece is not None or self.measured is not None

    @property
    def lowest_y(self) -> float:
        """The height of the point that the label of the lowest stands at."""
        return self.measured.piece.y if self.measured else self.piece.y if self.piece else 0.0


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """What is done in a case, as the last lane lists it. `trigger` says who begins it."""

    name: str
    trigger: str
    icon: str
    case_key: str
    case_name: str


@dataclass(frozen=True, slots=True)
class Seam:
    """What goes on from one stage to the next. `persons` went on; None while the metric waits for its first people."""

    conversion: MetricFace | None
    transit: MetricFace | None
    persons: int | None


@dataclass(frozen=True, slots=True)
class StageColumn:
    """One stage with everything in its column. `hue` is 1–5."""

    key: str
    full_key: str
    position: int
    hue: int
    name: str
    client_goal: str
    company_goal: str
    entry: str
    horizon_days: int
    owner: str
    touchpoints: tuple[TouchpointCard, ...]
    client_actions: tuple[str, ...]
    sponsor_actions: tuple[str, ...]
    company_actions: tuple[str, ...]
    emotion: Emotion
    problems: tuple[CaseCard, ...]
    successes: tuple[CaseCard, ...]
    headline: MetricFace | None
    extras: tuple[MetricFace, ...]
    measures: tuple[MeasureLine, ...]
    people_here: int | None
    """How many stand in it; None where that isn't told: in the past, or to outsiders of a handful."""
    seam: Seam | None
    """To the next stage; None at the last one."""
    river: str
    """SVG path data of the path through this stage, as wide as people go on; "" where nothing is known to flow."""


@dataclass(frozen=True, slots=True)
class Board:
    """A published map as it stands at `now`, or an earlier version of it as it stood at its end.

    In the past nobody is counted as standing somewhere: that is told of now only.
    """

    slug: str
    name: str
    number: int
    published_at: datetime
    published_by: str
    now: datetime
    as_of: datetime | None
    """The newest instant up to which any of its metrics counts events; None before the first computation."""
    stages: tuple[StageColumn, ...]
    everywhere: tuple[CaseCard, ...]
    """Cases that belong to every stage."""
    map_metrics: tuple[MetricFace, ...]
    has_draft: bool
    valid_from: datetime
    valid_to: datetime | None
    """When the next version took its place; None: it is valid now."""
    segmentation: str = ""
    choice: Choice = EVERYTHING
    feelings_since: datetime | None = None
    """Since when answers count in the measured emotion."""

    @property
    def is_past(self) -> bool:
        return self.valid_to is not None

    @property
    def has_measured(self) -> bool:
        return any(stage.emotion.measured for stage in self.stages)

    @property
    def has_sponsor_actions(self) -> bool:
        return any(stage.sponsor_actions for stage in self.stages)

    @property
    def chips(self) -> tuple[MetricFace, ...]:
        """Every metric that stands as a chip on the board (those of cases stand in their cards)."""
        of_stages = [face for stage in self.stages for face in (stage.headline, *stage.extras) if face]
        return (*self.map_metrics, *of_stages)

    @property
    def has_problems(self) -> bool:
        return any(stage.problems for stage in self.stages)

    @property
    def has_successes(self) -> bool:
        return any(stage.successes for stage in self.stages)

    @property
    def people_on_the_path(self) -> int:
        return sum(stage.people_here or 0 for stage in self.stages)


@dataclass(frozen=True, slots=True)
class LiveNumbers:
    """What a page that stays open asks for again: counts every few seconds, chips every quarter of a minute."""

    now: datetime
    counts: Mapping[str, int]
    """{stage key: people here}."""
    cases: Mapping[str, int]
    total: int
