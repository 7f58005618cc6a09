"""Metrics of what the company owes people: M7 answers, M13 lessons."""

from qadam.lib.text import Words
from qadam.metrics import counting
from qadam.metrics.definition import Definition, Form, MetricKind, Parameter
from qadam.metrics.families import parameters
from qadam.metrics.families.parameters import COMMON
from qadam.metrics.formulas import response, training
from qadam.metrics.rules import Direction
from qadam.metrics.units import Unit

CARE = (
    Definition(
        code="M7",
        kind=MetricKind.RESPONSE,
        form=Form(
            Words("Мерзімінде жауап берілгендер", "Ответы в срок", "Answered in time"),
            Unit.SHARE,
            Direction.UP,
            "response-in-time",
            Words(
                "Мерзім ішінде қойылған сұрақтардың адам {sla_hours} сағат ішінде жауап берген үлесі. Мерзімі өткен"
                " жауапсыз сұрақ орындалмаған болып саналады, қайта ашылған сұрақ жаңадан есептеледі, автожауап жауап"
                " емес.",
                "Доля вопросов за период, на которые человек ответил в течение {sla_hours} ч. Вопрос без ответа после"
                " срока — нарушение, открытый снова считается заново, автоответ ответом не считается.",
                "Of the questions opened in the period, the share that a person answered within {sla_hours} hours."
                " One still open after that is a breach, one opened again counts anew, an automatic reply is none.",
            ),
        ),
        other_forms={
            "median": Form(
                Words("Жауап беру уақыты", "Время ответа", "Response time"),
                Unit.HOURS,
                Direction.DOWN,
                "response-time-median",
                Words(
                    "Мерзім ішінде қойылған сұрақтарға адамның алғашқы жауабына дейінгі уақыттың медианасы, сағатпен."
                    " Қайта ашылған сұрақ жаңадан есептеледі, автожауап жауап емес.",
                    "Медиана времени в часах от вопроса до первого ответа человека. Открытый снова считается заново,"
                    " автоответ ответом не считается.",
                    "The median time in hours from a question to the first reply of a person. One opened again counts"
                    " anew, an automatic reply is none.",
                ),
            )
        },
        formula_version=1,
        parameters={
            **COMMON,
            "sla_hours": Parameter(parameters.is_within(1, 720), 24),
            "clock": Parameter(parameters.is_one_of(response.CLOCKS), response.ALWAYS),
            "value": Parameter(parameters.is_one_of(("share", "median")), "share"),
            "stage": Parameter(parameters.is_key, ""),
            "channel": Parameter(parameters.is_key, ""),
        },
        periods=response.response_periods,
        open=response.open_response,
        inputs_of=parameters.inputs_from("question.opened", "question.answered"),
    ),
    Definition(
        code="M13",
        kind=MetricKind.SHARE,
        form=Form(
            Words("Мерзімінде өтілген сабақтар", "Уроки в срок", "Lessons in time"),
            Unit.SHARE,
            Direction.UP,
            "lessons-in-time",
            Words(
                "Мерзім ішінде өту уақыты келген тағайындалған сабақтардың уақытында өтілген үлесі. Уақыты келмей қайта"
                " тағайындалса, жаңа мерзім алынады; келгеннен кейін болса, бұрынғысы да есепте қалады.",
                "Доля назначенных уроков, срок которых пришёлся на период и которые пройдены вовремя. Новое назначение"
                " до срока переносит срок; после срока прежнее остаётся в счёте.",
                "Of the assigned lessons that fell due in the period, the share completed in time. Assigning anew"
                " before the due date moves it; after it, the earlier one stays in the count.",
            ),
        ),
        formula_version=1,
        parameters={
            **COMMON,
            "due_days": Parameter(parameters.is_days, 7),
            "path": Parameter(parameters.is_key, ""),
            "stage": Parameter(parameters.is_key, ""),
        },
        periods=counting.due_periods,
        open=training.open_lessons,
        inputs_of=parameters.inputs_from("lesson.assigned", "lesson.completed"),
    ),
)
