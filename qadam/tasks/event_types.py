from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT = PropertyKind.TEXT

PLAN = Property("plan", TEXT, Words("іс-әрекет жоспары", "план действий", "action plan"), is_required=True)

add_event_types(
    [
        EventType(
            "task.done",
            "tasks",
            Words("тапсырманы орындады", "выполнил задание", "did a task"),
            (PLAN, Property("task", TEXT, Words("тапсырма", "задание", "task"), is_required=True)),
        ),
        EventType(
            "goal.reached",
            "tasks",
            Words("мақсатқа жетті", "достиг цели", "reached a goal"),
            (Property("goal", TEXT, Words("мақсат", "цель", "goal"), is_required=True), PLAN),
        ),
    ]
)
