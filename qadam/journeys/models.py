"""Journeys: immutable published versions, and who stands where in them."""

from django.db import models
from django.db.models import F, Q

from qadam.people.models import Member, User


class Journey(models.Model):
    slug = models.CharField(max_length=80, unique=True)
    current = models.OneToOneField("JourneyVersion", models.PROTECT, null=True, related_name="+")
    launched_at = models.DateTimeField()
    """Events that happened before this instant start nobody."""


class JourneyVersion(models.Model):
    """A published graph. Never changed: an enrollment stays with the version it began with."""

    journey = models.ForeignKey(Journey, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journey_version_number")]


class Phase(models.TextChoices):
    READY = "ready", "ready"
    WAITING = "waiting", "waiting"
    """Has `due_at`, rows in WaitIndex, or both."""
    SENDING = "sending", "sending"
    """Waits for the outcome of its message."""
    DONE = "done", "done"


class Enrollment(models.Model):
    """One member in one journey. `visit` counts the steps taken; (id, visit) names a moment of the path for good."""

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, models.PROTECT, related_name="enrollments")
    version = models.ForeignKey(JourneyVersion, models.PROTECT, related_name="enrollments")
    member = models.ForeignKey(Member, models.CASCADE, related_name="enrollments")
    entry_key = models.CharField(max_length=200, blank=True)
    entry_seq = models.BigIntegerField()
    """Position in the log of the event that began it."""
    entered_at = models.DateTimeField()
    step = models.CharField(max_length=80)
    visit = models.IntegerField(default=0)
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.READY)
    armed_at = models.DateTimeField()
    """When the present step was reached."""
    due_at = models.DateTimeField(null=True)
    horizon_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    exit_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["journey", "member", "entry_key"], condition=Q(left_at__isnull=True), name="one_live_enrollment"
            ),
            models.CheckConstraint(
                condition=Q(phase="done", left_at__isnull=False) | (~Q(phase="done") & Q(left_at__isnull=True)),
                name="done_is_left",
            ),
        ]
        indexes = [
            models.Index(F("due_at"), name="enrollment_due", condition=Q(due_at__isnull=False)),
            models.Index(
                F("horizon_at"), name="enrollment_horizon", condition=Q(horizon_at__isnull=False, left_at__isnull=True)
            ),
            models.Index(fields=["journey", "step"], name="enrollment_live", condition=Q(left_at__isnull=True)),
        ]


class WaitIndex(models.Model):
    """A waiting enrollment, findable by what it waits for. Valid while the enrollment's visit is the same."""

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="waits")
    visit = models.IntegerField()
    member_id = models.BigIntegerField()
    event_type = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["member_id", "event_type"], name="wait_by_event")]


class Transition(models.Model):
    """One step taken: append-only. `edge` says why (entered, next, event, timeout, sent, …, goal, exit, horizon)."""

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="transitions")
    visit = models.IntegerField()
    from_step = models.CharField(max_length=80, blank=True)
    to_step = models.CharField(max_length=80, blank=True)
    edge = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrollment", "visit"], name="one_transition_per_visit")]
