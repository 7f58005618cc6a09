"""The results of surveys for the office: by answer, by month, by stage, and the comments. Test members don't count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth

from qadam.people.models import MembershipKind
from qadam.surveys.errors import UnknownSurvey
from qadam.surveys.models import Request
from qadam.surveys.queries import answers_of
from qadam.surveys.rules import Kind, summarise
from qadam.surveys.shapes import Bar, Comment, CommentPage, Month, Results, SurveyRow, Tally
from qadam.surveys.versions import Version, newest_version, newest_versions, read_versions

PAGE = 50


@dataclass
class _Sum:
    """The requests of one group, counted by answer."""

    asked: int = 0
    still_open: int = 0
    scores: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    options: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, score: int | None, option: str, asked: int, still_open: int) -> None:
        self.asked += asked
        self.still_open += still_open
        if score is not None:
            self.scores[score] += asked
        elif option:
            self.options[option] += asked

    def tally(self, version: Version, latest: Mapping[int, int] | None = None) -> Tally:
        """Return the tally; `latest`: the scores that the summary counts, where they aren't all."""
        survey = version.survey
        scores = self.scores if latest is None else latest
        summary = None if survey.is_choice else summarise(survey.kind, scores)
        answered = sum(self.scores.values()) + sum(self.options.values())
        return Tally(self.asked, answered, self.still_open, summary)


def list_surveys(*, since: datetime, until: datetime, now: datetime, language: str) -> list[SurveyRow]:
    """Return every published survey with what those who were asked in [since, until) said."""
    sums: dict[int, _Sum] = defaultdict(_Sum)
    rows = _asked(since, until)
    for survey_id, *counted in _counted(rows, "survey_id", now):
        sums[survey_id].add(*counted)
    latest = _latest_scores(rows)
    return [
        _row(version, sums[version.survey_id].tally(version, latest.get(version.survey_id)), language)
        for version in newest_versions().values()
    ]


def results_of(key: str, *, since: datetime, until: datetime, now: datetime, zone: ZoneInfo, language: str) -> Results:
    """Return the results of one survey for those who were asked in [since, until); months are of `zone`.

    Raises:
        UnknownSurvey: no version of it was published.
    """
    version = newest_version(key)
    if version is None:
        raise UnknownSurvey(survey=key)
    rows = _asked(since, until).filter(survey_id=version.survey_id)
    months: dict[date, _Sum] = defaultdict(_Sum)
    total = _Sum()
    by_month = rows.annotate(month=TruncMonth("asked_at", tzinfo=zone))
    for month, *counted in _counted(by_month, "month", now):
        months[month.date()].add(*counted)
        total.add(*counted)
    survey = version.survey
    return Results(
        row=_row(version, total.tally(version, _latest_scores(rows).get(version.survey_id)), language),
        low=survey.low.in_language(language) if survey.low else "",
        high=survey.high.in_language(language) if survey.high else "",
        bars=tuple(_bars(version, total, language)),
        months=tuple(Month(month, months[month].tally(version)) for month in sorted(months)),
        by_stage=_by_stage(rows, version, now),
        comments=_with_comment(rows).count(),
    )


def _asked(since: datetime, until: datetime) -> QuerySet[Request]:
    return Request.objects.filter(asked_at__gte=since, asked_at__lt=until, member__is_test=False)


def _counted(rows: QuerySet[Request], group: str, now: datetime) -> Iterable[tuple[Any, ...]]:
    """Yield (group, score, option, requests, of these still open)."""
    waiting = Count("id", filter=Q(answered_at__isnull=True, expires_at__gte=now))
    counted: Any = rows.order_by().values(group, "score", "option").annotate(n=Count("id"), waiting=waiting)
    yield from counted.values_list(group, "score", "option", "n", "waiting")


def _latest_scores(rows: QuerySet[Request]) -> dict[int, dict[int, int]]:
    """Return {survey: {score: people}} of NPS, where each person's latest answer counts, as in the metric M11."""
    answered = rows.filter(version__kind=Kind.NPS, score__isnull=False)
    newer = answered.filter(
        survey_id=OuterRef("survey_id"), member_id=OuterRef("member_id"), answered_at__gt=OuterRef("answered_at")
    )
    latest: dict[int, dict[int, int]] = defaultdict(dict)
    counted = answered.exclude(Exists(newer)).order_by().values_list("survey_id", "score").annotate(n=Count("id"))
    for survey_id, score, n in counted:
        assert score is not None
        latest[survey_id][score] = n
    return latest


def _row(version: Version, tally: Tally, language: str) -> SurveyRow:
    survey = version.survey
    return SurveyRow(
        key=survey.key,
        kind=survey.kind,
        is_choice=survey.is_choice,
        name=survey.name.in_language(language),
        question=survey.question.in_language(language),
        tally=tally,
    )


def _bars(version: Version, total: _Sum, language: str) -> Iterable[Bar]:
    """Yield a bar for each answer; options of earlier versions that are gone stand last, by their keys."""
    counts: dict[str, int] = {str(score): n for score, n in total.scores.items()} | dict(total.options)
    words = dict(answers_of(version, language))
    answered = sum(counts.values())
    for value in [*words, *sorted(counts.keys() - words.keys())]:
        count = counts.get(value, 0)
        yield Bar(value, words.get(value, value), count, count / answered if answered else 0.0)


def _by_stage(rows: QuerySet[Request], version: Version, now: datetime) -> Mapping[str, Tally]:
    """Return the tallies by the stage in which people stood when they were asked."""
    stays = "member__memberships"
    staying = rows.filter(
        Q(**{f"{stays}__left_at__isnull": True}) | Q(**{f"{stays}__left_at__gt": F("asked_at")}),
        **{f"{stays}__kind": MembershipKind.STAGE, f"{stays}__entered_at__lte": F("asked_at")},
    )
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for key, *counted in _counted(staying, f"{stays}__key", now):
        sums[key].add(*counted)
    return {key: own.tally(version) for key, own in sums.items()}


# Comments


def _with_comment(rows: QuerySet[Request]) -> QuerySet[Request]:
    return rows.exclude(comment="")


def comments_of(key: str, *, since: datetime, until: datetime, language: str, before: int | None = None) -> CommentPage:
    """Return the comments of those who were asked in [since, until), newest first. Who may read them is the door's."""
    rows = _with_comment(_asked(since, until)).filter(survey__key=key).select_related("member")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    versions = read_versions({row.version_id for row in found}) if found else {}
    shown = [_comment(row, versions[row.version_id], language) for row in found[:PAGE]]
    return CommentPage(shown, shown[-1].id if len(found) > PAGE else None)


def _comment(row: Request, version: Version, language: str) -> Comment:
    answer = row.option or str(row.score)
    words = dict(answers_of(version, language)).get(answer, answer)
    assert row.answered_at is not None
    return Comment(row.id, row.member_id, row.member.name, words, row.comment, row.answered_at)
