"""My numbers: orders, customers, team, activity, each with its period, as-of time and how it is counted."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.metrics.own_numbers import Figures, OwnNumbers, Span, own_numbers
from qadam.ui.formats import month_name


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of activity: how often now and in the period before."""

    words: str
    icon: str
    now: int
    earlier: int


@dataclass(frozen=True, slots=True)
class NumbersPage:
    """The page. `period` and `earlier_period` are the names of the two periods, as they stand in a sentence."""

    now: datetime
    numbers: OwnNumbers
    period: str
    earlier_period: str
    acts: tuple[Act, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether neither period holds anything that a person could look at."""
        return not any(_holds_something(each) for each in (self.numbers.now, self.numbers.earlier))


@require_safe
@member_page
def show_numbers(request: MemberRequest) -> HttpResponse:
    now, wanted = clock.utc_now(), request.GET.get("period", "")
    span = Span(wanted) if wanted in list(Span) else Span.MONTH
    numbers = own_numbers(request.member, request.company, now, span)
    period, earlier = _names_of(numbers)
    page = NumbersPage(now, numbers, period, earlier, _acts_of(numbers))
    return render(request, "cabinet/numbers.html", {"page": page})


def _names_of(numbers: OwnNumbers) -> tuple[str, str]:
    language, window = get_language() or "en", numbers.window
    if window.span is Span.MONTH:
        return month_name(window.first_day, language), month_name(window.earlier_first_day, language)
    return _("last 90 days"), _("90 days before")


def _acts_of(numbers: OwnNumbers) -> tuple[Act, ...]:
    words = {
        "lesson.completed": (_("lessons passed"), "graduation-cap"),
        "quiz.passed": (_("tests passed"), "circle-check"),
        "task.done": (_("tasks done"), "route"),
        "live.attended": (_("live events attended"), "calendar-days"),
        "customer.checked_in": (_("customers asked how they are"), "heart-handshake"),
        "content.shared": (_("materials shared"), "share-2"),
        "cabinet.opened": (_("days in the cabinet"), "sun"),
    }
    now, earlier = numbers.now.acts, numbers.earlier.acts
    acts = (Act(label, icon, now[kind], earlier[kind]) for kind, (label, icon) in words.items())
    return tuple(act for act in acts if act.now or act.earlier)


def _holds_something(figures: Figures) -> bool:
    orders = (figures.from_customers, figures.own_use, figures.untold)
    is_ordered = any(each.kept or each.returned for each in orders)
    return is_ordered or bool(figures.registered_customers) or any(figures.acts.values())
