"""Badges that members have, nominations for them, and streaks."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qadam.people.models import Member, User
from qadam.recognition.definitions import Definition


class NominationState(models.TextChoices):
    WAITING = "waiting", "waiting"
    APPROVED = "approved", "approved"
    DECLINED = "declined", "declined"


class Nomination(models.Model):
    """A member named another for a badge; the nominee's leader decides."""

    id = models.BigAutoField(primary_key=True)
    badge = models.CharField(max_length=48)
    nominee = models.ForeignKey(Member, models.CASCADE, related_name="nominations")
    nominated_by = models.ForeignKey(Member, models.CASCADE, related_name="+")
    words = models.CharField(max_length=400, blank=True)
    """Why, in the nominator's own words."""
    period = models.CharField(max_length=7)
    """The badge's period, or the local month (2026-03): once for the same person and badge in it."""
    created_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=NominationState.choices, default=NominationState.WAITING)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    personal_fields = ("words",)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["badge", "nominee", "nominated_by", "period"], name="nomination_once"),
            models.CheckConstraint(condition=~Q(nominee=F("nominated_by")), name="nomination_not_of_oneself"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="nomination_waiting")]


class AwardQuerySet(models.QuerySet["Award"]):
    def held(self) -> AwardQuerySet:
        return self.filter(revoked_at__isnull=True)


class Award(models.Model):
    """One tier of a badge that a member has, with the facts that earned it. Revoked is a state, never a deletion."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="awards")
    badge = models.CharField(max_length=48)
    version = models.ForeignKey(Definition, models.PROTECT, related_name="+")
    tier = models.CharField(max_length=24)
    period = models.CharField(max_length=7, blank=True)
    """"" once for ever; 2026-03 or 2026-Q1 where the badge can be earned again."""
    awarded_at = models.DateTimeField()
    """The instant of the fact that made it true."""
    asked_at = models.DateTimeField()
    """The instant at which the condition was asked and true; it is asked about this one again when facts are undone."""
    evidence = models.JSONField(default=list)
    """The places in the log of the facts that were counted, newest first."""
    nomination = models.OneToOneField(Nomination, models.SET_NULL, null=True, related_name="award")
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=12, blank=True)
    """"reversed": facts that it stands on were undone."""

    objects = AwardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "badge", "tier", "period"], name="award_once"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_because="")
                | Q(revoked_at__isnull=False) & ~Q(revoked_because=""),
                name="award_revoked_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["badge", "tier", "period"], name="award_by_badge"),
            models.Index(fields=["awarded_at"], name="award_by_time"),
        ]


class StreakAct(models.Model):
    """An act that counts for a streak on one day, or in one ISO week (its Monday). The same act again adds nothing."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    streak = models.CharField(max_length=48)
    on = models.DateField()
    act = models.CharField(max_length=16, blank=True)
    """What tells acts of one week apart; "" where one a day is enough."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "streak", "on", "act"], name="streak_act_once")]


class StreakState(models.Model):
    """How long a member's streak is. All of it follows from the acts, the pauses and the holidays."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="streaks")
    streak = models.CharField(max_length=48)
    length = models.IntegerField(default=0)
    best = models.IntegerField(default=0)
    freezes = models.IntegerField(default=0)
    earned = models.IntegerField(default=0)
    """Kept periods since the last freeze was earned."""
    kept_on = models.DateField(null=True)
    """The last period that was kept: a day, or the Monday of a week."""
    closed_on = models.DateField(null=True)
    """The last period that is over and settled."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "streak"], name="streak_once")]
        indexes = [
            models.Index(fields=["streak", "closed_on"], condition=Q(length__gt=0), name="streak_running"),
        ]
