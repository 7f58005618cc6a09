"""Which arms members have, and would have."""

import hashlib
import json
from collections.abc import Sequence

from django.db import connection
from django.db.models import Count

from qadam.experiments import rules
from qadam.experiments.models import Assignment
from qadam.experiments.rules import Arm
from qadam.people.models import Company

READ = """
SELECT member_id, arm FROM experiments_assignment
WHERE layer_id = (SELECT id FROM experiments_layer WHERE key = %s) AND member_id IN ({ids})
"""
IDS = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT value::bigint FROM jsonb_array_elements_text(%s::jsonb)",
}


def read_arms(*, layer: str, member_ids: Sequence[int]) -> dict[int, str]:
    """Return the stored {member: arm} of a layer; members without an arm are absent."""
    with connection.cursor() as cursor:
        cursor.execute(READ.format(ids=IDS[connection.vendor]), [layer, json.dumps(list(member_ids))])
        return dict(cursor.fetchall())


def foresee_arms(*, layer: str, arms: Sequence[Arm], member_ids: Sequence[int]) -> dict[int, str]:
    """Return what `operations.assign_arms` would, and write nothing: for simulations."""
    stored = read_arms(layer=layer, member_ids=member_ids)
    fresh = [each for each in member_ids if each not in stored]
    salt = company_salt()
    return stored | rules.choose_arms(salt, salt_of_layer(salt, layer), arms, fresh)


def arms_of_member(member_id: int) -> dict[str, str]:
    """Return {layer: arm} of one member, in the order of assignment."""
    rows = Assignment.objects.filter(member_id=member_id).order_by("at", "layer_id")
    return dict(rows.values_list("layer__key", "arm"))


def count_arms(layer: str) -> dict[str, int]:
    """Return {arm: members that have it} of a layer."""
    rows = (
        Assignment.objects.filter(layer__key=layer).order_by().values_list("arm").annotate(members=Count("member_id"))
    )
    return dict(rows)


def company_salt() -> str:
    """Return the salt that draws this company's lots; "" before there is a company."""
    return Company.objects.values_list("salt", flat=True).first() or ""


def salt_of_layer(company_salt: str, layer: str) -> str:
    """Return the salt with which a layer begins: from the company's, so that a simulation draws the same lots."""
    return hashlib.sha256(f"{company_salt}:{layer}".encode()).hexdigest()
