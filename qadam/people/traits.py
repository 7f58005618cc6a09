"""Write what is told about people from outside: new ones, changed traits, sponsors and registrations, in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from qadam.events.catalogue import Fault
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import attempt, write
from qadam.people import operations as people
from qadam.people.errors import SponsorLoop
from qadam.people.models import Company, Kind, Member
from qadam.people.queries import ids_by_external_id
from qadam.people.trait_rules import FaultyPerson, Person, find_loops, order_by_sponsor


@dataclass
class Outcome:
    """What became of a list of people. `faults` is by place in the list; `created` by the company's own id."""

    created: dict[str, int] = field(default_factory=dict)
    updated: int = 0
    unchanged: int = 0
    faults: dict[int, Fault] = field(default_factory=dict)


@write()
def update_traits(*, member: Member, changes: Mapping[str, str], now: datetime) -> bool:
    """Set the traits that differ (name, email, phone, language, zone, kind). Return whether any did.

    Raises:
        FaultyPerson: a registered member can't become a prospect again.
    """
    differing = [name for name, value in changes.items() if getattr(member, name) != value]
    if "kind" in differing and member.registered_at and changes["kind"] == Kind.PROSPECT:
        raise FaultyPerson("registered_before", "kind", member.registered_at.isoformat())
    before = {name: getattr(member, name) for name in differing}
    for name in differing:
        setattr(member, name, changes[name])
    people.record_changes(member_id=member.id, before=before, now=now)
    if differing:
        member.save(update_fields=differing)
    return bool(differing)


def find_members(external_ids: Iterable[str]) -> dict[str, Member]:
    """Return {company's own id: member} for those that exist."""
    ids = ids_by_external_id(external_ids)
    members: dict[int, Member] = {}
    for chunk in chunks(sorted(set(ids.values())), 5_000):
        members |= Member.objects.in_bulk(chunk)
    return {external_id: members[member_id] for external_id, member_id in ids.items()}


@write()
def put_people(people_given: Sequence[Person], *, now: datetime) -> Outcome:
    """Create the people who are unknown (as prospects, unless told otherwise) and update the others.

    Each person is for himself: a fault of one (unknown_sponsor, sponsor_loop, registered_before, missing_property)
    changes nothing of that one and nothing of the rest. Sponsors may stand anywhere in the list.
    """
    outcome = Outcome()
    known = find_members(_ids_in(people_given))
    waiting: dict[str, list[int]] = {}
    for index, person in enumerate(people_given):
        if person.external_id not in known:
            waiting.setdefault(person.external_id, []).append(index)
    tried: set[int] = set()
    while waiting:
        firsts = {indexes.pop(0) for indexes in waiting.values()}
        _create({index: people_given[index] for index in sorted(firsts)}, known, outcome, now)
        waiting = {each: indexes for each, indexes in waiting.items() if indexes and each not in known}
        tried |= firsts
    for index, person in enumerate(people_given):
        if index not in tried:
            _update(index, person, known, outcome, now)
    return outcome


def _ids_in(people_given: Sequence[Person]) -> set[str]:
    return {each.external_id for each in people_given} | {each.sponsor for each in people_given if each.sponsor}


def _create(new: Mapping[int, Person], known: dict[str, Member], outcome: Outcome, now: datetime) -> None:
    """Add new people layer by layer, sponsors first; `known` grows by them."""
    index_of = {person.external_id: index for index, person in new.items()}
    sponsor_of = {person.external_id: person.sponsor for person in new.values()}
    for external_id in find_loops(sponsor_of):
        outcome.faults[index_of[external_id]] = Fault("sponsor_loop", "sponsor", str(sponsor_of[external_id]))
    language = Company.objects.values_list("language", flat=True).first() or "kk"
    for layer in order_by_sponsor(sponsor_of):
        ready = [person for each in layer if (person := new[index_of[each]]) and _is_ready(person, known)]
        rows = [_new_member(person, known, language) for person in ready]
        for member in people.add_members(rows, now=now) if rows else []:
            known[str(member.external_id)] = member
            outcome.created[str(member.external_id)] = member.id
    for external_id, index in index_of.items():
        if external_id not in known and index not in outcome.faults:
            outcome.faults[index] = _reason(new[index])


def _is_ready(person: Person, known: Mapping[str, Member]) -> bool:
    has_kind = person.registered_at is None or person.kind not in (None, Kind.PROSPECT)
    return has_kind and (person.sponsor is None or person.sponsor in known)


def _reason(person: Person) -> Fault:
    if person.registered_at is not None and person.kind in (None, Kind.PROSPECT):
        return Fault("missing_property", "kind", "customer, distributor")
    return Fault("unknown_sponsor", "sponsor", str(person.sponsor))


def _new_member(person: Person, known: Mapping[str, Member], language: str) -> people.NewMember:
    row = people.NewMember(
        external_id=person.external_id,
        sponsor_id=known[person.sponsor].id if person.sponsor else None,
        registered_at=person.registered_at,
        language=language,
    )
    changes: dict[str, Any] = dict(person.changes)
    return replace(row, **changes)


def _update(index: int, person: Person, known: Mapping[str, Member], outcome: Outcome, now: datetime) -> None:
    member = known[person.external_id]
    try:
        if person.sponsor and person.sponsor not in known:
            raise FaultyPerson("unknown_sponsor", "sponsor", person.sponsor)
        with attempt():
            is_changed = _apply(member, person, known[person.sponsor] if person.sponsor else None, now)
    except FaultyPerson as faulty:
        outcome.faults[index] = faulty.fault
    except SponsorLoop:
        outcome.faults[index] = Fault("sponsor_loop", "sponsor", str(person.sponsor))
    else:
        outcome.updated += is_changed
        outcome.unchanged += not is_changed


def _apply(member: Member, person: Person, sponsor: Member | None, now: datetime) -> bool:
    is_moving = sponsor is not None and member.sponsor_id != sponsor.id
    is_registering = _is_registering(member, person)
    if is_registering and person.registered_at:
        kind = person.kind or member.kind
        people.register_member(member=member, kind=kind, sponsor=sponsor, at=person.registered_at, now=now)
    elif is_moving:
        people.move_branch(member=member, new_sponsor=sponsor, actor=None, now=now)
    return update_traits(member=member, changes=person.changes, now=now) or is_moving or is_registering


def _is_registering(member: Member, person: Person) -> bool:
    if person.registered_at is None or person.registered_at == member.registered_at:
        return False
    if member.registered_at is not None:
        raise FaultyPerson("registered_before", "registered_at", member.registered_at.isoformat())
    if Kind.PROSPECT in (person.kind, person.kind or member.kind):
        raise FaultyPerson("missing_property", "kind", "customer, distributor")
    return True
