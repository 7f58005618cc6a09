"""Metrics of what members do: M4, M5, M6, M8."""

from qadam.lib.text import Words
from qadam.metrics import counting
from qadam.metrics.definition import Definition, Form, MetricKind, Parameter
from qadam.metrics.families import parameters
from qadam.metrics.families.parameters import ACTIONS, ACTIVE, COMMON, REGULAR
from qadam.metrics.formulas import activity, churn
from qadam.metrics.periods import Grain
from qadam.metrics.rules import Direction
from qadam.metrics.units import Unit

LONG_GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)

ACTIVITY = (
    Definition(
        code="M4",
        kind=MetricKind.SHARE,
        form=Form(
            Words("Белсенділер үлесі", "Доля активных", "Active share"),
            Unit.SHARE,
            Direction.UP,
            "active-share",
            Words(
                "Тіркелгеніне кемінде {trailing_days} болған және сол мерзімнің басында кетпеген адамдардың осы"
                " мерзімде кемінде {days} түрлі күні әрекет еткен үлесі. Әрекеттер: {event_types}. Қайтарылған тапсырыс"
                " саналмайды.",
                "Доля тех, у кого были действия в {days} разных дня или больше за последние {trailing_days}, среди"
                " зарегистрированных раньше этого срока и не ушедших к его началу. Действия: {event_types}."
                " Возвращённый заказ не считается.",
                "Of the people registered before the last {trailing_days} and not gone by their start, the share with"
                " actions on at least {days} different days of them. Actions: {event_types}. A refunded order"
                " doesn't count.",
            ),
        ),
        formula_version=1,
        parameters={**COMMON, **REGULAR},
        periods=counting.snapshot_periods,
        open=activity.open_active_share,
        inputs_of=parameters.activity_inputs,
    ),
    Definition(
        code="M5",
        kind=MetricKind.RETENTION,
        form=Form(
            Words("{months} айдан кейін қалғандар", "Удержание через {months} мес.", "Retention at {months} months"),
            Unit.SHARE,
            Direction.UP,
            "retention-at-anniversary",
            Words(
                "Мерзім ішінде тіркелген адамдардың {months} айдан кейін кетпеген және сол күннің алдындағы"
                " {trailing_days} ішінде кемінде бір әрекеті бар үлесі. Әрекеттер: {event_types}.",
                "Доля зарегистрированных за период, кто через {months} мес. не ушёл и сделал хотя бы одно действие за"
                " {trailing_days} до этого дня. Действия: {event_types}.",
                "Of the people who registered in the period, the share who {months} calendar months later had not left"
                " and had at least one action in the {trailing_days} before that day. Actions: {event_types}.",
            ),
        ),
        formula_version=2,
        parameters={**COMMON, **ACTIVE, "months": Parameter(lambda value: value in (3, 6), 3)},
        periods=counting.anniversary_periods,
        open=activity.open_retention,
        inputs_of=parameters.activity_inputs,
    ),
    Definition(
        code="M6",
        kind=MetricKind.SHARE,
        form=Form(
            Words("Бір белсендінің шақырғандары", "Приглашённых на одного активного", "Invited per active member"),
            Unit.RATIO,
            Direction.UP,
            "registrations-per-active",
            Words(
                "Мерзім ішінде белсенді адамның демеушілігімен тіркелгендер санының белсенді адамдар санына қатынасы."
                " Белсенді — мерзімде кемінде {days} түрлі күні әрекет еткен. {cooling_off_days} ішінде бас тартқандар"
                " саналмайды. Жіберілген шақыру — басқа көрсеткіш.",
                "Сколько людей зарегистрировалось за период у активных спонсоров в расчёте на одного активного."
                " Активный — действия в {days} разных дня или больше за период. Отказавшиеся за {cooling_off_days}"
                " не считаются. Отправленные приглашения — другая метрика.",
                "Registrations in the period under active sponsors, for each active member. Active: actions on at least"
                " {days} different days of the period. Who withdraws within {cooling_off_days} doesn't count."
                " Invitations sent are another metric.",
            ),
        ),
        formula_version=1,
        parameters={
            "grain": Parameter(parameters.is_one_of((Grain.WEEK, *LONG_GRAINS)), Grain.MONTH.value),
            **ACTIONS,
            "days": Parameter(parameters.is_days, 2),
            "min_order": Parameter(parameters.is_amount, 0),
            "cooling_off_days": Parameter(parameters.is_days, 14),
        },
        periods=counting.calendar_periods,
        open=activity.open_invited,
        inputs_of=parameters.activity_inputs,
    ),
    Definition(
        code="M8",
        kind=MetricKind.CHURN,
        form=Form(
            Words("Кеткендер үлесі", "Отток", "Churn"),
            Unit.SHARE,
            Direction.DOWN,
            "churn-by-silence",
            Words(
                "Мерзім басында қатардағы адамдардың сол мерзімде кеткен үлесі. Кету — шартты тоқтату немесе {gap_days}"
                " әрекетсіздік; соңғысы сол мерзімнің соңғы күнімен белгіленеді. Оралғандар қасында көрсетіледі, бірақ"
                " есептен шегерілмейді. Әрекеттер: {event_types}.",
                "Доля ушедших за период среди тех, кто был с нами в его начале. Уход — расторжение или {gap_days} без"
                " действий; он датируется последним из этих дней. Вернувшиеся показаны рядом и не вычитаются."
                " Действия: {event_types}.",
                "Of the people who were with us at the start of the period, the share who churned in it: left, or"
                " completed {gap_days} without an action, dated on the last of those days. Those who came back stand"
                " beside it and are not subtracted. Actions: {event_types}.",
            ),
        ),
        formula_version=1,
        parameters={
            "grain": Parameter(parameters.is_one_of(LONG_GRAINS), Grain.MONTH.value),
            **ACTIONS,
            "gap_days": Parameter(parameters.is_days, 60),
        },
        periods=counting.calendar_periods,
        open=churn.open_churn,
        inputs_of=parameters.activity_inputs,
    ),
)
