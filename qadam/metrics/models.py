"""The manifest of sealed segments of the log, which metric hangs where, and what was computed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qadam.metrics.periods import Grain
from qadam.metrics.units import Unit
from qadam.people.models import User


class Segment(models.Model):
    """One sealed file of the log: the events with `first_seq` <= seq <= `last_seq`. Disposable: the log is truth."""

    first_seq = models.BigIntegerField(unique=True)
    last_seq = models.BigIntegerField(unique=True)
    row_count = models.IntegerField()
    min_occurred_at = models.DateTimeField()
    max_occurred_at = models.DateTimeField()
    file_name = models.CharField(max_length=100, unique=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    is_sorted = models.BooleanField(default=False)
    """Compacted: holds several former segments, its rows by (member_id, occurred_at) instead of by `seq`."""
    days_name = models.CharField(max_length=100, blank=True)
    """The file of its member-days (see `rollup`); "" while there is none."""
    days_size = models.BigIntegerField(default=0)
    days_zone = models.CharField(max_length=64, blank=True)
    """Whose days they are: the company's zone when the file was written."""

    class Meta:
        ordering = ["first_seq"]
        constraints = [
            models.CheckConstraint(condition=Q(first_seq__lte=F("last_seq")), name="segment_seq_in_order"),
            models.CheckConstraint(condition=Q(row_count__gt=0), name="segment_not_empty"),
        ]


class TargetKind(models.TextChoices):
    STAGE = "stage", "stage"
    CASE = "case", "case"
    MAP = "map", "map"


class BindingRole(models.TextChoices):
    MANDATORY = "mandatory", "mandatory"
    EXTRA = "extra", "extra"


class MetricBindingQuerySet(models.QuerySet["MetricBinding"]):
    def active(self) -> MetricBindingQuerySet:
        """Without those that their target has dropped; in the order in which the target lists them."""
        return self.filter(retired_at__isnull=True).order_by("target_kind", "target_key", "position")


class MetricBinding(models.Model):
    """A metric that hangs on a stage, a case or a map, with its parameters and its aim.

    `target`, `watch` and `critical` are in the metric's own unit: 0–1 for shares, days for times. Other parameters
    are another binding, so that one series of values has one definition.
    """

    target_kind = models.CharField(max_length=8, choices=TargetKind.choices)
    target_key = models.CharField(max_length=64)
    code = models.CharField(max_length=8)
    role = models.CharField(max_length=9, choices=BindingRole.choices, default=BindingRole.MANDATORY)
    position = models.IntegerField(default=0)
    params = models.JSONField(default=dict)
    params_hash = models.CharField(max_length=64)
    target = models.FloatField(null=True)
    watch = models.FloatField(null=True)
    critical = models.FloatField(null=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    touches = models.BigIntegerField(default=0)
    """How many batches of events have touched its inputs, ever; it is due while `computed_touches` is behind."""
    computed_touches = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    """Why the last computation failed; "" when it didn't."""
    headline_start = models.DateTimeField(null=True)
    headline_end = models.DateTimeField(null=True)

    objects = MetricBindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target_kind", "target_key", "code", "params_hash"], name="metric_binding_once"
            )
        ]


class Maturity(models.TextChoices):
    PROVISIONAL = "provisional", "provisional"
    FINAL = "final", "final"


class MetricValueQuerySet(models.QuerySet["MetricValue"]):
    def standing(self) -> MetricValueQuerySet:
        """Without those that a later computation has restated."""
        return self.filter(superseded_at__isnull=True)


class MetricValue(models.Model):
    """What one metric was in one half-open period [period_start, period_end). A final row is restated, never changed.

    `as_of`: the instant up to which events count. `watermark`: the newest `seq` of the log that was read.
    """

    id = models.BigAutoField(primary_key=True)
    binding = models.ForeignKey(MetricBinding, models.CASCADE, related_name="values")
    grain = models.CharField(max_length=7, choices=[(each.value, each.value) for each in Grain])
    """`open` is what is under way: one row for each binding, always provisional, rewritten in place."""
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    numerator = models.BigIntegerField()
    """Negative for points with more against than for; more than the denominator for a ratio or a sum of marks."""
    denominator = models.BigIntegerField()
    value = models.FloatField(null=True)
    """In `unit`. Null where the denominator is 0 (for a time: nobody has arrived): shown as a dash, never as zero."""
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n_censored = models.BigIntegerField(default=0)
    maturity = models.CharField(max_length=11, choices=Maturity.choices)
    as_of = models.DateTimeField()
    watermark = models.BigIntegerField()
    computed_at = models.DateTimeField()
    unit = models.CharField(max_length=6, default=Unit.SHARE.value)
    formula_id = models.CharField(max_length=40, blank=True)
    formula_version = models.IntegerField()
    detail = models.JSONField(default=dict)
    superseded_at = models.DateTimeField(null=True)
    restatement = models.CharField(max_length=200, blank=True)
    """On a row that replaced a final one: what it had said."""

    objects = MetricValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["binding", "grain", "period_start", "period_end"],
                condition=Q(superseded_at__isnull=True),
                name="one_standing_value",
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0, numerator__lte=F("denominator"))
                | Q(unit__in=[Unit.RATIO.value, Unit.SCORE.value], numerator__gte=0, denominator__gte=0)
                | Q(unit=Unit.POINTS.value, numerator__lte=F("denominator"), numerator__gte=-F("denominator")),
                name="value_counts_in_order",
            ),
            models.CheckConstraint(condition=Q(denominator__gt=0) | Q(value__isnull=True), name="no_value_of_nobody"),
        ]
        indexes = [models.Index(fields=["binding", "grain", "period_end"], name="value_by_period")]


class AlertLine(models.TextChoices):
    CRITICAL = "critical", "critical"
    WATCH = "watch", "watch"


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> AlertQuerySet:
        return self.filter(closed_at__isnull=True, binding__retired_at__isnull=True)


class Alert(models.Model):
    """A metric that was past its line in its last two final periods. It stays open until one is back within.

    `period_start`, `period_end` and `value` are those of the newest breach, in the metric's own unit; `line` says
    which line was crossed and `limit` where it stood.
    """

    id = models.BigAutoField(primary_key=True)
    binding = models.ForeignKey(MetricBinding, models.CASCADE, related_name="alerts")
    line = models.CharField(max_length=8, choices=AlertLine.choices)
    limit = models.FloatField()
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    value = models.FloatField()
    n = models.BigIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["binding"], condition=Q(closed_at__isnull=True), name="one_open_alert")
        ]


class Rehearsal(models.Model):
    """The newest try of a metric before it is published. `error` is "" where it ran (nobody to count is no error)."""

    id = models.BigAutoField(primary_key=True)
    target_kind = models.CharField(max_length=8, choices=TargetKind.choices)
    target_key = models.CharField(max_length=64)
    code = models.CharField(max_length=8)
    params_hash = models.CharField(max_length=64)
    ran_at = models.DateTimeField()
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target_kind", "target_key", "code", "params_hash"], name="rehearsal_once")
        ]
