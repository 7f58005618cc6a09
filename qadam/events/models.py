"""The append-only log, the cursors of its readers, and the tables of the ingest door. Plain ids, no foreign keys."""

from django.db import models

from qadam.events.decoding import ExactDecoder


class Event(models.Model):
    """One thing that happened. `id` is the order of commits; `member_id` is opaque; `props` hold no personal data."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=64)
    member_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=200)
    props = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="event_once_per_source")]
        indexes = [
            models.Index(fields=["member_id", "type", "occurred_at"], name="event_by_member"),
            models.Index(fields=["type", "occurred_at"], name="event_by_type"),
        ]


class Cursor(models.Model):
    """How far one consumer has read the log. It moves in the transaction of the consumer's effects."""

    name = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)


class WriteKey(models.Model):
    """A sender's key; only its SHA-256 is kept. `source` names the sender in the log."""

    key_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    source = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class NameMapping(models.Model):
    """How a sender's event name becomes one of the catalogue; `source` "" is for every sender."""

    source = models.CharField(max_length=64, blank=True)
    incoming_name = models.CharField(max_length=200)
    event_type = models.CharField(max_length=64)
    property_names = models.JSONField(default=dict)
    """{catalogue property: the sender's property, as a dotted path, alternatives separated by |}.

    Anything not named is left out. Amounts are read as whole units (19.90) and kept in the smallest ones."""
    constants = models.JSONField(default=dict)
    """{catalogue property: a fixed value}."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "incoming_name"], name="one_mapping_per_name")]


class Quarantined(models.Model):
    """An incoming message that couldn't be taken in, with the reason and the place; kept until it is tried again.

    Where the reason is an unknown person, `detail` is the company's id of that person, by which the row is found
    when the person arrives. `payload` is the message, or {"text": its JSON} where a database can't hold it as JSON.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=200)
    code = models.CharField(max_length=32)
    place = models.CharField(max_length=200)
    detail = models.CharField(max_length=400, blank=True)
    payload = models.JSONField(decoder=ExactDecoder)
    received_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="quarantined_once_per_source")]
        indexes = [
            models.Index(fields=["resolved_at", "received_at"], name="quarantined_open"),
            models.Index(fields=["detail"], condition=models.Q(resolved_at__isnull=True), name="quarantined_detail"),
        ]
