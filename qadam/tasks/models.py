"""Action plans: published versions, the tasks that each member was given, what they chose, and what they showed."""

from django.db import models
from django.db.models import Q

from qadam.tasks.rules import Direction


class ActionPlan(models.Model):
    """A plan by its slug. `draft` is the document that the office works on; null when there is none."""

    slug = models.CharField(max_length=64, unique=True)
    draft = models.JSONField(null=True)
    draft_revision = models.IntegerField(default=0)
    """Grows with every saving, so that two editors can't overwrite each other unseen."""


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
    moved_to = models.DateField(null=True)
    """The day to which a late task moved, or one that wasn't wanted today; `moved_by` says why it moved."""
    moved_by = models.CharField(max_length=8, blank=True, default="", db_default="")
    goal = models.CharField(max_length=64, blank=True, default="", db_default="")
    """Of the first goal's task: the goal that was chosen, or that was reached while none was."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "plan_version", "key"], name="task_once")]
        indexes = [
            models.Index(fields=["member"], condition=Q(done_at__isnull=True), name="task_open_by_member"),
        ]


class PersonalPlan(models.Model):
    """What a member says about the own path: where to, how many hours a week, and why.

    `reason` is private: nobody but the member reads it, and it is never in the log.
    """

    is_personal = True

    member = models.OneToOneField("people.Member", models.CASCADE, related_name="personal_plan")
    direction = models.CharField(max_length=8, blank=True, choices=[(each, each) for each in Direction])
    hours = models.SmallIntegerField(null=True)
    chosen_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    reason_at = models.DateTimeField(null=True)
    restart_on = models.DateField(null=True)
    """The local day on which the last restart plan began."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=["", *Direction]), name="direction_known"),
            models.CheckConstraint(condition=Q(hours__isnull=True) | Q(hours__range=(1, 60)), name="hours_sensible"),
        ]


class Photo(models.Model):
    """A stored photo. Its row is written before the file, and a photo that no proof holds is deleted with its file."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64)
    """SHA-256 of what was sent, so that the same photo sent again is known."""
    stored_at = models.DateTimeField()


class ProofState(models.TextChoices):
    WAITING = "waiting", "waiting"
    AGAIN = "again", "asked for one more try"
    APPROVED = "approved", "approved"
    THANKED = "thanked", "closed with thanks, nobody answered"


class Proof(models.Model):
    """What a member showed for a practical task, and what the mentor said to it.

    Who may answer: the mentor (the sponsor where there is none) and, once asked, the `leader`. Both are kept as
    sign-ins: a reference to their records would let their erasure take somebody else's proof along.
    """

    is_personal = True

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey("people.Member", models.CASCADE, related_name="proofs")
    task = models.ForeignKey(Task, models.CASCADE, related_name="proofs")
    text = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    photo = models.OneToOneField(Photo, models.SET_NULL, null=True, related_name="proof")
    state = models.CharField(max_length=8, choices=ProofState.choices, default=ProofState.WAITING)
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField()
    """Until when the one whose turn it is should answer."""
    leader = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    leader_asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    words = models.TextField(blank=True)
    """The kind word of the one who approved, or the reason for one more try."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task"], condition=Q(state="waiting"), name="one_waiting_proof"),
            models.CheckConstraint(condition=Q(state__in=ProofState.values), name="proof_state_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="proof_decided_once",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="proof_due")]
