"""Short surveys: the list with scores and response rates, and one survey with its answers, months and comments."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_safe

from qadam.lib import clock
from qadam.office.door import SEES_MAP, StaffRequest, has_role, staff_page
from qadam.office.names import stage_names
from qadam.office.survey_words import FEW, KINDS, Score, rate_words, score_of
from qadam.people.access import SEES_PEOPLE
from qadam.people.models import RoleName
from qadam.surveys import results
from qadam.surveys.rules import Kind
from qadam.surveys.shapes import CommentPage, Results, SurveyRow, Tally

SEES = (*SEES_MAP, RoleName.EDITOR, RoleName.COMPLIANCE)
"""Roles that see scores. Comments are people's own words: only for who may open their records."""
PERIODS = (90, 365)


@dataclass(frozen=True, slots=True)
class Period:
    """Whom the numbers are about: those who were asked in the last `days`."""

    days: int
    words: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of numbers: a survey, a month or a stage."""

    label: str | date
    score: Score
    rate: str
    still_open: int = 0
    key: str = ""
    kind: str | Promise = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    periods: tuple[Period, ...]
    lines: tuple[Line, ...]
    query: str


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """`trend` has a value for each month, None where too few answered. `comments` None: not for this visitor."""

    now: datetime
    periods: tuple[Period, ...]
    query: str
    results: Results
    line: Line
    months: tuple[Line, ...]
    trend: tuple[float | None, ...]
    stages: tuple[Line, ...]
    comments: CommentPage | None

    @property
    def has_trend(self) -> bool:
        return sum(value is not None for value in self.trend) > 1


def may_see(request: HttpRequest) -> bool:
    """Tell whether the navigation should offer these pages."""
    return has_role(request, SEES)


@require_safe
@staff_page(*SEES)
def list_surveys(request: StaffRequest) -> HttpResponse:
    now, days = clock.utc_now(), _days(request)
    rows = results.list_surveys(since=now - timedelta(days=days), until=now, now=now, language=_language())
    page = ListPage(_periods(days), tuple(map(_line, rows)), _query(days))
    return render(request, "office/surveys.html", {"page": page})


@require_safe
@staff_page(*SEES)
def show_survey(request: StaffRequest, key: str) -> HttpResponse:
    now, days = clock.utc_now(), _days(request)
    period: dict[str, Any] = {"since": now - timedelta(days=days), "until": now, "language": _language()}
    zone = clock.zone_of(request.company.zone, "UTC")
    found = results.results_of(key, **period, now=now, zone=zone)
    before = request.GET.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 19 else None
    months = found.months
    page = SurveyPage(
        now=now,
        periods=_periods(days),
        query=_query(days),
        results=found,
        line=_line(found.row),
        months=tuple(_numbers(month.first_day, found.row.kind, month.tally) for month in reversed(months)),
        trend=tuple(_trend_value(month.tally) for month in months),
        stages=_stages(found),
        comments=results.comments_of(key, **period, before=number) if has_role(request, SEES_PEOPLE) else None,
    )
    return render(request, "office/survey.html", {"page": page})


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return next((days for days in PERIODS if str(days) == asked), PERIODS[-1])


def _periods(chosen: int) -> tuple[Period, ...]:
    words = [ngettext("Asked in %(count)s day", "Asked in %(count)s days", days) % {"count": days} for days in PERIODS]
    return tuple(Period(days, told, days == chosen) for days, told in zip(PERIODS, words, strict=True))


def _query(days: int) -> str:
    return "" if days == PERIODS[-1] else f"?days={days}"


def _line(row: SurveyRow) -> Line:
    return Line(
        label=row.name,
        score=score_of(row.kind, row.tally),
        rate=rate_words(row.tally),
        still_open=row.tally.still_open,
        key=row.key,
        kind=KINDS[row.kind],
        question=row.question,
    )


def _numbers(label: str | date, kind: Kind, tally: Tally) -> Line:
    return Line(label, score_of(kind, tally), rate_words(tally), tally.still_open)


def _trend_value(tally: Tally) -> float | None:
    return tally.summary.value if tally.summary and tally.summary.n >= FEW else None


def _stages(found: Results) -> tuple[Line, ...]:
    """Return the numbers by stage, in the order of the path; a stage that is no more stands last, by its key."""
    names = stage_names(_language())
    known = [key for key in names if key in found.by_stage]
    order = [*known, *sorted(found.by_stage.keys() - names.keys())]
    labels = {key: f"{names[key].number}. {names[key].name}" for key in known}
    return tuple(_numbers(labels.get(key, key), found.row.kind, found.by_stage[key]) for key in order)


def _language() -> str:
    return get_language() or "en"


urlpatterns = [
    path("surveys/", list_surveys, name="surveys"),
    path("surveys/<str:key>/", show_survey, name="survey"),
]
"""Addresses of these pages, for office/urls.py."""
