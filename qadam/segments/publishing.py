"""Publish segments and segmentations: a version, its rules, and everybody's place in them."""

from collections.abc import Mapping
from datetime import datetime

from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people.models import MembershipKind, User
from qadam.segments import operations
from qadam.segments.definitions import Definition, Segmentation
from qadam.segments.documents import parse_segment, parse_segmentation
from qadam.segments.models import Mode

SEGMENT = MembershipKind.SEGMENT.value


@write()
def publish_segment(document: Mapping[str, object], *, actor: User | None, now: datetime) -> Definition:
    """Publish a segment document; members come in and go out at once. The same content again changes nothing.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    parsed = parse_segment(document)
    content_hash = hash_of(document)
    newest = Definition.objects.filter(key=parsed.key).order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    version = Definition.objects.create(
        key=parsed.key,
        number=newest.number + 1 if newest else 1,
        document=document,
        content_hash=content_hash,
        published_at=now,
        published_by=actor,
    )
    changed = operations.define_rules(SEGMENT, {parsed.key: (parsed.when, Mode.LIVE.value)}, now=now)
    operations.evaluate_everybody(changed, now=now)
    detail = {"number": version.number, "content_hash": content_hash}
    people.write_audit(actor=actor, action="segment.published", target=f"segment:{parsed.key}", detail=detail, now=now)
    return version


@write()
def publish_segmentation(document: Mapping[str, object], *, actor: User | None, now: datetime) -> Segmentation:
    """Publish a segmentation document; everybody is put into one of its segments. The same again changes nothing.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    parsed = parse_segmentation(document)
    content_hash = hash_of(document)
    newest = Segmentation.objects.filter(key=parsed.key).order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    version = Segmentation.objects.create(
        key=parsed.key,
        number=newest.number + 1 if newest else 1,
        document=document,
        content_hash=content_hash,
        published_at=now,
        published_by=actor,
    )
    rules = {key: (rule, Mode.LIVE.value) for key, rule in parsed.rules().items()}
    changed = operations.define_rules(SEGMENT, rules, prefix=f"{parsed.key}/", now=now)
    operations.evaluate_everybody(changed, now=now)
    detail = {"number": version.number, "content_hash": content_hash}
    target = f"segmentation:{parsed.key}"
    people.write_audit(actor=actor, action="segmentation.published", target=target, detail=detail, now=now)
    return version
