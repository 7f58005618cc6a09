"""What pages ask about maps."""

from datetime import datetime

from django.db.models import Count

from qadam.cases import queries as cases
from qadam.cases.models import CaseVersion
from qadam.lib.text import words_of
from qadam.maps import rules
from qadam.maps.assembly import Material, build_columns, cards_of
from qadam.maps.board import Board, LiveNumbers, StageColumn
from qadam.maps.errors import UnknownMap, UnknownStage, UnknownVersion
from qadam.maps.faces import faces_of
from qadam.maps.models import JourneyMap, MapVersion
from qadam.metrics import queries as metrics
from qadam.people.models import Membership, MembershipKind


def get_current(map_slug: str) -> MapVersion:
    """Return the version of a map that is valid now.

    Raises:
        UnknownMap: none is published.
    """
    version = (
        MapVersion.objects.current().filter(map__slug=map_slug).select_related("map", "published_by").first()
    )  # fmt: skip
    if version is None:
        raise UnknownMap(map=map_slug)
    return version


def find_slugs() -> list[str]:
    """Return the slugs of the maps that have a valid version."""
    return list(MapVersion.objects.current().order_by("map__slug").values_list("map__slug", flat=True))


def find_slugs_with_drafts() -> list[str]:
    """Return the slugs of all maps, also of those that only have a draft."""
    return list(JourneyMap.objects.order_by("slug").values_list("slug", flat=True))


def list_versions(map_slug: str) -> list[MapVersion]:
    """Return all versions of a map, newest first."""
    versions = MapVersion.objects.filter(map__slug=map_slug).order_by("-number")
    return list(versions.select_related("map", "published_by", "created_by"))


def get_version(map_slug: str, number: int) -> MapVersion:
    """Return one version.

    Raises:
        UnknownVersion: the map has none with this number.
    """
    version = MapVersion.objects.filter(map__slug=map_slug, number=number).select_related("map").first()
    if version is None:
        raise UnknownVersion(map=map_slug, number=number)
    return version


def stage_counts(map_slug: str) -> dict[str, int]:
    """Return {stage key: how many members stand in it now}, without staff and test accounts; absent means none."""
    rows = (
        Membership.objects.filter(
            kind=MembershipKind.STAGE, key__startswith=f"{map_slug}/", left_at__isnull=True, member__is_test=False
        )
        .values("key")
        .annotate(count=Count("id"))
    )
    return {rules.split_key(row["key"])[1]: row["count"] for row in rows}


def live_numbers(map_slug: str, now: datetime) -> LiveNumbers:
    """Return the counts of people, which a page that stays open asks for every few seconds."""
    version = get_current(map_slug)
    standing, in_cases = stage_counts(map_slug), cases.open_counts()
    counts = {key: standing.get(key, 0) for key in version.stages.values_list("key", flat=True)}
    pinned = version.pins.values_list("case_version__case__key", flat=True)
    return LiveNumbers(
        now=now, counts=counts, cases={key: in_cases.get(key, 0) for key in pinned}, total=sum(counts.values())
    )


def board(map_slug: str, language: str, now: datetime) -> Board:
    """Return a published map with everything that its page shows, in one language ("kk", "ru", "en").

    Raises:
        UnknownMap: no version is published.
    """
    version = get_current(map_slug)
    material = _gather(version, map_slug, language, now)
    known = [face.as_of for group in material.faces.values() for face in group if face.as_of is not None]
    published_by = version.published_by
    assert version.published_at is not None
    return Board(
        slug=map_slug,
        name=words_of(version.name).in_language(language),
        number=version.number,
        published_at=version.published_at,
        published_by=(published_by.name or published_by.email) if published_by else "",
        now=now,
        as_of=max(known, default=None),
        stages=build_columns(material),
        everywhere=cards_of(material, ""),
        map_metrics=tuple(material.faces.get(("map", map_slug), ())),
        has_draft=MapVersion.objects.drafts().filter(map_id=version.map_id).exists(),
    )


def _gather(version: MapVersion, map_slug: str, language: str, now: datetime) -> Material:
    stages = list(version.stages.select_related("owner").prefetch_related("touchpoints"))
    pinned = list(CaseVersion.objects.filter(map_versions=version).select_related("case").order_by("-priority", "id"))
    targets = [("stage", rules.full_key(map_slug, stage.key)) for stage in stages]
    targets += [("case", each.case.key) for each in pinned]
    return Material(
        map_slug=map_slug,
        language=language,
        stages=stages,
        pinned=pinned,
        faces=faces_of(metrics.chips([*targets, ("map", map_slug)], language, now), language),
        people=stage_counts(map_slug),
        in_cases=cases.open_counts(),
    )


def find_stage(board: Board, stage_key: str) -> StageColumn:
    """Return one column of a board.

    Raises:
        UnknownStage: the valid version has no such stage.
    """
    stage = next((each for each in board.stages if each.key == stage_key), None)
    if stage is None:
        raise UnknownStage(map=board.slug, stage=stage_key)
    return stage
