from datetime import timedelta

from qadam.conditions import tree
from qadam.conditions.phrases import Voice, split_length
from qadam.conditions.tree import Count, Did, Value

LANGUAGES = {"kk": "казахский", "ru": "русский", "en": "английский"}
FIELDS: dict[tuple[str, Value], str] = {
    ("kind", "prospect"): "это кандидат",
    ("kind", "customer"): "это клиент",
    ("kind", "distributor"): "это дистрибьютор",
    ("sponsor", "present"): "спонсор есть",
    ("sponsor", "absent"): "спонсора нет",
    ("mentor", "present"): "наставник есть",
    ("mentor", "absent"): "наставника нет",
    ("left", True): "участие в компании прекращено",
    ("left", False): "участие в компании продолжается",
    ("registered", True): "регистрация есть",
    ("registered", False): "регистрации нет",
}
CIRCLES = {
    tree.Circle.FRONTLINE: "в первой линии",
    tree.Circle.DOWNLINE: "в нижестоящей линии",
    tree.Circle.MENTEES: "среди подопечных",
}
STAYS = {"stage": "на этапе", "segment": "в сегменте", "case": "в кейсе"}
UNITS = {
    "day": ("день", "дня", "дней"),
    "hour": ("час", "часа", "часов"),
    "minute": ("минута", "минуты", "минут"),
    "second": ("секунда", "секунды", "секунд"),
}
LAST = {"day": "последний", "hour": "последний", "minute": "последнюю", "second": "последнюю"}
ACCUSATIVE = {"минута": "минуту", "секунда": "секунду"}
TIMES = ("раз", "раза", "раз")
PEOPLE = ("человек", "человека", "человек")
DIFFERENT_DAYS = ("разный день", "разных дня", "разных дней")
DIFFERENT_VALUES = ("разное значение", "разных значения", "разных значений")

Forms = tuple[str, str, str]
"""After 1, after 2–4, after 5: день, дня, дней."""


class Russian(Voice):
    code = "ru"
    quotes = ("«", "»")
    and_, or_, or_word = ", и ", ", или ", "или"
    yes, no, decimal = "да", "нет", ","

    def negate(self, text: str) -> str:
        return f"неверно, что {text}"

    def did(self, did: Did) -> str:
        names = self.events(did.events) + self.notes(did)
        start = " ".join(self.windows(did))
        if did.distinct == tree.DAY:
            text = f"было {_how_many(did.count, DIFFERENT_DAYS, 'разного дня')} с событием {names}"
        elif did.distinct:
            value = self.quote(self.property_word(did.events, did.distinct))
            amount = _how_many(did.count, DIFFERENT_VALUES, "разного значения")
            text = f"было {amount} {value} у события {names}"
        elif did.count == Count():
            text = f"было событие {names}"
        else:
            text = f"{_how_many(did.count, TIMES, 'раза')} было событие {names}"
        return f"{start} {text}".lstrip() + self._sum(did)

    def did_not(self, did: Did) -> str:
        names = " и ".join(", ".join(map(self.event, did.events)).rsplit(", ", 1)) + self.notes(did)
        text = f"не было {'событий' if len(did.events) > 1 else 'события'} {names}"
        return " ".join([*self.windows(did), text])

    def _sum(self, did: Did) -> str:
        if did.sum is None:
            return ""
        name = self.quote(self.property_word(did.events, did.sum.of))
        return f", а {name} в сумме не меньше {self.number(did.sum.at_least)}"

    def within(self, length: timedelta) -> str:
        parts = split_length(length)
        number, unit = parts[0]
        if len(parts) == 1 and _form(number) == 0:
            word = ACCUSATIVE.get(UNITS[unit][0], UNITS[unit][0])
            return f"за {LAST[unit]} {word}" if number == 1 else f"за {LAST[unit]} {number} {word}"
        return f"за последние {_accusative(length)}"

    def since(self, anchor: tree.Anchor) -> str:
        if anchor is tree.Fixed.ENTRY:
            return "с момента входа"
        if isinstance(anchor, tree.EventAnchor):
            return f"после {'последнего' if anchor.is_last else 'первого'} события {self.anchor_events(anchor)}"
        return "с начала пути (день 0)"

    def days(self, first: int, last: int) -> str:
        return f"на {first}-й день пути" if first == last else f"в дни {first}–{last} пути"

    def unless(self, event: str, name: str) -> str:
        return f"не считая тех, для которых есть {event} с тем же значением {self.quote(name)}"

    def past(self, name: str, by: timedelta) -> str:
        if not name:
            return f"не менее {_genitive(by)} назад"
        if not by:
            return f"момент {self.quote(name)} позади"
        return f"после момента {self.quote(name)} прошло не менее {_genitive(by)}"

    def followed(self, event: str, name: str, within: timedelta | None) -> str:
        when = f" в течение {_genitive(within)}" if within else ""
        same = f" с тем же значением {self.quote(name)}" if name else ""
        return f"после чего{when} не было {event}{same}"

    def same(self, name: str) -> str:
        return f"значение {self.quote(name)} то же, что при входе"

    def per(self, name: str) -> str:
        return f"отдельно для каждого значения {self.quote(name)}"

    def field(self, name: str, value: Value) -> str:
        if name == "language":
            return f"язык — {LANGUAGES[str(value)]}"
        return FIELDS[name, value]

    def day(self, day: tree.Day) -> str:
        if day.at_most is None:
            return f"идёт {day.at_least}-й день пути или более поздний"
        if day.at_least is None:
            return f"идёт {day.at_most}-й день пути или более ранний"
        several = f"один из дней {day.at_least}–{day.at_most}"
        return f"идёт {several if day.at_least < day.at_most else f'{day.at_least}-й день'} пути"

    def stay(self, kind: str, keys: str, *, is_negated: bool) -> str:
        return f"сейчас {'не ' if is_negated else ''}{STAYS[kind]} {keys}"

    def elapsed(self, length: timedelta, anchor: tree.Anchor) -> str:
        return f"{self.since(anchor)} прошло не менее {_genitive(length)}"

    def last(self, event: str, name: str, test: str) -> str:
        return f"последнее значение {name} у события {event} — {test}"

    def team(self, circle: tree.Circle, count: Count, inner: str) -> str:
        return f"{CIRCLES[circle]} {_how_many(count, PEOPLE, 'человека')}, для кого верно: {inner}"

    def nobody(self, circle: tree.Circle, inner: str) -> str:
        return f"{CIRCLES[circle]} нет никого, для кого верно: {inner}"

    def tally(self, tally: tree.Tally) -> str:
        counted = self.counted(tally)
        if tally.sum:
            text = f"сумма {self.quote(self.property_word(tally.events, tally.sum))} у событий {counted}"
        elif tally.distinct == tree.DAY:
            text = f"число дней с событием {counted}"
        elif tally.distinct:
            name = self.quote(self.property_word(tally.events, tally.distinct))
            text = f"число разных значений {name} у событий {counted}"
        else:
            text = f"число событий {counted}"
        return f"{text} {CIRCLES[tally.by]}" if tally.by else text

    def rate(self, rate: tree.Rate) -> str:
        length = _accusative(rate.against)
        earlier = (
            f"за {length} до этого"
            if rate.before == rate.within
            else f"за период в {length}, который закончился {_accusative(rate.before)} назад"
        )
        return (
            f"{self.within(rate.within)} частота ({self.tally(rate.of)}) — {self.shares(rate.limits)}"
            f" собственной частоты {earlier}"
        )

    def ratio(self, ratio: tree.Ratio) -> str:
        name = self.quote(self.property_word([ratio.to.event], ratio.to.property))
        text = (
            f"{self.tally(ratio.of)} за срок цели — {self.shares(ratio.limits)} последнего значения {name}"
            f" у события {self.goal(ratio.to)}"
        )
        return text if ratio.at is None else f"{text}, начиная с {self.share(ratio.at)} её срока"

    def running(self, running: tree.Running, inner: str) -> str:
        words = "последнего периода" if _form(running.times) == 0 else "последних периодов"
        return f"в каждом из {running.times} {words} подряд (длина каждого: {_length(running.each)}): {inner}"


def _form(number: int) -> int:
    """Return which of the three forms follows a number: 0 after 1 and 21, 1 after 2–4, 2 after the rest."""
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else 2


def _how_many(count: Count, forms: Forms, genitive_one: str) -> str:
    """Tell a count. “Не менее” and “не более” take the genitive: 1 раза, 2 раз, 21 раза."""

    def genitive(number: int) -> str:
        return f"{number} {genitive_one if _form(number) == 0 else forms[2]}"

    if count.at_most is None:
        return f"не менее {genitive(count.at_least)}"
    if count.at_least == count.at_most:
        return f"ровно {count.at_most} {forms[_form(count.at_most)]}"
    if count.at_least == 0:
        return f"не более {genitive(count.at_most)}"
    return f"от {count.at_least} до {genitive(count.at_most)}"


def _genitive(length: timedelta) -> str:
    parts = split_length(length)
    return " ".join(f"{number} {UNITS[unit][1 if _form(number) == 0 else 2]}" for number, unit in parts)


def _length(length: timedelta) -> str:
    return " ".join(f"{number} {UNITS[unit][_form(number)]}" for number, unit in split_length(length))


def _accusative(length: timedelta) -> str:
    return " ".join(
        f"{number} {ACCUSATIVE.get(word, word)}"
        for number, unit in split_length(length)
        for word in [UNITS[unit][_form(number)]]
    )
