"""The publish gate, where a member stands among the stages, and keys. Plain Python."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from qadam.lib.text import Words


class Fault(StrEnum):
    """Why a version can't be published."""

    NO_CONVERSION = "no_conversion"
    NO_RETENTION = "no_retention"
    NO_RESULT = "no_result"
    NO_NEXT_STAGE = "no_next_stage"
    NAME_MISSING = "name_missing"
    SAME_ENTRY = "same_entry"
    UNKNOWN_CASE = "unknown_case"
    CASE_OFF_THE_MAP = "case_off_the_map"


ONWARD_KINDS = ("conversion", "time")
"""Metrics of the way to the next stage."""


@dataclass(frozen=True, slots=True)
class GateObject:
    """What the gate looks at in one map, stage or case.

    `mandatory_kinds` are the kinds (conversion, retention, result…) of its mandatory metrics, `kinds` those of all;
    `entry` is the canonical document of a stage's entry rule; `stage` is the stage that a case belongs to ("" = every
    stage).
    """

    kind: str
    key: str
    name: Words
    mandatory_kinds: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    entry: Any = None
    stage: str = ""
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """One object that keeps a version from being published, and why. `detail` fills the sentence."""

    fault: Fault
    kind: str
    key: str
    name: Words
    detail: str = ""

    @property
    def anchor(self) -> str:
        """The id of the object on the page of the draft."""
        return f"{self.kind}-{self.key}"


def find_failures(
    the_map: GateObject, stages: Sequence[GateObject], cases: Sequence[GateObject], languages: Collection[str]
) -> list[Failure]:
    """Return everything that keeps a version from being published; empty when it may be.

    Rule 1: every stage has a mandatory metric of conversion, the last one of retention (and none of the way to a next
    stage, which it doesn't have). Rule 2: every case has a
    mandatory metric of its result. Names exist in every declared language; no two stages have the same entry rule.
    Source: journey-map.md, "Publish gate".
    """
    return [
        *_stages_without_metric(stages),
        *_cases_without_metric(cases),
        *_cases_off_the_map(cases, {stage.key for stage in stages}),
        *_missing_names([the_map, *stages, *cases], languages),
        *_same_entries(stages),
    ]


def _stages_without_metric(stages: Sequence[GateObject]) -> Iterator[Failure]:
    for place, stage in enumerate(stages, start=1):
        is_last = place == len(stages)
        if ("retention" if is_last else "conversion") not in stage.mandatory_kinds:
            yield _failure(Fault.NO_RETENTION if is_last else Fault.NO_CONVERSION, stage)
    if stages and not stages[-1].kinds.isdisjoint(ONWARD_KINDS):
        yield _failure(Fault.NO_NEXT_STAGE, stages[-1])


def _cases_without_metric(cases: Iterable[GateObject]) -> Iterator[Failure]:
    for case in cases:
        if not case.is_known:
            yield _failure(Fault.UNKNOWN_CASE, case)
        elif "result" not in case.mandatory_kinds:
            yield _failure(Fault.NO_RESULT, case)


def _cases_off_the_map(cases: Iterable[GateObject], stage_keys: Collection[str]) -> Iterator[Failure]:
    for case in cases:
        if case.stage and case.stage not in stage_keys:
            yield _failure(Fault.CASE_OFF_THE_MAP, case, case.stage)


def _missing_names(objects: Iterable[GateObject], languages: Collection[str]) -> Iterator[Failure]:
    for each in objects:
        missing = [code for code in languages if not getattr(each.name, code)]
        if each.is_known and missing:
            yield _failure(Fault.NAME_MISSING, each, ", ".join(missing))


def _same_entries(stages: Iterable[GateObject]) -> Iterator[Failure]:
    seen: dict[str, GateObject] = {}
    for stage in stages:
        first = seen.setdefault(json.dumps(stage.entry, sort_keys=True), stage)
        if first is not stage:
            yield _failure(Fault.SAME_ENTRY, stage, first.key)


def _failure(fault: Fault, each: GateObject, detail: str = "") -> Failure:
    return Failure(fault, each.kind, each.key, each.name, detail)


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
