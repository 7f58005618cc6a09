"""Keys of stages, and where a member stands among them. Plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


def full_key(map_slug: str, stage_key: str) -> str:
    """Return the key under which stays in a stage are kept, for example start/s1."""
    return f"{map_slug}/{stage_key}"


def split_key(key: str) -> tuple[str, str]:
    """Return (map slug, stage key) of a full key; the slug is empty for a key of something else."""
    slug, slash, stage = key.partition("/")
    return (slug, stage) if slash else ("", key)


@dataclass(frozen=True, slots=True)
class OpenStay:
    """A stay in a stage that nothing has closed yet."""

    member_id: int
    key: str
    entered_at: datetime


def find_passed_stays(stays: Iterable[OpenStay], positions: Mapping[str, int]) -> list[tuple[OpenStay, datetime]]:
    """Return the stays to close, each with the instant at which it ended.

    Of the open stays of one member on one map only the farthest goes on: a member stands in one stage. An earlier
    stage ends when the farthest begins, but not before it began itself (a stage that was skipped and is reached
    afterwards has no length). Stages that the map no longer has count as the earliest.
    """
    by_member: dict[tuple[int, str], list[OpenStay]] = defaultdict(list)
    for stay in stays:
        by_member[stay.member_id, split_key(stay.key)[0]].append(stay)
    passed = []
    for group in by_member.values():
        farthest = max(group, key=lambda stay: (positions.get(stay.key, 0), stay.entered_at))
        passed += [(stay, max(stay.entered_at, farthest.entered_at)) for stay in group if stay is not farthest]
    return passed
