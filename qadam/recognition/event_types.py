"""What recognition records, for badges, journeys and metrics to ask for. Never points: those are the ledger's."""

from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT, INTEGER = PropertyKind.TEXT, PropertyKind.INTEGER

BADGE = Property("badge", TEXT, Words("бейдж", "бейдж", "badge"), is_required=True)
TIER = Property("tier", TEXT, Words("дәреже", "ступень", "tier"))
LEVEL = Property("level", TEXT, Words("деңгей", "уровень", "level"), is_required=True)
NUMBER = Property("number", INTEGER, Words("деңгей нөмірі", "номер уровня", "level number"))

CHALLENGE = Property("challenge", TEXT, Words("челлендж", "челлендж", "challenge"), is_required=True)

add_event_types(
    [
        EventType(
            "level.reached",
            "recognition",
            Words("жаңа деңгейге жетті", "достиг уровня", "reached a level"),
            (LEVEL, NUMBER),
        ),
        EventType(
            "level.lowered",
            "recognition",
            Words("деңгейі қайта есептелді", "уровень пересчитан", "their level was counted anew"),
            (LEVEL, NUMBER),
        ),
        EventType(
            "streak.grown",
            "recognition",
            Words("серия жалғасты", "серия продолжилась", "a streak grew"),
            (
                Property("streak", TEXT, Words("серия", "серия", "streak"), is_required=True),
                Property("length", INTEGER, Words("ұзақтығы", "длина", "length"), is_required=True),
            ),
        ),
        EventType("badge.awarded", "recognition", Words("бейдж алды", "получил бейдж", "got a badge"), (BADGE, TIER)),
        EventType(
            "badge.revoked",
            "recognition",
            Words("бейдж кері алынды", "бейдж отозван", "a badge was taken back"),
            (BADGE, TIER),
        ),
        EventType(
            "badge.restored",
            "recognition",
            Words("бейдж қайтарылды", "бейдж возвращён", "a badge was given back"),
            (BADGE, TIER),
        ),
        EventType(
            "badge.nominated",
            "recognition",
            Words("бейджге ұсынылды", "выдвинут на бейдж", "was nominated for a badge"),
            (BADGE,),
        ),
        EventType(
            "help.confirmed",
            "recognition",
            Words("көмек көргенін растады", "подтвердил, что ему помогли", "confirmed that they were helped"),
        ),
        EventType(
            "challenge.joined",
            "recognition",
            Words("челленджге қосылды", "вступил в челлендж", "joined a challenge"),
            (CHALLENGE,),
        ),
        EventType(
            "challenge.won",
            "recognition",
            Words("челленджде мақсатқа жетті", "выполнил челлендж", "met the goal of a challenge"),
            (CHALLENGE,),
        ),
        EventType(
            "thanks.given",
            "recognition",
            Words("алғыс айтты", "сказал спасибо", "said thanks"),
            (Property("kind", TEXT, Words("не үшін", "за что", "what for"), is_required=True),),
        ),
    ]
)
