from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT, INTEGER = PropertyKind.TEXT, PropertyKind.INTEGER

JOURNEY = Property("journey", TEXT, Words("жол", "сценарий", "journey"), is_required=True)
ENROLLMENT = Property("enrollment", INTEGER, Words("қатысу", "участие", "enrollment"), is_required=True)
ARM = Property("arm", TEXT, Words("тобы", "группа", "arm"))
"""treated or control; absent where the journey has no control group."""
REASON = Property("reason", TEXT, Words("себебі", "причина", "reason"))
NAME = Property("name", TEXT, Words("атауы", "название", "name"), is_required=True)
BY = Property("journey", TEXT, Words("жол", "сценарий", "journey"))

add_event_types(
    [
        EventType(
            "journey.entered",
            "journeys",
            Words("жолға кірді", "вошёл в сценарий", "entered a journey"),
            (JOURNEY, ENROLLMENT, ARM),
        ),
        EventType(
            "journey.goal_reached",
            "journeys",
            Words("жолдың мақсатына жетті", "достиг цели сценария", "reached the goal of a journey"),
            (JOURNEY, ENROLLMENT, ARM),
        ),
        EventType(
            "journey.left",
            "journeys",
            Words("жолдан шықты", "вышел из сценария", "left a journey"),
            (JOURNEY, ENROLLMENT, ARM, REASON),
        ),
        EventType(
            "journey.converted",
            "journeys",
            Words("жолдың нәтижесін көрсетті", "дал результат сценария", "converted in a journey"),
            (JOURNEY, ENROLLMENT),
        ),
        EventType(
            "attribute.set",
            "journeys",
            Words("белгісі жазылды", "записан признак", "an attribute was noted"),
            (NAME, Property("value", TEXT, Words("мәні", "значение", "value"), is_required=True), BY),
        ),
        EventType(
            "score.changed",
            "journeys",
            Words("ұпайы өзгерді", "изменился счёт", "a score changed"),
            (NAME, Property("by", INTEGER, Words("өзгерісі", "на сколько", "by"), is_required=True), BY),
        ),
    ]
)
