"""Segments and segmentations that the company defines by documents. The newest version is the one that holds."""

from django.db import models

from qadam.lib.text import Words, words_of
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


class Segmentation(models.Model):
    """One version of a segmentation; never changed. Everybody is in exactly one of its segments at any moment.

    Its segments are live rules ("segment", "<key>/<segment>").
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=31)
    number = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="segmentation_version_once")]


def current_segmentations() -> dict[str, Segmentation]:
    """Return {key: its newest version} of every segmentation, in the order of keys."""
    return {row.key: row for row in Segmentation.objects.order_by("key", "number")}


def names_of_segments(segmentation: str) -> dict[str, Words]:
    """Return {segment: its name} of a segmentation, in its order; empty where there is none of this key."""
    newest = Segmentation.objects.filter(key=segmentation).order_by("-number").first()
    return {each["key"]: words_of(each["name"]) for each in newest.document["segments"]} if newest else {}
