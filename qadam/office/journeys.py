"""The journeys that run, with how many members stand on each step now."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from qadam.journeys import queries
from qadam.journeys.queries import JourneyRow, StepCount
from qadam.lib import clock
from qadam.office.door import StaffRequest, staff_page
from qadam.people.models import RoleName

KINDS: dict[str, tuple[str, str | Promise]] = {
    "send": ("send", _("Send")),
    "pause": ("hourglass", _("Wait")),
    "until": ("alarm-clock", _("Wait until")),
    "await": ("radio", _("Wait for an event")),
    "branch": ("split", _("Branch")),
    "exit": ("flag", _("Exit")),
}


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    icon: str
    kind: str | Promise
    what: str
    standing: int


@dataclass(frozen=True, slots=True)
class JourneyCard:
    row: JourneyRow
    is_case: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class JourneysPage:
    """Journeys first, then those that cases have compiled to."""

    now: datetime
    own: tuple[JourneyCard, ...]
    of_cases: tuple[JourneyCard, ...]


@require_safe
@staff_page(*RoleName)
def list_journeys(request: StaffRequest) -> HttpResponse:
    cards = [_card(row) for row in queries.list_journeys(get_language() or "en")]
    page = JourneysPage(
        now=clock.utc_now(),
        own=tuple(card for card in cards if not card.is_case),
        of_cases=tuple(card for card in cards if card.is_case),
    )
    return render(request, "office/journeys.html", {"page": page})


def _card(row: JourneyRow) -> JourneyCard:
    return JourneyCard(row, row.slug.startswith("case:"), tuple(_step(step) for step in row.steps))


def _step(step: StepCount) -> Step:
    icon, kind = KINDS.get(step.kind, ("dot", step.kind))
    return Step(step.id, icon, kind, step.what, step.standing)
