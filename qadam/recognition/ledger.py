"""The point ledger, to which rows are only added, and the totals that are kept beside it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.people.models import Member
from qadam.recognition.definitions import Definition


class PointEntryQuerySet(models.QuerySet["PointEntry"]):
    def counted(self) -> PointEntryQuerySet:
        """Without what is held and waits for its release."""
        return self.filter(Q(held_until__isnull=True) | Q(released_at__isnull=False))

    def waiting(self) -> PointEntryQuerySet:
        return self.filter(held_until__isnull=False, released_at__isnull=True)


class PointEntry(models.Model):
    """Points for one fact, or their reversal. Triggers of the database refuse every change but release and re-keying.

    A reversal has the day of what it reverses, so that it takes points from the week that had them.
    """

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="points")
    rule = models.CharField(max_length=48)
    """The key of the rule through all its versions."""
    version = models.ForeignKey(Definition, models.PROTECT, related_name="+")
    fact = models.BigIntegerField()
    """The place in the log (seq) of the event that was scored, or of the one that reversed it."""
    occurred_at = models.DateTimeField()
    local_day = models.DateField()
    """The earner's day of the fact, which begins at 03:00 of the zone that was theirs then. Never computed again."""
    points = models.IntegerField()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")
    held_until = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField()

    objects = PointEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "rule", "fact"], condition=Q(reverses__isnull=True), name="points_once_per_fact"
            ),
            models.CheckConstraint(condition=~Q(points=0), name="points_not_nothing"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(held_until__isnull=False), name="points_released_were_held"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "rule", "local_day"], name="points_by_rule"),
            models.Index(fields=["fact"], name="points_by_fact"),
            models.Index(fields=["member", "id"], name="points_by_member"),
            models.Index(
                fields=["held_until"],
                condition=Q(held_until__isnull=False, released_at__isnull=True),
                name="points_held",
            ),
        ]


class Period(models.TextChoices):
    WEEK = "week", "week"
    MONTH = "month", "month"
    LIFE = "life", "life"


class PointTotal(models.Model):
    """What a member's counted entries add up to in one period; equal to the ledger at every moment.

    `starts_on` is the Monday of an ISO week, the first of a month, or `periods.LIFE_STARTS_ON`.
    """

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="point_totals")
    period = models.CharField(max_length=5, choices=Period.choices)
    starts_on = models.DateField()
    points = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "period", "starts_on"], name="point_total_once")]
        indexes = [models.Index(fields=["period", "starts_on", "points"], name="point_total_by_period")]


class MemberLevel(models.Model):
    """The level that was last told to a member, and the highest ever; 0 is the first step of the scale."""

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="level")
    number = models.IntegerField()
    best = models.IntegerField()
    changed_at = models.DateTimeField()
