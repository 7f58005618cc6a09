"""Published surveys, read once per process: a version never changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import F, Max, QuerySet

from qadam.surveys.documents import SurveyDocument, parse_survey
from qadam.surveys.models import SurveyVersion

_parsed: dict[str, SurveyDocument] = {}
"""By the hash of the content: ids come again in a database that was built anew."""


@dataclass(frozen=True, slots=True)
class Version:
    id: int
    survey_id: int
    number: int
    survey: SurveyDocument


def read_versions(ids: Collection[int]) -> Mapping[int, Version]:
    """Return {id: version} for these ids."""
    return _read(SurveyVersion.objects.filter(id__in=ids).order_by("id"))


def _read(rows: QuerySet[SurveyVersion]) -> dict[int, Version]:
    found = list(rows.values_list("id", "survey_id", "number", "content_hash"))
    hashes = {content_hash: row_id for row_id, _survey, _number, content_hash in found}
    unread = [row_id for content_hash, row_id in hashes.items() if content_hash not in _parsed]
    for row in SurveyVersion.objects.filter(id__in=unread) if unread else ():
        _parsed[row.content_hash] = parse_survey(row.document)
    return {
        row_id: Version(row_id, survey_id, number, _parsed[content_hash])
        for row_id, survey_id, number, content_hash in found
    }


def newest_versions(keys: Collection[str] | None = None) -> dict[str, Version]:
    """Return {survey key: newest version} for these keys, or for all surveys, in the order of the keys."""
    rows = SurveyVersion.objects.annotate(newest=Max("survey__versions__number")).filter(number=F("newest"))
    if keys is not None:
        rows = rows.filter(survey__key__in=keys)
    return {version.survey.key: version for version in _read(rows.order_by("survey__key")).values()}


def newest_version(key: str) -> Version | None:
    """Return the newest version of a survey, or None where there is no such survey."""
    return newest_versions([key]).get(key)
