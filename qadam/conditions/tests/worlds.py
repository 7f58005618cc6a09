"""Random small worlds and random conditions over them, and how to put a world into the database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from qadam.conditions.tests.oracle import Entry, Fact, Person, World
from qadam.events.models import Event
from qadam.people.models import Member, Membership
from tests.cast import a_company

NOW = datetime(2026, 4, 2, 0, 30, tzinfo=UTC)
"""A few days after clocks changed in Europe, a few weeks after New York."""
ZONES = ("", "Asia/Almaty", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "GMT+3")
STEP = timedelta(hours=6)
LENGTHS = ("PT6H", "P1D", "P3D", "P1W", "P30D")

moments = st.one_of(
    st.integers(0, 30).map(lambda steps: NOW - STEP * steps),
    st.integers(0, 60 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    st.integers(1, 40 * 10**6).map(lambda microseconds: NOW - timedelta(microseconds=microseconds)),
)
soon = st.integers(1, 300).map(lambda seconds: NOW + timedelta(seconds=seconds))
far = st.integers(1, 30 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
orders, lessons = st.sampled_from(["a", "b", "c"]), st.sampled_from(["one", "two"])


def _props(**required: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: each for name, each in required.items() if not name.startswith("maybe_")},
        optional={name.removeprefix("maybe_"): each for name, each in required.items() if name.startswith("maybe_")},
    )


def _write(instant: datetime) -> str:
    return instant.replace(microsecond=0).isoformat()


KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "order.paid": _props(order=orders, maybe_amount=st.integers(0, 5), maybe_buyer=st.sampled_from(["retail", "own"])),
    "order.refunded": _props(order=orders, maybe_amount=st.integers(0, 5)),
    "lesson.completed": _props(lesson=lessons),
    "presentation.booked": _props(
        presentation=lessons, maybe_booking=orders, maybe_ends_at=st.one_of(moments, soon).map(_write)
    ),
    "presentation.attended": _props(presentation=lessons, maybe_booking=orders, maybe_minutes=st.integers(0, 30)),
    "question.opened": _props(ticket=orders, maybe_objection=lessons),
    "question.answered": _props(ticket=orders),
    "goal.set": _props(
        maybe_goal=lessons, maybe_partners=st.integers(0, 4), maybe_ends_at=st.one_of(moments, soon, far).map(_write)
    ),
}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, dict[int, Entry]]:
    """Draw a world of up to five people and an entry for each of them."""
    size = draw(st.sampled_from([1, 1, 2, 3, 5]))
    people = {number: draw(_people(number)) for number in range(1, size + 1)}
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=8, max_size=24))
    facts = [
        Fact(number, kind, draw(st.integers(1, size)), draw(st.one_of(moments, moments, soon)), draw(KINDS[kind]))
        for number, kind in enumerate(kinds, 1)
    ]
    keys = st.tuples(st.integers(1, size), st.sampled_from(["stage", "case"]), st.sampled_from(["s1", "s2"]))
    entries = {number: Entry(draw(moments), draw(orders)) for number in people}
    return World("Asia/Almaty", people, facts, draw(st.sets(keys, max_size=4))), entries


def _people(number: int) -> st.SearchStrategy[Person]:
    above = st.none() if number == 1 else st.one_of(st.none(), st.integers(1, number - 1))
    return st.builds(
        Person,
        id=st.just(number),
        kind=st.sampled_from(["prospect", "distributor"]),
        language=st.sampled_from(["kk", "ru"]),
        zone=st.sampled_from(ZONES),
        sponsor_id=above,
        mentor_id=above,
        registered_at=st.one_of(st.none(), moments, soon),
        left_at=st.one_of(st.none(), moments, soon),
        day_zero_at=st.one_of(st.none(), moments, moments, soon),
    )


def store(world: World, entries: dict[int, Entry]) -> None:
    """Put a world into the database; the entries become stays of the kind “asked” under their own keys."""
    a_company(zone=world.zone)
    places = _preorder(world)
    Member.objects.bulk_create(
        Member(**person.__dict__, created_at=NOW, tin=places[person.id][0], size=places[person.id][1])
        for person in world.people.values()
    )
    Event.objects.bulk_create(
        Event(**fact.__dict__, recorded_at=NOW, source="test", external_id=str(fact.id)) for fact in world.facts
    )
    stays = [(*stay, NOW) for stay in world.stays]
    stays += [(who, "asked", entry.key, entry.at) for who, entry in entries.items()]
    Membership.objects.bulk_create(
        Membership(member_id=who, kind=kind, key=key, entered_at=at) for who, kind, key, at in stays
    )


def _preorder(world: World) -> dict[int, tuple[int, int]]:
    places: dict[int, tuple[int, int]] = {}

    def place(who: int, tin: int) -> int:
        size = 1
        for other in world.people.values():
            if other.sponsor_id == who:
                size += place(other.id, tin + size)
        places[who] = (tin, size)
        return size

    tin = 0
    for person in world.people.values():
        if person.sponsor_id is None:
            tin += place(person.id, tin)
    return places


counts = st.one_of(
    st.integers(1, 3).map(lambda number: {"at_least": number}),
    st.integers(0, 2).map(lambda number: {"at_most": number}),
    st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda pair: {"at_least": pair[0], "at_most": sum(pair)}),
)
lengths = st.sampled_from(LENGTHS)
bounds = st.dictionaries(
    st.sampled_from(["at_least", "at_most", "above", "below"]), st.integers(0, 5), min_size=1, max_size=2
)
TESTS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "order.paid": {
        "buyer": st.sampled_from(["retail", ["retail", "own"]]),
        "amount": st.one_of(st.integers(0, 5), bounds),
    },
    "order.refunded": {"order": orders, "amount": bounds},
    "lesson.completed": {"lesson": lessons},
    "presentation.booked": {"presentation": lessons},
    "presentation.attended": {"minutes": bounds},
    "question.opened": {"ticket": orders},
    "question.answered": {"ticket": orders},
    "goal.set": {"goal": lessons, "partners": bounds},
}
UNLESS = {
    "order.paid": {"did": "order.refunded", "same": "order"},
    "presentation.booked": {"did": "presentation.attended", "same": "booking"},
    "question.opened": {"did": "question.answered", "same": "ticket"},
}
KEYS = {
    "order.paid": "order",
    "presentation.booked": "booking",
    "question.opened": "ticket",
    "question.answered": "ticket",
}
"""The property that is a key, by event."""
FOLLOWERS = {
    "question.answered": {"did": "question.opened", "same": "ticket"},
    "order.paid": {"did": "order.paid"},
    "lesson.completed": {"did": "lesson.completed", "same": "lesson"},
}


@st.composite
def anchors(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return draw(st.sampled_from(["entry", "day_zero"]))
    event = draw(st.sampled_from(sorted(KINDS)))
    anchor: dict[str, Any] = {draw(st.sampled_from(["last", "first"])): event}
    if draw(st.integers(0, 3)) == 0:
        anchor["where"] = {name: draw(test) for name, test in list(TESTS[event].items())[:1]}
    return anchor


@st.composite
def dids(draw: st.DrawFn, is_windowless: bool = False, is_per_key: bool = False) -> dict[str, Any]:
    event = draw(st.sampled_from(sorted(KEYS if is_per_key else KINDS)))
    others = set() if is_per_key else draw(st.sets(st.sampled_from(sorted(KINDS)), max_size=2)) - {event}
    options: dict[str, st.SearchStrategy[Any]] = {
        "within": lengths,
        "since": anchors(),
        "days": st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: [pair[0], sum(pair)]),
        "count": counts,
        "distinct": st.just("day"),
        "past": st.fixed_dictionaries({"by": lengths}),
    }
    if not others:
        options["where"] = st.fixed_dictionaries({}, optional=TESTS[event]).filter(bool)
        if event == "order.paid":
            options["sum"] = st.fixed_dictionaries({"of": st.just("amount"), "at_least": st.integers(1, 8)})
            options["distinct"] = st.sampled_from(["day", "order", "amount"])
        if event == "presentation.booked":
            options["past"] = st.fixed_dictionaries({"of": st.just("ends_at")}, optional={"by": lengths})
        if event in KEYS:
            options["per"] = st.just(KEYS[event])
            options["same"] = st.just({"property": KEYS[event], "as": "entry"})
    if event in UNLESS:
        options["unless"] = st.just(UNLESS[event])
    if event in FOLLOWERS:
        options["not_followed_by"] = st.fixed_dictionaries(
            {key: st.just(value) for key, value in FOLLOWERS[event].items()}, optional={"within": lengths}
        )
    if is_windowless:
        options = {name: each for name, each in options.items() if name not in ("within", "since", "days", "past")}
    chosen = draw(st.sets(st.sampled_from(sorted(options)), max_size=3))
    if is_per_key:
        chosen = (chosen | {"per"}) - {"same"}
    if "distinct" in chosen:
        chosen.add("count")
    key = draw(st.sampled_from(["did", "did", "did_not"]))
    return {key: [event, *sorted(others)] if others else event} | {name: draw(options[name]) for name in sorted(chosen)}


days = st.one_of(
    st.integers(0, 9).map(lambda number: {"day": {"at_least": number}}),
    st.integers(0, 9).map(lambda number: {"day": {"at_most": number}}),
    st.tuples(st.integers(0, 9), st.integers(0, 3)).map(
        lambda pair: {"day": {"at_least": pair[0], "at_most": sum(pair)}}
    ),
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["distributor", ["prospect", "customer"]]),
        "language": st.just("ru"),
        "sponsor": st.sampled_from(["present", "absent"]),
        "mentor": st.just("present"),
        "left": st.booleans(),
        "registered": st.booleans(),
    },
).filter(bool)
shares = st.dictionaries(
    st.sampled_from(["at_least", "at_most", "above", "below"]),
    st.sampled_from(["50%", 1, 0.5, "33.3%", 0, "150%"]),
    min_size=1,
    max_size=2,
)


@st.composite
def tallies(draw: st.DrawFn, has_days: bool = True) -> dict[str, Any]:
    event = draw(st.sampled_from(sorted(TESTS)))
    tally: dict[str, Any] = {"did": draw(st.sampled_from([event, event, ["lesson.completed", "order.paid"]]))}
    distinct = draw(st.sampled_from(["", "", "day" if has_days else ""]))
    if event == tally["did"] == "order.paid":
        distinct = draw(st.sampled_from([distinct, "order"]))
        if not distinct and draw(st.booleans()):
            tally["sum"] = "amount"
    if event == tally["did"] and draw(st.integers(0, 3)) == 0:
        tally["where"] = {name: draw(test) for name, test in list(TESTS[event].items())[:1]}
    if event in UNLESS and event == tally["did"] and draw(st.booleans()):
        tally["unless"] = UNLESS[event]
    return tally | ({"distinct": distinct} if distinct else {})


@st.composite
def rates(draw: st.DrawFn) -> dict[str, Any]:
    within = draw(st.sampled_from(["PT6H", "P1D", "P3D"]))
    against: dict[str, Any] = {"within": draw(lengths)}
    if draw(st.booleans()):
        against["before"] = draw(st.sampled_from(["P3D", "P5D"]))
    return {"rate": draw(tallies()) | {"within": within, "against": against} | draw(shares)}


@st.composite
def ratios(draw: st.DrawFn) -> dict[str, Any]:
    circle = draw(st.sampled_from(["", "", "frontline", "downline", "mentees"]))
    of = draw(tallies(has_days=not circle)) | ({"by": circle} if circle else {})
    to: dict[str, Any] = {"last": "goal.set", "property": "partners"}
    if draw(st.integers(0, 3)) == 0:
        to["where"] = {"goal": draw(lessons)}
    ratio = {"of": of, "to": to} | draw(shares)
    if draw(st.integers(0, 3)):
        to["until"] = "ends_at"
        if draw(st.booleans()):
            ratio["at"] = draw(st.sampled_from(["75%", "33.3333%", 0.5, 1]))
    return {"ratio": ratio}


runnings = st.fixed_dictionaries(
    {
        "times": st.integers(2, 3),
        "each": st.sampled_from(["PT6H", "P1D", "P3D", "P1W"]),
        "where": st.one_of(
            dids(is_windowless=True),
            st.lists(dids(is_windowless=True), min_size=1, max_size=2).map(lambda parts: {"any": parts}),
            dids(is_windowless=True).map(lambda part: {"not": part}),
        ),
    }
).map(lambda each: {"running": each})
lasts = st.one_of(
    bounds.map(lambda test: {"last": "order.paid", "property": "amount", **test}),
    orders.map(lambda order: {"last": "order.paid", "property": "order", "equals": order}),
    st.tuples(bounds, orders).map(
        lambda pair: {"last": "order.paid", "property": "amount", "where": {"order": pair[1]}, **pair[0]}
    ),
)
comparisons = st.one_of(rates(), ratios(), runnings)
leaves = st.one_of(
    dids(),
    dids(),
    dids(),
    days,
    fields.map(lambda each: {"is": each}),
    comparisons,
    st.tuples(st.sampled_from(["stage", "case"]), st.sampled_from(["s1", ["s1", "s2"]])).map(
        lambda pair: {"in": {pair[0]: pair[1]}}
    ),
    st.tuples(lengths, anchors()).map(lambda pair: {"elapsed": pair[0], "since": pair[1]}),
    lasts,
)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    circles = st.sampled_from(["frontline", "downline", "mentees"])
    return st.one_of(
        several.map(lambda parts: {"all": parts}),
        several.map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
        st.fixed_dictionaries({"of": circles, "where": inner}, optional={"count": counts}).map(
            lambda team: {"team": team}
        ),
    )


documents = st.recursive(leaves, _grown, max_leaves=5)


_per_key = dids(is_per_key=True)
keyed = st.one_of(
    _per_key,
    _per_key,
    st.tuples(_per_key, leaves).map(lambda parts: {"all": list(parts)}),
    _per_key.map(lambda did: {"not": did}),
)
"""Conditions that are per a key, most of them per one."""
