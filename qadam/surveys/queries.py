"""What others ask of surveys: open questions of a member, what the answers say of feelings, and results."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count, Q

from qadam.conditions import ids_in
from qadam.people.models import Member
from qadam.surveys.models import Request
from qadam.surveys.rules import CORRECTION, Feeling, Kind, feeling_of, may_correct
from qadam.surveys.shapes import Card, Choice
from qadam.surveys.versions import Version, newest_version, newest_versions, read_versions


def survey_names(language: str) -> dict[str, str]:
    """Return {key: name} of all published surveys."""
    return {key: version.survey.name.in_language(language) for key, version in newest_versions().items()}


def missing_check(key: str) -> str:
    """Return the survey that this one checks if it doesn't exist, or holds no options; "" when all is well."""
    version = newest_version(key)
    if version is None or not version.survey.checks:
        return ""
    checked = newest_version(version.survey.checks)
    return "" if checked is not None and checked.survey.is_choice else version.survey.checks


# Questions to a member


def open_requests_of(member: Member, now: datetime, language: str) -> list[Card]:
    """Return what a member can answer, or correct, now: what was just answered first, then what closes first."""
    rows = Request.objects.filter(
        Q(answered_at__isnull=True, asked_at__lte=now, expires_at__gte=now) | Q(answered_at__gt=now - CORRECTION),
        member=member,
    )
    newest_first = sorted(rows, key=lambda row: (row.answered_at is None, row.expires_at, row.id))
    return _cards(newest_first, now, language)


def get_card(request_id: int, now: datetime, language: str) -> Card | None:
    """Return one question, whatever became of it; None where there is no such request."""
    return next(iter(_cards(list(Request.objects.filter(id=request_id)), now, language)), None)


def request_of_key(key: str) -> int | None:
    """Return the request that a decision to ask has made."""
    return Request.objects.filter(key=key).values_list("id", flat=True).first() if key else None


def _cards(rows: Sequence[Request], now: datetime, language: str) -> list[Card]:
    versions = read_versions({row.version_id for row in rows}) if rows else {}
    return [_card(row, versions[row.version_id], now, language) for row in rows]


def _card(row: Request, version: Version, now: datetime, language: str) -> Card:
    survey = version.survey
    answer = row.option or ("" if row.score is None else str(row.score))
    is_answered = row.answered_at is not None
    can_correct = row.answered_at is not None and row.recorded_at is None and may_correct(row.answered_at, now)
    return Card(
        request_id=row.id,
        member_id=row.member_id,
        survey=survey.key,
        question=survey.question.in_language(language),
        low=survey.low.in_language(language) if survey.low else "",
        high=survey.high.in_language(language) if survey.high else "",
        choices=tuple(Choice(value, words, value == answer) for value, words in answers_of(version, language)),
        earlier=_find_earlier(row.member_id, survey.checks, language) if survey.checks else "",
        comment_label=survey.comment.in_language(language) if survey.comment else "",
        comment=row.comment,
        is_answered=is_answered,
        is_open=can_correct if is_answered else now <= row.expires_at,
    )


def answers_of(version: Version, language: str) -> list[tuple[str, str]]:
    """Return (value, words) of each answer of a survey, in order."""
    survey = version.survey
    if survey.is_choice:
        return [(option.key, option.name.in_language(language)) for option in survey.options]
    return [(str(score), str(score)) for score in survey.scores]


def _find_earlier(member_id: int, checks: str, language: str) -> str:
    """Return the words of the expectation that a member chose last; "" where none was."""
    rows = Request.objects.filter(member_id=member_id, survey__key=checks, answered_at__isnull=False)
    row = rows.exclude(option="").order_by("-answered_at", "-id").first()
    if row is None:
        return ""
    option = read_versions([row.version_id])[row.version_id].survey.option(row.option)
    return option.name.in_language(language) if option else ""


# Measured emotion


def measured_emotions(
    stage_keys: Collection[str],
    *,
    since: datetime,
    until: datetime,
    touchpoints: Collection[str] | None = None,
    member_ids: Iterable[int] | None = None,
) -> dict[str, Feeling]:
    """Return {stage: feeling} by the answers of surveys that are anchored there; a stage without any is left out.

    Answers given in [since, until) count once they can't be corrected any more; those of test members never.
    `touchpoints`: only the surveys of these; `member_ids`: only these people.
    """
    rows = Request.objects.filter(
        version__stage__in=stage_keys,
        answered_at__gte=since,
        answered_at__lt=until,
        score__isnull=False,
        recorded_at__isnull=False,
        member__is_test=False,
    )
    if touchpoints is not None:
        rows = rows.filter(version__touchpoint__in=touchpoints)
    if member_ids is not None:
        rows = rows.filter(member_id__in=ids_in(list(member_ids)))
    counts: dict[str, dict[tuple[Kind, int], int]] = {}
    given = rows.order_by().values_list("version__stage", "version__kind", "score").annotate(n=Count("id"))
    for stage, kind, score, n in given:
        assert score is not None
        counts.setdefault(stage, {})[Kind(kind), score] = n
    return _feelings(counts)


def _feelings(counts: Mapping[str, Mapping[tuple[Kind, int], int]]) -> dict[str, Feeling]:
    found = {stage: feeling_of(own) for stage, own in counts.items()}
    return {stage: feeling for stage, feeling in found.items() if feeling is not None}
