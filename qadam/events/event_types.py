"""Facts about people that come from outside: the shop, the CRM, the webinar room, the warehouse."""

from qadam.events.catalogue import EventType, Property, PropertyKind, add_event_types
from qadam.lib.text import Words

TEXT, INTEGER, AMOUNT, INSTANT = PropertyKind.TEXT, PropertyKind.INTEGER, PropertyKind.AMOUNT, PropertyKind.INSTANT

BUYERS = ("retail", "preferred", "own")
"""Who an order is for: a customer at retail, a preferred customer, the distributor's own use."""

ORDER = Property("order", TEXT, Words("тапсырыс", "заказ", "order"), is_required=True)
PRESENTATION = Property("presentation", TEXT, Words("презентация", "презентация", "presentation"), is_required=True)
BOOKING = Property("booking", TEXT, Words("жазылу", "запись", "booking"))
TICKET = Property("ticket", TEXT, Words("сұрақ", "обращение", "ticket"), is_required=True)
LESSON = Property("lesson", TEXT, Words("сабақ", "урок", "lesson"), is_required=True)
CHANNEL = Property("channel", TEXT, Words("арна", "канал", "channel"))

PATH = Property("path", TEXT, Words("курс", "курс", "path"), is_required=True)
CONTENT = Property("content", TEXT, Words("материал", "материал", "content"), is_required=True)
CUSTOMER = Property("customer", TEXT, Words("клиент", "клиент", "customer"))
"""The shop's number of a customer, never a name: tells a repeat order from a first one."""

add_event_types(
    [
        EventType(
            "contact.recorded",
            "company",
            Words("байланыс орнатылды", "контакт записан", "contact recorded"),
            (CHANNEL,),
        ),
        EventType(
            "presentation.booked",
            "company",
            Words("презентацияға жазылды", "записался на презентацию", "booked a presentation"),
            (
                PRESENTATION,
                BOOKING,
                Property("ends_at", INSTANT, Words("аяқталады", "заканчивается", "ends at")),
            ),
        ),
        EventType(
            "presentation.attended",
            "company",
            Words("презентацияға қатысты", "был на презентации", "attended a presentation"),
            (
                PRESENTATION,
                BOOKING,
                Property("minutes", INTEGER, Words("минут", "минут", "minutes")),
                Property("form", TEXT, Words("түрі", "форма", "form"), choices=("live", "recording")),
                # Of a recording: how many per cent of it were watched.
                Property("share", INTEGER, Words("көрген үлесі, %", "доля просмотра, %", "share watched, %")),
            ),
        ),
        EventType(
            "presentation.declined",
            "company",
            Words("презентациядан кейін бас тартты", "отказался после презентации", "declined after a presentation"),
            (Property("reason", TEXT, Words("себебі", "причина", "reason")),),
        ),
        EventType(
            "content.opened",
            "company",
            Words("материалды ашты", "открыл материал", "opened a piece of content"),
            (CONTENT,),
        ),
        EventType(
            "content.shared",
            "company",
            Words(
                "бекітілген материалмен бөлісті",
                "поделился одобренным материалом",
                "shared an approved piece of content",
            ),
            (CONTENT, CHANNEL),
        ),
        EventType(
            "order.paid",
            "company",
            Words("тапсырыс төленді", "заказ оплачен", "order paid"),
            (
                ORDER,
                Property("amount", AMOUNT, Words("сома", "сумма", "amount")),
                Property("currency", TEXT, Words("валюта", "валюта", "currency")),
                Property("points", AMOUNT, Words("көлем", "объём", "volume")),
                Property("quantity", INTEGER, Words("саны", "количество", "quantity")),
                Property("buyer", TEXT, Words("сатып алушы", "покупатель", "buyer"), choices=BUYERS),
                CUSTOMER,
            ),
        ),
        EventType(
            "order.delivered",
            "company",
            Words("тапсырыс жеткізілді", "заказ доставлен", "order delivered"),
            (ORDER,),
        ),
        EventType(
            "order.refunded",
            "company",
            Words("тапсырыс қайтарылды", "заказ возвращён", "order refunded"),
            (ORDER, Property("amount", AMOUNT, Words("сома", "сумма", "amount"))),
        ),
        EventType(
            "lesson.assigned",
            "company",
            Words("сабақ тағайындалды", "урок назначен", "lesson assigned"),
            (
                LESSON,
                Property("path", TEXT, Words("курс", "курс", "path")),
                Property("due_at", INSTANT, Words("мерзімі", "срок", "due at")),
            ),
        ),
        EventType(
            "lesson.completed",
            "company",
            Words("сабақ аяқталды", "урок пройден", "lesson completed"),
            (LESSON, Property("path", TEXT, Words("курс", "курс", "path"))),
        ),
        EventType(
            "quiz.passed",
            "company",
            Words("тесттен өтті", "прошёл тест", "passed a quiz"),
            (
                Property("quiz", TEXT, Words("тест", "тест", "quiz"), is_required=True),
                Property("score", INTEGER, Words("нәтижесі, %", "результат, %", "score, %")),
            ),
        ),
        EventType(
            "live.attended",
            "company",
            Words("тікелей эфирге қатысты", "был на прямом эфире", "attended a live event"),
            (Property("event", TEXT, Words("іс-шара", "событие", "event")),),
        ),
        EventType(
            "invitation.sent",
            "company",
            Words("шақыру жіберілді", "приглашение отправлено", "invitation sent"),
            (CHANNEL,),
        ),
        EventType(
            "customer.registered",
            "company",
            Words("клиент тіркелді", "клиент зарегистрирован", "customer registered"),
            (CUSTOMER,),
        ),
        EventType(
            "customer.checked_in",
            "company",
            Words("клиенттің хал-жайын сұрады", "узнал, как дела у клиента", "checked in with a customer"),
            (CUSTOMER,),
        ),
        EventType(
            "question.opened",
            "company",
            Words("сұрақ қойылды", "вопрос задан", "question opened"),
            (TICKET, Property("objection", TEXT, Words("қарсылық", "возражение", "objection")), CHANNEL),
        ),
        EventType(
            "question.answered",
            "company",
            Words("сұраққа адам жауап берді", "на вопрос ответил человек", "question answered by a person"),
            (
                TICKET,
                CHANNEL,
                Property("responder", TEXT, Words("жауап берген", "кто ответил", "who answered")),
                # From systems that call every reply an answer: one with this mark is no reply of a person.
                Property("is_automatic", PropertyKind.BOOLEAN, Words("автожауап", "автоответ", "automatic reply")),
            ),
        ),
        EventType(
            "bonus.credited",
            "company",
            Words("бонус есептелді", "бонус начислен", "bonus credited"),
            (Property("amount", AMOUNT, Words("сома", "сумма", "amount"), is_required=True),),
        ),
        EventType(
            "goal.set",
            "company",
            Words("мақсат қойылды", "цель поставлена", "goal set"),
            (
                Property("goal", TEXT, Words("мақсат", "цель", "goal")),
                Property("partners", INTEGER, Words("серіктестер", "партнёры", "partners")),
                Property("ends_at", INSTANT, Words("аяқталады", "заканчивается", "ends at")),
            ),
        ),
        EventType("path.assigned", "company", Words("курс тағайындалды", "курс назначен", "path assigned"), (PATH,)),
        EventType("path.completed", "company", Words("курс аяқталды", "курс пройден", "path completed"), (PATH,)),
    ]
)
