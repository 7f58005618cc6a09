from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT = PropertyKind.TEXT

CASE = Property("case", TEXT, Words("кейс", "кейс", "case"), is_required=True)
MEASURE = Property("measure", TEXT, Words("шара", "мера", "measure"), is_required=True)
TRIGGER = Property("trigger", TEXT, Words("қалай басталды", "как началась", "trigger"), is_required=True)

add_event_types(
    [
        EventType(
            "case.measure_started",
            "cases",
            Words("шара басталды", "начата мера", "a measure was started"),
            (CASE, MEASURE, TRIGGER),
        ),
        EventType(
            "case.suggested",
            "cases",
            Words("тәлімгерге шара ұсынылды", "мера предложена наставнику", "a measure was suggested to the mentor"),
            (CASE, MEASURE),
        ),
        EventType(
            "case.responded",
            "cases",
            Words("кейске алғаш жауап берілді", "на кейс впервые ответили", "a case was answered by a person"),
            (CASE,),
        ),
        EventType(
            "case.closed",
            "cases",
            Words("кейс қолмен жабылды", "кейс закрыт вручную", "a case was closed by hand"),
            (CASE, Property("outcome", TEXT, Words("нәтижесі", "исход", "outcome"), is_required=True)),
        ),
        EventType(
            "contact.refused",
            "company",
            Words("хабарласпауды сұрады", "попросил не связываться", "asked not to be contacted"),
            (Property("reason", TEXT, Words("себебі", "причина", "reason")),),
        ),
    ]
)
