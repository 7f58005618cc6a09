from datetime import timedelta

from qadam.conditions import tree
from qadam.conditions.phrases import Voice, split_length
from qadam.conditions.tree import Count, Did, Value

LANGUAGES = {"kk": "қазақша", "ru": "орысша", "en": "ағылшынша"}
FIELDS: dict[tuple[str, Value], str] = {
    ("kind", "prospect"): "бұл — үміткер",
    ("kind", "customer"): "бұл — клиент",
    ("kind", "distributor"): "бұл — дистрибьютор",
    ("sponsor", "present"): "спонсоры бар",
    ("sponsor", "absent"): "спонсоры жоқ",
    ("mentor", "present"): "тәлімгері бар",
    ("mentor", "absent"): "тәлімгері жоқ",
    ("left", True): "компаниядан кеткен",
    ("left", False): "компаниядан кетпеген",
    ("registered", True): "тіркелген",
    ("registered", False): "тіркелмеген",
}
CIRCLES = {
    tree.Circle.FRONTLINE: "бірінші желіде",
    tree.Circle.DOWNLINE: "төменгі желіде",
    tree.Circle.MENTEES: "тәлім алушылар арасында",
}
STAYS = {"stage": "кезеңінде", "segment": "сегментінде", "case": "кейсінде"}
UNITS = {"day": "күн", "hour": "сағат", "minute": "минут", "second": "секунд"}
IN_UNITS = {"day": "күнде", "hour": "сағатта", "minute": "минутта", "second": "секундта"}


class Kazakh(Voice):
    code = "kk"
    quotes = ("«", "»")
    and_, or_, or_word = ", әрі ", ", немесе ", "немесе"
    yes, no, decimal = "иә", "жоқ", ","

    def negate(self, text: str) -> str:
        return f"мынау дұрыс емес: {text}"

    def did(self, did: Did) -> str:
        names = self.events(did.events) + self.notes(did)
        start = [*self.windows(did), names]
        if did.distinct == tree.DAY:
            words = ["оқиғасы", _how_many(did.count), "түрлі күнде болған"]
        elif did.distinct:
            value = self.quote(self.property_word(did.events, did.distinct))
            words = ["оқиғасында", value, _how_many(did.count), "түрлі мән алған"]
        elif did.count == Count():
            words = ["оқиғасы болған"]
        else:
            words = ["оқиғасы", _how_many(did.count), "рет болған"]
        return " ".join([*start, *words]) + self._sum(did)

    def did_not(self, did: Did) -> str:
        names = ", ".join(map(self.event, did.events)) + self.notes(did)
        words = "оқиғаларының ешқайсысы болмаған" if len(did.events) > 1 else "оқиғасы болмаған"
        return " ".join([*self.windows(did), names, words])

    def _sum(self, did: Did) -> str:
        if did.sum is None:
            return ""
        name = self.quote(self.property_word(did.events, did.sum.of))
        return f", ал {name} мәндерінің қосындысы кемінде {self.number(did.sum.at_least)}"

    def within(self, length: timedelta) -> str:
        parts = split_length(length)
        number, unit = parts[-1]
        start = [f"{each} {UNITS[name]}" for each, name in parts[:-1]]
        return " ".join(["соңғы", *start, f"{number} {IN_UNITS[unit]}"])

    def since(self, anchor: tree.Anchor) -> str:
        if anchor is tree.Fixed.ENTRY:
            return "кірген сәттен кейін"
        if isinstance(anchor, tree.EventAnchor):
            return f"{'соңғы' if anchor.is_last else 'алғашқы'} {self.anchor_events(anchor)} оқиғасынан кейін"
        return "жол басталғаннан (0-күннен) кейін"

    def days(self, first: int, last: int) -> str:
        return f"жолдың {first}-күнінде" if first == last else f"жолдың {first}–{last}-күндерінде"

    def unless(self, event: str, name: str) -> str:
        return f"{self.quote(name)} мәні бірдей {event} оқиғасы барлары есептелмейді"

    def past(self, name: str, by: timedelta) -> str:
        if not name:
            return f"кемінде {_length(by)} бұрын"
        if not by:
            return f"{self.quote(name)} сәті өткен"
        return f"{self.quote(name)} сәтінен кейін кемінде {_length(by)} өткен"

    def followed(self, event: str, name: str, within: timedelta | None) -> str:
        when = f" {_length(within)} ішінде" if within else ""
        same = f" {self.quote(name)} мәні бірдей" if name else ""
        return f"одан кейін{when}{same} {event} оқиғасы болмаған"

    def same(self, name: str) -> str:
        return f"{self.quote(name)} мәні кіргендегімен бірдей"

    def per(self, name: str) -> str:
        return f"әр {self.quote(name)} мәні бойынша бөлек"

    def field(self, name: str, value: Value) -> str:
        if name == "language":
            return f"тілі — {LANGUAGES[str(value)]}"
        return FIELDS[name, value]

    def day(self, day: tree.Day) -> str:
        if day.at_most is None:
            return f"жолдың {day.at_least}-күні немесе одан кейінгі күні жүріп жатыр"
        if day.at_least is None:
            return f"жолдың {day.at_most}-күні немесе одан бұрынғы күні жүріп жатыр"
        if day.at_least == day.at_most:
            return f"жолдың {day.at_least}-күні жүріп жатыр"
        return f"жолдың {day.at_least}–{day.at_most}-күндерінің бірі жүріп жатыр"

    def stay(self, kind: str, keys: str, *, is_negated: bool) -> str:
        return f"қазір {keys} {STAYS[kind]}{' емес' if is_negated else ''}"

    def elapsed(self, length: timedelta, anchor: tree.Anchor) -> str:
        return f"{self.since(anchor)} кемінде {_length(length)} өткен"

    def last(self, event: str, name: str, test: str) -> str:
        return f"{event} оқиғасының соңғы {name} мәні — {test}"

    def team(self, circle: tree.Circle, count: Count, inner: str) -> str:
        return f"{CIRCLES[circle]} мына шартқа сай {_how_many(count)} адам бар: {inner}"

    def nobody(self, circle: tree.Circle, inner: str) -> str:
        return f"{CIRCLES[circle]} мына шартқа сай ешкім жоқ: {inner}"

    def tally(self, tally: tree.Tally) -> str:
        counted = self.counted(tally)
        if tally.sum:
            text = f"{counted} оқиғаларындағы {self.quote(self.property_word(tally.events, tally.sum))} қосындысы"
        elif tally.distinct == tree.DAY:
            text = f"{counted} оқиғасы болған күндер саны"
        elif tally.distinct:
            name = self.quote(self.property_word(tally.events, tally.distinct))
            text = f"{counted} оқиғаларындағы түрлі {name} мәндерінің саны"
        else:
            text = f"{counted} оқиғаларының саны"
        return f"{CIRCLES[tally.by]} {text}" if tally.by else text

    def rate(self, rate: tree.Rate) -> str:
        earlier = "соған дейінгі" if rate.before == rate.within else f"{_length(rate.before)} бұрын аяқталған"
        return (
            f"{self.within(rate.within)} жиілік ({self.tally(rate.of)}) өзінің {earlier}"
            f" {_length(rate.against)} ішіндегі жиілігіне шаққанда {self.shares(rate.limits)}"
        )

    def ratio(self, ratio: tree.Ratio) -> str:
        name = self.quote(self.property_word([ratio.to.event], ratio.to.property))
        text = (
            f"мақсат мерзімінде {self.tally(ratio.of)} {self.goal(ratio.to)} оқиғасының соңғы {name} мәніне"
            f" шаққанда {self.shares(ratio.limits)}"
        )
        return text if ratio.at is None else f"{text} (мерзімнің {self.share(ratio.at)}-ы өткеннен бастап)"

    def running(self, running: tree.Running, inner: str) -> str:
        return f"соңғы {running.times} кезеңнің (әрқайсысы {_length(running.each)}) бәрінде: {inner}"


def _how_many(count: Count) -> str:
    """Tell a count. A noun after a number stays in the singular, so there is one form only."""
    if count.at_most is None:
        return f"кемінде {count.at_least}"
    if count.at_least == count.at_most:
        return f"дәл {count.at_most}"
    if count.at_least == 0:
        return f"көп дегенде {count.at_most}"
    return f"{count.at_least}–{count.at_most}"


def _length(length: timedelta) -> str:
    return " ".join(f"{number} {UNITS[unit]}" for number, unit in split_length(length))
