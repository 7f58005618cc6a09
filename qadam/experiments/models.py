"""Layers of control groups, and the arm that each member was given in them."""

from django.db import models

from qadam.people.models import Member


class Layer(models.Model):
    """One drawing of lots, independent of all others: "global", "journey:<slug>", "journey:<slug>:<step>"."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200)
    salt = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="layer_once")]


class Assignment(models.Model):
    """A member's arm in a layer: written once, never changed. The key leads with the layer, so no index repeats it."""

    pk = models.CompositePrimaryKey("layer_id", "member_id")
    layer = models.ForeignKey(Layer, models.CASCADE, db_index=False, related_name="assignments")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    arm = models.CharField(max_length=64)
    at = models.DateTimeField()
