"""What authors write: point rules, levels, streaks, badges, challenges, boards. The newest version is what holds."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from qadam.people.models import User


class Kind(models.TextChoices):
    POINT_RULE = "point_rule", "point rule"
    LEVELS = "levels", "levels"
    STREAK = "streak", "streak"
    BADGE = "badge", "badge"
    CHALLENGE = "challenge", "challenge"
    BOARD = "board", "board"


class DefinitionQuerySet(models.QuerySet["Definition"]):
    def newest_first(self) -> DefinitionQuerySet:
        return self.order_by("-number")

    def retire(self, *, at: datetime) -> int:
        return self.filter(retired_at__isnull=True).update(retired_at=at)


class Definition(models.Model):
    """One version of a document; its content never changes. Points keep the version under which they were given."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=48)
    number = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    """Since when it no longer scores or awards; what was given stays."""

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key", "number"], name="recognition_version_once")]
