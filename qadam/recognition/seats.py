"""Where a member stands on a board in a period, decided at the first act in it: the group, and whether shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qadam import conditions
from qadam.experiments import operations as experiments
from qadam.experiments.rules import CONTROL, holdout_arms
from qadam.people.models import Company, Member
from qadam.people.queries import get_company
from qadam.recognition import leagues
from qadam.recognition.board_definitions import BoardInForce
from qadam.recognition.board_documents import Group
from qadam.recognition.board_rules import hours_east, start_of_period

ScoreKey = tuple[int, date, int]
"""(board, first day of the period, member)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """The group that a member is compared with in a period, and whether the board shows them."""

    group_key: int
    can_be_shown: bool
    is_shown: bool


def take_seats(
    keys: Collection[ScoreKey], boards: Mapping[int, BoardInForce], *, now: datetime
) -> dict[ScoreKey, Seat]:
    """Give members their seats of a period; those of leagues are filled in the order of the keys given."""
    if not keys:
        return {}
    people = _read_people({key[2] for key in keys})
    company = get_company()
    found: dict[ScoreKey, Seat] = {}
    for board_id, starts_on in sorted({key[:2] for key in keys}):
        members = [people[key[2]] for key in keys if key[:2] == (board_id, starts_on) and key[2] in people]
        seats = _take_some(Table(boards[board_id], starts_on, company), members, now)
        found |= {(board_id, starts_on, member_id): seat for member_id, seat in seats.items()}
    return found


@dataclass(frozen=True, slots=True)
class Table:
    """A board in one period, at which members take their seats."""

    board: BoardInForce
    starts_on: date
    company: Company


def _read_people(ids: Collection[int]) -> dict[int, Member]:
    """Return members with what seats depend on; `visibility` comes along, where there is one."""
    rows = Member.objects.filter(id__in=conditions.ids_in(sorted(ids))).select_related("visibility")
    return {
        row.id: row
        for row in rows.only(
            *("id", "zone", "mentor_id", "sponsor_id", "day_zero_at", "left_at", "erased_at", "is_test"),
            "visibility__on_boards",
        )
    }


def _is_hidden(member: Member) -> bool:
    return hasattr(member, "visibility") and not member.visibility.on_boards


def _take_some(table: Table, members: Sequence[Member], now: datetime) -> dict[int, Seat]:
    eligible = _eligible(table.board, members, now)
    here = [each for each in members if each.id in eligible]
    if table.board.document.group is Group.LEAGUE:
        # A league has so many seats: none is kept for who has opted out.
        here = [each for each in here if not _is_hidden(each)]
    groups = _groups(table, here)
    return {
        each.id: Seat(groups.get(each.id, 0), each.id in groups, each.id in groups and not _is_hidden(each))
        for each in members
    }


def _eligible(board: BoardInForce, members: Sequence[Member], now: datetime) -> set[int]:
    """Return who may stand on the board: no staff, nobody who has left, nobody of the control group."""
    found = {each.id for each in members if not each.is_test and each.left_at is None and each.erased_at is None}
    if board.document.population is not None and found:
        rows = conditions.matching_members(board.document.population, now=now, among=sorted(found))
        found = set(rows.values_list("id", flat=True))
    if board.document.holdout and found:
        arms = experiments.assign_arms(
            layer=board.layer, arms=holdout_arms(board.document.holdout), member_ids=sorted(found), now=now
        )
        found = {each for each in found if arms[each] != CONTROL}
    return found


def _groups(table: Table, members: Sequence[Member]) -> dict[int, int]:
    """Return {member: group key}; who has no group (no leader, no day 0) is absent."""
    match table.board.document.group:
        case Group.COMPANY:
            return {each.id: 0 for each in members}
        case Group.TEAM:
            leaders = {each.id: leader_of(each) for each in members}
            return {member: leader for member, leader in leaders.items() if leader is not None}
        case Group.COHORT:
            cohorts = {each.id: cohort_of(each, table.company) for each in members}
            return {member: cohort for member, cohort in cohorts.items() if cohort is not None}
    zones = {each.id: hours_east(each.zone_in(table.company), table.starts_on) for each in members}
    return leagues.fill(table.board, table.starts_on, zones)


def leader_of(member: Member) -> int | None:
    """Return whose direct team a member belongs to: the mentor's, else the sponsor's."""
    return member.mentor_id or member.sponsor_id


def cohort_of(member: Member, company: Company) -> int | None:
    """Return the start cohort: the ordinal of the Monday of the ISO week of the local day 0."""
    day = member.day_zero_on(company)
    return start_of_period(day, "week").toordinal() if day else None
