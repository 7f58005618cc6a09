"""Publish segment documents: a version, its rule, and everybody's place in it."""

from collections.abc import Mapping
from datetime import datetime

from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people.models import MembershipKind, User
from qadam.segments import operations
from qadam.segments.definitions import Definition
from qadam.segments.documents import parse_segment
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
