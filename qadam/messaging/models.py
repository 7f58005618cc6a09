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
    enrollment_id = models.BigIntegerField(null=True)
    visit = models.IntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(status__in=Status.values), name="outbox_status_known")]
        indexes = [
            models.Index(fields=["channel", "due_at", "id"], condition=Q(status="pending"), name="outbox_due"),
            models.Index(fields=["lease_until"], condition=Q(status="claimed"), name="outbox_leases"),
            models.Index(fields=["enrollment_id"], name="outbox_by_enrollment"),
        ]


class LocalMail(models.Model):
    """A letter kept here because the installation has no mail server; shown on the office's mailbox page."""

    id = models.BigAutoField(primary_key=True)
    outbox = models.OneToOneField(Outbox, models.CASCADE, related_name="local_mail")
    member = models.ForeignKey("people.Member", models.CASCADE, related_name="+")
    message_id = models.CharField(max_length=100)
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=400)
    language = models.CharField(max_length=2)
    html = models.TextField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="local_mail_newest")]
