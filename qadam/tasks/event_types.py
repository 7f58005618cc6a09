from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT = PropertyKind.TEXT

PLAN = Property("plan", TEXT, Words("іс-әрекет жоспары", "план действий", "action plan"), is_required=True)
TASK = Property("task", TEXT, Words("тапсырма", "задание", "task"), is_required=True)
GOAL = Property("goal", TEXT, Words("мақсат", "цель", "goal"), is_required=True)

add_event_types(
    [
        EventType(
            "task.done",
            "tasks",
            Words("тапсырманы орындады", "выполнил задание", "did a task"),
            (
                PLAN,
                TASK,
                Property("kind", TEXT, Words("түрі", "вид", "kind")),
                # Of a practical task: whether somebody looked at it; closed with thanks after the limit otherwise.
                Property("approved", PropertyKind.BOOLEAN, Words("мақұлданды", "одобрено", "approved")),
            ),
        ),
        EventType(
            "goal.reached",
            "tasks",
            Words("мақсатқа жетті", "достиг цели", "reached a goal"),
            (GOAL, PLAN, Property("option", TEXT, Words("таңдалған мақсат", "выбранная цель", "chosen goal"))),
        ),
        EventType(
            "goal.chosen",
            "tasks",
            Words("мақсат таңдады", "выбрал цель", "chose a goal"),
            (GOAL, PLAN),
        ),
        EventType(
            "direction.chosen",
            "tasks",
            Words("жолын таңдады", "выбрал направление", "chose a direction"),
            (
                Property(
                    "direction",
                    TEXT,
                    Words("бағыт", "направление", "direction"),
                    is_required=True,
                    choices=("customer", "seller", "builder", "pause"),
                ),
                Property("hours", PropertyKind.INTEGER, Words("аптасына сағат", "часов в неделю", "hours a week")),
            ),
        ),
        EventType(
            "practice.sent",
            "tasks",
            Words("тәжірибелік тапсырманы көрсетті", "показал практическое задание", "showed a practical task"),
            (PLAN, TASK),
        ),
        EventType(
            "practice.returned",
            "tasks",
            Words(
                "тәжірибелік тапсырманы қайта көруі сұралды",
                "получил практическое задание на вторую попытку",
                "was asked for one more try",
            ),
            (PLAN, TASK),
        ),
        EventType(
            "practice.escalated",
            "tasks",
            Words(
                "тәжірибелік тапсырмасы көшбасшыға жіберілді",
                "практическое задание передано лидеру",
                "had a practical task passed on to the leader",
            ),
            (PLAN, TASK),
        ),
    ]
)
