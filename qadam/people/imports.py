"""Import members and orders from a table: all that is right gets in, every faulty row is named with its reason.

A second run of the same file adds nothing: a member is known by the company's own id, an order by source and own id.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from qadam.events import ingest
from qadam.events import operations as events
from qadam.events.catalogue import Fault
from qadam.events.errors import ReservedSource
from qadam.events.models import Event
from qadam.jobs.sql import chunks
from qadam.jobs.transactions import attempt
from qadam.lib.clock import local_date
from qadam.people import intake, queries, traits
from qadam.people.import_files import Row, Table, find_columns
from qadam.people.import_rules import (
    MEMBER_FIELDS,
    ORDER_FIELDS,
    Customs,
    FaultyRow,
    Order,
    read_local_time,
    read_order,
)
from qadam.people.trait_rules import FaultyPerson, Person, read_person

AT_ONCE = 5_000
"""Orders per transaction: the engine and the pages get their turns in between."""

Progress = Callable[[int], None]
"""Told how many rows have been done since the last call."""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that wasn't imported, with the reason."""

    row: int
    fault: Fault
    cells: Sequence[str]


@dataclass
class Report:
    """What an import did, or would do. `present` counts what was there already, unchanged."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    present: int = 0
    members_created: int = 0
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to import a table. `mapping` is {column: field}; `kind` that of members whose row names none."""

    table: Table
    mapping: Mapping[str, str]
    is_dry_run: bool = False
    source: str = "import"
    kind: str = ""
    on_progress: Progress = lambda count: None


class _Undo(Exception):
    """Ends a dry run: everything it did is rolled back."""


@contextmanager
def _unit(is_dry_run: bool) -> Iterator[None]:
    """Open a transaction whose work is kept or, in a dry run, undone: so it says exactly what a run would do."""
    try:
        with attempt():
            ingest.lock_intake()
            yield
            events.sort_buffered()
            if is_dry_run:
                raise _Undo
    except _Undo:
        pass


def import_members(plan: Plan, *, now: datetime) -> Report:
    """Import people, in one transaction. Unknown ones are created, known ones changed where a given cell differs.

    Sponsors may stand in any row; loops and unknown sponsors are reported for each row they touch.

    Raises:
        DomainError: the file as a whole can't be read or mapped.
    """
    report, zone = Report(), ZoneInfo(queries.get_company().zone)
    columns = find_columns(plan.table.header, plan.mapping, fields=MEMBER_FIELDS, required=["external_id"])
    given: list[tuple[Row, Person]] = []
    first_row: dict[str, int] = {}
    for row, cells in _read(plan, columns, report):
        try:
            person = _read_member(cells, plan.kind, zone, now)
            if first_row.setdefault(person.external_id, row.number) != row.number:
                raise FaultyRow("duplicate_row", "external_id", str(first_row[person.external_id]))
            given.append((row, person))
        except (FaultyPerson, FaultyRow) as faulty:
            report.errors.append(RowError(row.number, faulty.fault, row.cells))
    with _unit(plan.is_dry_run):
        outcome = traits.put_people([person for _, person in given], now=now)
        intake.retry_for(user_ids=outcome.created, now=now)
    report.created, report.updated, report.present = len(outcome.created), outcome.updated, outcome.unchanged
    report.errors += [RowError(given[i][0].number, fault, given[i][0].cells) for i, fault in outcome.faults.items()]
    report.errors.sort(key=lambda error: error.row)
    return report


def _read_member(cells: Mapping[str, str], kind: str, zone: ZoneInfo, now: datetime) -> Person:
    external_id = cells["external_id"].strip()
    if not external_id:
        raise FaultyRow("missing_property", "external_id")
    if len(external_id) > 200 or "\x00" in external_id:
        raise FaultyRow("too_long" if len(external_id) > 200 else "zero_byte", "external_id", "200")
    fields = {**cells, "kind": cells.get("kind", "").strip() or kind}
    return read_person(external_id, fields, read_time=lambda value: read_local_time(str(value), zone), now=now)


def _read(plan: Plan, columns: Mapping[str, int], report: Report) -> Iterator[tuple[Row, dict[str, str]]]:
    """Yield each row with its cells by field; ragged rows go to the errors."""
    width = len(plan.table.header)
    for row in plan.table.rows():
        report.rows += 1
        plan.on_progress(1)
        if len(row.cells) != width:
            fault = Fault("wrong_cells", "", f"{len(row.cells)} ≠ {width}")
            report.errors.append(RowError(row.number, fault, row.cells))
            continue
        yield row, {field: row.cells[place] for field, place in columns.items()}


def import_orders(
    plan: Plan, *, create_members: str = "", on_day: Callable[[date], None] | None = None, now: datetime
) -> Report:
    """Import paid orders into the log, in the order of time, so many to a transaction.

    `create_members` is the kind (customer, distributor) as which an unknown buyer is added, registered with the first
    order of the file; without it such a row is an error. With `on_day` each day of the company's zone is a transaction
    of its own, after which on_day(day) is called: so history can be lived through, each day with only its past.

    Raises:
        DomainError: the file as a whole can't be read or mapped.
    """
    if plan.source in ("", events.OWN_SOURCE) or len(plan.source) > 64:
        raise ReservedSource(source=plan.source)
    company = queries.get_company()
    customs = Customs(ZoneInfo(company.zone), company.currency, now)
    report = Report()
    pairs = _read_orders(plan, customs, report)
    for day, chunk in _portions(pairs, customs.zone, plan.is_dry_run, on_day is not None):
        with _unit(plan.is_dry_run):
            _store_orders(chunk, plan.source, create_members, report, now)
        if on_day is not None:
            on_day(day)
    report.errors.sort(key=lambda error: error.row)
    return report


def _portions(
    pairs: Sequence[tuple[Row, Order]], zone: ZoneInfo, is_dry_run: bool, is_by_day: bool
) -> Iterator[tuple[date, Sequence[tuple[Row, Order]]]]:
    """Cut the orders, which stand in the order of time, into transactions, each with its last day."""

    def day_of(pair: tuple[Row, Order]) -> date:
        return local_date(pair[1].paid_at, zone)

    if is_by_day:
        for day, group in groupby(pairs, key=day_of):
            yield day, list(group)
        return
    for chunk in chunks(pairs, max(1, len(pairs)) if is_dry_run else AT_ONCE):
        yield day_of(chunk[-1]), chunk


def _read_orders(plan: Plan, customs: Customs, report: Report) -> list[tuple[Row, Order]]:
    columns = find_columns(plan.table.header, plan.mapping, fields=ORDER_FIELDS, required=["member", "paid_at"])
    pairs: list[tuple[Row, Order]] = []
    first_row: dict[str, int] = {}
    for row, cells in _read(plan, columns, report):
        try:
            order = read_order(row.number, cells, customs)
            if first_row.setdefault(order.key, row.number) != row.number:
                raise FaultyRow("duplicate_row", "order", str(first_row[order.key]))
            pairs.append((row, order))
        except FaultyRow as faulty:
            report.errors.append(RowError(row.number, faulty.fault, row.cells))
    return sorted(pairs, key=lambda pair: pair[1].paid_at)


def _store_orders(
    pairs: Sequence[tuple[Row, Order]], source: str, create_members: str, report: Report, now: datetime
) -> None:
    members = {each: member.id for each, member in traits.find_members(order.member for _, order in pairs).items()}
    if create_members:
        members |= _add_buyers(pairs, members, create_members, report, now)
    known = [order for _, order in pairs if order.member in members]
    report.errors += [
        RowError(row.number, Fault("unknown_member", "member", order.member), row.cells)
        for row, order in pairs
        if order.member not in members
    ]
    present = _present(known, source)
    fresh = [order for order in known if order.key not in present]
    report.present += len(present)
    report.created += len(fresh)
    events.record_many(
        [events.NewEvent("order.paid", members[o.member], o.paid_at, o.key, o.props, source) for o in fresh], now=now
    )


def _present(orders: Sequence[Order], source: str) -> set[str]:
    keys: set[str] = set()
    for chunk in chunks(orders, AT_ONCE):
        rows = Event.objects.filter(source=source, external_id__in=[order.key for order in chunk])
        keys.update(rows.values_list("external_id", flat=True))
    return keys


def _add_buyers(
    pairs: Sequence[tuple[Row, Order]], members: Mapping[str, int], kind: str, report: Report, now: datetime
) -> dict[str, int]:
    """Add the unknown buyers of these orders, each registered with the first order (they come in order of time)."""
    first: dict[str, Order] = {}
    for _, order in pairs:
        if order.member not in members:
            first.setdefault(order.member, order)
    new = [Person(each, {"kind": kind}, registered_at=order.paid_at) for each, order in first.items()]
    outcome = traits.put_people(new, now=now)
    intake.retry_for(user_ids=outcome.created, now=now)
    report.members_created += len(outcome.created)
    return outcome.created
