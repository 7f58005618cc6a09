"""What must hold of every enrollment whenever a transaction of the engine is over, asked in sets."""

from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from qadam.journeys.models import Enrollment, JourneyVersion, Transition
from qadam.messaging.models import Outbox


def assert_sound(now: datetime, *, is_ticked: bool = True) -> None:
    """Every live enrollment waits for exactly one kind of thing, and each path has one transition per visit.

    `is_ticked`: a tick at `now` is over, so nothing is due any more.
    """
    live = Enrollment.objects.filter(left_at__isnull=True)
    moving = live.filter(journey__paused_at__isnull=True)  # a paused journey's clock stands still
    _assert_none(moving.exclude(_waits_for_one_thing()), "waits for nothing, or for two things")
    _assert_none(live.filter(phase="sending").exclude(_has_its_message()), "waits for a message that isn't there")
    if is_ticked:
        _assert_none(moving.filter(due_at__lte=now), "is due still")
        _assert_none(moving.filter(horizon_at__lte=now).exclude(phase="stuck"), "is over its horizon")
    gone = Enrollment.objects.filter(left_at__isnull=False)
    _assert_none(gone.exclude(Q(phase="done", due_at=None) & ~Q(exit_reason="")), "has left, but not wholly")
    _assert_paths_are_whole()


def _waits_for_one_thing() -> Q:
    timed, untimed = Q(due_at__isnull=False), Q(due_at__isnull=True)
    # A wait has a timer, or something that happens can end it; an end that time sets is always watched.
    waiting = Q(phase="waiting") & (timed | (Q(ends_at__isnull=True) & _stands_on_reactive_wait()))
    return (Q(phase="ready") & timed) | waiting | (Q(phase__in=["sending", "stuck"]) & untimed)


def _stands_on_reactive_wait() -> Q:
    reactive = Q(pk__in=[])
    for version in JourneyVersion.objects.all():
        waits = {step["id"]: step["wait"] for step in version.document["steps"] if "wait" in step}
        ids = [step_id for step_id, wait in waits.items() if "event" in wait or "when" in wait]
        reactive |= Q(version=version, step__in=ids)
    return reactive


def _has_its_message() -> Q:
    """Waiting in the outbox, or closed already: then its outcome is on its way through the log."""
    return Q(Exists(Outbox.objects.filter(enrollment_id=OuterRef("id"), visit=OuterRef("visit"))))


def _assert_paths_are_whole() -> None:
    """One transition per visit, without a gap, each from where the one before led, and the last to where one stands."""
    steps = Enrollment.objects.annotate(taken=Count("transitions"), last=Max("transitions__visit"))
    _assert_none(steps.exclude(taken=F("visit")), "has another number of transitions than visits")
    _assert_none(steps.filter(taken__gt=0).exclude(last=F("visit") - 1), "has a gap in its visits")
    before = Transition.objects.filter(enrollment=OuterRef("enrollment"), visit=OuterRef("visit") - 1)
    torn = Transition.objects.filter(visit__gt=0).exclude(Exists(before.filter(to_step=OuterRef("from_step"))))
    assert not torn.exists(), f"transition {torn.first()} begins elsewhere than the one before ended"
    last = Transition.objects.filter(enrollment=OuterRef("id"), visit=OuterRef("visit") - 1)
    stands = Q(Exists(last.filter(to_step=OuterRef("step")))) | Q(visit=0)
    _assert_none(Enrollment.objects.filter(left_at__isnull=True).exclude(stands), "stands elsewhere than it went")


def _assert_none(rows: "object", fault: str) -> None:
    found = list(rows.values("id", "step", "phase", "visit", "due_at", "ends_at", "horizon_at")[:3])  # type: ignore[attr-defined]
    assert not found, f"{fault}: {found}"
