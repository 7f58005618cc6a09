"""Conversions: the first event of the wanted kind within its window after the anchor, also after the exit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from qadam import conditions
from qadam.events import operations as events
from qadam.events.consumers import EventRow
from qadam.jobs import sql
from qadam.journeys.models import Enrollment
from qadam.journeys.rules import GRACE, matches_where
from qadam.journeys.standings import Moves
from qadam.journeys.steps import Conversion, Graph

ANCHORS = {"entry": "entered_at", "exposure": "exposed_at", "last_send": "sent_at"}


def note_conversions(batch: Sequence[EventRow], moves: Moves) -> None:
    """Mark the enrollments that these events convert. Call after the moves are stored: anchors must be in place.

    A late event counts until the window's end and a grace; an earlier one that comes late moves the moment back.
    """
    types = {event.type for event in batch}
    for version_id, graph in moves.graphs.items():
        if graph.conversion is not None and graph.conversion.event_type in types:
            _note(version_id, graph, graph.conversion, batch, moves)


def _note(version_id: int, graph: Graph, wanted: Conversion, batch: Sequence[EventRow], moves: Moves) -> None:
    moments = _moments(wanted, batch)
    anchor = ANCHORS[wanted.anchor]
    rows = Enrollment.objects.filter(
        version_id=version_id, member_id__in=conditions.ids_in(sorted(moments)), **{f"{anchor}__isnull": False}
    )
    changed, facts = [], []
    for row_id, member_id, begins_at, converted_at, seq in rows.values_list(
        "id", "member_id", anchor, "converted_at", "entry_seq"
    ):
        found = _first_inside(moments[member_id], begins_at, wanted, moves.now, seq)
        if found is not None and (converted_at is None or found < converted_at):
            changed.append((found, row_id))
            facts.append(
                events.NewEvent(
                    "journey.converted",
                    member_id,
                    found,
                    f"journey.converted:{row_id}",
                    {"journey": graph.slug, "enrollment": row_id},
                )
            )
    sql.change_many("journeys_enrollment", {"converted_at": "timestamptz"}, {"id": "bigint"}, changed)
    events.record_many(facts, now=moves.now)


def _moments(wanted: Conversion, batch: Sequence[EventRow]) -> Mapping[int, list[tuple[datetime, int]]]:
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for event in batch:
        if event.type == wanted.event_type and event.member_id and matches_where(wanted.where, event.props):
            found[event.member_id].append((event.occurred_at, event.seq))
    return found


def _first_inside(
    moments: Sequence[tuple[datetime, int]], begins_at: datetime, wanted: Conversion, now: datetime, entry_seq: int
) -> datetime | None:
    """Return the first moment inside the window, while the cell isn't sealed; the entry itself converts nobody."""
    ends_at = begins_at + wanted.within
    if now > ends_at + GRACE:
        return None
    inside = [at for at, seq in moments if begins_at <= at <= ends_at and seq != entry_seq]
    return min(inside, default=None)
