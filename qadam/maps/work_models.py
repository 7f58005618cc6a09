"""Work around a map: its editing, what people say to it, what supports it, who may look in from outside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.people.models import User


class Edit(models.Model):
    """One saved change of a draft: append-only. `number` counts from 1 in a draft.

    `change` and `inverse` are documents of `maps.edits`: what was done, and what undoes it.
    """

    version = models.ForeignKey("maps.MapVersion", models.CASCADE, related_name="edits")
    number = models.IntegerField()
    change = models.JSONField()
    inverse = models.JSONField()
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="edit_number_once")]


class Typing(models.Model):
    """Somebody has a field of a draft open: shown to the others, never a lock. One row for each person and draft."""

    version = models.ForeignKey("maps.MapVersion", models.CASCADE, related_name="typing")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    anchor = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="typing_once")]


class Comment(models.Model):
    """What somebody says to a part of a map. `anchor` is the part through all versions: `stage:s2`, `case:no-show`,
    `stage:s2:emotion`, `map`.
    """

    map = models.ForeignKey("maps.JourneyMap", models.CASCADE, related_name="comments")
    anchor = models.CharField(max_length=120)
    text = models.TextField()
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["map", "anchor"], name="comment_by_anchor")]


class SourceKind(models.TextChoices):
    INTERVIEW = "interview", "interview"
    SURVEY = "survey", "survey"
    OBSERVATION = "observation", "observation"
    DATA = "data", "data"


class SourceNote(models.Model):
    """What supports a part of a map: a note of an interview, a survey. Never names or links a person of the network."""

    map = models.ForeignKey("maps.JourneyMap", models.CASCADE, related_name="sources")
    anchor = models.CharField(max_length=120)
    kind = models.CharField(max_length=11, choices=SourceKind.choices)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    gathered_on = models.DateField()
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-gathered_on", "id"]
        indexes = [models.Index(fields=["map", "anchor"], name="source_by_anchor")]


class Review(models.Model):
    """A look at the whole map: due on a day, done by somebody with a word about the outcome."""

    map = models.ForeignKey("maps.JourneyMap", models.CASCADE, related_name="reviews")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-due_on"]
        constraints = [
            models.UniqueConstraint(fields=["map"], condition=Q(done_at__isnull=True), name="one_open_review")
        ]


class ShareLink(models.Model):
    """A way in for somebody without a sign-in: the board with its figures, never a person. Only a hash is kept."""

    map = models.ForeignKey("maps.JourneyMap", models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100)
    password = models.CharField(max_length=128, blank=True)
    """Django's hash; "" = none is asked."""
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    """When it was last opened."""
