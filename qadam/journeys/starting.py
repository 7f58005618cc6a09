"""How members come into a journey: by an event, by a condition turning true, by another journey, little by little."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qadam import conditions
from qadam.events.consumers import EventRow
from qadam.events.models import Event
from qadam.experiments import operations as experiments
from qadam.experiments import queries as experiments_queries
from qadam.experiments.rules import CONTROL, holdout_arms
from qadam.jobs import sql
from qadam.journeys import graphs
from qadam.journeys.endings import end_by_rules, zones_for
from qadam.journeys.models import Backfill, Enrollment, Journey, Phase
from qadam.journeys.rules import matches_where
from qadam.journeys.standings import Moves, Standing, insert_standings, read_standings
from qadam.journeys.steps import Again, Graph, Reentry
from qadam.lib import clock
from qadam.messaging.queries import read_policy
from qadam.people.models import Member, Membership, MembershipKind

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may begin: since when, by which event of the log (0: none), and for which key."""

    member_id: int
    at: datetime
    seq: int = 0
    key: str = ""


def enter(batch: Sequence[EventRow], moves: Moves) -> list[Standing]:
    """Begin the journeys that events of this batch start."""
    types = {event.type for event in batch}
    started = []
    for journey, graph in graphs.current_graphs():
        if graph.entry.event_type in types and journey.id not in moves.paused:
            found = [_candidate(graph, event) for event in batch if _starts(event, journey, graph)]
            started += start(journey, graph, found, moves)
    return started


def _starts(event: EventRow, journey: Journey, graph: Graph) -> bool:
    # Whoever a condition took in while the journey was being launched was there before: that is the backfill's matter.
    is_after = event.occurred_at > journey.launched_at or (
        graph.entry.when is None and event.occurred_at == journey.launched_at
    )
    return (
        is_after
        and event.type == graph.entry.event_type
        and event.member_id is not None
        and matches_where(graph.entry.where, event.props)
    )


def candidate_of(graph: Graph, event: EventRow) -> Candidate | None:
    """Return whom an event of the entry's type would let in, whenever it happened."""
    if event.member_id is None or event.type != graph.entry.event_type:
        return None
    return _candidate(graph, event) if matches_where(graph.entry.where, event.props) else None


def _candidate(graph: Graph, event: EventRow) -> Candidate:
    assert event.member_id is not None
    return Candidate(event.member_id, event.occurred_at, event.seq, _key_of(graph.reentry, event.props))


def _key_of(reentry: Reentry, props: Mapping[str, object]) -> str:
    return str(props.get(reentry.key, ""))[:200] if reentry.again is Again.PER_KEY else ""


def start(journey: Journey, graph: Graph, candidates: Sequence[Candidate], moves: Moves) -> list[Standing]:
    """Begin a journey for those who may. Return who is ready to walk; who was there at once has left again."""
    chosen = _filter_entry(graph, candidates, moves.now) if candidates else ()
    chosen = _filter_reentry(journey, graph.reentry, chosen) if chosen else ()
    return _begin(journey, graph, chosen, moves) if chosen else []


def start_by_hand(journey: Journey, graph: Graph, candidate: Candidate, moves: Moves) -> list[Standing]:
    """Begin a journey for one member whom somebody has chosen: neither the entry nor the re-entry is asked."""
    return _begin(journey, graph, [candidate], moves)


def _filter_entry(graph: Graph, candidates: Sequence[Candidate], now: datetime) -> Sequence[Candidate]:
    if graph.entry.only_if is None or not candidates:
        return candidates
    among = sorted({each.member_id for each in candidates})
    zones = zones_for(graph.entry.only_if, among)
    matching = conditions.matching_members(graph.entry.only_if, now=now, among=among, zones=zones)
    fitting = set(matching.values_list("id", flat=True))
    return [each for each in candidates if each.member_id in fitting]


def _filter_reentry(journey: Journey, reentry: Reentry, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Let in who was never in it; who left long enough ago; or who comes with a new key. Each once."""
    # On PostgreSQL two processes must not begin the same journey at once.
    Journey.objects.select_for_update().filter(id=journey.id).values_list("id").first()
    members = conditions.ids_in(sorted({each.member_id for each in candidates}))
    been = Enrollment.objects.filter(journey=journey, member_id__in=members)
    past: dict[tuple[int, str], datetime | None] = {}
    for member_id, key, left_at in been.order_by("id").values_list("member_id", "entry_key", "left_at"):
        past[member_id, key if reentry.again is Again.PER_KEY else ""] = left_at
    chosen = {}
    for each in candidates:
        identity = (each.member_id, each.key)
        if identity not in chosen and _may_enter(reentry, identity in past, past.get(identity), each.at):
            chosen[identity] = each
    return list(chosen.values())


def _may_enter(reentry: Reentry, was_in: bool, left_at: datetime | None, at: datetime) -> bool:
    if not was_in:
        return True
    return reentry.again is Again.AFTER_EXIT and left_at is not None and at >= left_at + reentry.gap


def _begin(journey: Journey, graph: Graph, chosen: Sequence[Candidate], moves: Moves) -> list[Standing]:
    people = _read_people({each.member_id for each in chosen}, moves)
    chosen = [each for each in chosen if each.member_id in people]
    arms = _read_arms(graph, sorted({each.member_id for each in chosen}), moves)
    ids = sql.reserve_ids("journeys_enrollment", len(chosen))
    standings = [
        _new_standing(journey, graph, row_id, each, arms.get(each.member_id, ""), people[each.member_id], moves.now)
        for row_id, each in zip(ids, chosen, strict=True)
    ]
    insert_standings(standings)
    moves.adopt(standings)
    for standing in standings:
        moves.record("journey.entered", standing, standing.entered_at)
    end_by_rules(standings, moves, at={})
    return [standing for standing in standings if standing.left_at is None]


def _new_standing(
    journey: Journey,
    graph: Graph,
    row_id: int,
    each: Candidate,
    arm: str,
    place: tuple[ZoneInfo, date | None],
    now: datetime,
) -> Standing:
    assert journey.current_id is not None
    return Standing(
        id=row_id,
        journey_id=journey.id,
        member_id=each.member_id,
        entry_key=each.key,
        entry_seq=each.seq,
        entered_at=each.at,
        horizon_at=each.at + graph.horizon if graph.horizon else None,
        version_id=journey.current_id,
        arm=arm,
        step=graph.first,
        visit=0,
        phase=Phase.READY.value,
        armed_at=now,
        due_at=None,
        ends_at=None,
        ends_by="",
        exposed_at=None,
        sent_at=None,
        left_at=None,
        exit_reason="",
        zone=place[0],
        day_zero=place[1],
        visit_before=0,
    )


def _read_people(member_ids: Iterable[int], moves: Moves) -> dict[int, tuple[ZoneInfo, date | None]]:
    rows = Member.objects.filter(id__in=conditions.ids_in(sorted(member_ids)))
    found = {}
    for member_id, name, day_zero_at in rows.values_list("id", "zone", "day_zero_at"):
        zone = clock.zone_of(name, moves.company.zone)
        found[member_id] = (zone, clock.local_date(day_zero_at, zone) if day_zero_at else None)
    return found


def _read_arms(graph: Graph, member_ids: Sequence[int], moves: Moves) -> dict[int, str]:
    """Return each member's arm by the company's and the journey's control groups; nothing where there is neither."""
    if graph.settings.never_withheld:
        return {}
    shares = {"global": read_policy().holdout, f"journey:{graph.slug}": graph.settings.holdout}
    arms: dict[int, str] = {}
    for layer, share in shares.items():
        given = _arms_of_layer(layer, share, member_ids, moves.now)
        arms |= {member: CONTROL if CONTROL in (arm, arms.get(member)) else arm for member, arm in given.items()}
    return arms


def _arms_of_layer(layer: str, share: int, member_ids: Sequence[int], now: datetime) -> Mapping[int, str]:
    if share == 0:
        # No new control group, but whoever was in one stays in it.
        known = experiments_queries.read_arms(layer=layer, member_ids=member_ids)
        return {member: arm for member, arm in known.items() if arm == CONTROL}
    return experiments.assign_arms(layer=layer, arms=holdout_arms(share), member_ids=member_ids, now=now)


# Steps of other journeys


def start_by_step(slug: str, group: Sequence[Standing], moves: Moves) -> list[Standing]:
    """Begin another journey for a group. One that isn't there or is paused begins for nobody."""
    found = [(journey, graph) for journey, graph in graphs.current_graphs() if journey.slug == slug]
    if not found or found[0][0].id in moves.paused or not group:
        return []
    journey, graph = found[0]
    return start(journey, graph, [Candidate(standing.member_id, moves.now) for standing in group], moves)


def stop_by_step(slug: str, group: Sequence[Standing], moves: Moves) -> None:
    """End another journey for a group."""
    given, params = sql.ids_in(sorted({standing.member_id for standing in group}))
    where = (
        f"e.member_id IN {given} AND e.left_at IS NULL"
        " AND e.journey_id IN (SELECT id FROM journeys_journey WHERE slug = %s)"
    )
    for standing in moves.adopt(read_standings(where, [*params, slug], moves.company)):
        if standing.left_at is None:
            moves.leave(standing, "stopped")


# Backfills


def next_backfill(backfill: Backfill, moves: Moves) -> list[Standing]:
    """Let in the next handful of a backfill, and note how far it has come."""
    journey = Journey.objects.select_related("current").get(id=backfill.journey_id)
    assert journey.current is not None
    graph = graphs.graph_of(journey.current)
    handful = _read_handful(backfill, graph, moves.now)
    started = start(journey, graph, handful, moves)
    is_done = len(handful) < backfill.per_minute
    Backfill.objects.filter(id=backfill.id).update(
        position=handful[-1].member_id if handful else backfill.position,
        next_at=None if is_done else moves.now + MINUTE,
        entered=backfill.entered + len(started),
    )
    return started


def _read_handful(backfill: Backfill, graph: Graph, now: datetime) -> list[Candidate]:
    """Return the next members who qualified before the launch, one candidate each, in the order of their ids."""
    if graph.entry.when is not None:
        stays = Membership.objects.filter(
            kind=MembershipKind.SEGMENT, key=graph.entry.where["key"], left_at__isnull=True
        ).filter(member_id__gt=backfill.position)
        stays = stays.filter(entered_at__gte=backfill.since) if backfill.since else stays
        ids = stays.order_by("member_id").values_list("member_id", flat=True)[: backfill.per_minute]
        return [Candidate(member_id, now) for member_id in ids]
    past = Event.objects.filter(
        type=graph.entry.event_type, occurred_at__lt=backfill.until, member_id__gt=backfill.position
    )
    past = past.filter(occurred_at__gte=backfill.since) if backfill.since else past
    found: dict[int, Candidate] = {}
    rows = past.order_by("member_id", "-occurred_at", "-id").values_list("id", "member_id", "props")
    for seq, member_id, props in rows.iterator(chunk_size=1_000):
        if member_id is None or member_id in found or not matches_where(graph.entry.where, props):
            continue
        if len(found) == backfill.per_minute:
            break
        found[member_id] = Candidate(member_id, now, seq, _key_of(graph.reentry, props))
    return list(found.values())
