"""What the law has to say to a document while it is written, before anything is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qadam.lib.documents import Fault
from qadam.recognition import compliance
from qadam.recognition.definitions import Definition, Kind

if TYPE_CHECKING:
    from qadam.office.recognition_kinds import DocumentKind

ANY_REASON = "?"


@dataclass(frozen=True, slots=True)
class Warned:
    """What needs a reason: in words, and the faults that a reason takes away."""

    messages: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_warned(kind: "DocumentKind", document: Mapping[str, Any]) -> Warned:
    """Return what a reason would excuse: the warnings of the law, and the faults that go away with a reason."""
    excused = _excused(kind, document)
    warnings = [*compliance.warnings_of(document), *_of_board(kind, document)]
    told = dict.fromkeys(str(warning.words) for warning in warnings)
    if not told:
        told = dict.fromkeys(fault.message for fault in excused)
    return Warned(tuple(told), tuple(excused))


def _excused(kind: "DocumentKind", document: Mapping[str, Any]) -> list[Fault]:
    bare = {key: value for key, value in document.items() if key != "reason"}
    without, given = kind.faults_of(bare), set(kind.faults_of({**bare, "reason": ANY_REASON}))
    return [fault for fault in without if fault not in given]


def _of_board(kind: "DocumentKind", document: Mapping[str, Any]) -> list[compliance.Warning]:
    """Judge a board that adds up points by the rules as they hold now."""
    score = document.get("score")
    if kind.kind != Kind.BOARD or not isinstance(score, Mapping) or "measure" in score:
        return []
    newest: dict[str, Definition] = {}
    for row in Definition.objects.filter(kind=Kind.POINT_RULE).order_by("number"):
        newest[row.key] = row
    named = score.get("rules") or list(newest)
    rules = [newest[key].document for key in named if key in newest and newest[key].retired_at is None]
    return compliance.warnings_of_rules(rules)
