"""Segments that the company defines by documents: their published versions. The newest is the one that holds."""

from django.db import models

from qadam.people.models import User


class Definition(models.Model):
    """One version of a segment document; never changed. Its condition is kept by the rule ("segment", key)."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    number = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="segment_version_once")]


def current_definitions() -> dict[str, Definition]:
    """Return {key: its newest version} of every segment, in the order of keys."""
    return {row.key: row for row in Definition.objects.order_by("key", "number")}
