"""The `set` step: a tag is a segment kept by hand, an attribute and a score are events that conditions read."""

from collections.abc import Sequence

from qadam.events import operations as events
from qadam.journeys.standings import Moves, Standing
from qadam.journeys.steps import Set
from qadam.people import operations as people
from qadam.people.models import Membership, MembershipKind
from qadam.people.operations import Stay

SEGMENT = MembershipKind.SEGMENT.value


def set_values(act: Set, group: Sequence[Standing], moves: Moves) -> None:
    """Set what a step says for a group, once per visit."""
    if act.kind == "tag":
        _tag(act, group, moves)
        return
    facts = [_fact(act, standing, moves) for standing in group]
    events.record_many(facts, now=moves.now)


def _tag(act: Set, group: Sequence[Standing], moves: Moves) -> None:
    stays = [Stay(member_id, SEGMENT, act.name, moves.now) for member_id in sorted({each.member_id for each in group})]
    if act.value:
        people.enter_memberships(stays, now=moves.now)
        return
    inside = Membership.objects.filter(
        kind=SEGMENT, key=act.name, left_at__isnull=True, member_id__in=[stay.member_id for stay in stays]
    )
    entered = dict(inside.values_list("member_id", "entered_at"))
    stays = [
        Stay(stay.member_id, SEGMENT, act.name, max(moves.now, entered[stay.member_id]))
        for stay in stays
        if stay.member_id in entered
    ]
    people.leave_memberships(stays, now=moves.now)


def _fact(act: Set, standing: Standing, moves: Moves) -> events.NewEvent:
    slug = moves.graph_of(standing).slug
    if act.kind == "attribute":
        type, props = "attribute.set", {"name": act.name, "value": act.value, "journey": slug}
    else:
        type, props = "score.changed", {"name": act.name, "by": act.value, "journey": slug}
    return events.NewEvent(type, standing.member_id, moves.now, f"{type}:{standing.id}:{standing.visit}", props)
