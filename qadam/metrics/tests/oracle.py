"""The metrics again, in plain Python, person by person: slow, simple, and written from the definitions alone."""

from calendar import monthrange
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def conversion(log, start, end, stage, later, horizon, now):
    """Return (numerator, denominator, censored, days of the converters without data errors) of M1 and M2."""
    passed, everybody, censored, days = 0, 0, 0, []
    for person in log.people:
        own = sorted(s.at for s in log.stays if s.member_id == person.id and s.key == stage and s.at <= now)
        if not own or not start <= own[0] < end:
            continue
        everybody += 1
        others = [s.at for s in log.stays if s.member_id == person.id and s.key in later and s.at <= now]
        arrivals = sorted(at for at in others if own[0] <= at <= own[0] + horizon)
        passed += bool(arrivals)
        censored += not arrivals and own[0] + horizon > now
        if arrivals and min(others) >= own[0]:
            days.append((arrivals[0] - own[0]) / DAY)
    return passed, everybody, censored, days


def middle(values):
    return median(values) if values else None


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def midnight(day, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def is_paid_back(log, fact, now):
    refunds = [
        each for each in log.facts
        if each.type == "order.refunded" and each.member_id == fact.member_id and each.at <= now
        and each.props["order"] == fact.props["order"]
    ]  # fmt: skip
    amounts = [each.props.get("amount") for each in refunds]
    if not refunds:
        return False
    return None in [*amounts, fact.props.get("amount")] or sum(amounts) >= fact.props["amount"]


def acts_of(log, person, types, now):
    return [
        fact.at for fact in log.facts
        if fact.member_id == person.id and fact.type in types and fact.at <= now
        and not (fact.type == "order.paid" and is_paid_back(log, fact, now))
    ]  # fmt: skip


def retention(log, start, end, months, types, now, zone):
    """Return (numerator, denominator, censored) of M5 for registrations in [start, end)."""
    kept, everybody, censored = 0, 0, 0
    for person in log.people:
        if person.registered_at is None or person.registered_at > now or not start <= person.registered_at < end:
            continue
        anniversary = add_months(person.registered_at.astimezone(zone).date(), months)
        if midnight(anniversary, zone) > now:
            censored += 1
            continue
        since, until = midnight(anniversary - 30 * DAY, zone), midnight(anniversary, zone)
        is_here = person.left_at is None or person.left_at >= until or person.left_at > now
        everybody += 1
        kept += is_here and any(since <= act < until for act in acts_of(log, person, types, now))
    return kept, everybody, censored


def active_share(log, start, end, types, least, now, zone):
    """Return (numerator, denominator) of M4 for the local days in [start, end)."""
    active, everybody = 0, 0
    for person in log.people:
        if person.registered_at is None or person.registered_at >= start:
            continue
        if person.left_at is not None and person.left_at < start:
            continue
        everybody += 1
        acts = acts_of(log, person, types, now)
        active += len({act.astimezone(zone).date() for act in acts if start <= act < end}) >= least
    return active, everybody


def successes(log, start, end, case, horizon, now):
    """Return (numerator, denominator, censored) of M9 for instances detected in [start, end)."""
    counts = Counter()
    past = [fact for fact in log.facts if fact.at <= now and fact.props.get("journey") == f"case:{case}"]
    for fact in past:
        if fact.type != "journey.entered" or not start <= fact.at < end:
            continue
        own = [each for each in past if each.props["enrollment"] == fact.props["enrollment"]]
        if any(each.props.get("reason") in ("excluded", "holdout") for each in own):
            continue
        is_won = any(each.type == "journey.goal_reached" and each.at <= fact.at + horizon for each in own)
        is_closed = any(each.type == "journey.left" for each in own)
        decided = is_won or is_closed or fact.at + horizon <= now
        counts["won"] += is_won
        counts["decided"] += decided
        counts["censored"] += not decided
    return counts["won"], counts["decided"], counts["censored"]
