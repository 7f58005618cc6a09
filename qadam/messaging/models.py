"""Templates, the outbox, and the local mailbox that stands in for a mail server."""

from django.db import models
from django.db.models import Q


class Template(models.Model):
    """One version of a template document; the newest version is the one that is rendered."""

    slug = models.CharField(max_length=64)
    version = models.IntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="template_version_once")]


class Category(models.TextChoices):
    SERVICE = "service", "service"
    ADVERTISING = "advertising", "advertising"


class Status(models.TextChoices):
    PENDING = "pending", "pending"
    CLAIMED = "claimed", "claimed"
    SENT = "sent", "sent"
    SUPPRESSED = "suppressed", "suppressed"
    FAILED = "failed", "failed"
    EXPIRED = "expired", "expired"
    UNKNOWN = "unknown", "unknown"
    WITHHELD = "withheld", "withheld"


class Outbox(models.Model):
    """One decided message. The decision is exactly-once by `key`; `attempts` numbers the claims, as a fencing token."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=150, unique=True)
    member = models.ForeignKey("people.Member", models.CASCADE, related_name="+")
    template = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    category = models.CharField(max_length=12, choices=Category.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField()
    """When to send; after a temporary failure, when to try again."""
    deadline_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    """When a channel that can't tell a double got it; with a lost lease, the fate is unknown only from then on."""
    attempts = models.IntegerField(default=0)
    reason = models.CharField(max_length=64, blank=True)
    """A code (consent, smtp_550 …): what the event says too."""
    detail = models.CharField(max_length=400, blank=True)
    """What the server or the template said; may name an address, so it stays here and out of the log."""
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    stop_when = models.JSONField(null=True)
    """A condition; true at dispatch means: don't send."""
    since = models.DateTimeField(null=True)
    """The `entry` of `stop_when`."""
    since_key = models.CharField(max_length=200, blank=True)
    """The key of that entry, where there is one per key."""
    enrollment_id = models.BigIntegerField(null=True)
    visit = models.IntegerField(null=True)
    journey = models.CharField(max_length=64, blank=True)
    is_withheld = models.BooleanField(default=False)
    """Of a control group: passes every gate as a real message does, and ends withheld instead of sent."""
    priority = models.SmallIntegerField(default=5)
    """1 first … 9 last: who gets a slot under a cap."""
    obeys_caps = models.BooleanField(default=True)
    counts_caps = models.BooleanField(default=True)
    quiet = models.CharField(max_length=16, blank=True)
    """ "" the policy's quiet hours, "ignore", or hours of its own such as 22:00-06:00."""
    counted_at = models.DateTimeField(null=True)
    """The slot under the caps that it takes: reserved when handed to the channel, given back when that fails."""
    opened_at = models.DateTimeField(null=True)
    """When its letter was first seen to be opened; many people's mail programmes don't tell."""
    tries = models.SmallIntegerField(default=0)
    """How often the channel refused it for the time being."""
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(status__in=Status.values), name="outbox_status_known")]
        indexes = [
            models.Index(
                fields=["due_at", "id", "channel", "priority"], condition=Q(status="pending"), name="outbox_due"
            ),
            models.Index(fields=["lease_until"], condition=Q(status="claimed"), name="outbox_leases"),
            models.Index(fields=["enrollment_id"], name="outbox_by_enrollment"),
            models.Index(fields=["member", "counted_at"], condition=Q(counted_at__isnull=False), name="outbox_counted"),
        ]


class LocalMail(models.Model):
    """A letter kept here because the installation has no mail server; shown on the office's mailbox page.

    A letter that staff sent to themselves has neither outbox nor member.
    """

    is_personal = True

    id = models.BigAutoField(primary_key=True)
    outbox = models.OneToOneField(Outbox, models.CASCADE, null=True, related_name="local_mail")
    member = models.ForeignKey("people.Member", models.CASCADE, null=True, related_name="+")
    message_id = models.CharField(max_length=100)
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=400)
    language = models.CharField(max_length=2)
    html = models.TextField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="local_mail_newest")]


class StaffLetter(models.Model):
    """A letter to a user (an alert to staff, a way in); decided once by `key`, then sent by the dispatcher."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=150, unique=True)
    user = models.ForeignKey("people.User", models.CASCADE, related_name="+")
    subject = models.CharField(max_length=400)
    body = models.TextField()
    """Plain words in the user's language; an empty line parts paragraphs."""
    label = models.CharField(max_length=100, blank=True)
    path = models.CharField(max_length=400, blank=True)
    """The page of ours behind the one button, with its label; "" without."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    reason = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(status__in=Status.values), name="staff_letter_status_known")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status__in=["pending", "claimed"]), name="staff_letters_due")
        ]


class Policy(models.Model):
    """What the company asks of all messages: quiet hours and caps, as one document."""

    document = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_policy")]


class Suppression(models.Model):
    """An address that takes nothing more on one channel. Says nothing about another address of the same member."""

    is_personal = True

    member = models.ForeignKey("people.Member", models.CASCADE, related_name="+")
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=320)
    reason = models.CharField(max_length=64)
    """A code: smtp_550, complaint, staff."""
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "channel", "address"], condition=Q(lifted_at__isnull=True), name="one_suppression"
            )
        ]
