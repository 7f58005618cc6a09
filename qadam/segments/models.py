"""Named conditions and the watches on them. Who is in a stage, segment or case stands in people.Membership."""

from django.db import models

from qadam.people.models import Member, MembershipKind
from qadam.segments.definitions import Definition, Segmentation

__all__ = ["Definition", "Mode", "Rule", "Segmentation", "Watch"]


class Mode(models.TextChoices):
    LATCH = "latch", "latch"
    """Once in, in for good; never asked again for that member (stages)."""
    LIVE = "live", "live"
    """In while the condition is true (segments, detection of cases)."""


class Rule(models.Model):
    """The condition that keeps the membership of one stage, segment or case."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=MembershipKind.choices)
    key = models.CharField(max_length=64)
    condition = models.JSONField()
    """The canonical document, as `conditions.as_document` writes it."""
    mode = models.CharField(max_length=5, choices=Mode.choices)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="rule_once")]


class Watch(models.Model):
    """When a rule has to be asked again for a member although nothing happened: never later than its truth changes."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, models.CASCADE)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    flips_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "member"], name="watch_once")]
        indexes = [models.Index(fields=["flips_at"], name="watch_due")]
