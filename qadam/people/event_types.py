from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT, INTEGER = PropertyKind.TEXT, PropertyKind.INTEGER

KEY = Property("key", TEXT, Words("кілт", "ключ", "key"), is_required=True)

add_event_types(
    [
        EventType(
            "member.registered",
            "people",
            Words("тіркелді", "зарегистрировался", "registered"),
            (
                Property("sponsor", INTEGER, Words("спонсор", "спонсор", "sponsor")),
                Property("kind", TEXT, Words("рөлі", "роль", "role")),
            ),
        ),
        EventType(
            "member.left",
            "people",
            Words("компаниядан кетті", "ушёл из компании", "left the company"),
            (Property("reason", TEXT, Words("себебі", "причина", "reason")),),
        ),
        EventType(
            "member.returned",
            "people",
            Words("компанияға қайта келді", "вернулся в компанию", "came back to the company"),
        ),
        EventType(
            "path.paused",
            "people",
            Words("үзіліс алды", "взял паузу", "took a pause"),
            (
                Property("from", TEXT, Words("бірінші күні", "с какого дня", "first day"), is_required=True),
                Property("until", TEXT, Words("соңғы күні", "по какой день", "last day"), is_required=True),
                Property("days", INTEGER, Words("күн саны", "дней", "days"), is_required=True),
            ),
        ),
        EventType(
            "path.resumed",
            "people",
            Words("үзілістен оралды", "вернулся с паузы", "came back from a pause"),
            (
                Property("days", INTEGER, Words("үзіліс күндері", "дней паузы", "days of pause"), is_required=True),
                Property("back", INTEGER, Words("пайдаланылмаған күндер", "дней возвращено", "days given back")),
            ),
        ),
        EventType(
            "member.changed",
            "people",
            Words("деректері өзгерді", "изменились данные", "their data changed"),
            (
                Property("field", TEXT, Words("не", "что", "what"), is_required=True),
                Property("before", TEXT, Words("бұрын", "было", "before")),
            ),
        ),
        EventType(
            "member.merged",
            "people",
            Words("екі жазба біріктірілді", "две записи объединены", "two records were merged"),
        ),
        EventType("member.erased", "people", Words("деректері жойылды", "данные удалены", "was erased")),
        EventType("cabinet.opened", "people", Words("кабинетін ашты", "открыл кабинет", "opened the cabinet")),
        EventType(
            "celebration.shown",
            "people",
            Words("қуанышты сәт көрсетілді", "показан повод порадоваться", "an occasion was celebrated"),
            (Property("what", TEXT, Words("не", "что", "what"), is_required=True),),
        ),
        EventType("stage.entered", "people", Words("кезеңге кірді", "вошёл в этап", "entered a stage"), (KEY,)),
        EventType("stage.left", "people", Words("кезеңнен шықты", "вышел из этапа", "left a stage"), (KEY,)),
        EventType(
            "segment.entered", "people", Words("сегментке кірді", "вошёл в сегмент", "entered a segment"), (KEY,)
        ),
        EventType("segment.left", "people", Words("сегменттен шықты", "вышел из сегмента", "left a segment"), (KEY,)),
        EventType("case.entered", "people", Words("кейске түсті", "попал в кейс", "entered a case"), (KEY,)),
        EventType("case.left", "people", Words("кейстен шықты", "вышел из кейса", "left a case"), (KEY,)),
    ]
)
