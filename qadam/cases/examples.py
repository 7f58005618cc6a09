"""Run the examples of a case: invented people in a transaction that is undone (docs/decisions/0009)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from qadam import conditions
from qadam.cases.documents import CaseDocument, parse
from qadam.cases.example_documents import Deed, Example, Invented, fill_props
from qadam.cases.rules import detection_rule
from qadam.events import operations as events
from qadam.events.consumers import read_events
from qadam.events.models import Event
from qadam.jobs.transactions import Unit, attempt, write
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.lib.text import Words
from qadam.people import consumer as people_consumer
from qadam.people import operations as people
from qadam.people.models import Member, MembershipKind
from qadam.people.queries import get_company

SOURCE = "example"
MORNING = time(9)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one example. `place` counts from 0; `error` says what kept it from being asked at all."""

    place: int
    name: Words
    matches: bool
    found: bool
    error: str = ""

    @property
    def is_right(self) -> bool:
        return not self.error and self.matches == self.found


class _Undo(Exception):
    def __init__(self, found: list[Checked]) -> None:
        self.found = found


MOST_KNOWN = 300
_known: dict[str, list[Checked]] = {}
"""What came of documents that were asked before, by their content: the gate asks after every change of a map."""


def check(document: Mapping[str, Any], now: datetime) -> list[Checked]:
    """Ask the detection of a case about each of its examples. Day 0 is the morning of `now`'s day; nothing stays.

    Raises:
        FaultyDocument: the document has faults.
    """
    parsed = parse(document)
    if parsed.content_hash not in _known:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[parsed.content_hash] = _check(parsed, now)
    return _known[parsed.content_hash]


def _check(parsed: CaseDocument, now: datetime) -> list[Checked]:
    rule = conditions.parse(detection_rule(parsed.source))
    company = get_company()
    zone = clock.zone_of("", company.zone)
    day_zero = clock.instant_of(clock.local_date(now, zone), MORNING, zone)

    def ask(place: int, example: Example) -> Checked:
        try:
            is_found = _Scene(day_zero, example, parsed.segments).ask(rule)
        except DomainError as error:
            return Checked(place, example.name, example.matches, False, str(error))
        return Checked(place, example.name, example.matches, is_found)

    return [_apart(ask, place, example) for place, example in enumerate(parsed.examples)]


def _apart(ask: Any, place: int, example: Example) -> Checked:
    """Ask in a part of the open transaction that is undone, without what others have buffered in it."""
    with write() as unit:
        held = {name: list(rows) for name, rows in unit.buffers.items()}
        _empty(unit)
        try:
            with attempt():
                raise _Undo([ask(place, example)])
        except _Undo as undo:
            return undo.found[0]
        finally:
            for name, rows in unit.buffers.items():
                rows[:] = held.get(name, [])


def _empty(unit: Unit) -> None:
    for rows in unit.buffers.values():
        rows.clear()


@dataclass(slots=True)
class _Scene:
    """One example in the undone transaction."""

    day_zero: datetime
    example: Example
    segments: Sequence[str]

    def ask(self, rule: conditions.Condition) -> bool:
        last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
        members = self._add_people()
        everybody = [self.example.person, *self.example.team]
        for person, member in zip(everybody, members, strict=True):
            self._live(person, member, [each.id for each in members[1:]])
        with write() as unit:
            unit.flush()
            _empty(unit)
        asked_at = self.day_zero + self.example.at
        people_consumer.handle(read_events("id > %s", [last]), asked_at)
        matching = conditions.matching_members(rule, now=asked_at, among=[members[0].id])
        return matching.exists()

    def _add_people(self) -> list[Member]:
        """Return the member of the example and then the team."""
        sponsor = self._add_upline() if self.example.has_sponsor else None
        mentor = self._add_upline() if self.example.has_mentor else None
        me = self._add(self.example.person, sponsor, mentor)
        team = [self._add(each, me, me if each.is_mentee else None) for each in self.example.team]
        return [me, *team]

    def _add_upline(self) -> Member:
        new = people.NewMember(kind="distributor", registered_at=self.day_zero)
        return people.add_members([new], now=self.day_zero)[0]

    def _add(self, person: Invented, sponsor: Member | None, mentor: Member | None) -> Member:
        new = people.NewMember(
            kind=person.kind,
            name="-",
            registered_at=self.day_zero if person.is_registered else None,
            sponsor_id=sponsor.id if sponsor else None,
            mentor_id=mentor.id if mentor else None,
        )
        (member,) = people.add_members([new], now=self.day_zero)
        if person.is_registered:
            Member.objects.filter(id=member.id).update(day_zero_at=self.day_zero)
        return member

    def _live(self, person: Invented, member: Member, team: Sequence[int]) -> None:
        stays = list(person.stays)
        if person is self.example.person and self.segments and self.example.matches:
            is_told = any(kind == MembershipKind.SEGMENT for kind, _key in stays)
            stays += [] if is_told else [(MembershipKind.SEGMENT.value, self.segments[0])]
        begun = [people.Stay(member.id, kind, key, self.day_zero) for kind, key in stays]
        people.enter_memberships(begun, now=self.day_zero)
        for number, deed in enumerate(person.deeds):
            if deed.after <= self.example.at:
                self._do(deed, member, f"{member.id}:{number}", team)
        if person.left_after is not None and person.left_after <= self.example.at:
            self._leave(member, person.left_after)

    def _do(self, deed: Deed, member: Member, key: str, team: Sequence[int]) -> None:
        if deed.type == "member.left":
            self._leave(member, deed.after)
            return
        at = self.day_zero + deed.after
        props = fill_props(deed.props, self.day_zero, team)
        new = events.NewEvent(deed.type, member.id, at, f"{SOURCE}:{key}", props, SOURCE)
        events.record_many([new], now=max(at, self.day_zero))

    def _leave(self, member: Member, after: timedelta) -> None:
        at = self.day_zero + after
        people.leave_company(member=member, reason="", at=at, now=at)
