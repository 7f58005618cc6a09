"""Write maps: drafts, publishing through the gate, and who has passed which stage."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from qadam import conditions
from qadam.cases import operations as cases
from qadam.cases import queries as case_queries
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.maps import documents, gate, rules
from qadam.maps.bindings import CASE, Whole, gather, plan_bindings
from qadam.maps.documents import MapDocument, StagePlan
from qadam.maps.errors import AlreadyPublished, GateRefused, SecondPairOfEyes
from qadam.maps.models import JourneyMap, MapVersion, PinnedCase, Review, Stage, StageTouchpoint, Touchpoint
from qadam.maps.owners import find_owners
from qadam.metrics import operations as metrics
from qadam.people import operations as people
from qadam.people.models import Member, Membership, MembershipKind, User
from qadam.people.queries import get_company
from qadam.segments import operations as segments
from qadam.segments.models import Mode

STAGE = MembershipKind.STAGE.value


@write()
def save_draft(document: object, *, actor: User | None, now: datetime) -> MapVersion:
    """Save a map document as the draft of its map. A map has one draft; saving goes over it.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    parsed = documents.parse(document)
    owners = find_owners(parsed)
    the_map, _is_new = JourneyMap.objects.get_or_create(slug=parsed.slug)
    draft = _open_draft(the_map, parsed, actor, now)
    _store_parts(draft, parsed, owners)
    return draft


def _open_draft(the_map: JourneyMap, parsed: MapDocument, actor: User | None, now: datetime) -> MapVersion:
    fields: dict[str, Any] = {
        "name": parsed.name.as_document(),
        "languages": list(parsed.languages),
        "segmentation": parsed.segmentation,
        "document": dict(parsed.source),
        "content_hash": parsed.content_hash,
        "change_note": parsed.change_note[:400],
        "created_at": now,
        "created_by": actor,
    }
    draft = the_map.versions.drafts().first()
    if draft is None:
        newest = the_map.versions.order_by("-number").first()
        base = the_map.versions.current().first()
        return MapVersion.objects.create(map=the_map, number=newest.number + 1 if newest else 1, base=base, **fields)
    MapVersion.objects.drafts().filter(id=draft.id).update(revision=F("revision") + 1, **fields)
    draft.refresh_from_db()
    return draft


def _store_parts(draft: MapVersion, parsed: MapDocument, owners: Mapping[str, User]) -> None:
    """Write the rows of a draft anew: its catalogue of touchpoints and its stages."""
    draft.stages.all().delete()
    draft.touchpoints.all().delete()
    catalogue = [
        Touchpoint(
            version=draft,
            code=each.code,
            name=each.name.as_document(),
            channel=each.channel,
            initiator=each.initiator,
            event_types=list(each.event_types),
        )
        for each in parsed.touchpoints
    ]
    touchpoints = {each.code: each for each in Touchpoint.objects.bulk_create(catalogue)}
    for position, plan in enumerate(parsed.stages, start=1):
        stage = _store_stage(draft, position, plan, owners)
        StageTouchpoint.objects.bulk_create(
            [
                StageTouchpoint(
                    stage=stage,
                    touchpoint=touchpoints[each.code],
                    position=place,
                    client_action=each.client_action.as_document(),
                    company_action=each.company_action.as_document(),
                    importance=each.importance,
                )
                for place, each in enumerate(plan.touchpoints, start=1)
            ]
        )


def _store_stage(draft: MapVersion, position: int, plan: StagePlan, owners: Mapping[str, User]) -> Stage:
    return Stage.objects.create(
        version=draft,
        key=plan.key,
        position=position,
        name=plan.name.as_document(),
        client_goal=plan.client_goal.as_document(),
        company_goal=plan.company_goal.as_document(),
        entry_rule=plan.entry,
        horizon_days=plan.horizon_days,
        client_actions=[words.as_document() for words in plan.client_actions],
        sponsor_actions=[words.as_document() for words in plan.sponsor_actions],
        company_actions=[words.as_document() for words in plan.company_actions],
        expected_emotion=plan.emotion.expected,
        emotion_by_segment=dict(plan.emotion.by_segment),
        emotion_evidence=plan.emotion.evidence,
        emotion_source=plan.emotion.source[:200],
        quote=plan.emotion.quote.as_document(),
        owner=owners.get(plan.owner.lower()),
    )


def publish_map(version: MapVersion, *, actor: User | None, now: datetime) -> MapVersion:
    """Publish a draft: its stages begin to hold people, its cases run, its metrics are computed.

    Every metric is computed once before, outside of the transaction; the gate is checked inside it. The previous
    version's interval is closed at `now`; everybody is evaluated against the new stages.

    Raises:
        AlreadyPublished: the version isn't a draft.
        FaultyDocument: an owner isn't an active user.
        GateRefused: it isn't fit; every failing object is named.
        SecondPairOfEyes: the map is published by another person than the last editor.
    """
    if version.published_at is not None:
        raise AlreadyPublished(number=version.number)
    if version.map.needs_four_eyes and actor is not None and actor.id == _last_editor(version):
        raise SecondPairOfEyes
    parsed = documents.parse(version.document)
    gate.rehearse(parsed, actor=actor, now=now)
    return _publish(version, parsed, actor, now)


def _last_editor(version: MapVersion) -> int | None:
    """Return who changed a draft last, by an edit or by saving a whole document."""
    newest = version.edits.filter(undone_at__isnull=True).order_by("-number").first()
    return newest.actor_id if newest and newest.at >= version.created_at else version.created_by_id


@write()
def _publish(version: MapVersion, parsed: MapDocument, actor: User | None, now: datetime) -> MapVersion:
    failures = gate.find_failures_of(parsed, actor=actor, now=now)
    if failures:
        raise GateRefused(failures)
    whole = gather(parsed, actor=actor)
    _replace_valid_version(version, parsed, actor, now)
    _open_review(version, whole, now)
    _publish_cases(version, whole, actor, now)
    _start_stages(parsed, now)
    _bind_metrics(whole, now)
    detail = {"number": version.number, "content_hash": version.content_hash, "note": version.change_note}
    people.write_audit(actor=actor, action="map.published", target=f"map:{parsed.slug}", detail=detail, now=now)
    return version


def _replace_valid_version(version: MapVersion, parsed: MapDocument, actor: User | None, now: datetime) -> None:
    """Let the draft take over, if it still is the draft that the gate has just looked at."""
    MapVersion.objects.current().filter(map_id=version.map_id).update(valid_to=now)
    taken = MapVersion.objects.drafts().filter(id=version.id, content_hash=parsed.content_hash)
    if not taken.update(published_at=now, published_by=actor, valid_from=now):
        raise AlreadyPublished(number=version.number)
    version.refresh_from_db()


def _open_review(version: MapVersion, whole: Whole, now: datetime) -> None:
    today = clock.local_date(now, clock.zone_of(get_company().zone, "UTC"))
    due_on = gate.next_review_on(whole.parsed, today)
    JourneyMap.objects.filter(id=version.map_id).update(
        owner=whole.owner, review_every_days=whole.parsed.next_review_days, next_review_on=due_on
    )
    if not Review.objects.filter(map_id=version.map_id, done_at__isnull=True).update(due_on=due_on):
        Review.objects.create(map_id=version.map_id, due_on=due_on)


def _publish_cases(version: MapVersion, whole: Whole, actor: User | None, now: datetime) -> None:
    for position, key in enumerate(whole.parsed.cases, start=1):
        cases.publish_case(whole.versions[key], actor=actor, now=now, owner_id=whole.owner_id)
        PinnedCase.objects.create(version=version, case_version=whole.versions[key], position=position)
    cases.retire_cases(_dropped_cases(version, whole.parsed.cases), actor=actor, now=now)


def _dropped_cases(version: MapVersion, keys: Collection[str]) -> list[str]:
    """Return the cases that this map had in its last version and that no valid map has now."""
    before = MapVersion.objects.published().filter(map_id=version.map_id).exclude(id=version.id).order_by("-number")[:1]
    had = PinnedCase.objects.filter(version__in=list(before)).values_list("case_version__case__key", flat=True)
    elsewhere = PinnedCase.objects.filter(version__in=MapVersion.objects.current())
    kept = {*keys, *elsewhere.values_list("case_version__case__key", flat=True)}
    return [key for key in had if key not in kept]


def _start_stages(parsed: MapDocument, now: datetime) -> None:
    latches = {
        rules.full_key(parsed.slug, stage.key): (conditions.parse(stage.entry, where=stage.key), Mode.LATCH)
        for stage in parsed.stages
    }
    changed = segments.define_rules(STAGE, latches, prefix=f"{parsed.slug}/", now=now)
    segments.evaluate_everybody(changed, now=now)
    _empty_dropped_stages(parsed.slug, list(latches), now)


def _empty_dropped_stages(slug: str, keys: Sequence[str], now: datetime) -> None:
    """Move whoever stands in a stage that the map no longer has to the farthest one that the member reached before."""
    stages = Membership.objects.filter(kind=STAGE, key__startswith=f"{slug}/")
    stranded = stages.filter(left_at__isnull=True).exclude(key__in=keys)
    leaving = {stay.member_id: stay for stay in stranded}
    people.leave_memberships(
        [people.Stay(who, STAGE, stay.key, max(stay.entered_at, now)) for who, stay in leaving.items()], now=now
    )
    for chunk in chunks(sorted(leaving), 500):
        reached: dict[int, str] = {}
        for who, key in stages.filter(member_id__in=chunk, key__in=keys).values_list("member_id", "key"):
            reached[who] = max(key, reached.get(who, key), key=keys.index)
        people.enter_memberships([people.Stay(who, STAGE, key, now) for who, key in reached.items()], now=now)


def _bind_metrics(whole: Whole, now: datetime) -> None:
    """Hang the metrics of the stages and of the map; a case's are hung where the case is published."""
    for (kind, key), bindings in plan_bindings(whole).items():
        if kind != CASE:
            metrics.set_bindings(kind, key, bindings, now=now)


@write()
def publish_map_document(document: object, *, actor: User | None, now: datetime) -> MapVersion:
    """Save a document as draft and publish it. The document and case versions that are valid already change nothing.

    Raises:
        FaultyDocument, GateRefused: as `save_draft` and `publish_map`; then nothing is written.
    """
    parsed = documents.parse(document)
    current = MapVersion.objects.current().filter(map__slug=parsed.slug).first()
    if current is not None and current.content_hash == parsed.content_hash and _pins_newest(current, parsed.cases):
        return current
    return publish_map(save_draft(document, actor=actor, now=now), actor=actor, now=now)


def _pins_newest(version: MapVersion, keys: Collection[str]) -> bool:
    newest = {each.id for each in case_queries.newest_versions(keys).values()}
    return set(version.pins.values_list("case_version_id", flat=True)) == newest


@write()
def close_passed_stages(*, member_ids: Collection[int], now: datetime) -> None:
    """Leave every stage that these members have passed, so that each stands in one stage of a map."""
    positions = _positions()
    for chunk in chunks(sorted(member_ids), 500):
        open_stays = Membership.objects.filter(member_id__in=chunk, kind=STAGE, left_at__isnull=True)
        stays = [rules.OpenStay(row.member_id, row.key, row.entered_at) for row in open_stays]
        passed = rules.find_passed_stays(stays, positions)
        people.leave_memberships([people.Stay(each.member_id, STAGE, each.key, at) for each, at in passed], now=now)
    _close_late_arrivals(member_ids, now)


def _positions() -> dict[str, int]:
    stages = Stage.objects.filter(version__in=MapVersion.objects.current())
    rows = stages.values_list("version__map__slug", "key", "position")
    return {rules.full_key(slug, key): position for slug, key, position in rows}


def _close_late_arrivals(member_ids: Collection[int], now: datetime) -> None:
    """Close what somebody entered who had left before: a fact that became known too late."""
    for chunk in chunks(sorted(member_ids), 500):
        gone = Member.objects.filter(id__in=chunk, left_at__isnull=False)
        left_at = {member_id: at for member_id, at in gone.values_list("id", "left_at") if at is not None}
        close_stages_of_leavers(left_at=left_at, now=now)


@write()
def close_stages_of_leavers(*, left_at: Mapping[int, datetime], now: datetime) -> None:
    """Leave every stage of members who left the company, at the instant given for each (not before they entered)."""
    for chunk in chunks(sorted(left_at), 500):
        open_stays = Membership.objects.filter(member_id__in=chunk, kind=STAGE, left_at__isnull=True)
        people.leave_memberships(
            [
                people.Stay(row.member_id, STAGE, row.key, max(row.entered_at, left_at[row.member_id]))
                for row in open_stays
            ],
            now=now,
        )
