"""Give members their arms, thousands to a statement."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from qadam.experiments import queries, rules
from qadam.experiments.errors import SharesIncomplete
from qadam.experiments.models import Layer
from qadam.experiments.rules import Arm
from qadam.jobs.transactions import write
from qadam.lib.buckets import BUCKETS

INSERT = {
    "sqlite": """
INSERT INTO experiments_assignment (layer_id, member_id, arm, at)
SELECT %s, json_extract(value, '$[0]'), json_extract(value, '$[1]'), %s FROM json_each(%s) WHERE true
ON CONFLICT (layer_id, member_id) DO NOTHING
""",
    "postgresql": """
INSERT INTO experiments_assignment (layer_id, member_id, arm, at)
SELECT %s, (value ->> 0)::bigint, value ->> 1, %s FROM jsonb_array_elements(%s::jsonb)
ON CONFLICT (layer_id, member_id) DO NOTHING
""",
}


@write()
def assign_arms(*, layer: str, arms: Sequence[Arm], member_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """Return {member: arm} of a layer; who has no arm yet is given one, for good.

    A stored arm comes back as it is, whatever `arms` says now: changed shares apply to new members only, control
    never becomes treated nor the reverse, and an arm that is no longer offered is still the member's. Who asks at
    the same time in another process gets the same answer.

    Raises:
        SharesIncomplete: the shares don't add up to 10,000.
    """
    if rules.total_of(arms) != BUCKETS:
        raise SharesIncomplete(layer=layer, total=rules.total_of(arms) / 100)
    known = queries.read_arms(layer=layer, member_ids=member_ids)
    fresh = sorted(set(member_ids) - known.keys())
    if not fresh:
        return known
    row = _open_layer(layer, now)
    chosen = rules.choose_arms(queries.company_salt(), row.salt, arms, fresh)
    _insert(row.id, chosen, now)
    # Read back: another process may have been first, with other shares.
    return known | queries.read_arms(layer=layer, member_ids=fresh)


def _open_layer(key: str, now: datetime) -> Layer:
    layer = Layer.objects.filter(key=key).first()
    if layer is None:
        salt = queries.salt_of_layer(queries.company_salt(), key)
        Layer.objects.bulk_create([Layer(key=key, salt=salt, created_at=now)], ignore_conflicts=True)
        layer = Layer.objects.get(key=key)
    return layer


def _insert(layer_id: int, chosen: dict[int, str], now: datetime) -> None:
    """In the order of ids, so that two processes wait for each other instead of locking each other out."""
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(INSERT[connection.vendor], [layer_id, at, json.dumps(sorted(chosen.items()))])
