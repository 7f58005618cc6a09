"""The tree of a journey for the page: rows with their sentences, side ways with labels, numbers beside each step."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from qadam.journeys import phrases
from qadam.journeys.editing import movable
from qadam.journeys.outline import ENTRY, Chain, Item, Side, Way, kind_of
from qadam.journeys.phrases import Phrase
from qadam.lib.documents import Fault
from qadam.office.journey_draft import ICONS, KIND_NAMES, Draft


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step. `way`: what a step put before it is put onto; None where nothing can be."""

    id: str
    number: int
    icon: str
    kind: object
    name: str
    phrase: Phrase
    faults: tuple[Fault, ...]
    way: Way | None
    sides: tuple["SideRow", ...]
    goes_to: str
    moves_up: bool = False
    moves_down: bool = False
    numbers: object = None


@dataclass(frozen=True, slots=True)
class ChainRow:
    """`goes_on` is the id of the step where the path continues elsewhere in the tree."""

    rows: tuple[StepRow, ...]
    tail: Way | None
    goes_on: str
    is_broken: bool
    is_end: bool


@dataclass(frozen=True, slots=True)
class SideRow:
    label: str
    is_quiet: bool
    chain: ChainRow


@dataclass(frozen=True, slots=True)
class Tree:
    main: ChainRow
    lost: tuple[ChainRow, ...]
    labels: Mapping[str, str]
    numbers: Mapping[str, int]
    """{step: its number}, counted down the tree."""


def draw_tree(draft: Draft, numbers: Mapping[str, object] | None = None, *, is_edited: bool = False) -> Tree:
    """Return the tree; `is_edited`: with what can be done to each step."""
    drawing = _Drawing(draft, numbers or {}, is_edited)
    lost = tuple(drawing.chain(chain, is_lost=True) for chain in draft.outline.lost)
    labels = {step: label if len(label) < 80 else f"{label[:78]}…" for step, label in draft.names.steps.items()}
    return Tree(drawing.chain(draft.outline.main), lost, labels, draft.order)


class _Drawing:
    def __init__(self, draft: Draft, numbers: Mapping[str, object], is_edited: bool) -> None:
        self.draft, self.numbers, self.is_edited = draft, numbers, is_edited

    def chain(self, chain: Chain, *, is_lost: bool = False) -> ChainRow:
        rows = tuple(self._row(item, is_lost and not place) for place, item in enumerate(chain.items))
        is_end = chain.tail is not None and not chain.goes_on_at and not chain.is_broken
        tail = chain.tail if rows or not is_lost else None
        return ChainRow(rows, tail, chain.goes_on_at, chain.is_broken, is_end)

    def _row(self, item: Item, is_lost: bool) -> StepRow:
        step = self.draft.steps[item.step]
        kind = kind_of(step)
        phrase = self.draft.phrase(item.step)
        up, down = movable(self.draft.document, item.step) if self.is_edited else (False, False)
        return StepRow(
            id=item.step,
            number=self.draft.order[item.step],
            icon=ICONS.get(kind, "circle-help"),
            kind=KIND_NAMES.get(kind, _("A step")),
            name=self.draft.own_name(item.step),
            phrase=phrase,
            faults=tuple(self.draft.faults_of(item.step)) if self.is_edited else (),
            way=None if is_lost else item.way,
            sides=tuple(self._side(item.step, side) for side in item.sides),
            goes_to=str(step.get("goto", "")) if kind == "goto" else "",
            moves_up=up,
            moves_down=down,
            numbers=self.numbers.get(item.step),
        )

    def _side(self, step: str, side: Side) -> SideRow:
        label = phrases.tell_way(side.edge, self.draft.parsed.get(step))
        return SideRow(label, side.edge.startswith("on:"), self.chain(side.chain))


def parse_way(text: str) -> Way:
    """Read a way as the page writes it: `<step>/<edge>`; nothing is the entry."""
    step, _slash, edge = text.partition("/")
    return Way(step, edge) if step and edge else ENTRY
