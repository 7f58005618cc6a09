"""Action plans: published versions, and the tasks that each member was given from them."""

from django.db import models
from django.db.models import Q


class ActionPlan(models.Model):
    slug = models.CharField(max_length=64, unique=True)


class PlanVersion(models.Model):
    """A published plan document; never changed, so that what people were given stays what they see."""

    plan = models.ForeignKey(ActionPlan, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once")]


class Task(models.Model):
    """One task of one member. The texts are in the plan version's document, under `key`."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey("people.Member", models.CASCADE, related_name="tasks")
    plan_version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="tasks")
    key = models.CharField(max_length=64)
    day = models.IntegerField()
    due_day = models.IntegerField()
    opens_on = models.DateField()
    """Local dates of the member: day 0 of the path plus `day` and `due_day`, as they stood at assignment."""
    due_on = models.DateField()
    assigned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_event = models.BigIntegerField(null=True)
    """The place in the log of the event that closed it; null for a tick by hand."""
    is_required = models.BooleanField()
    is_first_goal = models.BooleanField()
    position = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "plan_version", "key"], name="task_once")]
        indexes = [
            models.Index(fields=["member"], condition=Q(done_at__isnull=True), name="task_open_by_member"),
        ]
