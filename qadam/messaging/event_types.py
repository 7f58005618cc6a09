"""What became of a message. Journeys go on from these events (and may wait for an opening)."""

from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT, INTEGER = PropertyKind.TEXT, PropertyKind.INTEGER

PROPERTIES = (
    Property("template", TEXT, Words("үлгі", "шаблон", "template"), is_required=True),
    Property("channel", TEXT, Words("арна", "канал", "channel"), is_required=True),
    Property("category", TEXT, Words("түрі", "вид", "category"), is_required=True, choices=("service", "advertising")),
    Property("enrollment", INTEGER, Words("қатысу", "участие", "enrollment")),
    Property("visit", INTEGER, Words("қадам", "шаг", "visit")),
    Property("reason", TEXT, Words("себебі", "причина", "reason")),
)

add_event_types(
    EventType(f"message.{status}", "messaging", words, PROPERTIES)
    for status, words in {
        "opened": Words("хат ашылды", "письмо открыто", "letter opened"),
        "sent": Words("хабарлама жіберілді", "сообщение отправлено", "message sent"),
        "suppressed": Words("хабарлама жіберілмеді", "сообщение не отправлялось", "message not sent on purpose"),
        "failed": Words("хабарлама жетпеді", "сообщение не доставлено", "message failed"),
        "expired": Words("хабарламаның мерзімі өтті", "сообщение устарело", "message expired"),
        "withheld": Words(
            "хабарлама бақылау тобына берілмеді", "сообщение не показано контрольной группе", "message withheld"
        ),
        "unknown": Words("хабарламаның тағдыры белгісіз", "судьба сообщения неизвестна", "fate of message unknown"),
    }.items()
)
