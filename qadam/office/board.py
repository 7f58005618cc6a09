"""What the pages of the map are made of."""

from dataclasses import dataclass
from datetime import datetime

from qadam.lib.documents import Fault
from qadam.maps.board import Board, LiveNumbers, StageColumn
from qadam.maps.chosen import Filters
from qadam.maps.models import ShareLink
from qadam.maps.panels import CasePanel
from qadam.maps.queries_work import ReviewState


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """A published version that the page can switch to."""

    number: int
    valid_from: datetime
    valid_to: datetime | None
    is_shown: bool
    query: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The map. `board` is None before anything is published; `is_outline`: only the list by stage.

    `width`: of a stage's column in pixels, as the reader set it; None: as it fits.
    """

    board: Board | None
    slugs: tuple[str, ...]
    is_outline: bool
    may_publish: bool
    filters: Filters | None
    versions: tuple[VersionChoice, ...]
    width: int | None
    can_draw: bool
    """Whether a browser on the server can make PDF and PNG."""
    alert_count: int
    review: ReviewState | None
    query: str
    """The part of the address that says which map and what of it, with its "?"."""
    live_query: str
    """The same for the parts that refresh themselves, which must know what is on the page."""

    @property
    def is_live(self) -> bool:
        """Whether its counts refresh themselves: not in the past, not in a closed period."""
        return self.board is not None and not self.board.is_past and not self.board.choice.period


@dataclass(frozen=True, slots=True)
class CountsPart:
    """Counts of people for every place of the page that shows them. `places` are the prefixes of their ids."""

    numbers: LiveNumbers
    counts: tuple[tuple[str, int], ...]
    cases: tuple[tuple[str, int], ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChipsPart:
    board: Board
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StagePanel:
    board: Board
    stage: StageColumn


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed sheet: these stages, or on a last one the cases in full."""

    number: int
    total: int
    stages: tuple[StageColumn, ...]
    cases: tuple[CasePanel, ...]


@dataclass(frozen=True, slots=True)
class PrintPage:
    """A map on paper. `paper`: a3 (the whole map on a sheet) or a4 (a stage on each, then the cases)."""

    board: Board
    paper: str
    sheets: tuple[Sheet, ...]
    filters: Filters | None
    query: str
    can_draw: bool


@dataclass(frozen=True, slots=True)
class SharePage:
    """The share links of a map. `address`: of the link just made, shown this once."""

    slug: str
    slugs: tuple[str, ...]
    links: tuple[ShareLink, ...]
    now: datetime
    error: str
    label: str
    days: str
    address: str


@dataclass(frozen=True, slots=True)
class SharedPage:
    """The board as somebody outside sees it. `error`: why the password didn't open it."""

    board: Board | None
    filters: Filters | None
    token: str
    label: str
    expires_at: datetime
    error: str
    is_outline: bool
    query: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One object that keeps a draft from being published: why, and where it stands on the page."""

    reason: str
    anchor: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    number: int
    name: str
    state: str
    """draft, valid or past."""
    change_note: str
    at: datetime
    by: str
    valid_from: datetime | None
    valid_to: datetime | None
    is_same_as_valid: bool


@dataclass(frozen=True, slots=True)
class DraftObject:
    """A stage or case of the draft, as the gate looks at it."""

    anchor: str
    name: str
    rule: str
    metrics: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    number: int
    name: str
    saved_at: datetime
    saved_by: str
    stages: tuple[DraftObject, ...]
    cases: tuple[DraftObject, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """All versions of a map, its draft with the gate's report, and the form for a new draft.

    `text` is what the form holds; `faults` what was wrong with it; `refused` a sentence about the whole.
    """

    slug: str
    slugs: tuple[str, ...]
    rows: tuple[VersionRow, ...]
    draft: Draft | None
    may_publish: bool
    text: str
    faults: tuple[Fault, ...]
    refused: str
    now: datetime
    review: ReviewState | None = None
