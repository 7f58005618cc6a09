"""Short surveys: published versions, and the requests that members got, each with its one answer."""

from django.db import models
from django.db.models import F, Q

from qadam.surveys.rules import Kind


class Survey(models.Model):
    key = models.CharField(max_length=50, unique=True)


class SurveyVersion(models.Model):
    """A published survey document; never changed, so that an answer stays with the question that was asked.

    `kind`, `stage` and `touchpoint` repeat the document: answers are counted by them.
    """

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    stage = models.CharField(max_length=64, blank=True)
    touchpoint = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="survey_kind_known"),
        ]


class Via(models.TextChoices):
    """Where an answer came from."""

    LETTER = "letter", "letter"
    CABINET = "cabinet", "cabinet"
    IMPORT = "import", "import"


class Request(models.Model):
    """One member asked once, and the answer: a `score`, or an `option` of an expectation.

    `key` names the decision to ask for ever; of a journey's step it is the key of its letter too.
    """

    personal_fields = ("comment",)

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=150, unique=True)
    member = models.ForeignKey("people.Member", models.CASCADE, related_name="survey_requests")
    survey = models.ForeignKey(Survey, models.PROTECT, related_name="requests")
    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="requests")
    enrollment_id = models.BigIntegerField(null=True)
    visit = models.IntegerField(null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    """When the answer that stands was first given; a correction doesn't move it."""
    score = models.SmallIntegerField(null=True)
    option = models.CharField(max_length=64, blank=True)
    comment = models.TextField(blank=True)
    """The member's own words: never in the log."""
    via = models.CharField(max_length=8, blank=True, choices=Via.choices)
    recorded_at = models.DateTimeField(null=True)
    """When the answer went into the log: after the time for corrections."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, score__isnull=True, option="", via="", comment="")
                | Q(answered_at__isnull=False, score__isnull=False, option="")
                | (Q(answered_at__isnull=False, score__isnull=True) & ~Q(option="")),
                name="survey_answer_whole",
            ),
            models.CheckConstraint(
                condition=Q(recorded_at__isnull=True) | Q(answered_at__isnull=False), name="survey_recorded_answer"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("asked_at")), name="survey_request_opens"),
            models.UniqueConstraint(
                fields=["enrollment_id", "visit"],
                condition=Q(enrollment_id__isnull=False),
                name="survey_asked_once_by_step",
            ),
        ]
        indexes = [
            models.Index(fields=["survey", "member", "asked_at"], name="survey_asked_when"),
            models.Index(fields=["member"], condition=Q(answered_at__isnull=True), name="survey_open_by_member"),
            models.Index(
                fields=["answered_at"],
                condition=Q(answered_at__isnull=False, recorded_at__isnull=True),
                name="survey_unrecorded",
            ),
            models.Index(fields=["version", "answered_at"], name="survey_answered_when"),
        ]
