"""Metrics of what people say: M10, M11, M12. The response rate always stands in the detail."""

from qadam.lib.text import Words
from qadam.metrics import counting
from qadam.metrics.definition import Definition, Form, MetricKind, Parameter
from qadam.metrics.families import parameters
from qadam.metrics.families.parameters import COMMON
from qadam.metrics.formulas import surveys
from qadam.metrics.rules import Direction
from qadam.metrics.units import Unit

ASKED = {
    **COMMON,
    "survey": Parameter(parameters.is_key, ""),
    "stage": Parameter(parameters.is_key, ""),
    "touchpoint": Parameter(parameters.is_key, ""),
}
SHARE_OR_MEAN = {"value": Parameter(parameters.is_one_of(("share", "mean")), "share")}
inputs = parameters.inputs_from("survey.answered", "survey.asked")

SURVEYS = (
    Definition(
        code="M10",
        kind=MetricKind.SATISFACTION,
        form=Form(
            Words("Қанағаттану (CSAT)", "Удовлетворённость (CSAT)", "Satisfaction (CSAT)"),
            Unit.SHARE,
            Direction.UP,
            "csat-top-two",
            Words(
                "Соңғы {headline_days} ішіндегі 1–5 баллдық жауаптардың 4 пен 5 қойған үлесі. Қасында — сұралғандардың"
                " қаншасы жауап бергені.",
                "Доля оценок 4 и 5 среди ответов по шкале 1–5 за {headline_days}. Рядом — доля ответивших среди"
                " спрошенных.",
                "Of the answers from 1 to 5 in {headline_days}, the share of 4 and 5. Beside it, how many of those"
                " asked answered.",
            ),
        ),
        other_forms={
            "mean": Form(
                Words("Қанағаттану, орташа балл (CSAT)", "Удовлетворённость, средний балл (CSAT)", "Mean CSAT"),
                Unit.SCORE,
                Direction.UP,
                "csat-mean",
                Words(
                    "Соңғы {headline_days} ішіндегі 1–5 баллдық жауаптардың орташасы.",
                    "Средний балл по шкале 1–5 за {headline_days}.",
                    "The mean of the answers from 1 to 5 in {headline_days}.",
                ),
            )
        },
        formula_version=1,
        parameters={**ASKED, **SHARE_OR_MEAN},
        periods=counting.rolling_periods,
        open=surveys.open_satisfaction,
        inputs_of=inputs,
    ),
    Definition(
        code="M11",
        kind=MetricKind.SATISFACTION,
        form=Form(
            Words("Ұсыну индексі (NPS)", "Индекс рекомендаций (NPS)", "Recommendation (NPS)"),
            Unit.POINTS,
            Direction.UP,
            "nps",
            Words(
                "Соңғы {headline_days} ішіндегі 0–10 баллдық жауаптарда 9–10 қойғандар үлесінен 0–6 қойғандар үлесін"
                " шегергені, −100-ден 100-ге дейін. Әр адамның соңғы жауабы ғана саналады.",
                "Доля оценок 9–10 минус доля 0–6 среди ответов по шкале 0–10 за {headline_days}, от −100 до 100. От"
                " каждого человека берётся последний ответ.",
                "The share of 9–10 minus the share of 0–6 among the answers from 0 to 10 in {headline_days}, from −100"
                " to 100. Of each person only the latest answer counts.",
            ),
        ),
        formula_version=1,
        parameters=ASKED,
        periods=counting.rolling_periods,
        open=surveys.open_recommendation,
        inputs_of=inputs,
    ),
    Definition(
        code="M12",
        kind=MetricKind.SATISFACTION,
        form=Form(
            Words("Жеңілдік (CES)", "Лёгкость (CES)", "Ease (CES)"),
            Unit.SHARE,
            Direction.UP,
            "ces-top-three",
            Words(
                "Соңғы {headline_days} ішінде «оңай болды» деген сұраққа 1–7 баллдық жауаптардың 5–7 қойған үлесі."
                " Орташа балл қасында.",
                "Доля оценок 5–7 среди ответов «это было легко» по шкале 1–7 за {headline_days}. Средний балл рядом.",
                "Of the answers from 1 to 7 to “it was easy” in {headline_days}, the share of 5–7. The mean stands"
                " beside it.",
            ),
        ),
        other_forms={
            "mean": Form(
                Words("Жеңілдік, орташа балл (CES)", "Лёгкость, средний балл (CES)", "Mean CES"),
                Unit.SCORE,
                Direction.UP,
                "ces-mean",
                Words(
                    "Соңғы {headline_days} ішінде «оңай болды» деген сұраққа 1–7 баллдық жауаптардың орташасы.",
                    "Средний балл ответов «это было легко» по шкале 1–7 за {headline_days}.",
                    "The mean of the answers from 1 to 7 to “it was easy” in {headline_days}.",
                ),
            )
        },
        formula_version=1,
        parameters={**ASKED, **SHARE_OR_MEAN},
        periods=counting.rolling_periods,
        open=surveys.open_ease,
        inputs_of=inputs,
    ),
)
