"""Metrics that were past their line twice running: what, where, how far, and who answers for it."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from qadam.lib import clock
from qadam.maps import alerts
from qadam.maps.alerts import AlertLine
from qadam.metrics import operations
from qadam.office.door import SEES_MAP, StaffRequest, staff_page


@dataclass(frozen=True, slots=True)
class AlertsPage:
    lines: tuple[AlertLine, ...]
    now: datetime

    @property
    def has_unseen(self) -> bool:
        return any(not line.is_seen for line in self.lines)


@require_safe
@staff_page(*SEES_MAP)
def list_alerts(request: StaffRequest) -> HttpResponse:
    language = (get_language() or "en").split("-")[0]
    page = AlertsPage(tuple(alerts.read_open_alerts(language)), clock.utc_now())
    return render(request, "office/alerts.html", {"page": page})


@require_POST
@staff_page(*SEES_MAP)
def note_seen(request: StaffRequest) -> HttpResponse:
    """Note that somebody has looked at the alerts that were on the page."""
    ids = [int(value) for value in request.POST.getlist("alert") if value.isdecimal()][:1_000]
    operations.note_alerts_seen(alert_ids=ids, now=clock.utc_now())
    return redirect("office:alerts")


urlpatterns = [
    path("alerts/", list_alerts, name="alerts"),
    path("alerts/seen/", note_seen, name="alerts_seen"),
]
