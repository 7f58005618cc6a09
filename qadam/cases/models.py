"""The case library: what goes wrong (or well) on the way, how it is noticed, what is done, what counts as success."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.people.models import User


class Polarity(models.TextChoices):
    NEGATIVE = "negative", "problem"
    POSITIVE = "positive", "positive"


class Case(models.Model):
    """A case through all its versions. Members' stays in it are kept under `key`."""

    key = models.CharField(max_length=48, unique=True)


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
    name = models.JSONField()
    context = models.JSONField()
    causes = models.JSONField(default=list)
    client_reaction = models.JSONField()
    company_reaction = models.JSONField()
    measures = models.JSONField(default=list)
    result = models.JSONField()
    detect = models.JSONField()
    exclude = models.JSONField(null=True)
    success = models.JSONField()
    failure = models.JSONField(null=True)
    horizon = models.DurationField()
    cooldown = models.DurationField(null=True)
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
