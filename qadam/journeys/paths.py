"""One member's ways through journeys: where they stand, what comes next, and every step so far. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qadam.events.models import Event
from qadam.journeys import graphs
from qadam.journeys.models import Enrollment, Phase, Transition, Trouble
from qadam.journeys.steps import Graph
from qadam.messaging.models import Outbox
from qadam.people.models import AuditEntry, Member

MOST = 50
"""So many journeys of one member are read, the newest."""
BY_HAND = {"journey.enrolled": "entered", "journey.moved": "moved", "journey.stopped": "stopped"}
"""What the audit log knows the reason of: {action: edge}."""


@dataclass(frozen=True, slots=True)
class Message:
    """What became of the message of one step. `reason` is a code; `due_at` while it waits to be sent."""

    template: str
    status: str
    reason: str
    due_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who did something by hand, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """One step taken, as in Transition."""

    at: datetime
    step: str
    to_step: str
    edge: str
    message: Message | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """One enrollment. `entry` is the event that began it; `message` the one that it waits for; both may be None."""

    enrollment: Enrollment
    graph: Graph
    moves: tuple[Move, ...]
    entry: Event | None
    message: Message | None
    entered_by: Decision | None
    trouble: Trouble | None

    @property
    def is_live(self) -> bool:
        return self.enrollment.left_at is None

    @property
    def next_at(self) -> datetime | None:
        """When something comes at the latest; None where only something that happens goes on."""
        each = self.enrollment
        if each.phase == Phase.SENDING:
            return self.message.due_at if self.message else None
        return each.ends_at or (each.due_at if each.phase == Phase.READY else None)


def read_paths(member: Member) -> list[Path]:
    """Return a member's enrollments, live ones first, then the newest."""
    newest = Enrollment.objects.filter(member=member).select_related("journey", "version").defer("version__document")
    rows = sorted(newest.order_by("-entered_at", "-id")[:MOST], key=lambda row: row.left_at is not None)
    ids = [row.id for row in rows]
    messages = _read_messages(ids)
    decisions = _read_decisions(member) if rows else {}
    entries = Event.objects.in_bulk([row.entry_seq for row in rows if row.entry_seq])
    troubles = {each.enrollment_id: each for each in _open_troubles(ids)}
    moves = _read_moves(rows, messages, decisions)
    return [
        Path(
            enrollment=row,
            graph=graphs.graph_of(row.version),
            moves=tuple(moves.get(row.id, ())),
            entry=entries.get(row.entry_seq),
            message=messages.get((row.id, row.visit)) if row.phase == Phase.SENDING else None,
            entered_by=decisions.get((row.entered_at, "entered")),
            trouble=troubles.get(row.id),
        )
        for row in rows
    ]


def _read_moves(
    rows: Iterable[Enrollment],
    messages: Mapping[tuple[int, int], Message],
    decisions: Mapping[tuple[datetime, str], Decision],
) -> dict[int, list[Move]]:
    found: dict[int, list[Move]] = {}
    for each in Transition.objects.filter(enrollment__in=[row.id for row in rows]).order_by("enrollment_id", "visit"):
        message = messages.get((each.enrollment_id, each.visit))
        decision = decisions.get((each.at, each.edge))
        move = Move(each.at, each.from_step, each.to_step, each.edge, message, decision)
        found.setdefault(each.enrollment_id, []).append(move)
    return found


def _read_messages(ids: Sequence[int]) -> dict[tuple[int, int], Message]:
    """Return {(enrollment, visit): message}."""
    rows = Outbox.objects.filter(enrollment_id__in=ids).order_by("id")
    return {
        (row.enrollment_id or 0, row.visit or 0): Message(
            row.template, row.status, row.reason, row.due_at if row.closed_at is None else None, row.opened_at
        )
        for row in rows
    }


def _read_decisions(member: Member) -> dict[tuple[datetime, str], Decision]:
    """Return {(when, edge): who and why} of what staff did to the member's journeys."""
    rows = AuditEntry.objects.filter(target=f"member:{member.id}", action__in=BY_HAND).select_related("actor")
    return {
        (row.at, BY_HAND[row.action]): Decision(
            (row.actor.name or row.actor.email) if row.actor else "", str(row.detail.get("reason", ""))
        )
        for row in rows
    }


def _open_troubles(ids: Sequence[int]) -> Iterable[Trouble]:
    return Trouble.objects.filter(enrollment__in=ids, closed_at__isnull=True).order_by("id")


def unread_events(member: Member) -> list[Trouble]:
    """Return the open troubles in which this member's events couldn't be applied: no journey's in particular."""
    return list(Trouble.objects.filter(member=member, enrollment__isnull=True, closed_at__isnull=True).order_by("id"))
