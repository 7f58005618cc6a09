"""Metrics of cases: M9, M15."""

from qadam.lib.text import Words
from qadam.metrics import counting
from qadam.metrics.definition import Definition, Form, MetricKind, Parameter
from qadam.metrics.families import parameters
from qadam.metrics.families.parameters import COMMON, FOLLOWED
from qadam.metrics.formulas import cases
from qadam.metrics.rules import Direction
from qadam.metrics.units import Unit

CASES = (
    Definition(
        code="M9",
        kind=MetricKind.RESULT,
        form=Form(
            Words("Сәтті аяқталған кейстер", "Успешные кейсы", "Successful cases"),
            Unit.SHARE,
            Direction.UP,
            "successful-cases",
            Words(
                "Мерзім ішінде анықталған және аяқталған (не мерзімі өткен) кейстердің {horizon_days} ішінде нәтижеге"
                " жеткен үлесі. Бақылау тобы мен қолмен жабылғандар бөлек көрсетіледі.",
                "Доля кейсов с успешным исходом не позже чем через {horizon_days} среди обнаруженных за период и уже"
                " закрытых или с истёкшим сроком. Контрольная группа и закрытые вручную показаны отдельно.",
                "Of the case's instances detected in the period and decided (closed, or their time is over), the share"
                " that ended well within {horizon_days}. The control group, and those closed by hand, are told apart.",
            ),
        ),
        formula_version=2,
        parameters={**COMMON, **FOLLOWED},
        periods=counting.cohort_periods,
        open=cases.open_success,
        inputs_of=parameters.case_inputs,
    ),
    Definition(
        code="M15",
        kind=MetricKind.RESULT,
        form=Form(
            Words("Бас тартқаннан кейін оралғандар", "Вернувшиеся после отказа", "Brought back after a refusal"),
            Unit.SHARE,
            Direction.UP,
            "case-reinvolvement",
            Words(
                "Мерзім ішінде кейс анықталған адамдардың содан кейін {within_days} ішінде кейстің нәтижесіне жеткен"
                " немесе мынаны істеген үлесі: {event_types}. Бақылау тобы сол уақыт бойынша бөлек есептеледі.",
                "Доля тех, у кого за период обнаружен кейс и кто не позже чем через {within_days} после этого достиг"
                " его результата или сделал одно из: {event_types}. Контрольная группа считается по тем же часам"
                " отдельно.",
                "Of the people for whom the case was detected in the period, the share who within {within_days} of the"
                " detection reached its result or did any of: {event_types}. The control group is counted apart, by the"
                " same clock.",
            ),
        ),
        formula_version=1,
        parameters={
            **COMMON,
            "within_days": Parameter(parameters.is_days, 30),
            "event_types": Parameter(parameters.is_event_types, ["presentation.attended", "member.registered"]),
        },
        periods=counting.following("within_days"),
        open=cases.open_reinvolvement,
        inputs_of=parameters.case_inputs,
    ),
)
