"""How journeys go in numbers: per step, per arm, per journey. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from qadam.experiments.rules import CONTROL, TREATED
from qadam.jobs import sql
from qadam.journeys import graphs
from qadam.journeys.models import Enrollment, Journey
from qadam.lib.intervals import Interval, newcombe_interval, wilson_interval
from qadam.messaging import signed_links
from qadam.messaging.queries import read_policy

SENT = ("sent", "withheld", "suppressed", "failed", "expired", "unknown")


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """What happened at one step, to people who entered the journey since the asked instant.

    `entered` and `left` count arrivals and departures; `waiting` stands there now; the rest counts people: whose
    message went out, who opened it, from whom it was withheld or kept back (suppressed, expired, failed, unknown), and
    who converted after they had come by here.
    """

    entered: int = 0
    waiting: int = 0
    left: int = 0
    sent: int = 0
    opened: int | None = None
    """None where letters don't tell."""
    converted: int = 0
    withheld: int = 0
    kept_back: int = 0
    stuck: int = 0


DEPARTURES = """
SELECT t.from_step, t.edge, count(*), sum(CASE WHEN e.converted_at IS NOT NULL THEN 1 ELSE 0 END)
FROM journeys_enrollment e JOIN journeys_transition t ON t.enrollment_id = e.id
WHERE e.journey_id = %s AND e.entered_at >= %s GROUP BY t.from_step, t.edge
"""

PRESENT = """
SELECT e.step, e.phase, count(*), sum(CASE WHEN e.converted_at IS NOT NULL THEN 1 ELSE 0 END)
FROM journeys_enrollment e
WHERE e.journey_id = %s AND e.entered_at >= %s AND e.left_at IS NULL GROUP BY e.step, e.phase
"""

OPENED = """
SELECT t.from_step, count(*) FROM journeys_enrollment e
JOIN messaging_outbox o ON o.enrollment_id = e.id AND o.opened_at IS NOT NULL
JOIN journeys_transition t ON t.enrollment_id = e.id AND t.visit = o.visit
WHERE e.journey_id = %s AND e.entered_at >= %s GROUP BY t.from_step
"""


def read_step_numbers(journey_slug: str, *, since: datetime) -> dict[str, StepNumbers]:
    """Return {step: numbers} for people who entered at or after `since`, over all versions."""
    journey_id = Journey.objects.values_list("id", flat=True).get(slug=journey_slug)
    given = [journey_id, sql.instant_param(since)]
    found: dict[str, dict[str, int]] = {}

    def add(step: str, name: str, number: int) -> None:
        own = found.setdefault(step, {})
        own[name] = own.get(name, 0) + number

    for step, edge, number, converted in _rows(DEPARTURES, given):
        add(step, "left", number)
        add(step, "entered", number)
        add(step, "converted", converted)
        if edge in SENT:
            add(step, edge if edge in ("sent", "withheld") else "kept_back", number)
    for step, phase, number, converted in _rows(PRESENT, given):
        add(step, "stuck" if phase == "stuck" else "waiting", number)
        add(step, "entered", number)
        add(step, "converted", converted)
    openings = _rows(OPENED, given)
    if openings or (signed_links.can_tell_openings() and read_policy().opens):
        for step, numbers in found.items():
            numbers["opened"] = dict(openings).get(step, 0)
    return {step: StepNumbers(**numbers) for step, numbers in found.items()}


def _rows(query: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ArmNumbers:
    """One arm, by intention to treat: everybody who was given it. `interval` of the share is Wilson's."""

    arm: str
    n: int
    converted: int
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of the journey for those whose time to convert is over: who entered at or before `entered_until`.

    With a control group two arms, treated first, and `lift`: the difference of their shares with Newcombe's interval,
    None while an arm has fewer than `SMALLEST`. Without one, everybody as one arm "", and no lift.
    """

    arms: tuple[ArmNumbers, ...]
    lift: Interval | None
    entered_until: datetime


SMALLEST = 30


def read_effect(journey: Journey, *, now: datetime) -> Effect | None:
    """Return what came of a journey, or None where it has no conversion."""
    conversion = graphs.graph_of(journey.current).conversion if journey.current else None
    if conversion is None:
        return None
    until = now - conversion.within
    counts = Enrollment.objects.filter(journey=journey, entered_at__lte=until).order_by().values("arm")
    rows: Mapping[str, tuple[int, int]] = {
        arm: (n, converted)
        for arm, n, converted in counts.annotate(
            n=Count("id"), converted=Count("id", filter=Q(converted_at__isnull=False))
        ).values_list("arm", "n", "converted")
    }
    arms = [_arm_numbers(arm, *rows[arm]) for arm in (TREATED, CONTROL) if arm in rows]
    if len(arms) < 2:
        everybody = tuple(map(sum, zip(*rows.values(), strict=True))) or (0, 0)
        return Effect((_arm_numbers("", *everybody),), None, until)
    return Effect(tuple(arms), _lift(*arms), until)


def _arm_numbers(arm: str, n: int, converted: int) -> ArmNumbers:
    return ArmNumbers(arm, n, converted, wilson_interval(converted, n))


def _lift(treated: ArmNumbers, control: ArmNumbers) -> Interval | None:
    if min(treated.n, control.n) < SMALLEST:
        return None
    return newcombe_interval((treated.converted, treated.n), (control.converted, control.n))
