"""Colleagues whom others name for the values award, and what the leader says. Plain Python: no clock, no I/O."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from qadam.site.demo.cast import LEADER
from qadam.site.demo.diary import AWARDS, NAMES, Fact
from qadam.site.demo.lives import DAY, Person, Span
from qadam.site.demo.rates import Temper

NAMED = ((19.3, True), (8.2, True), (1.1, False))
"""Days before the anchor, and whether the leader has confirmed it since; the last one waits for her."""
WORDS = {
    "kk": (
        "Апталық қоңырауда жаңадан келгендердің сұрағына сабырмен жауап береді.",
        "Клиентке өнім жарамағанда, қайтаруға өзі көмектесті.",
        "Уәде еткен күні хабарласады, ешқашан асықтырмайды.",
    ),
    "ru": (
        "На созвонах терпеливо отвечает на вопросы новичков.",
        "Когда продукт клиенту не подошёл, помогает его вернуть.",
        "Звонит в тот день, в который обещает, и никого не торопит.",
    ),
}


def name_colleagues(people: Sequence[Person], span: Span) -> Iterator[Fact]:
    """Yield who is named by whom: steady people of the leader's branch who are still here."""
    by_number = {person.number: person for person in people}
    worthy = [person for person in people if _is_worthy(person, by_number, span)]
    rng = Random(f"awards:{len(people)}")
    rng.shuffle(worthy)
    for place, (person, (days, is_confirmed)) in enumerate(zip(worthy, NAMED, strict=False)):
        giver = _colleague_of(person, worthy)
        if giver is None:
            return
        at = span.anchor - days * DAY
        words = WORDS.get(giver.language, WORDS["ru"])[place]
        yield Fact(at, person.number, NAMES, f"names:{place}", {"by": giver.number, "words": words})
        if is_confirmed:
            yield Fact(at + timedelta(hours=21), person.number, AWARDS, f"awards:{place}", {"by": _leader(people)})


def _is_worthy(person: Person, by_number: dict[int, Person], span: Span) -> bool:
    if person.role or person.registered_at is None or person.registered_at > span.anchor - 40 * DAY:
        return False
    is_steady = person.temper in (Temper.SELLER, Temper.BUILDER) and person.kind == "distributor"
    return is_steady and not person.has_left(span.anchor) and _is_below_leader(person, by_number)


def _is_below_leader(person: Person, by_number: dict[int, Person]) -> bool:
    above = by_number.get(person.sponsor or 0)
    while above is not None and above.role != LEADER:
        above = by_number.get(above.sponsor or 0)
    return above is not None


def _colleague_of(person: Person, worthy: Sequence[Person]) -> Person | None:
    """Return somebody of the same frontline, else anybody of the branch."""
    others = [each for each in worthy if each.number != person.number]
    return next((each for each in others if each.sponsor == person.sponsor), others[0] if others else None)


def _leader(people: Sequence[Person]) -> int:
    return next(person.number for person in people if person.role == LEADER)
