"""What the page of a map shows, ready for templates: frozen shapes, no queries behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qadam.maps.curve import Piece


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

    @property
    def is_waiting(self) -> bool:
        return self.denominator == 0


@dataclass(frozen=True, slots=True)
class TouchpointCard:
    """`is_blind`: no event tells that it happened."""

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
    """A case on the board. `open_count`: members in it now; `result`: the chip of its mandatory metric."""

    key: str
    name: str
    is_problem: bool
    open_count: int
    result: MetricFace | None


@dataclass(frozen=True, slots=True)
class Emotion:
    """What is expected to be felt. `piece` is drawn in the stage's cell; measured feelings don't exist yet.

    `mouth` is the path of the face; `case_key` the case that the lowest point leads to.
    """

    piece: Piece | None
    score_text: str
    word: str
    mouth: str
    quote: str
    is_lowest: bool
    case_key: str


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
    company_actions: tuple[str, ...]
    emotion: Emotion
    problems: tuple[CaseCard, ...]
    successes: tuple[CaseCard, ...]
    headline: MetricFace | None
    extras: tuple[MetricFace, ...]
    people_here: int
    seam: Seam | None
    """To the next stage; None at the last one."""
    river: str
    """SVG path data of the path through this stage, as wide as people go on; "" where nothing is known to flow."""


@dataclass(frozen=True, slots=True)
class Board:
    """A published map as it stands at `now`."""

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
        return sum(stage.people_here for stage in self.stages)


@dataclass(frozen=True, slots=True)
class LiveNumbers:
    """What a page that stays open asks for again: counts every few seconds, chips every quarter of a minute."""

    now: datetime
    counts: Mapping[str, int]
    """{stage key: people here}."""
    cases: Mapping[str, int]
    total: int
