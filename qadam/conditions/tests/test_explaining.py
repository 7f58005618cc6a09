"""Conditions in words: whole sentences in the three languages, with the forms that numbers ask for."""

import pytest

from qadam import conditions


def tell(document: object, language: str) -> str:
    return conditions.explain(conditions.parse(document, where="x"), language)


@pytest.mark.parametrize(
    ("document", "en", "ru", "kk"),
    [
        (
            {"did": "contact.recorded"},
            "The event “contact recorded” has happened.",
            "Было событие «контакт записан».",
            "«Байланыс орнатылды» оқиғасы болған.",
        ),
        (
            {"did_not": ["order.paid", "lesson.completed"], "within": "P2W"},
            "None of the events “order paid” or “lesson completed” has happened in the last 14 days.",
            "За последние 14 дней не было событий «заказ оплачен» и «урок пройден».",
            "Соңғы 14 күнде «тапсырыс төленді», «сабақ аяқталды» оқиғаларының ешқайсысы болмаған.",
        ),
        (
            {"did": "content.opened", "distinct": "day", "count": {"at_least": 2}},
            "The event “opened a piece of content” has happened on at least 2 different days.",
            "Было не менее 2 разных дней с событием «открыл материал».",
            "«Материалды ашты» оқиғасы кемінде 2 түрлі күнде болған.",
        ),
        (
            {"did": "lesson.completed", "distinct": "lesson", "count": {"at_least": 3}, "days": [0, 14]},
            "The event “lesson completed” has happened with at least 3 different values of “lesson”"
            " on days 0–14 of the path.",
            "В дни 0–14 пути было не менее 3 разных значений «урок» у события «урок пройден».",
            "Жолдың 0–14-күндерінде «сабақ аяқталды» оқиғасында «сабақ» кемінде 3 түрлі мән алған.",
        ),
        (
            {"did": "order.paid", "unless": {"did": "order.refunded", "same": "order"}, "count": {"at_most": 1}},
            "The event “order paid” (not counting those with “order refunded” for the same “order”)"
            " has happened at most 1 time.",
            "Не более 1 раза было событие «заказ оплачен»"
            " (не считая тех, для которых есть «заказ возвращён» с тем же значением «заказ»).",
            "«Тапсырыс төленді» («тапсырыс» мәні бірдей «тапсырыс қайтарылды» оқиғасы барлары есептелмейді)"
            " оқиғасы көп дегенде 1 рет болған.",
        ),
        (
            {
                "did": "order.paid",
                "where": {"buyer": ["retail", "own"], "amount": {"at_least": 5}},
                "sum": {"of": "points", "at_least": 2.5},
            },
            "The event “order paid” (amount ≥ 5; buyer: retail or own) has happened,"
            " with “volume” adding up to at least 2.5.",
            "Было событие «заказ оплачен» (сумма ≥ 5; покупатель: retail или own), а «объём» в сумме не меньше 2,5.",
            "«Тапсырыс төленді» (сома ≥ 5; сатып алушы: retail немесе own) оқиғасы болған,"
            " ал «көлем» мәндерінің қосындысы кемінде 2,5.",
        ),
        (
            {"did": "presentation.booked", "past": {"of": "ends_at", "by": "PT30M"}},
            "The event “booked a presentation” (at least 30 minutes after “ends at”) has happened.",
            "Было событие «записался на презентацию» (после момента «заканчивается» прошло не менее 30 минут).",
            "«Презентацияға жазылды» («аяқталады» сәтінен кейін кемінде 30 минут өткен) оқиғасы болған.",
        ),
        (
            {"elapsed": "P1D", "since": {"first": "order.paid"}},
            "At least 1 day has passed since the first “order paid”.",
            "После первого события «заказ оплачен» прошло не менее 1 дня.",
            "Алғашқы «тапсырыс төленді» оқиғасынан кейін кемінде 1 күн өткен.",
        ),
        (
            {"all": [{"day": {"at_least": 60, "at_most": 90}}, {"not": {"in": {"stage": "s4"}}}]},
            "It is one of the days 60–90 of the path, and the member isn't in the stage “s4”.",
            "Идёт один из дней 60–90 пути, и сейчас не на этапе «s4».",
            "Жолдың 60–90-күндерінің бірі жүріп жатыр, әрі қазір «s4» кезеңінде емес.",
        ),
        (
            {
                "any": [
                    {"is": {"kind": "customer"}},
                    {"all": [{"is": {"registered": False}}, {"is": {"language": "kk"}}]},
                ]
            },
            "The member is a customer, or (the member isn't registered, and the member's language is Kazakh).",
            "Это клиент, или (регистрации нет, и язык — казахский).",
            "Бұл — клиент, немесе (тіркелмеген, әрі тілі — қазақша).",
        ),
        (
            {"last": "order.paid", "property": "amount", "above": 100},
            "The newest “amount” of “order paid” is > 100.",
            "Последнее значение «сумма» у события «заказ оплачен» — > 100.",
            "«Тапсырыс төленді» оқиғасының соңғы «сома» мәні — > 100.",
        ),
        (
            {"team": {"of": "downline", "where": {"did": "order.paid"}, "count": {"at_least": 3}}},
            "In the downline, at least 3 people: the event “order paid” has happened.",
            "В нижестоящей линии не менее 3 человек, для кого верно: было событие «заказ оплачен».",
            "Төменгі желіде мына шартқа сай кемінде 3 адам бар: «тапсырыс төленді» оқиғасы болған.",
        ),
        (
            {"not": {"team": {"of": "frontline", "where": {"did": "order.paid"}}}},
            "In the frontline, nobody: the event “order paid” has happened.",
            "В первой линии нет никого, для кого верно: было событие «заказ оплачен».",
            "Бірінші желіде мына шартқа сай ешкім жоқ: «тапсырыс төленді» оқиғасы болған.",
        ),
        (
            {"not": {"all": [{"did": "order.paid"}, {"did": "lesson.completed", "since": "entry"}]}},
            "It isn't true that (the event “order paid” has happened, and the event “lesson completed” has happened"
            " since the entry).",
            "Неверно, что (было событие «заказ оплачен», и с момента входа было событие «урок пройден»).",
            "Мынау дұрыс емес: («тапсырыс төленді» оқиғасы болған, әрі кірген сәттен кейін «сабақ аяқталды»"
            " оқиғасы болған).",
        ),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_sentences(document, en, ru, kk):
    assert [tell(document, language) for language in ("en", "ru", "kk")] == [en, ru, kk]


@pytest.mark.parametrize(
    ("document", "en", "ru", "kk"),
    [
        (
            {
                "did": "question.opened",
                "per": "ticket",
                "past": {"by": "PT19H12M"},
                "unless": {"did": "question.answered", "same": "ticket"},
            },
            "The event “question opened” (at least 19 hours 12 minutes ago; not counting those with “question"
            " answered by a person” for the same “ticket”; counted for each “ticket” on its own) has"
            " happened.",
            "Было событие «вопрос задан» (не менее 19 часов 12 минут назад; не считая тех, для которых есть"
            " «на вопрос ответил человек» с тем же значением «обращение»; отдельно для каждого значения"
            " «обращение»).",
            "«Сұрақ қойылды» (кемінде 19 сағат 12 минут бұрын; «сұрақ» мәні бірдей «сұраққа адам жауап берді»"
            " оқиғасы барлары есептелмейді; әр «сұрақ» мәні бойынша бөлек) оқиғасы болған.",
        ),
        (
            {
                "did": "question.answered",
                "same": {"property": "ticket", "as": "entry"},
                "not_followed_by": {"did": "question.opened", "same": "ticket", "within": "PT72H"},
            },
            "The event “question answered by a person” (not followed by “question opened” with the same"
            " “ticket” within 3 days; with the “ticket” of the entry) has happened.",
            "Было событие «на вопрос ответил человек» (после чего в течение 3 дней не было «вопрос задан» с"
            " тем же значением «обращение»; значение «обращение» то же, что при входе).",
            "«Сұраққа адам жауап берді» (одан кейін 3 күн ішінде «сұрақ» мәні бірдей «сұрақ қойылды» оқиғасы"
            " болмаған; «сұрақ» мәні кіргендегімен бірдей) оқиғасы болған.",
        ),
        (
            {
                "rate": {
                    "did": ["order.paid", "lesson.completed"],
                    "distinct": "day",
                    "within": "P14D",
                    "against": {"before": "P14D", "within": "P28D"},
                    "at_most": 0.5,
                }
            },
            "The rate (the number of days with “order paid” or “lesson completed”) in the last 14 days is ≤"
            " 50% of one's own rate in the 28 days before that.",
            "За последние 14 дней частота (число дней с событием «заказ оплачен» или «урок пройден») — ≤ 50%"
            " собственной частоты за 28 дней до этого.",
            "Соңғы 14 күнде жиілік («тапсырыс төленді» немесе «сабақ аяқталды» оқиғасы болған күндер саны)"
            " өзінің соған дейінгі 28 күн ішіндегі жиілігіне шаққанда ≤ 50%.",
        ),
        (
            {
                "rate": {
                    "did": "order.paid",
                    "sum": "amount",
                    "within": "P30D",
                    "against": {"before": "P40D", "within": "P90D"},
                    "below": "12.5%",
                }
            },
            "The rate (the sum of “amount” of “order paid”) in the last 30 days is < 12.5% of one's own rate"
            " in the 90 days that ended 40 days ago.",
            "За последние 30 дней частота (сумма «сумма» у событий «заказ оплачен») — < 12,5% собственной"
            " частоты за период в 90 дней, который закончился 40 дней назад.",
            "Соңғы 30 күнде жиілік («тапсырыс төленді» оқиғаларындағы «сома» қосындысы) өзінің 40 күн бұрын"
            " аяқталған 90 күн ішіндегі жиілігіне шаққанда < 12,5%.",
        ),
        (
            {
                "ratio": {
                    "of": {"did": "member.registered", "by": "frontline", "where": {"kind": "distributor"}},
                    "to": {"last": "goal.set", "property": "partners", "until": "ends_at"},
                    "at": "75%",
                    "below": "50%",
                }
            },
            "The number of “registered” (role: distributor) in the frontline in the goal's period is < 50% of"
            " the newest “partners” of “goal set”, from 75% of its period on.",
            "Число событий «зарегистрировался» (роль: distributor) в первой линии за срок цели — < 50%"
            " последнего значения «партнёры» у события «цель поставлена», начиная с 75% её срока.",
            "Мақсат мерзімінде бірінші желіде «тіркелді» (рөлі: distributor) оқиғаларының саны «мақсат"
            " қойылды» оқиғасының соңғы «серіктестер» мәніне шаққанда < 50% (мерзімнің 75%-ы өткеннен"
            " бастап).",
        ),
        (
            {
                "running": {
                    "times": 3,
                    "each": "P30D",
                    "where": {"did": ["order.paid", "lesson.completed"], "distinct": "day", "count": {"at_least": 2}},
                }
            },
            "In each of the last 3 periods of 30 days: the events “order paid” or “lesson completed” have"
            " happened on at least 2 different days.",
            "В каждом из 3 последних периодов подряд (длина каждого: 30 дней): было не менее 2 разных дней с"
            " событием «заказ оплачен» или «урок пройден».",
            "Соңғы 3 кезеңнің (әрқайсысы 30 күн) бәрінде: «тапсырыс төленді» немесе «сабақ аяқталды» оқиғасы"
            " кемінде 2 түрлі күнде болған.",
        ),
        (
            {"team": {"of": "mentees", "where": {"did": "goal.reached", "since": "entry"}}},
            "Among the mentees, at least 1 person: the event “reached a goal” has happened since the entry.",
            "Среди подопечных не менее 1 человека, для кого верно: с момента входа было событие «достиг цели».",
            "Тәлім алушылар арасында мына шартқа сай кемінде 1 адам бар: кірген сәттен кейін «мақсатқа жетті»"
            " оқиғасы болған.",
        ),
        (
            {"last": "order.paid", "property": "amount", "where": {"buyer": "own"}, "above": 100},
            "The newest “amount” of “order paid” (buyer: own) is > 100.",
            "Последнее значение «сумма» у события «заказ оплачен» (покупатель: own) — > 100.",
            "«Тапсырыс төленді» (сатып алушы: own) оқиғасының соңғы «сома» мәні — > 100.",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_sentences_about_keys_goals_and_periods(document, en, ru, kk):
    assert [tell(document, language) for language in ("en", "ru", "kk")] == [en, ru, kk]


@pytest.mark.parametrize(
    ("within", "en", "ru", "kk"),
    [
        ("P1D", "in the last day", "за последний день", "соңғы 1 күнде"),
        ("P2D", "in the last 2 days", "за последние 2 дня", "соңғы 2 күнде"),
        ("P5D", "in the last 5 days", "за последние 5 дней", "соңғы 5 күнде"),
        ("P11D", "in the last 11 days", "за последние 11 дней", "соңғы 11 күнде"),
        ("P21D", "in the last 21 days", "за последний 21 день", "соңғы 21 күнде"),
        ("PT1H", "in the last hour", "за последний час", "соңғы 1 сағатта"),
        ("PT3H", "in the last 3 hours", "за последние 3 часа", "соңғы 3 сағатта"),
        ("PT1M", "in the last minute", "за последнюю минуту", "соңғы 1 минутта"),
        ("PT31M", "in the last 31 minutes", "за последнюю 31 минуту", "соңғы 31 минутта"),
        ("PT33M", "in the last 33 minutes", "за последние 33 минуты", "соңғы 33 минутта"),
        ("PT19H12M", "in the last 19 hours 12 minutes", "за последние 19 часов 12 минут", "соңғы 19 сағат 12 минутта"),
        ("P1DT1M", "in the last 1 day 1 minute", "за последние 1 день 1 минуту", "соңғы 1 күн 1 минутта"),
    ],
)
def test_lengths(within, en, ru, kk):
    document = {"did": "order.paid", "within": within}
    assert tell(document, "en").removeprefix("The event “order paid” has happened ") == en + "."
    assert tell(document, "ru") == f"{ru[0].upper()}{ru[1:]} было событие «заказ оплачен»."
    assert tell(document, "kk") == f"{kk[0].upper()}{kk[1:]} «тапсырыс төленді» оқиғасы болған."


@pytest.mark.parametrize(
    ("count", "en", "ru", "kk"),
    [
        ({"at_least": 2}, "at least 2 times", "не менее 2 раз", "кемінде 2 рет"),
        ({"at_least": 21}, "at least 21 times", "не менее 21 раза", "кемінде 21 рет"),
        ({"at_least": 1, "at_most": 1}, "exactly once", "ровно 1 раз", "дәл 1 рет"),
        ({"at_least": 2, "at_most": 2}, "exactly 2 times", "ровно 2 раза", "дәл 2 рет"),
        ({"at_least": 5, "at_most": 5}, "exactly 5 times", "ровно 5 раз", "дәл 5 рет"),
        ({"at_least": 2, "at_most": 4}, "2 to 4 times", "от 2 до 4 раз", "2–4 рет"),
        ({"at_most": 3}, "at most 3 times", "не более 3 раз", "көп дегенде 3 рет"),
    ],
    ids=str,
)
def test_counts(count, en, ru, kk):
    document = {"did": "order.paid", "count": count}
    assert tell(document, "en") == f"The event “order paid” has happened {en}."
    assert tell(document, "ru") == f"{ru[0].upper()}{ru[1:]} было событие «заказ оплачен»."
    assert tell(document, "kk") == f"«Тапсырыс төленді» оқиғасы {kk} болған."


def test_a_language_we_lack_is_told_in_english():
    assert tell({"did": "order.paid"}, "fr") == tell({"did": "order.paid"}, "en-GB")
