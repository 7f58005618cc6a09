"""What one member expected on day 0, and what they said of it later: beside each other, for their own eyes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qadam.jobs.transactions import write
from qadam.people.models import Member
from qadam.surveys.errors import RequestExpired, UnknownSurvey
from qadam.surveys.models import Request, Via
from qadam.surveys.operations import Ask, ask_members, record_answer
from qadam.surveys.queries import answers_of
from qadam.surveys.rules import SCALES, Kind, may_correct
from qadam.surveys.shapes import Choice
from qadam.surveys.versions import Version, newest_versions, read_versions


@dataclass(frozen=True, slots=True)
class Look:
    """A later look at the expectation: `score` of `most`, with the member's own words if there are any."""

    name: str
    score: int
    most: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expectation of day 0 and the later looks at it, oldest first. `chosen` is "" before it was said.

    `can_choose`: it can be said now, or corrected.
    """

    question: str
    choices: tuple[Choice, ...]
    chosen: str
    chosen_at: datetime | None
    can_choose: bool
    looks: tuple[Look, ...]


def expectation_of(member: Member, now: datetime, language: str) -> Expectation | None:
    """Return what a member expected and how it looked later; None where the company asks for no expectation."""
    versions = newest_versions()
    start = _find_start(versions)
    if start is None:
        return None
    rows = list(Request.objects.filter(member=member, version__kind=Kind.EXPECTATION).order_by("asked_at", "id"))
    asked = [row for row in rows if row.survey_id == start.survey_id]
    said = next((row for row in reversed(asked) if row.option), None)
    version = read_versions([said.version_id])[said.version_id] if said else start
    option = version.survey.option(said.option) if said else None
    chosen_at = said.answered_at if said else None
    return Expectation(
        question=version.survey.question.in_language(language),
        choices=tuple(
            Choice(key, words, option is not None and key == option.key) for key, words in answers_of(version, language)
        ),
        chosen=option.name.in_language(language) if option else "",
        chosen_at=chosen_at,
        can_choose=_can_say(asked, now) if said is None else bool(chosen_at and may_correct(chosen_at, now)),
        looks=_looks(rows, versions, language),
    )


def _find_start(versions: Mapping[str, Version]) -> Version | None:
    """Return the expectation that the company's checks look back at; without checks the only one there is."""
    checked = {version.survey.checks for version in versions.values() if version.survey.checks}
    choices = [version for version in versions.values() if version.survey.is_choice]
    return next((each for each in choices if each.survey.key in checked), choices[0] if choices else None)


def _can_say(asked: list[Request], now: datetime) -> bool:
    """Whoever was not asked yet may say it before they are; a question that has closed stays closed."""
    return not asked or asked[-1].expires_at >= now


def _looks(rows: list[Request], versions: Mapping[str, Version], language: str) -> tuple[Look, ...]:
    names = {version.survey_id: version.survey.name.in_language(language) for version in versions.values()}
    most = SCALES[Kind.EXPECTATION][-1]
    return tuple(
        Look(names.get(row.survey_id, ""), row.score, most, row.comment, row.answered_at)
        for row in rows
        if row.score is not None and row.answered_at is not None
    )


@write()
def say_expectation(*, member: Member, option: str, now: datetime) -> Request:
    """Take a member's expectation from the own page, also before the journey has asked for it.

    Raises:
        UnknownSurvey: the company asks for no expectation.
        NotAnAnswer, RequestExpired, AnswerStands: as for any answer.
    """
    start = _find_start(newest_versions())
    if start is None:
        raise UnknownSurvey(survey="expectation")
    rows = Request.objects.filter(member=member, survey_id=start.survey_id).order_by("asked_at", "id")
    request = rows.last()
    if request is None:
        key = f"own:{start.survey.key}:{member.id}"
        ask_members(survey=start.survey.key, asks=[Ask(key, member.id)], now=now)
        request = rows.last()
    if request is None:
        raise RequestExpired
    return record_answer(request_id=request.id, answer=option, via=Via.CABINET, now=now, member_id=member.id)
