"""Take in what comes from outside: find the people, record the facts, put the rest aside, and try it again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from qadam.events import ingest, queries, rules
from qadam.events import operations as events
from qadam.events.catalogue import Fault
from qadam.events.rules import Fact, Identity, Reading, Rejected, Sorted
from qadam.events.values import read_instant
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import attempt, write
from qadam.people import operations as people
from qadam.people import traits
from qadam.people.models import Company, Kind, Member
from qadam.people.queries import ids_by_external_id
from qadam.people.trait_rules import FaultyPerson, Person, fields_of_traits, read_person

REGISTERED, LEFT = "member.registered", "member.left"
COMMANDS = frozenset({REGISTERED, LEFT})
"""Events that are recorded by an operation on the member; a sender's event of this name asks for the operation."""
WAITS_FOR_PERSON = ("unknown_member", "unknown_sponsor")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. `ignored` holds (place in the batch, trait that isn't kept)."""

    accepted: int
    rejected: Sequence[Rejected]
    arrived: Collection[str]
    ignored: Sequence[tuple[int, str]] = ()


def sort(
    messages: Sequence[object], *, source: str, received_at: datetime, sent_at: object = None, is_import: bool = False
) -> Sorted:
    """Decide a request's messages, with the names that the sender `source` uses. Reads the mappings, writes nothing."""
    reading = Reading(
        received_at=received_at,
        now=received_at,
        sent_at=read_instant(sent_at),
        is_import=is_import,
        **_vocabulary(messages, source),
    )
    return rules.sort_messages(messages, reading)


def _vocabulary(messages: Sequence[object], source: str) -> dict[str, Any]:
    incoming = {name for each in messages if isinstance(each, Mapping) and isinstance(name := each.get("event"), str)}
    storable = {name for name in incoming if "\x00" not in name}
    names = queries.names_of(source, storable)
    currency = Company.objects.values_list("currency", flat=True).first() if names else ""
    return {"names": names, "commands": COMMANDS, "currency": currency or ""}


@write()
def take_in(batch: Sorted, *, source: str, received_at: datetime, now: datetime) -> Receipt:
    """Store a decided batch: people first, then what they did; what can't be stored goes to the quarantine.

    Idempotent by (source, messageId). Messages that waited for a person who arrives here are tried again at once.
    """
    receipt = _take(batch, source, received_at, now)
    _retry_waiting(receipt.arrived, now)
    return receipt


def _take(batch: Sorted, source: str, received_at: datetime, now: datetime) -> Receipt:
    commands = [fact for fact in batch.facts if fact.type in COMMANDS]
    if batch.identities or commands:
        ingest.lock_intake()
    outcome, faulty_people, ignored = _put_identities(batch.identities, now)
    members = _find_members({fact.user_id for fact in batch.facts})
    unknown = [_unknown(fact) for fact in batch.facts if fact.user_id not in members]
    known = [fact for fact in batch.facts if fact.user_id in members]
    events.record_many([_event(fact, members, source) for fact in known if fact.type not in COMMANDS], now=now)
    refused = [each for fact in known if fact.type in COMMANDS and (each := _obey(fact, members[fact.user_id], now))]
    rejected = [*batch.rejected, *faulty_people, *unknown, *refused]
    if rejected:
        kept = [replace(each, payload=batch.to_keep(each.payload)) for each in rejected]
        ingest.put_aside(kept, source=source, received_at=received_at)
    total = len(batch.facts) + len(batch.identities) + len(batch.rejected)
    return Receipt(total - len(rejected), rejected, outcome.created, ignored)


def _put_identities(
    identities: Sequence[Identity], now: datetime
) -> tuple[traits.Outcome, list[Rejected], list[tuple[int, str]]]:
    given: list[tuple[Identity, Person]] = []
    rejected: list[Rejected] = []
    ignored: list[tuple[int, str]] = []
    for identity in identities:
        fields, others = fields_of_traits(identity.traits)
        ignored.extend((identity.position, name) for name in others)
        try:
            given.append((identity, read_person(identity.user_id, fields, read_time=read_instant, now=now)))
        except FaultyPerson as faulty:
            rejected.append(_rejected(identity, faulty.fault))
    outcome = traits.put_people([person for _, person in given], now=now) if given else traits.Outcome()
    rejected.extend(_rejected(given[index][0], fault) for index, fault in outcome.faults.items())
    return outcome, rejected, ignored


def _rejected(message: Fact | Identity, fault: Fault) -> Rejected:
    holder = "traits" if isinstance(message, Identity) else "properties"
    return Rejected(message.position, message.key, replace(fault, place=f"{holder}.{fault.place}"), message.payload)


def _unknown(fact: Fact) -> Rejected:
    return Rejected(fact.position, fact.key, Fault("unknown_member", "userId", fact.user_id), fact.payload)


def _find_members(user_ids: set[str]) -> dict[str, int]:
    """Return the ids of the members; who is unknown is looked up again under the lock, lest he is just arriving."""
    members = ids_by_external_id(user_ids)
    unknown = user_ids - members.keys()
    if unknown:
        ingest.lock_intake()
        members |= ids_by_external_id(unknown)
    return members


def _event(fact: Fact, members: Mapping[str, int], source: str) -> events.NewEvent:
    return events.NewEvent(fact.type, members[fact.user_id], fact.at, fact.key, fact.props, source)


def _obey(fact: Fact, member_id: int, now: datetime) -> Rejected | None:
    """Do what a sender's event asks for; on a refusal return the message with the reason, and nothing is changed."""
    member = Member.objects.get(id=member_id)
    try:
        with attempt():
            if fact.type == REGISTERED:
                _register(fact, member, now)
            else:
                reason = str(fact.props.get("reason") or "")[:200].replace("\x00", "")
                people.leave_company(member=member, reason=reason, at=fact.at, now=now)
    except FaultyPerson as faulty:
        return _rejected(fact, faulty.fault)
    return None


def _register(fact: Fact, member: Member, now: datetime) -> None:
    """Register a member who isn't registered yet. Without a kind, a prospect becomes a customer."""
    if member.registered_at is not None:
        return
    fields = {name: fact.props.get(name) for name in ("kind", "sponsor")}
    if not fields["kind"]:
        fields["kind"] = Kind.CUSTOMER if member.kind == Kind.PROSPECT else member.kind
    person = read_person(fact.user_id, fields, read_time=read_instant, now=now)
    outcome = traits.put_people([replace(person, registered_at=fact.at)], now=now)
    for fault in outcome.faults.values():
        raise FaultyPerson(fault.code, fault.place, fault.detail)


@write()
def retry_quarantined(*, ids: Collection[int], now: datetime) -> int:
    """Try quarantined messages again. Return how many got in; the others stay, with the reason of today."""
    rows = queries.get_put_aside(ids)
    ingest.lock_intake()
    taken, arrived = _retry(rows, now)
    _retry_waiting(arrived, now)
    return taken


@write()
def retry_for(*, user_ids: Collection[str], now: datetime) -> None:
    """Try again what waited for these people, who have just been added."""
    ingest.lock_intake()
    _retry_waiting(user_ids, now)


def _retry_waiting(arrived: Collection[str], now: datetime) -> None:
    while arrived:
        rows = [row for chunk in chunks(sorted(arrived), 500) for row in queries.waiting_for(chunk, WAITS_FOR_PERSON)]
        _, arrived = _retry(rows, now)


def _retry(rows: Sequence[queries.PutAside], now: datetime) -> tuple[int, Collection[str]]:
    """Return how many got in, and who arrived with them."""
    taken: list[int] = []
    arrived: set[str] = set()
    for source in {row.source for row in rows}:
        own = [row for row in rows if row.source == source]
        receipt = _take(_decide_again(own, source, now), source, now, now)
        still_out = {each.key for each in receipt.rejected}
        taken.extend(row.id for row in own if row.key not in still_out)
        arrived.update(receipt.arrived)
    ingest.resolve(taken, now=now)
    return len(taken), arrived


def _decide_again(rows: Sequence[queries.PutAside], source: str, now: datetime) -> Sorted:
    vocabulary = _vocabulary([row.payload for row in rows], source)
    decided = [
        rules.decide(
            row.payload, Reading(received_at=row.received_at, now=now, **vocabulary), position=position, key=row.key
        )
        for position, row in enumerate(rows)
    ]
    return Sorted(
        [each for each in decided if isinstance(each, Fact)],
        [each for each in decided if isinstance(each, Identity)],
        [each for each in decided if isinstance(each, Rejected)],
    )
