"""The form of a simulation: for whom, what they will do, how far to look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from django.http import QueryDict
from django.utils.translation import gettext as _

from qadam.events import catalogue
from qadam.events.catalogue import EventType, Property, PropertyKind
from qadam.journeys.simulation import Happening
from qadam.journeys.steps import Graph, Send

MOST_DAYS, USUAL_DAYS = 180, 30
MOST_HAPPENINGS = 12
OFFERED = ("cabinet.opened", "goal.reached", "member.left")
"""Events of our own that a member causes; besides those of the company and those that the journey names."""
UNITS = {"hours": timedelta(hours=1), "days": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Prop:
    """One property as a field. `options` are [(value, words)], or nothing for free text."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]
    is_number: bool


@dataclass(frozen=True, slots=True)
class HappeningRow:
    """One line of what the member will do. `fault` says what can't be read."""

    after: str
    unit: str
    type: str
    props: tuple[Prop, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """`who` is invented or member; numbers as they were typed, held within their limits."""

    who: str
    member_id: int | None
    query: str
    kind: str
    language: str
    zone: str
    days: int
    rows: tuple[HappeningRow, ...]
    happenings: tuple[Happening, ...]

    @property
    def is_faulty(self) -> bool:
        return any(row.fault for row in self.rows) or (self.who == "member" and self.member_id is None)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the form for one journey. `wanted` is what its filters ask of events: {event: {property: value}}."""

    graph: Graph | None
    currency: str
    language: str

    def read(self, data: QueryDict) -> Form:
        rows, happenings = self._read_rows(data)
        member = data.get("member", "")
        return Form(
            who="member" if data.get("who") == "member" else "invented",
            member_id=int(member) if member.isdecimal() else None,
            query=data.get("q", ""),
            kind=data.get("kind", "distributor"),
            language=data.get("language", "") or self.language,
            zone=data.get("zone", ""),
            days=self._read_days(data.get("days", "")),
            rows=tuple(rows),
            happenings=tuple(happenings),
        )

    def _read_days(self, text: str) -> int:
        if text.isdecimal() and int(text) > 0:
            return min(int(text), MOST_DAYS)
        horizon = self.graph.horizon if self.graph else None
        return min(max(horizon.days, 1), MOST_DAYS) if horizon else USUAL_DAYS

    # What will happen

    def _read_rows(self, data: QueryDict) -> tuple[list[HappeningRow], list[Happening]]:
        do = data.get("do", "")
        dropped = do.partition(":")[2] if do.startswith("drop:") else ""
        rows, happenings = [], []
        for place in _places(data):
            if str(place) == dropped:
                continue
            row, happening = self._read_row(data, place)
            rows.append(row)
            happenings += [happening] if happening else []
        if do == "add" and len(rows) < MOST_HAPPENINGS:
            rows.append(self._new_row(len(rows)))
        return rows, happenings

    def _new_row(self, place: int) -> HappeningRow:
        known = [each.name for each in self.event_types()]
        named = [name for name in self.wanted() if name in known]
        chosen = (named or [name for name in ("order.paid", *known) if name in known])[0]
        return HappeningRow(str(place + 1), "days", chosen, tuple(self._props(chosen, {})))

    def _read_row(self, data: QueryDict, place: int) -> tuple[HappeningRow, Happening | None]:
        prefix = f"h{place}."
        after, unit, name = (data.get(prefix + key, "").strip() for key in ("after", "unit", "type"))
        # Another event was chosen: what was typed for the one before doesn't belong to it.
        is_same = data.get(prefix + "was", name) == name
        given = {key.removeprefix(prefix + "p."): str(data[key]) for key in data if key.startswith(prefix + "p.")}
        props = tuple(self._props(name, given if is_same else {}))
        fault, values = "", {}
        try:
            length = float(after.replace(",", ".")) * UNITS.get(unit, UNITS["days"])
            values = {each.name: value for each in props if (value := self._value(name, each)) is not None}
        except (ValueError, InvalidOperation, OverflowError):
            fault = _("Write numbers as numbers.")
            length = timedelta()
        found = None if fault else catalogue.find_fault(name, values)
        if found is not None:
            fault = _("“%(name)s” is missing or can't be so.") % {"name": self._label(name, found.place)}
        row = HappeningRow(after, unit if unit in UNITS else "days", name, props, fault)
        return row, None if fault or length < timedelta() else Happening(length, name, values)

    def _label(self, type_name: str, place: str) -> str:
        event_type = catalogue.find_event_type(type_name)
        known = event_type.find_property(place) if event_type else None
        return known.words.in_language(self.language) if known else place

    def _props(self, name: str, given: Mapping[str, str]) -> Iterator[Prop]:
        """Yield the properties that must be there, that a filter asks for, or that say how much."""
        event_type, wanted = catalogue.find_event_type(name), self.wanted().get(name, {})
        for each in event_type.properties if event_type else ():
            is_asked = each.is_required or each.name in wanted or each.name in ("amount", "buyer", "form")
            if is_asked and each.name not in ("currency", "enrollment"):
                value = given.get(each.name, self._usual(each, wanted.get(each.name)))
                options = tuple((choice, choice) for choice in (("", *each.choices) if each.choices else ()))
                is_number = each.kind in (PropertyKind.INTEGER, PropertyKind.NUMBER, PropertyKind.AMOUNT)
                yield Prop(each.name, each.words.in_language(self.language), value, options, is_number)

    def _usual(self, each: Property, wanted: Any) -> str:
        """Return a sensible value: what the journey asks for, or an example."""
        if isinstance(wanted, list):
            wanted = wanted[0] if wanted else None
        if isinstance(wanted, Mapping):
            wanted = next((wanted[key] for key in ("at_least", "at_most", "above", "below") if key in wanted), None)
        if wanted is not None and each.kind is PropertyKind.AMOUNT:
            return f"{Decimal(wanted) / self._scale(each.name):f}"
        if wanted is not None:
            return str(wanted)
        if each.choices:
            return each.choices[0] if each.is_required else ""
        if each.kind is PropertyKind.AMOUNT:
            return "10000" if each.name == "amount" else ""
        if each.name == "plan":
            return self._plan()
        return {"goal": "first"}.get(each.name, "1") if each.is_required else ""

    def _plan(self) -> str:
        acts = [step.act for step in self.graph.steps.values()] if self.graph else []
        return next((act.what for act in acts if isinstance(act, Send) and act.channel == "plan"), "start")

    def _scale(self, name: str) -> int:
        return 1_000 if name == "points" else 10 ** int(get_currency_precision(self.currency))

    def _value(self, type_name: str, prop: Prop) -> object:
        """Return a property as the log holds it; None where the field is empty."""
        event_type = catalogue.find_event_type(type_name)
        known = event_type.find_property(prop.name) if event_type else None
        text = prop.value.strip().replace("\N{NO-BREAK SPACE}", "")
        if known is None or not text:
            return None
        if known.kind is PropertyKind.AMOUNT:
            return int(Decimal(text.replace(",", ".")) * self._scale(prop.name))
        if known.kind is PropertyKind.INTEGER:
            return int(text)
        if known.kind is PropertyKind.NUMBER:
            return float(text.replace(",", "."))
        if known.kind is PropertyKind.BOOLEAN:
            return text.lower() in ("1", "true", "yes")
        return text

    # What the journey looks at

    def wanted(self) -> dict[str, Mapping[str, Any]]:
        """Return the events that waits and the conversion name, with what they ask of them."""
        found: dict[str, Mapping[str, Any]] = {}
        for _step, wait in self.graph.waits() if self.graph else ():
            for name in wait.event_types:
                found.setdefault(name, wait.where)
        if self.graph and self.graph.conversion:
            found.setdefault(self.graph.conversion.event_type, self.graph.conversion.where)
        return found

    def event_types(self) -> Sequence[EventType]:
        """Return what can be chosen: those that the journey names first."""
        named = self.wanted()
        all_types = catalogue.all_event_types()
        offered = [each for each in all_types if each.owner == "company" or each.name in (*OFFERED, *named)]
        return sorted(offered, key=lambda each: each.name not in named)


def _places(data: QueryDict) -> list[int]:
    numbers = {key[1:].partition(".")[0] for key in data if key.startswith("h") and key.endswith(".type")}
    return sorted(int(number) for number in numbers if number.isdecimal())[:MOST_HAPPENINGS]
