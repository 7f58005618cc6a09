"""What surveys record: that somebody was asked, and the answer that stands. Never a member's own words.

`survey.answered` may come from outside too, of a survey that the company ran elsewhere: then without a request.
"""

from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words
from qadam.surveys.rules import Kind

TEXT, INTEGER = PropertyKind.TEXT, PropertyKind.INTEGER

SURVEY = Property("survey", TEXT, Words("сауалнама", "опрос", "survey"), is_required=True)
KIND = Property("kind", TEXT, Words("түрі", "вид", "kind"), choices=tuple(Kind))
REQUEST = Property("request", INTEGER, Words("сұрау", "запрос", "request"))
STAGE = Property("stage", TEXT, Words("кезең", "этап", "stage"))
TOUCHPOINT = Property("touchpoint", TEXT, Words("байланыс нүктесі", "точка контакта", "touchpoint"))

add_event_types(
    [
        EventType(
            "survey.asked",
            "surveys",
            Words("сауалнама жіберілді", "получил опрос", "was asked a survey"),
            (SURVEY, KIND, REQUEST, STAGE, TOUCHPOINT),
        ),
        EventType(
            "survey.answered",
            "company",
            Words("сауалнамаға жауап берді", "ответил на опрос", "answered a survey"),
            (
                SURVEY,
                KIND,
                REQUEST,
                Property("score", INTEGER, Words("баға", "оценка", "score")),
                Property("option", TEXT, Words("таңдауы", "выбор", "choice")),
                STAGE,
                TOUCHPOINT,
            ),
        ),
    ]
)
