"""Steps that ask a survey: the request is made at once, its letter goes through the outbox like any message.

Surveys measure, so both arms are asked and nothing is withheld. The request and its letter have the same key, which
is how an answer in the letter finds its request. Who has no address still finds the question in the cabinet.
"""

from collections.abc import Collection, Mapping
from typing import Any

from qadam.journeys.steps import SURVEY_TEMPLATE
from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.text import Words
from qadam.messaging.documents import Answers, TemplateDocument, parse_template
from qadam.surveys import versions
from qadam.surveys.documents import SurveyDocument, parse_survey

VARIABLES = ("company.name", "day", "member.first_name", "member.name", "mentor.first_name", "mentor.name")
"""What the words of a survey's letter may use."""


def template_slug(survey: str) -> str:
    return f"{SURVEY_TEMPLATE}{survey}"


def read_letters(slugs: Collection[str]) -> Mapping[str, TemplateDocument]:
    """Return {slug: template} of the surveys' letters, for messaging: made from the newest version of each."""
    keys = [slug.removeprefix(SURVEY_TEMPLATE) for slug in slugs]
    found = versions.newest_versions(keys)
    letters = {}
    for key, version in found.items():
        try:
            letters[template_slug(key)] = letter_of(version.survey)
        except FaultyDocument:
            # A variable's provider is gone; the letters fail with a reason, one by one.
            continue
    return letters


def letter_of(survey: SurveyDocument) -> TemplateDocument:
    """Return the template of a survey's letter, with an answer for each score or option.

    Raises:
        FaultyDocument: its Liquid is faulty; places begin with `letter.`.
    """
    words = {"subject": survey.letter.subject.as_document(), "body": survey.letter.body.as_document()}
    head = {"template": template_slug(survey.key), "channel": "email", "category": "service"}
    try:
        parsed = parse_template({**head, "variables": list(VARIABLES), **words})
    except FaultyDocument as error:
        raise FaultyDocument([Fault(f"letter.{fault.place}", fault.message) for fault in error.faults]) from error
    used = [name for name in VARIABLES if _uses(words, name)]
    return TemplateDocument(
        slug=parsed.slug,
        channel=parsed.channel,
        category=parsed.category,
        variables=tuple(used),
        subject=parsed.subject,
        body=parsed.body,
        answers=_answers_of(survey),
    )


def _uses(words: Mapping[str, Mapping[str, str]], name: str) -> bool:
    return any(name in text for texts in words.values() for text in texts.values())


def _answers_of(survey: SurveyDocument) -> Answers:
    if survey.low is None or survey.high is None:
        return Answers(tuple((option.key, option.name) for option in survey.options))
    numbers = [str(score) for score in survey.scores]
    return Answers(tuple((number, Words(number, number, number)) for number in numbers), survey.low, survey.high)


def parse_survey_with_letter(document: object) -> SurveyDocument:
    """Read a survey document of a pack, the Liquid of its letter included.

    Raises:
        FaultyDocument: every fault with its path.
    """
    survey = parse_survey(document)
    letter_of(survey)
    return survey


def letter_stops(key: str, stop_when: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what makes a survey's letter pointless: what stops the journey's messages, or an answer in the cabinet.

    An answer to the request before this one must not count, so only as many days are looked at as lie between.
    """
    version = versions.newest_version(key)
    days = min(version.survey.open_days, version.survey.again_days - version.survey.open_days) if version else 0
    if days < 1:
        return stop_when
    answered = {"did": "survey.answered", "where": {"survey": key}, "within": f"P{days}D"}
    return {"any": [*(stop_when or {"any": []})["any"], answered]}
