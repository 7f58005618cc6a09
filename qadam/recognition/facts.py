"""What posting has to know of the people and the log behind a batch of facts; each read once for the whole batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from qadam.events.consumers import EventRow, read_events
from qadam.jobs import sql
from qadam.lib import clock
from qadam.people.models import Member
from qadam.people.queries import get_company
from qadam.recognition.documents import Earner
from qadam.recognition.periods import ZoneHistory, local_day

LOST_PROPS = "props->>'field' = 'zone'"
"""Which changes of a member are those of the zone, on both databases."""


@dataclass(frozen=True, slots=True)
class Person:
    """What decides who earns by a member's facts. `contacts` are e-mail and digits of the phone."""

    id: int
    zone: str
    mentor_id: int | None
    sponsor_id: int | None
    contacts: frozenset[str]
    left_at: datetime | None


def read_people(member_ids: Collection[int]) -> dict[int, Person]:
    fields = ("id", "zone", "mentor_id", "sponsor_id", "email", "phone", "left_at")
    rows = Member.objects.filter(id__in=list(member_ids)).values_list(*fields)
    return {row[0]: Person(row[0], row[1], row[2], row[3], _contacts(row[4], row[5]), row[6]) for row in rows}


def _contacts(email: str, phone: str) -> frozenset[str]:
    digits = "".join(letter for letter in phone if letter.isdigit())
    return frozenset({email.strip().casefold(), digits[-10:]} - {""})


def read_leaders(people: Mapping[int, Person]) -> dict[int, Person]:
    """Return these people and whoever stands directly above them."""
    above = {each for person in people.values() for each in (person.mentor_id, person.sponsor_id) if each}
    return {**people, **read_people(above - people.keys())}


def find_earner(to: Earner, doer: Person, people: Mapping[int, Person], at: datetime) -> Person | None:
    """Return who earns by a fact of `doer`; None where that would be the doer again, or somebody who has left."""
    if to is Earner.SELF:
        return doer
    ids = (doer.mentor_id, doer.sponsor_id) if to is Earner.MENTOR else (doer.sponsor_id,)
    for each in ids:
        leader = people.get(each) if each is not None else None
        if leader is not None and (leader.left_at is None or leader.left_at > at):
            is_doer = leader.id == doer.id or not leader.contacts.isdisjoint(doer.contacts)
            return None if is_doer else leader
    return None


def read_zones(people: Collection[Person]) -> dict[int, ZoneHistory]:
    """Return the zones of people through time, from what the log says about their changes."""
    default = get_company().zone
    about, params = sql.ids_in([person.id for person in people])
    where = f"type = 'member.changed' AND member_id IN {about} AND {LOST_PROPS}"
    changes: dict[int, list[EventRow]] = {}
    for event in read_events(where, params):
        assert event.member_id is not None
        changes.setdefault(event.member_id, []).append(event)
    return {person.id: _history(person, changes.get(person.id, []), default) for person in people}


def today_of(member_id: int, now: datetime) -> date:
    """Return the day that is on for a member: the one to which points of this moment belong."""
    return local_day(now, read_zones(read_people([member_id]).values())[member_id])


def _history(person: Person, changes: Sequence[EventRow], default: str) -> ZoneHistory:
    """Chain the changes: each says what the zone was before it, the person's own is the one after the last."""
    ordered = sorted(changes, key=lambda event: (event.occurred_at, event.seq))
    names = [str(event.props.get("before", "")) for event in ordered] + [person.zone]
    zones: list[ZoneInfo] = [clock.zone_of(name, default) for name in names]
    return ZoneHistory(zones[0], [(event.occurred_at, zone) for event, zone in zip(ordered, zones[1:], strict=True)])


Log = Mapping[tuple[int, str], Sequence[EventRow]]
"""{(member id, event type): the member's facts, in the order of the log}."""


def read_log(member_ids: Collection[int], types: Collection[str]) -> Log:
    if not member_ids or not types:
        return {}
    about, params = sql.ids_in(list(member_ids))
    places = ", ".join(["%s"] * len(types))
    found: dict[tuple[int, str], list[EventRow]] = {}
    for event in read_events(f"member_id IN {about} AND type IN ({places})", [*params, *types]):
        assert event.member_id is not None
        found.setdefault((event.member_id, event.type), []).append(event)
    return found
