"""What pages ask about maps."""

from datetime import datetime

from django.db.models import Count

from qadam.cases import queries as cases
from qadam.cases.models import CaseVersion
from qadam.lib.text import words_of
from qadam.maps import feelings, rules
from qadam.maps.assembly import Material, build_columns, cards_of
from qadam.maps.board import Board, LiveNumbers, StageColumn
from qadam.maps.chosen import EVERYTHING, Choice, members_of, scope_of, span_of
from qadam.maps.errors import UnknownMap, UnknownStage, UnknownVersion
from qadam.maps.faces import faces_of
from qadam.maps.feelings import WINDOW as FEELINGS_WINDOW
from qadam.maps.models import JourneyMap, MapVersion, Stage
from qadam.maps.past import bindings_then
from qadam.metrics import history
from qadam.metrics import queries as metrics
from qadam.metrics.queries import MetricChip
from qadam.people.models import MemberQuerySet, Membership, MembershipKind
from qadam.ui.formats import current_zone

Target = tuple[str, str]


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
    versions = MapVersion.objects.filter(map__slug=map_slug, number=number).select_related("map", "published_by")
    version = versions.first()
    if version is None:
        raise UnknownVersion(map=map_slug, number=number)
    return version


def stage_counts(map_slug: str, people: MemberQuerySet | None = None) -> dict[str, int]:
    """Return {stage key: how many members stand in it now}, without staff and test accounts; absent means none.

    `people`: only those among them.
    """
    rows = Membership.objects.filter(
        kind=MembershipKind.STAGE, key__startswith=f"{map_slug}/", left_at__isnull=True, member__is_test=False
    )
    if people is not None:
        rows = rows.filter(member_id__in=people.values("id"))
    counted = rows.values("key").annotate(count=Count("id"))
    return {rules.split_key(row["key"])[1]: row["count"] for row in counted}


def live_numbers(map_slug: str, choice: Choice, now: datetime) -> LiveNumbers:
    """Return the counts of people, which a page that stays open asks for every few seconds."""
    version = get_current(map_slug)
    people = members_of(choice, version.segmentation)
    standing, in_cases = stage_counts(map_slug, people), _open_cases(people)
    counts = {key: standing.get(key, 0) for key in version.stages.values_list("key", flat=True)}
    pinned = version.pins.values_list("case_version__case__key", flat=True)
    return LiveNumbers(
        now=now, counts=counts, cases={key: in_cases.get(key, 0) for key in pinned}, total=sum(counts.values())
    )


def _open_cases(people: MemberQuerySet | None) -> dict[str, int]:
    if people is None:
        return cases.open_counts()
    rows = Membership.objects.filter(
        kind=MembershipKind.CASE, left_at__isnull=True, member__is_test=False, member_id__in=people.values("id")
    )
    return {row["key"]: row["count"] for row in rows.values("key").annotate(count=Count("id"))}


def board(map_slug: str, language: str, now: datetime, choice: Choice = EVERYTHING) -> Board:
    """Return a published map with everything that its page shows, in one language ("kk", "ru", "en").

    `choice`: only the people, or the period, that a reader chose.

    Raises:
        UnknownMap: no version is published.
    """
    return board_of(get_current(map_slug), language, now, choice)


def board_of_version(map_slug: str, number: int, language: str, now: datetime) -> Board:
    """Return an earlier version of a map with its own numbers; the valid one as `board` does.

    Raises:
        UnknownVersion: the map has no such published version.
    """
    version = get_version(map_slug, number)
    if version.published_at is None:
        raise UnknownVersion(map=map_slug, number=number)
    return board_of(version, language, now, EVERYTHING)


def board_of(version: MapVersion, language: str, now: datetime, choice: Choice) -> Board:
    """Return the board of a published version: of the past by its own rules, of today by the reader's choice."""
    material = _gather_past(version, language) if version.valid_to else _gather(version, language, now, choice)
    known = [face.as_of for group in material.faces.values() for face in group if face.as_of is not None]
    published_by = version.published_by
    assert version.published_at is not None
    assert version.valid_from is not None
    return Board(
        slug=version.map.slug,
        name=words_of(version.name).in_language(language),
        number=version.number,
        published_at=version.published_at,
        published_by=(published_by.name or published_by.email) if published_by else "",
        now=now,
        as_of=max(known, default=None),
        stages=build_columns(material),
        everywhere=cards_of(material, ""),
        map_metrics=tuple(material.faces.get(("map", version.map.slug), ())),
        has_draft=MapVersion.objects.drafts().filter(map_id=version.map_id).exists(),
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        segmentation=version.segmentation,
        choice=choice,
        feelings_since=feeling_span(version, choice, now)[0],
    )


def feeling_span(version: MapVersion, choice: Choice, now: datetime) -> tuple[datetime, datetime]:
    """Return the half-open time whose answers make the measured emotion: the chosen period, or the last 90 days."""
    span = span_of(choice.period, current_zone()) if choice.period else None
    if span is not None:
        return span.start, span.end
    until = version.valid_to or now
    return until - FEELINGS_WINDOW, until


def _parts_of(version: MapVersion) -> tuple[list[Stage], list[CaseVersion], list[Target]]:
    stages = list(version.stages.select_related("owner").prefetch_related("touchpoints__touchpoint"))
    pins = version.pins.select_related("case_version__case").order_by("position", "id")
    pinned = [pin.case_version for pin in pins]
    targets = [("stage", rules.full_key(version.map.slug, stage.key)) for stage in stages]
    targets += [("case", each.case.key) for each in pinned]
    return stages, pinned, [*targets, ("map", version.map.slug)]


def _gather(version: MapVersion, language: str, now: datetime, choice: Choice) -> Material:
    stages, pinned, targets = _parts_of(version)
    people = members_of(choice, version.segmentation)
    since, until = feeling_span(version, choice, now)
    ids = None if people is None else people.values_list("id", flat=True)
    return Material(
        map_slug=version.map.slug,
        language=language,
        stages=stages,
        pinned=pinned,
        faces=faces_of(_chips(targets, version, language, now, choice), language),
        people=stage_counts(version.map.slug, people),
        in_cases=_open_cases(people),
        late=cases.late_counts(now) if people is None else {},
        felt=feelings.measured([stage.key for stage in stages], since=since, until=until, member_ids=ids),
        segment=choice.segment,
    )


def _chips(
    targets: list[Target], version: MapVersion, language: str, now: datetime, choice: Choice
) -> dict[Target, list[MetricChip]]:
    """Return the chips of the choice. By segment and team only the main window is computed, so they go first."""
    scope = scope_of(choice, version.segmentation)
    span = span_of(choice.period, current_zone()) if choice.period and scope is None else None
    if span is not None:
        return history.chips_in(targets, span, language)
    return metrics.chips(targets, language, now, scope=scope)


def _gather_past(version: MapVersion, language: str) -> Material:
    """Gather an earlier version: its stages and cases, with the numbers of its own time by its own rules."""
    assert version.valid_from is not None
    assert version.valid_to is not None
    stages, pinned, _targets = _parts_of(version)
    since, until = feeling_span(version, EVERYTHING, version.valid_to)
    chips = history.chips_by_rules(bindings_then(version, pinned), version.valid_from, version.valid_to, language)
    return Material(
        map_slug=version.map.slug,
        language=language,
        stages=stages,
        pinned=pinned,
        faces=faces_of(chips, language),
        people=None,
        in_cases=None,
        felt=feelings.measured([stage.key for stage in stages], since=since, until=until),
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
