"""The journey map: versions with their stages and touchpoints, and the case versions that a version pins."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.cases.models import CaseVersion
from qadam.people.models import User


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
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    change_note = models.CharField(max_length=400, blank=True)
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
    company_actions = models.JSONField(default=list)
    expected_emotion = models.FloatField(null=True)
    """What people are expected to feel, −2 to +2: the plan, never mixed with what was measured."""
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
    """Where the client meets the company in a stage. Without an event type it is blind: nothing tells it happened."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="touchpoints")
    position = models.IntegerField()
    code = models.CharField(max_length=48)
    name = models.JSONField()
    channel = models.CharField(max_length=20, choices=Channel.choices)
    initiator = models.CharField(max_length=8, choices=Initiator.choices)
    event_types = models.JSONField(default=list)
    client_action = models.JSONField(default=dict)
    company_action = models.JSONField(default=dict)
    importance = models.IntegerField(default=3)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["stage", "code"], name="touchpoint_once_a_stage")]


class PinnedCase(models.Model):
    """Which version of a case a published map version has, and in which order."""

    version = models.ForeignKey(MapVersion, models.CASCADE, related_name="pins")
    case_version = models.ForeignKey(CaseVersion, models.PROTECT, related_name="+")
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["version", "case_version"], name="case_pinned_once")]
