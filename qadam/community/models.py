"""What people come together for, who came, and whose calendar follows it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qadam.lib.text import Words


class GatheringKind(models.TextChoices):
    LIVE = "live", "live stream"
    CALL = "call", "call"
    MEETING = "meeting", "meeting"


class Gathering(models.Model):
    """A live stream, call or meeting. `leader` null: for everybody; else for the leader and the branch below.

    Never deleted: `cancelled_at` says that it won't be. `sequence` grows with each change, for people's calendars.
    """

    personal_fields = ("title_kk", "title_ru", "title_en", "host", "url", "place")

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=36, unique=True)
    kind = models.CharField(max_length=8, choices=GatheringKind.choices)
    title_kk = models.CharField(max_length=120, blank=True)
    title_ru = models.CharField(max_length=120, blank=True)
    title_en = models.CharField(max_length=120, blank=True)
    host = models.CharField(max_length=120, blank=True)
    """Who leads it, in words."""
    leader = models.ForeignKey("people.Member", models.CASCADE, null=True, related_name="+")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    url = models.CharField(max_length=500, blank=True)
    place = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=8)
    """Shown in the call; whoever types it was there."""
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=GatheringKind.values), name="gathering_kind_known"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=600), name="gathering_minutes"),
        ]
        indexes = [models.Index(fields=["starts_at"], name="gathering_by_start")]

    def title_in(self, language: str) -> str:
        """The title in `language`; where it has none, in a language that it has; "" after its leader was erased."""
        title = Words(self.title_kk, self.title_ru, self.title_en).in_language(language)
        return title or self.title_ru or self.title_kk or self.title_en


class Attendance(models.Model):
    """A member's tries to check in; `checked_in_at` once the code was right."""

    id = models.BigAutoField(primary_key=True)
    gathering = models.ForeignKey(Gathering, models.CASCADE, related_name="attendances")
    member = models.ForeignKey("people.Member", models.CASCADE, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    checked_in_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gathering", "member"], name="attendance_once")]


class Feed(models.Model):
    """The secret address of a member's calendar. A new token closes the old address."""

    is_personal = True

    member = models.OneToOneField("people.Member", models.CASCADE, related_name="+")
    token = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
