"""Metrics of people on their way: M1, M2, M3, M14."""

from qadam.lib.text import Words
from qadam.metrics import counting
from qadam.metrics.definition import Definition, Form, MetricKind, Parameter
from qadam.metrics.families import parameters
from qadam.metrics.families.parameters import COMMON, REGULAR, STAGED
from qadam.metrics.formulas import activity, passage
from qadam.metrics.rules import Direction
from qadam.metrics.units import Unit

PASSAGE = (
    Definition(
        code="M1",
        kind=MetricKind.CONVERSION,
        form=Form(
            Words("Келесі кезеңге өту", "Переход на следующий этап", "Stage conversion"),
            Unit.SHARE,
            Direction.UP,
            "stage-conversion",
            Words(
                "Мерзім ішінде осы кезеңге алғаш кірген адамдардың {horizon_days} ішінде кейінгі кез келген кезеңге"
                " өткен үлесі. Кезеңді аттап кету де өту болып саналады.",
                "Доля людей, которые за период впервые вошли в этап и не позже чем через {horizon_days} вошли в любой"
                " следующий. Пропуск этапа считается прохождением.",
                "Of the people who first entered the stage in the period, the share who entered any later stage within"
                " {horizon_days}. Skipping a stage counts as passing it.",
            ),
        ),
        formula_version=1,
        parameters=STAGED,
        periods=counting.cohort_periods,
        open=passage.open_conversion,
        inputs_of=parameters.stage_inputs,
    ),
    Definition(
        code="M2",
        kind=MetricKind.TIME,
        form=Form(
            Words("Кезеңнен өту уақыты", "Время прохождения этапа", "Transit time"),
            Unit.DAYS,
            Direction.DOWN,
            "stage-transit-time",
            Words(
                "{horizon_days} ішінде келесі кезеңге өткендердің осы кезеңге кіргеннен өткенге дейінгі уақытының"
                " медианасы, күнмен. Қасында — 90-процентиль және өтпегендерді де ескеретін Каплан–Мейер медианасы.",
                "Медиана времени в днях от входа в этап до входа в следующий у тех, кто прошёл не позже чем через"
                " {horizon_days}. Рядом — 90-й процентиль и медиана Каплана–Мейера, которая учитывает и непрошедших.",
                "The median time in days from entering the stage to entering a later one, among those who did so"
                " within {horizon_days}. Beside it the 90th percentile, and the Kaplan–Meier median, which also counts"
                " those who have not passed.",
            ),
        ),
        formula_version=2,
        parameters=STAGED,
        periods=counting.cohort_periods,
        open=passage.open_transit_time,
        inputs_of=parameters.stage_inputs,
    ),
    Definition(
        code="M3",
        kind=MetricKind.CONVERSION,
        form=Form(
            Words("Презентациядан тіркелуге", "От презентации к регистрации", "Presentation to registration"),
            Unit.SHARE,
            Direction.UP,
            "presentation-to-registration",
            Words(
                "Мерзім ішінде презентацияға қатысып, сол кезде тіркелмеген адамдардың алғашқы қатысудан кейін"
                " {days} тәулік ішінде тіркелген үлесі. Қатысу — онлайн кемінде {minutes} минут немесе залда белгілену,"
                " жазбаның кемінде {watched} %-ын көру.",
                "Доля тех, кто за период был на презентации незарегистрированным и в течение {days} сут. после первого"
                " такого раза зарегистрировался. Был — это от {minutes} минут онлайн, отметка в зале или от"
                " {watched} % записи.",
                "Of the people who attended a presentation in the period and were not registered then, the share who"
                " registered in the {days} × 24 hours after the first time. Attended means at least {minutes} minutes"
                " online, a check-in by the host, or at least {watched} % of a recording.",
            ),
        ),
        formula_version=1,
        parameters={
            **COMMON,
            "days": Parameter(parameters.is_days, 14),
            "minutes": Parameter(parameters.is_within(0, 1_440), 10),
            "watched": Parameter(parameters.is_within(0, 100), 70),
        },
        periods=counting.following("days"),
        open=passage.open_registration,
        inputs_of=parameters.inputs_from("presentation.attended", "member.registered"),
    ),
    Definition(
        code="M14",
        kind=MetricKind.CONVERSION,
        form=Form(
            Words("Байланыстан белсенді серіктеске", "От контакта до активного партнёра", "Lead to active partner"),
            Unit.SHARE,
            Direction.UP,
            "lead-to-active",
            Words(
                "Мерзім ішінде алғаш байланыс орнатылған адамдардың {within_days} ішінде тіркеліп, белсенді болған"
                " үлесі: {trailing_days} ішінде кемінде {days} түрлі күнгі әрекет. Әрекеттер: {event_types}.",
                "Доля тех, с кем за период был первый контакт и кто не позже чем через {within_days} зарегистрировался"
                " и стал активным: действия в {days} разных дня или больше за {trailing_days}. Действия:"
                " {event_types}.",
                "Of the people whose first contact was in the period, the share who within {within_days} registered and"
                " became active: actions on at least {days} different days of {trailing_days}. Actions: {event_types}.",
            ),
        ),
        formula_version=1,
        parameters={
            **COMMON,
            **REGULAR,
            "within_days": Parameter(parameters.is_days, 90),
            "contact_types": Parameter(parameters.is_event_types, ["contact.recorded"]),
        },
        periods=counting.following("within_days"),
        open=activity.open_activation,
        inputs_of=parameters.activity_inputs,
    ),
)
