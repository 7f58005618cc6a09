"""Journeys: immutable published versions, their drafts, and who stands where in them."""

from django.db import models
from django.db.models import F, Q

from qadam.people.models import Member, User


class Journey(models.Model):
    slug = models.CharField(max_length=80, unique=True)
    current = models.OneToOneField("JourneyVersion", models.PROTECT, null=True, related_name="+")
    launched_at = models.DateTimeField()
    """Events that happened before this instant start nobody."""
    paused_at = models.DateTimeField(null=True)
    draft = models.JSONField(null=True)
    """The document as the office's editor left it, faults and all; null where nothing is unpublished."""
    draft_revision = models.IntegerField(default=0)
    """Counts the savings, so that two editors notice each other."""


class JourneyVersion(models.Model):
    """A published graph. Never changed: an enrollment stays with the version it began with, until it is migrated."""

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
    """Stands before its step; with `due_at`, from that moment on."""
    WAITING = "waiting", "waiting"
    """Has `due_at`, or a step that an event or a condition ends, or both."""
    SENDING = "sending", "sending"
    """Waits for the outcome of its message."""
    STUCK = "stuck", "stuck"
    """Its step failed for this member alone; see Trouble."""
    DONE = "done", "done"


class Enrollment(models.Model):
    """One member in one journey. `visit` counts the steps taken; (id, visit) names a moment of the path for good."""

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, models.PROTECT, related_name="enrollments", db_index=False)
    version = models.ForeignKey(JourneyVersion, models.PROTECT, related_name="enrollments", db_index=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="enrollments")
    entry_key = models.CharField(max_length=200, blank=True)
    """The value of the entry event's property, where a member is in once per key."""
    entry_seq = models.BigIntegerField()
    """Position in the log of the event that began it; 0: begun by hand, by a step or by a backfill."""
    arm = models.CharField(max_length=8, blank=True)
    """`treated` or `control`, where the journey or the company has a control group."""
    entered_at = models.DateTimeField()
    step = models.CharField(max_length=80)
    visit = models.IntegerField(default=0)
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.READY)
    armed_at = models.DateTimeField()
    """When the present step was reached."""
    due_at = models.DateTimeField(null=True)
    """When the engine looks again: at `ends_at`, or earlier where time alone may change what is waited for."""
    ends_at = models.DateTimeField(null=True)
    ends_by = models.CharField(max_length=8, blank=True)
    """The edge that time takes at `ends_at`: `due` or `timeout`."""
    horizon_at = models.DateTimeField(null=True)
    exposed_at = models.DateTimeField(null=True)
    """When the first message was sent or withheld."""
    sent_at = models.DateTimeField(null=True)
    """When the last message was sent or withheld."""
    converted_at = models.DateTimeField(null=True)
    """When the first event of the conversion happened inside its window, before or after the exit."""
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
            models.Index(fields=["version", "step"], name="enrollment_standing", condition=Q(left_at__isnull=True)),
            models.Index(fields=["journey", "entered_at"], name="enrollment_entered"),
        ]


class Transition(models.Model):
    """One step taken: append-only. `edge` says why: next, due, event, true, timeout, branch:1, else, arm:1,
    an outcome (sent …), goal, exit, horizon, stopped, migrated, moved, dropped.
    """

    id = models.BigAutoField(primary_key=True)
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="transitions", db_index=False)
    visit = models.IntegerField()
    from_step = models.CharField(max_length=80, blank=True)
    to_step = models.CharField(max_length=80, blank=True)
    edge = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrollment", "visit"], name="one_transition_per_visit")]


class Trouble(models.Model):
    """A step that failed for one member alone: set aside, so that the others go on. Closed by trying again."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    enrollment = models.ForeignKey(Enrollment, models.CASCADE, null=True, related_name="troubles")
    """Null where reading the member's events failed."""
    step = models.CharField(max_length=80, blank=True)
    seq = models.BigIntegerField(null=True)
    """The first event of the log that couldn't be read for this member."""
    error = models.TextField()
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["closed_at", "-at"], name="trouble_open")]


class Backfill(models.Model):
    """Members who were there before a journey's launch, let in little by little."""

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, models.CASCADE, related_name="backfills")
    since = models.DateTimeField(null=True)
    """Only who qualified at or after this instant; null: everybody who qualifies."""
    until = models.DateTimeField()
    """When it was published: who qualifies from then on comes in by the log."""
    per_minute = models.IntegerField()
    position = models.BigIntegerField(default=0)
    """The id of the last member looked at."""
    next_at = models.DateTimeField(null=True)
    """When the next handful is let in; null: done."""
    entered = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(F("next_at"), name="backfill_due", condition=Q(next_at__isnull=False))]
