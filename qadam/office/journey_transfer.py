"""The part of publishing that is about people: those under way, and those who qualified before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from qadam import conditions
from qadam.events.models import Event
from qadam.journeys import transfers
from qadam.journeys.models import Enrollment, Journey
from qadam.journeys.operations import Backlog, Migration
from qadam.journeys.rules import matches_where
from qadam.journeys.steps import Again, Graph, Wait
from qadam.journeys.transfers import EXIT, KEEP, RECOMPUTE, STAY, Target, TransferRow
from qadam.lib.clock import instant_of
from qadam.office.journey_draft import Draft

NOBODY, EVERYBODY, SINCE = "nobody", "everybody", "since"
BACKLOG_PER_MINUTE, MOST_PER_MINUTE = 1_000, 100_000
PREFIX = "to."


@dataclass(frozen=True, slots=True)
class Row:
    """People of one step, in all the older versions in which somebody stands on it. `to` is "" where nobody said yet.

    `options` are [(value, words)]; `has_timer`: both steps are waits, so the timer can go on or be counted anew.
    """

    step: str
    title: str
    versions: tuple[int, ...]
    members: int
    to: str
    due: str
    fires_now: int
    fault: str
    options: tuple[tuple[str, str], ...]
    has_timer: bool


@dataclass(frozen=True, slots=True)
class Before:
    """Who qualified before: what was chosen, and how many that would be. `has_dates`: since when can be asked."""

    choice: str
    since: str
    per_minute: int
    number: int | None
    has_dates: bool
    been: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says. `since` as it was typed."""

    is_moving: bool = False
    targets: Mapping[str, Target] | None = None
    per_minute: int = transfers.PER_MINUTE
    backlog: str = NOBODY
    since: str = ""
    backlog_per_minute: int = BACKLOG_PER_MINUTE

    @property
    def since_at(self) -> datetime | None:
        """The begin of the typed day, in the company's zone; None where it is no day."""
        try:
            day = date.fromisoformat(self.since)
        except ValueError:
            return None
        return instant_of(day, time.min, timezone.get_current_timezone())

    def migration(self) -> Migration | None:
        return Migration(self.targets or {}, self.per_minute) if self.is_moving else None

    def backlog_of(self) -> Backlog | None:
        if self.backlog == NOBODY:
            return None
        return Backlog(self.since_at if self.backlog == SINCE else None, self.backlog_per_minute)


def read_asked(data: QueryDict) -> Asked:
    """Read the form; what it doesn't say stays as a first look has it."""
    steps = [name.removeprefix(PREFIX) for name in data if name.startswith(PREFIX)]
    return Asked(
        is_moving=data.get("people") == "move",
        targets={step: _read_target(data, step) for step in steps if data[PREFIX + step]},
        per_minute=_read_number(data, "per_minute", transfers.PER_MINUTE),
        backlog=backlog if (backlog := data.get("backlog", "")) in (EVERYBODY, SINCE) else NOBODY,
        since=data.get("since", ""),
        backlog_per_minute=_read_number(data, "backlog_per_minute", BACKLOG_PER_MINUTE),
    )


def _read_target(data: QueryDict, step: str) -> Target:
    return Target(data.get(PREFIX + step, ""), RECOMPUTE if data.get(f"due.{step}") == RECOMPUTE else KEEP)


def _read_number(data: QueryDict, name: str, default: int) -> int:
    text = data.get(name, "").strip()
    return min(max(int(text), 1), MOST_PER_MINUTE) if text.isdecimal() else default


# ── Who is under way ──────────────────────────────────────


def plan_rows(draft: Draft, graph: Graph, asked: Asked, drafts: Mapping[str, Draft], now: datetime) -> tuple[Row, ...]:
    """Return what the migration would do, by step; `drafts` are the older versions, to name their steps."""
    by_step: dict[str, list[TransferRow]] = {}
    for row in transfers.plan_transfer(draft.journey, graph, asked.targets or {}, now=now):
        by_step.setdefault(row.step, []).append(row)
    found = (_row(rows, draft, graph, drafts) for rows in by_step.values())
    order = {step: place for old in drafts.values() for step, place in old.order.items()}
    return tuple(sorted(found, key=lambda row: order.get(row.step, 0)))


def _row(rows: Sequence[TransferRow], draft: Draft, graph: Graph, drafts: Mapping[str, Draft]) -> Row:
    step, newest = rows[0].step, drafts[str(rows[-1].number)]
    fault = _tell_fault(rows, step, graph)
    to = "" if any(not row.to for row in rows) else rows[-1].to
    was, becomes = newest.parsed.get(step), graph.steps.get(to)
    return Row(
        step=step,
        title=newest.phrase(step).title if step in newest.steps else step,
        versions=tuple(row.number for row in rows),
        members=sum(row.members for row in rows),
        to=to,
        due=rows[-1].due,
        fires_now=sum(row.fires_now for row in rows),
        fault=fault,
        options=_options(step, to, draft, graph),
        has_timer=bool(was and becomes and isinstance(was.act, Wait) and isinstance(becomes.act, Wait)),
    )


def _tell_fault(rows: Sequence[TransferRow], step: str, graph: Graph) -> str:
    if not any(row.fault for row in rows):
        return ""
    if all(row.to for row in rows):
        return _("There is no such step in the new version.")
    return _("Another kind of step now.") if step in graph.steps else _("This step is gone.")


def _options(step: str, to: str, draft: Draft, graph: Graph) -> tuple[tuple[str, str], ...]:
    choose = [] if to else [("", _("Choose where they go"))]
    ordered = sorted(graph.steps, key=lambda each: draft.order.get(each, 0))
    same = (
        [(step, _("The same step: %(label)s") % {"label": draft.names.steps.get(step, step)})]
        if step in graph.steps
        else []
    )
    others = [(each, draft.names.steps.get(each, each)) for each in ordered if each != step]
    return (*choose, *same, *others, (STAY, _("Stay in their version")), (EXIT, _("Leave the journey")))


# ── Who qualified before ──────────────────────────────────


def look_back(journey: Journey, graph: Graph, old: Graph | None, asked: Asked, now: datetime) -> Before | None:
    """Say whom a launch could take in; None where it begins for the same as before."""
    if old is not None and old.entry == graph.entry:
        return None
    since = asked.since_at if asked.backlog == SINCE else None
    fault = _("Choose a day.") if asked.backlog == SINCE and since is None else ""
    found = _qualified(graph, since, now) if asked.backlog != NOBODY and not fault else None
    been = _been(journey, graph, found) if found else 0
    return Before(
        choice=asked.backlog,
        since=asked.since,
        per_minute=asked.backlog_per_minute,
        number=len(found) - been if found is not None else None,
        has_dates=graph.entry.when is None,
        been=been,
        fault=fault,
    )


def _qualified(graph: Graph, since: datetime | None, now: datetime) -> set[int]:
    """Return the members whom the entry would have found; those of an event, by the events since then."""
    if graph.entry.when is not None:
        return set(conditions.matching_members(graph.entry.when, now=now).values_list("id", flat=True))
    past = Event.objects.filter(type=graph.entry.event_type, occurred_at__lt=now, member_id__isnull=False)
    past = past.filter(occurred_at__gte=since) if since else past
    if graph.entry.where:
        rows = past.order_by().values_list("member_id", "props")
        found = {member or 0 for member, props in rows.iterator() if matches_where(graph.entry.where, props)}
    else:
        found = {member or 0 for member in past.order_by().values_list("member_id", flat=True).distinct()}
    if graph.entry.only_if is None or not found:
        return found
    fitting = conditions.matching_members(graph.entry.only_if, now=now, among=sorted(found))
    return set(fitting.values_list("id", flat=True))


def _been(journey: Journey, graph: Graph, found: set[int]) -> int:
    """Count those who don't come again: who is in it now, and who was, where it is for once in a lifetime."""
    past = Enrollment.objects.filter(journey=journey)
    if graph.reentry.again is not Again.ONCE:
        past = past.filter(left_at__isnull=True)
    return len(found.intersection(past.values_list("member_id", flat=True)))
