"""Alerts of the map's metrics in words, and the letters to those who answer for them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext, ngettext, override

from qadam.jobs.transactions import write
from qadam.lib import clock
from qadam.maps.names import name_of_target
from qadam.messaging import operations as messaging
from qadam.messaging.operations import NewStaffLetter
from qadam.metrics import operations as metrics
from qadam.metrics import queries
from qadam.metrics.alerts import OpenAlert
from qadam.metrics.chips import ValueText
from qadam.metrics.registry import BY_CODE
from qadam.metrics.rules import Direction
from qadam.people.models import User
from qadam.people.queries import get_company

PATH = "/office/alerts/"


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert as a reader sees it. `value` and `limit` with their unit; `period` "October 2026"."""

    id: int
    binding_id: int
    metric: str
    target: str
    value: str
    limit: str
    n: int
    period: str
    is_critical: bool
    is_upward: bool
    """More is better, so the value is below the line; else above it."""
    owner: str
    opened_at: datetime
    is_seen: bool


def read_open_alerts(language: str) -> list[AlertLine]:
    """Return the alerts that stand, newest first, in one language."""
    found = queries.open_alerts()
    zone = _zone()
    owners = User.objects.in_bulk({each.owner_id for each in found if each.owner_id})
    with override(language):
        return [_line(each, owners.get(each.owner_id or 0), language, zone) for each in found]


def _line(alert: OpenAlert, owner: User | None, language: str, zone: ZoneInfo) -> AlertLine:
    form = BY_CODE[alert.code].form_of(alert.params)
    return AlertLine(
        id=alert.id,
        binding_id=alert.binding_id,
        metric=alert.name(language),
        target=name_of_target(alert.target, language),
        value=_figure(alert.value_text(language)),
        limit=_figure(alert.limit_text(language)),
        n=alert.n,
        period=format_date(clock.local_date(alert.period_start, zone), "LLLL y", locale=language),
        is_critical=alert.line == "critical",
        is_upward=form.direction is Direction.UP,
        owner=(owner.name or owner.email) if owner else "",
        opened_at=alert.opened_at,
        is_seen=alert.seen_at is not None,
    )


def _figure(text: ValueText) -> str:
    return f"{text.number} {text.unit}".strip()


def _zone() -> ZoneInfo:
    return clock.zone_of(get_company().zone, "UTC")


@write()
def tell_owners(now: datetime) -> int:
    """Queue one letter for each owner about the alerts that nobody was told of. Return how many letters.

    An alert without an owner waits in the office only.
    """
    by_owner: dict[int, list[OpenAlert]] = defaultdict(list)
    for alert in queries.unmailed_alerts():
        if alert.owner_id is not None:
            by_owner[alert.owner_id].append(alert)
    owners = User.objects.filter(is_active=True).in_bulk(list(by_owner))
    letters = [_letter(owner, by_owner[owner_id]) for owner_id, owner in owners.items()]
    messaging.queue_staff_letters(letters, now=now)
    for owner_id in owners:
        for alert in by_owner[owner_id]:
            metrics.note_alert_mailed(alert_id=alert.id, now=now)
    return len(letters)


def _letter(owner: User, alerts: Sequence[OpenAlert]) -> NewStaffLetter:
    with override(owner.language):
        lines = [_line(each, owner, owner.language, _zone()) for each in alerts]
        subject = ngettext("%(count)s metric is past its line", "%(count)s metrics are past their line", len(lines)) % {
            "count": len(lines)
        }
        return NewStaffLetter(
            key=f"alerts:{owner.id}:{max(each.id for each in alerts)}",
            user_id=owner.id,
            subject=subject,
            body="\n\n".join(sentence_of(line) for line in lines),
            label=gettext("See the alerts"),
            path=PATH,
        )


def sentence_of(line: AlertLine) -> str:
    """Say an alert in the active language: what, where, how far, over how many people, since when."""
    words = {
        "metric": line.metric, "target": line.target, "value": line.value, "limit": line.limit, "n": line.n,
        "period": line.period,
    }  # fmt: skip
    if line.is_upward:
        told = gettext("%(target)s: %(metric)s was %(value)s in %(period)s (n = %(n)s), below %(limit)s twice running.")
    else:
        told = gettext("%(target)s: %(metric)s was %(value)s in %(period)s (n = %(n)s), above %(limit)s twice running.")
    return told % words
