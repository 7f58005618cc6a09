"""Short surveys for the tests of this folder and of its neighbours."""

from datetime import datetime
from typing import Any

from qadam.people.models import Member
from qadam.surveys import operations
from qadam.surveys.models import Request, SurveyVersion
from qadam.surveys.rules import CORRECTION
from tests.cast import NOW


def in_three(text: str) -> dict[str, str]:
    return {"kk": f"{text} kk", "ru": f"{text} ru", "en": text}


def a_survey_document(key: str = "nps-quarter", kind: str = "nps", **changes: Any) -> dict[str, Any]:
    body = in_three("Hello, {{ member.first_name }}.\n\nTap one.")
    document = {
        "survey": key,
        "kind": kind,
        "name": in_three(f"Survey {key}"),
        "question": in_three(f"Question of {key}?"),
        "low": in_three("Not at all"),
        "high": in_three("Very much"),
        "letter": {"subject": in_three("One question"), "body": body},
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def an_expectation(key: str = "hopes", **changes: Any) -> dict[str, Any]:
    options = [{"key": "income", "name": in_three("More income")}, {"key": "health", "name": in_three("Health")}]
    return a_survey_document(key, "expectation", **{"low": None, "high": None, "options": options, **changes})


def a_survey(key: str = "nps-quarter", kind: str = "nps", *, now: datetime = NOW, **changes: Any) -> SurveyVersion:
    return operations.publish_survey(document=a_survey_document(key, kind, **changes), actor=None, now=now)


def a_request(member: Member, survey: str = "nps-quarter", *, now: datetime = NOW, key: str = "") -> Request:
    key = key or f"ask:{survey}:{member.id}:{now:%s}"
    operations.ask_members(survey=survey, asks=[operations.Ask(key, member.id)], now=now)
    return Request.objects.get(key=key)


def an_answer(member: Member, answer: int | str, survey: str = "nps-quarter", *, now: datetime = NOW) -> Request:
    """Ask and have answered at once; counted."""
    request = a_request(member, survey, now=now)
    operations.record_answer(request_id=request.id, answer=answer, via="letter", now=now)
    operations.settle_answers(now=now + CORRECTION)
    return request
