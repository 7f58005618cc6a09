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


def facts_of(log, now, *types, member=None):
    """Return the facts of these types that have happened, in order; those recorded first come first at a tie."""
    chosen = [f for f in log.facts if f.type in types and f.at <= now and member in (None, f.member_id)]
    return sorted(chosen, key=lambda f: f.at)


def registration_of(person, now):
    return person.registered_at if person.registered_at is not None and person.registered_at <= now else None


def has_attended(fact):
    if fact.props.get("form") == "recording":
        return fact.props.get("share", -1) >= 70
    return fact.props.get("minutes", 10) >= 10


def registered_after_presentation(log, start, end, now):
    """Return (numerator, denominator, censored, {presentation: credited}) of M3."""
    won, everybody, censored, credit = 0, 0, 0, Counter()
    for person in log.people:
        at = registration_of(person, now)
        seen = [f for f in facts_of(log, now, "presentation.attended", member=person.id) if has_attended(f)]
        seen = [f for f in seen if start <= f.at < end and (at is None or f.at < at)]
        if not seen:
            continue
        everybody += 1
        if at is not None and at <= seen[0].at + 14 * DAY:
            won += 1
            credit[seen[-1].props["presentation"]] += 1
        else:
            censored += seen[0].at + 14 * DAY > now
    return won, everybody, censored, credit


def active_people(log, start, end, types, least, now, zone):
    found = []
    for person in log.people:
        at = registration_of(person, now)
        if at is None or at >= start or (person.left_at is not None and person.left_at < start):
            continue
        days = {act.astimezone(zone).date() for act in acts_of(log, person, types, now) if start <= act < end}
        found += [person] if len(days) >= least else []
    return found


def invited(log, start, end, types, now, zone):
    """Return (registrations under active sponsors, active members, how many of them brought anybody) of M6."""
    active = {person.id for person in active_people(log, start, end, types, 2, now, zone)}
    by_id, brought = {person.id: person for person in log.people}, Counter()
    for fact in facts_of(log, now, "member.registered"):
        left = by_id[fact.member_id].left_at
        is_withdrawn = left is not None and left <= now and left - fact.at <= 14 * DAY
        if start <= fact.at < end and not is_withdrawn and fact.props.get("sponsor") in active:
            brought[fact.props["sponsor"]] += 1
    return sum(brought.values()), len(active), len(brought)


def working_hours(since, until, zone):
    """Count the minutes from Monday to Friday, 9 to 18, one by one (instants are whole minutes)."""
    total, at = 0, since
    while at < until:
        local = at.astimezone(zone)
        total += local.weekday() < 5 and 9 <= local.hour < 18
        at += timedelta(minutes=30)
    return total / 2


def answers_in_time(log, start, end, sla, now, zone, *, is_working=False):
    """Return (in time, decided, undecided, hours of the replies) of M7, ticket by ticket."""
    in_time, decided, undecided, hours = 0, 0, 0, []
    tickets = {(f.member_id, f.props["ticket"]) for f in facts_of(log, now, "question.opened", "question.answered")}
    for member, ticket in tickets:
        steps = facts_of(log, now, "question.opened", "question.answered", member=member)
        steps = [f for f in steps if f.props["ticket"] == ticket and not f.props.get("is_automatic")]
        steps.sort(key=lambda f: (f.at, f.type == "question.answered"))
        opened = None
        for step in [*steps, None]:
            if step is not None and step.type == "question.opened":
                opened = step.at if opened is None else opened
                continue
            if opened is None or (step is None and opened is None):
                continue
            until = now if step is None else step.at
            waited = working_hours(opened, until, zone) if is_working else (until - opened) / timedelta(hours=1)
            if start <= opened < end:
                is_decided = step is not None or waited >= sla
                decided, undecided = decided + is_decided, undecided + (not is_decided)
                in_time += step is not None and waited <= sla
                hours += [waited] if step is not None else []
            opened = None
    return in_time, decided, undecided, hours


def churned(log, start, end, gap, types, now, zone):
    """Return (churned, alive, reactivated) of M8, day by day."""
    gone, alive, back = 0, 0, 0
    first, after, today = (moment.astimezone(zone).date() for moment in (start, end - timedelta(microseconds=1), now))
    for person in log.people:
        at = registration_of(person, now)
        if at is None:
            continue
        left = person.left_at if person.left_at is not None and person.left_at <= now else None
        left_on = left.astimezone(zone).date() if left else None
        days = {at.astimezone(zone).date()}
        for act in acts_of(log, person, types, now):
            day = act.astimezone(zone).date()
            if day >= min(days) and (left_on is None or day <= left_on):
                days.add(day)
        churn_days, return_days, silent = set(), set(), 0
        day = min(days)
        while day <= today:
            if day in days:
                return_days |= {day} if silent >= gap else set()
                silent = 0
            else:
                silent += 1
            if silent == gap and day < today and (left_on is None or day < left_on):
                churn_days.add(day)
            day += DAY
        was_here = at < start and (left is None or left >= start)
        was_active = any(0 < (first - day) / DAY <= gap for day in days)
        returned = {day for day in return_days if any(churn < day for churn in churn_days)}
        back += any(first <= day <= after for day in returned)
        if was_here and was_active:
            alive += 1
            gone += (left is not None and start <= left < end) or any(first <= day <= after for day in churn_days)
    return gone, alive, back


def instances(log, case, now):
    """Return the instances of a case: (member, entered, goal or None, left or None, reason, arm)."""
    past = [fact for fact in log.facts if fact.at <= now and fact.props.get("journey") == f"case:{case}"]
    for fact in past:
        if fact.type != "journey.entered":
            continue
        own = [each for each in past if each.props["enrollment"] == fact.props["enrollment"]]
        goal = min((each.at for each in own if each.type == "journey.goal_reached"), default=None)
        left = min((each.at for each in own if each.type == "journey.left"), default=None)
        reason = min((each.props["reason"] for each in own if each.type == "journey.left"), default="")
        yield fact.member_id, fact.at, goal, left, reason, fact.props.get("arm", "")


def successes_by_arm(log, start, end, case, horizon, now):
    """Return ({is control: [won, decided]}, closed by hand, overlapping) of M9."""
    counts, manual, overlapping = {True: [0, 0], False: [0, 0]}, 0, 0
    others = list(instances(log, "other", now))
    for member, at, goal, left, reason, arm in instances(log, case, now):
        if reason in ("excluded", "holdout") or not start <= at < end:
            continue
        is_won = goal is not None and goal <= at + horizon
        if not (is_won or left is not None or at + horizon <= now):
            continue
        counts[arm == "control"][0] += is_won
        counts[arm == "control"][1] += 1
        if arm != "control":
            manual += reason == "stopped"
            overlapping += any(
                who == member and max(at, since) < min(left or now, until or now)
                for who, since, _goal, until, _reason, _arm in others
            )
    return counts, manual, overlapping


def brought_back(log, start, end, case, types, now):
    """Return {is control: [came back, detected]} and how many may still, of M15."""
    counts, censored = {True: [0, 0], False: [0, 0]}, 0
    for member, at, goal, _left, reason, arm in instances(log, case, now):
        if reason in ("excluded", "holdout") or not start <= at < end:
            continue
        moments = [f.at for f in facts_of(log, now, *types, member=member) if f.at > at] + [goal] * (goal is not None)
        is_back = any(moment <= at + 30 * DAY for moment in moments)
        counts[arm == "control"][0] += is_back
        counts[arm == "control"][1] += 1
        censored += arm != "control" and not is_back and at + 30 * DAY > now
    return counts, censored


def marks(log, start, end, kind, low, high, now):
    """Return the valid scores in order, as (member, score), and (asked, answered) of the window."""
    scores = [
        (f.member_id, f.props["score"]) for f in facts_of(log, now, "survey.answered")
        if f.props.get("kind") == kind and start <= f.at < end and low <= f.props["score"] <= high
    ]  # fmt: skip
    asked = [f for f in facts_of(log, now, "survey.asked") if f.props["kind"] == kind and start <= f.at < end]
    requests = {f.props["request"] for f in asked}
    answered = {f.props.get("request") for f in facts_of(log, now, "survey.answered") if f.at < end} & requests
    return scores, (len(asked), len(answered))


def lessons_in_time(log, start, end, now):
    """Return (in time, due) of M13, lesson by lesson, in the order in which things happened."""
    in_time, due_count = 0, 0
    for person in log.people:
        steps = facts_of(log, now, "lesson.assigned", "lesson.completed", member=person.id)
        steps.sort(key=lambda f: (f.at, f.type == "lesson.completed"))
        for lesson in {f.props["lesson"] for f in steps}:
            own = [f for f in steps if f.props["lesson"] == lesson]
            for place, fact in enumerate(own):
                if fact.type != "lesson.assigned":
                    continue
                due = datetime.fromisoformat(fact.props["due_at"]) if "due_at" in fact.props else fact.at + 7 * DAY
                later = own[place + 1 :]
                done = next((f.at for f in later if f.type == "lesson.completed"), None)
                again = next((f.at for f in later if f.type == "lesson.assigned"), None)
                is_reset = again is not None and again <= due and not (done is not None and done <= again)
                if is_reset or not start <= due < end or due > now:
                    continue
                due_count += 1
                in_time += done is not None and done <= due
    return in_time, due_count


def activated(log, start, end, types, now, zone):
    """Return (active within 90 days, leads, undecided) of M14."""
    won, leads, censored = 0, 0, 0
    for person in log.people:
        contact = next((f.at for f in facts_of(log, now, "contact.recorded", member=person.id)), None)
        at = registration_of(person, now)
        if contact is None or not start <= contact < end or (at is not None and at < contact):
            continue
        leads += 1
        acts = sorted(a for a in acts_of(log, person, types, now) if at is not None and a >= at)
        acts = [a for a in acts if person.left_at is None or person.left_at > now or a < person.left_at]
        reached = [
            later for later in acts for earlier in acts
            if 0 < (later.astimezone(zone).date() - earlier.astimezone(zone).date()) / DAY < 30
        ]  # fmt: skip
        is_won = bool(reached) and min(reached) <= contact + 90 * DAY
        won += is_won
        censored += not is_won and contact + 90 * DAY > now
    return won, leads, censored
