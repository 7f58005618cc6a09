"""The journey map: versions with their stages and touchpoints, and the case versions that a version pins."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.cases.models import CaseVersion
from qadam.maps.work_models import Comment, Edit, Review, ShareLink, SourceKind, SourceNote, Typing
from qadam.people.models import User

__all__ = [
    "Channel", "Comment", "Edit", "Evidence", "Initiator", "JourneyMap", "MapVersion", "PinnedCase", "Review",
    "ShareLink", "SourceKind", "SourceNote", "Stage", "StageTouchpoint", "Touchpoint", "Typing",
]  # fmt: skip


class Channel(models.TextChoices):
    ONLINE_PRESENTATION = "online_presentation", "online presentation"
    WEBINAR = "webinar", "webinar"
    MEETING = "meeting", "meeting"
    CONFERENCE = "conference", "conference"
    MENTOR = "mentor", "mentor"
    MESSENGER = "messenger", "messenger"
    MAILING = "mailing", "mailing"
    SOCIAL = "social", "social network"
    CABINET = "cabinet", "cabinet"
    ORDER = "order", "order"
    SUPPORT = "support", "support"
    OTHER = "other", "other"


class Initiator(models.TextChoices):
    COMPANY = "company", "company"
    CLIENT = "client", "client"
    SPONSOR = "sponsor", "sponsor"


class JourneyMap(models.Model):
    """A map through all its versions."""

    slug = models.CharField(max_length=32, unique=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    review_every_days = models.IntegerField(default=90)
    next_review_on = models.DateField(null=True)
    """The local day on which the owner looks again whether the map still tells the truth."""
    needs_four_eyes = models.BooleanField(default=False)
    """Whoever edited a draft last may not be the one who publishes it."""


class MapVersionQuerySet(models.QuerySet["MapVersion"]):
    def published(self) -> MapVersionQuerySet:
        return self.filter(published_at__isnull=False)

    def current(self) -> MapVersionQuerySet:
        """The version that is valid now; one at most for each map."""
        return self.published().filter(valid_to__isnull=True)

    def drafts(self) -> MapVersionQuerySet:
        return self.filter(published_at__isnull=True)


class MapVersion(models.Model):
    """One version of a map. A draft may be saved over; from publishing on only `valid_to` is still written, once."""

    map = models.ForeignKey(JourneyMap, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    name = models.JSONField()
    languages = models.JSONField(default=list)
    segmentation = models.CharField(max_length=48, blank=True)
    """The segmentation by which the map is shown and filtered; "" = none."""
    document = models.JSONField()
    revision = models.IntegerField(default=1)
    """Counts the savings of a draft, so that two editors notice each other."""
    content_hash = models.CharField(max_length=64)
    change_note = models.CharField(max_length=400, blank=True)
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    """The version that was valid when this one was begun."""
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    """The version was valid in [valid_from, valid_to); null: still valid (or never published)."""
    cases = models.ManyToManyField(CaseVersion, through="PinnedCase", related_name="map_versions")

    objects = MapVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["map", "number"], name="map_number_once"),
            models.UniqueConstraint(fields=["map"], condition=Q(published_at__isnull=True), name="one_map_draft"),
            models.UniqueConstraint(
                fields=["map"],
                condition=Q(published_at__isnull=False, valid_to__isnull=True),
                name="one_valid_map_version",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, valid_from__isnull=True)
                | Q(published_at__isnull=False, valid_from__isnull=False),
                name="published_is_valid_from",
            ),
        ]


class Evidence(models.TextChoices):
    """What an expected feeling rests on."""

    ASSUMED = "assumed", "assumed"
    INTERVIEW = "interview", "interview"
    SURVEY = "survey", "survey"


class Touchpoint(models.Model):
    """Where the client meets the company: the catalogue of one version. Without an event type it is blind."""

    version = models.ForeignKey(MapVersion, models.CASCADE, related_name="touchpoints")
    code = models.CharField(max_length=48)
    name = models.JSONField()
    channel = models.CharField(max_length=20, choices=Channel.choices)
    initiator = models.CharField(max_length=8, choices=Initiator.choices)
    event_types = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="touchpoint_code_once")]


class Stage(models.Model):
    """One stage of one version. `key` is stable through versions; `position` counts from 1 without gaps."""

    version = models.ForeignKey(MapVersion, models.CASCADE, related_name="stages")
    key = models.CharField(max_length=31)
    position = models.IntegerField()
    name = models.JSONField()
    client_goal = models.JSONField(default=dict)
    company_goal = models.JSONField(default=dict)
    entry_rule = models.JSONField()
    horizon_days = models.IntegerField()
    client_actions = models.JSONField(default=list)
    sponsor_actions = models.JSONField(default=list)
    company_actions = models.JSONField(default=list)
    expected_emotion = models.FloatField(null=True)
    """What people are expected to feel, −2 to +2: the plan, never mixed with what was measured."""
    emotion_by_segment = models.JSONField(default=dict)
    """{segment of the map's segmentation: expected feeling}, where it differs from everybody's."""
    emotion_evidence = models.CharField(max_length=9, choices=Evidence.choices, default=Evidence.ASSUMED)
    emotion_source = models.CharField(max_length=200, blank=True)
    quote = models.JSONField(default=dict)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="stage_key_once"),
            models.UniqueConstraint(fields=["version", "position"], name="stage_position_once"),
            models.CheckConstraint(
                condition=Q(expected_emotion__gte=-2, expected_emotion__lte=2), name="emotion_on_the_scale"
            ),
        ]


class StageTouchpoint(models.Model):
    """A touchpoint of the catalogue as a stage uses it. `importance` is 1 to 5."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="touchpoints")
    touchpoint = models.ForeignKey(Touchpoint, models.CASCADE, related_name="uses")
    position = models.IntegerField()
    client_action = models.JSONField(default=dict)
    company_action = models.JSONField(default=dict)
    importance = models.IntegerField(default=3)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["stage", "touchpoint"], name="touchpoint_once_a_stage")]


class PinnedCase(models.Model):
    """Which version of a case a published map version has, and in which order."""

    version = models.ForeignKey(MapVersion, models.CASCADE, related_name="pins")
    case_version = models.ForeignKey(CaseVersion, models.PROTECT, related_name="+")
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["version", "case_version"], name="case_pinned_once")]
