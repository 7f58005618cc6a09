"""Publish segments and segmentations: a version, its rules, and everybody's place in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from qadam.conditions import Condition
from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people.models import MembershipKind, User
from qadam.segments import operations
from qadam.segments.definitions import Definition, Segmentation
from qadam.segments.documents import parse_segment, parse_segmentation
from qadam.segments.models import Mode

SEGMENT = MembershipKind.SEGMENT.value


Version = TypeVar("Version", Definition, Segmentation)


@write()
def publish_segment(document: Mapping[str, object], *, actor: User | None, now: datetime) -> Definition:
    """Publish a segment document; members come in and go out at once. The same content again changes nothing.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    parsed = parse_segment(document)
    version, is_new = _next_version(Definition, parsed.key, document, actor, now)
    if is_new:
        _keep({parsed.key: parsed.when}, None, now)
        target, detail = f"segment:{parsed.key}", {"number": version.number, "content_hash": version.content_hash}
        people.write_audit(actor=actor, action="segment.published", target=target, detail=detail, now=now)
    return version


@write()
def publish_segmentation(document: Mapping[str, object], *, actor: User | None, now: datetime) -> Segmentation:
    """Publish a segmentation document; everybody is put into one of its segments. The same again changes nothing.

    Raises:
        FaultyDocument: every fault, each with its path.
    """
    parsed = parse_segmentation(document)
    version, is_new = _next_version(Segmentation, parsed.key, document, actor, now)
    if is_new:
        _keep(parsed.rules(), f"{parsed.key}/", now)
        target, detail = f"segmentation:{parsed.key}", {"number": version.number, "content_hash": version.content_hash}
        people.write_audit(actor=actor, action="segmentation.published", target=target, detail=detail, now=now)
    return version


def _next_version(
    model: type[Version], key: str, document: Mapping[str, object], actor: User | None, now: datetime
) -> tuple[Version, bool]:
    """Return the newest version of a document and whether it is new: the same content again is the same version."""
    content_hash = hash_of(document)
    newest = model.objects.filter(key=key).order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest, False
    number = newest.number + 1 if newest else 1
    fields = {"document": document, "content_hash": content_hash, "published_at": now, "published_by": actor}
    return model.objects.create(key=key, number=number, **fields), True


def _keep(rules: Mapping[str, Condition], prefix: str | None, now: datetime) -> None:
    """Let these be the rules (of all whose key begins with `prefix`), and put everybody into their places."""
    live = {key: (rule, Mode.LIVE.value) for key, rule in rules.items()}
    changed = operations.define_rules(SEGMENT, live, prefix=prefix, now=now)
    operations.evaluate_everybody(changed, now=now)
