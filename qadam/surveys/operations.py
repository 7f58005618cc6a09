"""Publish surveys, ask members, and take their answers: each request has one answer, and leaves one event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qadam.conditions import ids_in
from qadam.events import operations as events
from qadam.jobs import sql
from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.people import operations as people
from qadam.people.models import Member, User
from qadam.surveys.documents import SurveyDocument, parse_survey
from qadam.surveys.errors import (
    AnswerStands,
    CommentTooLong,
    NotAnAnswer,
    NotAnsweredYet,
    NothingToCheck,
    RequestExpired,
    UnknownRequest,
    UnknownSurvey,
)
from qadam.surveys.models import Request, Survey, SurveyVersion, Via
from qadam.surveys.rules import CORRECTION, may_correct
from qadam.surveys.versions import Version, newest_version, read_versions

COMMENT_LETTERS = 2_000
BATCH = 1_000

ASKED = {
    "key": "text",
    "member_id": "bigint",
    "survey_id": "bigint",
    "version_id": "bigint",
    "enrollment_id": "bigint",
    "visit": "integer",
    "asked_at": "timestamptz",
    "expires_at": "timestamptz",
    "option": "text",
    "comment": "text",
    "via": "text",
}
"""The columns of a new request, with their types on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish to ask a member; `key` names the decision for ever (<= 150 characters)."""

    key: str
    member_id: int
    enrollment_id: int | None = None
    visit: int | None = None


@write()
def publish_survey(*, document: Mapping[str, Any], actor: User | None, now: datetime) -> SurveyVersion:
    """Publish a survey as its newest version; the newest one again changes nothing. Audited.

    Who was asked before keeps the question, and the answers, of that version.

    Raises:
        FaultyDocument: every fault of the document with its path.
        NothingToCheck: it checks a survey in which no option is chosen.
    """
    parsed = parse_survey(document)
    _refuse_idle_check(parsed)
    content_hash = hash_of(document)
    survey, _ = Survey.objects.get_or_create(key=parsed.key)
    newest = survey.versions.order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    number = newest.number + 1 if newest else 1
    version = SurveyVersion.objects.create(
        survey=survey,
        number=number,
        document=dict(document),
        content_hash=content_hash,
        kind=parsed.kind,
        stage=parsed.stage,
        touchpoint=parsed.touchpoint,
        published_at=now,
    )
    target = f"survey:{parsed.key}"
    people.write_audit(actor=actor, action="survey.published", target=target, detail={"version": number}, now=now)
    return version


def _refuse_idle_check(survey: SurveyDocument) -> None:
    """A pack may bring the checked survey later; that it exists at all is asked where a journey names the check."""
    checked = newest_version(survey.checks) if survey.checks else None
    if checked is not None and not checked.survey.is_choice:
        raise NothingToCheck(checks=survey.checks)


# Asking


@write()
def ask_members(*, survey: str, asks: Sequence[Ask], now: datetime) -> dict[str, datetime]:
    """Ask members, in bulk. Return {key of an ask: when its request closes} of those who are asked, now or before.

    Passed over: who has left, who was asked this survey within its `again_days`, a second ask for the same member,
    and for a check whoever chose no expectation. The same key again asks nobody again. Records `survey.asked`.

    Raises:
        UnknownSurvey: no version of it was published.
    """
    version = newest_version(survey)
    if version is None:
        raise UnknownSurvey(survey=survey)
    asked: dict[str, datetime] = {}
    for part in sql.chunks(asks, BATCH):
        asked |= _ask(version, part, now)
    return asked


def _ask(version: Version, asks: Sequence[Ask], now: datetime) -> dict[str, datetime]:
    known = dict(Request.objects.filter(key__in=[ask.key for ask in asks]).values_list("key", "expires_at"))
    fresh = [ask for ask in asks if ask.key not in known]
    allowed = _who_may_be_asked(version, [ask.member_id for ask in fresh], now)
    chosen = {ask.member_id: ask for ask in reversed(fresh) if ask.member_id in allowed}
    if not chosen:
        return known
    expires_at = now + timedelta(days=version.survey.open_days)
    place = (version.survey_id, version.id)
    rows = [
        (ask.key, ask.member_id, *place, ask.enrollment_id, ask.visit, now, expires_at, "", "", "")
        for ask in chosen.values()
    ]
    sql.insert_many("surveys_request", ASKED, rows, conflict="ON CONFLICT (key) DO NOTHING")
    _record_asked(version, [ask.key for ask in chosen.values()], now)
    return known | {ask.key: expires_at for ask in chosen.values()}


def _who_may_be_asked(version: Version, member_ids: Sequence[int], now: datetime) -> set[int]:
    survey = version.survey
    left = Member.objects.filter(id__in=ids_in(member_ids), left_at__lte=now).values_list("id", flat=True)
    allowed = set(member_ids) - set(left)
    own = Request.objects.filter(member_id__in=ids_in(sorted(allowed)))
    if survey.again_days:
        since = now - timedelta(days=survey.again_days)
        recent = own.filter(survey_id=version.survey_id, asked_at__gt=since)
        allowed -= set(recent.values_list("member_id", flat=True))
    if survey.checks:
        chose = own.filter(survey__key=survey.checks, answered_at__isnull=False).exclude(option="")
        allowed &= set(chose.values_list("member_id", flat=True))
    return allowed


def _record_asked(version: Version, keys: Sequence[str], now: datetime) -> None:
    rows = Request.objects.filter(key__in=keys).order_by("id").values_list("id", "key", "member_id")
    events.record_many(
        [
            events.NewEvent("survey.asked", member_id, now, f"survey.asked:{key}", _props(version, request_id))
            for request_id, key, member_id in rows
        ],
        now=now,
    )


def _props(version: Version, request_id: int) -> dict[str, object]:
    survey = version.survey
    props: dict[str, object] = {"survey": survey.key, "kind": survey.kind.value, "request": request_id}
    anchors = {"stage": survey.stage, "touchpoint": survey.touchpoint}
    return props | {name: value for name, value in anchors.items() if value}


# Answering


@write()
def record_answer(
    *, request_id: int, answer: int | str, via: str, now: datetime, member_id: int | None = None
) -> Request:
    """Take the answer to a request: a score, or the key of an option. Return the request as it is now.

    The same answer again changes nothing. Another one within ten minutes of the first corrects it; `survey.answered`
    is recorded after that time by `settle_answers`, so that an answer is counted once and a slip never.
    `member_id`: whose request it must be, where a signed-in member answers.

    Raises:
        UnknownRequest: there is none, or it is another member's.
        NotAnAnswer: the survey that was asked doesn't have this answer.
        RequestExpired: it is closed and has no answer.
        AnswerStands: another answer is counted already.
    """
    request = _hold(request_id, member_id)
    score, option = _read_answer(read_versions([request.version_id])[request.version_id].survey, answer)
    if request.answered_at is None:
        if now > request.expires_at:
            raise RequestExpired
        request.answered_at, request.via = now, Via(via).value
    elif (request.score, request.option) == (score, option):
        return request
    elif request.recorded_at is not None or not may_correct(request.answered_at, now):
        raise AnswerStands
    request.score, request.option = score, option
    request.save(update_fields=["answered_at", "via", "score", "option"])
    return request


def _hold(request_id: int, member_id: int | None) -> Request:
    request = Request.objects.select_for_update().filter(id=request_id).first()
    if request is None or (member_id is not None and request.member_id != member_id):
        raise UnknownRequest
    return request


def _read_answer(survey: SurveyDocument, answer: int | str) -> tuple[int | None, str]:
    """Return (score, option) of an answer, of which the survey has one."""
    if survey.is_choice:
        if isinstance(answer, str) and survey.option(answer):
            return None, answer
    elif isinstance(answer, int) and not isinstance(answer, bool) and answer in survey.scores:
        return answer, ""
    raise NotAnAnswer


@write()
def add_comment(*, request_id: int, comment: str, now: datetime, member_id: int | None = None) -> Request:
    """Keep the member's own words with the answer; the last ones stand, "" takes them back. Never in the log.

    Raises:
        UnknownRequest: there is none, or it is another member's.
        NotAnsweredYet: there is no answer that they belong to.
        RequestExpired: it is closed.
        CommentTooLong: more than 2,000 letters.
    """
    request = _hold(request_id, member_id)
    if request.answered_at is None:
        raise NotAnsweredYet
    if now > request.expires_at and not may_correct(request.answered_at, now):
        raise RequestExpired
    words = comment.replace("\x00", "").strip()
    if len(words) > COMMENT_LETTERS:
        raise CommentTooLong(most=COMMENT_LETTERS)
    request.comment = words
    request.save(update_fields=["comment"])
    return request


def settle_answers(*, now: datetime, limit: int = 5_000) -> int:
    """Record `survey.answered` for the answers that can't be corrected any more. Return how many."""
    # Looking first costs a read; on SQLite an idle write would take the writers' queue at every tick.
    due = Request.objects.filter(answered_at__lte=now - CORRECTION, recorded_at__isnull=True)
    return _settle([row.id for row in due.order_by("answered_at", "id").only("id")[:limit]], now) if due.exists() else 0


@write()
def _settle(ids: Sequence[int], now: datetime) -> int:
    held = Request.objects.select_for_update(skip_locked=True).filter(id__in=ids_in(ids), recorded_at__isnull=True)
    rows = list(held.order_by("answered_at", "id"))
    versions = read_versions({row.version_id for row in rows})
    events.record_many([_answered(row, versions[row.version_id]) for row in rows], now=now)
    Request.objects.filter(id__in=ids_in([row.id for row in rows])).update(recorded_at=now)
    return len(rows)


def _answered(row: Request, version: Version) -> events.NewEvent:
    assert row.answered_at is not None
    said = {"option": row.option} if row.option else {"score": row.score}
    props = _props(version, row.id) | said
    return events.NewEvent("survey.answered", row.member_id, row.answered_at, f"survey.answered:{row.key}", props)
