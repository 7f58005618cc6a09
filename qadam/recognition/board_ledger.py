"""Compare a board with what it is made of, and put right what differs: new boards, merged people, the nightly check."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Max, Q, Sum

from qadam import conditions
from qadam.events.models import Event
from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.people.queries import get_company
from qadam.recognition import board_counts, boards
from qadam.recognition.board_definitions import BoardInForce, boards_in_force
from qadam.recognition.board_rules import end_of_period, period_before, start_of_period
from qadam.recognition.boards import Gain
from qadam.recognition.ledger import PointEntry
from qadam.recognition.measuring import amounts_of
from qadam.recognition.periods import beginning_of, day_in
from qadam.recognition.seats import ScoreKey
from qadam.recognition.social import Closing, Score

Right = dict[int, tuple[int, datetime]]
"""{member: (points, the last act that scored)}."""


def check_all(*, now: datetime) -> int:
    """Put the open periods of every board right. Return how many scores differed."""
    boards_now = boards_in_force()
    found = sum(check_open(board=board, among=None, now=now) for board in boards_now)
    for board in boards_now:
        count_open_again(board=board, now=now)
    return found


@write()
def check_open(*, board: BoardInForce, among: Collection[int] | None, now: datetime) -> int:
    """Put the periods that are on or wait for late facts right, for these members or for all."""
    closed = set(Closing.objects.filter(board_id=board.id).values_list("starts_on", flat=True))
    periods = [each for each in _periods_around(board, now) if each not in closed]
    return sum(check_period(board=board, starts_on=each, now=now, among=among) for each in periods)


@write()
def count_open_again(*, board: BoardInForce, now: datetime) -> None:
    """Make the counts of the open periods anew from their scores."""
    for starts_on in _periods_around(board, now):
        if not Closing.objects.filter(board_id=board.id, starts_on=starts_on).exists():
            board_counts.count_again(board.id, starts_on, has_teams=board.document.is_normalised)


def _periods_around(board: BoardInForce, now: datetime) -> tuple[date, date]:
    today = day_in(now, clock.zone_of(get_company().zone, "UTC"))
    this = start_of_period(today, board.document.period)
    return period_before(this, board.document.period), this


@write()
def check_period(*, board: BoardInForce, starts_on: date, now: datetime, among: Collection[int] | None = None) -> int:
    """Bring the scores of a period in line with the ledger (or the log, for a board that counts facts).

    Return how many scores differed; `among` looks at these members only.
    """
    right = _from_log(board, starts_on, among, now) if board.document.measure else _from_ledger(board, starts_on, among)
    kept = Score.objects.filter(board_id=board.id, starts_on=starts_on)
    if among is not None:
        kept = kept.filter(member_id__in=conditions.ids_in(list(among)))
    points = dict(kept.values_list("member_id", "points"))
    gains: dict[ScoreKey, Gain] = {}
    for member_id in right.keys() | points.keys():
        new, at = right.get(member_id, (0, None))
        if new != points.get(member_id, 0):
            gains[board.id, starts_on, member_id] = Gain(new - points.get(member_id, 0), at)
    boards.add_gains(gains, {board.id: board}, now=now)
    return len(gains)


def _from_ledger(board: BoardInForce, starts_on: date, among: Collection[int] | None) -> Right:
    days = (starts_on, end_of_period(starts_on, board.document.period))
    rows = PointEntry.objects.counted().filter(local_day__range=days)
    if board.document.rules:
        rows = rows.filter(rule__in=board.document.rules)
    if among is not None:
        rows = rows.filter(member_id__in=conditions.ids_in(list(among)))
    found = (
        rows.order_by()
        .values("member_id")
        .annotate(total=Sum("points"), last=Max("occurred_at", filter=Q(points__gt=0)))
    )
    return {row["member_id"]: (row["total"], row["last"]) for row in found if row["last"] is not None}


def period_instants(board: BoardInForce, starts_on: date) -> tuple[datetime, datetime]:
    """Return the instants between which facts belong to a period: days of the company's zone."""
    zone = clock.zone_of(get_company().zone, "UTC")
    after = end_of_period(starts_on, board.document.period).toordinal() + 1
    return beginning_of(starts_on, zone), beginning_of(date.fromordinal(after), zone)


def _from_log(board: BoardInForce, starts_on: date, among: Collection[int] | None, now: datetime) -> Right:
    tally = board.document.measure
    assert tally is not None
    since, until = period_instants(board, starts_on)
    rows = Event.objects.filter(type__in=tally.events, occurred_at__gte=since, occurred_at__lt=until)
    rows = rows.filter(member_id__isnull=False)
    if among is not None:
        rows = rows.filter(member_id__in=conditions.ids_in(list(among)))
    counted = rows.order_by().values("member_id").annotate(last=Max("occurred_at"))
    last: dict[int, datetime] = {row["member_id"]: row["last"] for row in counted if row["member_id"] is not None}
    amounts = amounts_of(tally, among=list(last), since=since, until=until, now=now)
    return {member_id: (amount, last[member_id]) for member_id, amount in amounts.items() if amount > 0}
