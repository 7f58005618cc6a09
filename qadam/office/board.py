"""What the pages of the map are made of."""

from dataclasses import dataclass
from datetime import datetime

from qadam.lib.documents import Fault
from qadam.maps.board import Board, LiveNumbers, StageColumn


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The map. `board` is None before anything is published; `is_outline`: only the list by stage."""

    board: Board | None
    slugs: tuple[str, ...]
    is_outline: bool
    may_publish: bool
    query: str
    """The part of the address that says which map, with its "?"."""
    live_query: str
    """The same for the parts that refresh themselves, which must know what is on the page."""


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
