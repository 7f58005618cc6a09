"""Which arms members have, and would have."""

import hashlib
import json
from collections.abc import Sequence

from django.db import connection

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


def company_salt() -> str:
    """Return the salt that draws this company's lots; "" before there is a company."""
    return Company.objects.values_list("salt", flat=True).first() or ""


def salt_of_layer(company_salt: str, layer: str) -> str:
    """Return the salt with which a layer begins: from the company's, so that a simulation draws the same lots."""
    return hashlib.sha256(f"{company_salt}:{layer}".encode()).hexdigest()
