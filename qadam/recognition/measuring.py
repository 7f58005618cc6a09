"""What members have brought in some days, by the tally that badges count with."""

from collections.abc import Collection
from datetime import datetime, timedelta

from qadam import conditions
from qadam.conditions.tree import Tally

MOMENT = timedelta(microseconds=1)


def amounts_of(
    tally: Tally, *, among: Collection[int], since: datetime, until: datetime, now: datetime
) -> dict[int, int]:
    """Return {member: what the tally counts of the facts in [since, until)}; who has nothing is left out.

    Refunds and the like take away as long as they are known by `now`.
    """
    if not among:
        return {}
    voids_until = max(until - MOMENT, now)
    return conditions.amounts(tally, among=among, since=since - MOMENT, until=until - MOMENT, voids_until=voids_until)
