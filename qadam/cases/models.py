"""The case library: what goes wrong (or well) on the way, how it is noticed, what is done, what counts as success."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.journeys.models import Enrollment
from qadam.people.models import User


class Polarity(models.TextChoices):
    NEGATIVE = "negative", "problem"
    POSITIVE = "positive", "positive"


class Case(models.Model):
    """A case through all its versions. Members' stays in it are kept under `key`."""

    key = models.CharField(max_length=48, unique=True)
    retired_at = models.DateTimeField(null=True)
    """Since when no map has it: nobody comes in, no measure begins; open files run to their end."""


class CaseVersionQuerySet(models.QuerySet["CaseVersion"]):
    def published(self) -> CaseVersionQuerySet:
        return self.filter(published_at__isnull=False)

    def newest_first(self) -> CaseVersionQuerySet:
        return self.order_by("-number")


class CaseVersion(models.Model):
    """One version of a case. A draft may be saved over; from publishing on nothing in it changes.

    Words are `{kk, ru, en}`, conditions and steps are documents in their own grammar.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    stage_key = models.CharField(max_length=48, blank=True)
    """The stable key of the stage it belongs to; empty: every stage."""
    polarity = models.CharField(max_length=8, choices=Polarity.choices)
    priority = models.IntegerField(default=50)
    """Higher first, where measures compete for a person."""
    segments = models.JSONField(default=list)
    """Full keys of the segments whose people are looked at; empty: everybody."""
    owner = models.CharField(max_length=254, blank=True)
    """The e-mail of who answers for it; empty: the map's owner."""
    name = models.JSONField()
    context = models.JSONField()
    causes = models.JSONField(default=list)
    client_reaction = models.JSONField()
    company_reaction = models.JSONField()
    measures = models.JSONField(default=list)
    """What is done, as in the document: key, name, trigger, channel, purpose, script, steps."""
    result = models.JSONField()
    detect = models.JSONField()
    exclude = models.JSONField(null=True)
    success = models.JSONField()
    failure = models.JSONField(null=True)
    horizon = models.DurationField()
    cooldown = models.DurationField(null=True)
    sla = models.DurationField(null=True)
    """How soon somebody of the company must have answered; null: no promise."""
    holdout = models.IntegerField(default=0)
    """Ten-thousandths of the people who get no measure, so that its effect can be told."""
    never_withheld = models.BooleanField(default=False)
    document = models.JSONField()
    """The whole document as it came, from which the journey is compiled and the pack exported."""
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = CaseVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(published_at__isnull=True), name="one_case_draft"),
            models.CheckConstraint(condition=Q(polarity__in=Polarity.values), name="case_polarity_known"),
        ]


class Outcome(models.TextChoices):
    SUCCESS = "success", "success"
    FAILURE = "failure", "failure"
    EXPIRED = "expired", "expired"
    EXCLUDED = "excluded", "excluded"
    CANCELLED = "cancelled", "cancelled"


class CaseFile(models.Model):
    """One member's stay in one case, with what was found and what was done. One-to-one with the enrollment in the
    case's journey, which has the member, the arm, when it began, when it ended and why.
    """

    id = models.BigAutoField(primary_key=True)
    enrollment = models.OneToOneField(Enrollment, models.CASCADE, related_name="case_file")
    case = models.ForeignKey(Case, models.PROTECT, related_name="files")
    version = models.ForeignKey(CaseVersion, models.PROTECT, related_name="files")
    """The version of the case that was valid when it was opened: its measures, script and promise hold."""
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    """Who opened it by hand; null: the detection did."""
    evidence = models.JSONField(default=list)
    """Ids of the events that the detection looked at, newest first."""
    automatic_due_at = models.DateTimeField(null=True)
    """When the automatic measure may begin at the earliest; null: nothing is to begin by itself (any more)."""
    held_back = models.CharField(max_length=16, blank=True)
    """Why the automatic measure never began: consent, contact, refused, buyer, left."""
    suggested_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    dismissed_reason = models.CharField(max_length=400, blank=True)
    response_due_at = models.DateTimeField(null=True)
    """By when somebody of the company must have answered: the promise of the case, from when the file was made. A fact
    that arrives late opens it as of its own time, and that is nobody's delay."""
    first_response_at = models.DateTimeField(null=True)
    """When somebody of the company first did something by hand."""
    closed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    closed_outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    """The outcome that somebody gave it by hand; empty: its rules decided."""
    closed_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_outcome="", closed_reason="") | ~Q(closed_outcome="") & ~Q(closed_reason=""),
                name="closed_by_hand_has_reason",
            )
        ]
        indexes = [
            models.Index(
                fields=["automatic_due_at"], name="case_file_due", condition=Q(automatic_due_at__isnull=False)
            ),
            models.Index(fields=["case", "opened_at"], name="case_file_opened"),
        ]


class MeasureRun(models.Model):
    """A measure that was started in a file; each once. In the control group the automatic one is only noted."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(CaseFile, models.CASCADE, related_name="runs")
    measure = models.CharField(max_length=32)
    trigger = models.CharField(max_length=9)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    is_withheld = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "measure"], name="measure_once_a_file")]
