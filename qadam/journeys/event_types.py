from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT, INTEGER = PropertyKind.TEXT, PropertyKind.INTEGER

JOURNEY = Property("journey", TEXT, Words("жол", "сценарий", "journey"), is_required=True)
ENROLLMENT = Property("enrollment", INTEGER, Words("қатысу", "участие", "enrollment"), is_required=True)
REASON = Property("reason", TEXT, Words("себебі", "причина", "reason"))

add_event_types(
    [
        EventType(
            "journey.entered",
            "journeys",
            Words("жолға кірді", "вошёл в сценарий", "entered a journey"),
            (JOURNEY, ENROLLMENT),
        ),
        EventType(
            "journey.goal_reached",
            "journeys",
            Words("жолдың мақсатына жетті", "достиг цели сценария", "reached the goal of a journey"),
            (JOURNEY, ENROLLMENT),
        ),
        EventType(
            "journey.left",
            "journeys",
            Words("жолдан шықты", "вышел из сценария", "left a journey"),
            (JOURNEY, ENROLLMENT, REASON),
        ),
    ]
)
