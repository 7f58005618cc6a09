"""How often things happen in the demo company. Some is sourced; the rest is chosen to look like a company.

Sourced: 16 % leave per month in months 1–3, 9 % in months 4–12, then 3.5 %; 20–22 % are ever paid; few sponsor many;
60 % place a first order within 14 days; 40 % of leaving is silent.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

MONTH = timedelta(days=365.25 / 12)
LEAVING = ((3, 0.16), (12, 0.09))
"""(last month, share of those alive that leaves in a month)."""
LEAVING_LATER = 0.035
EVER_PAID = 0.21
SILENT_LEAVING = 0.40

CUSTOMERS = 0.10
"""Share of the registered who only buy."""
RECORDED_CONTACT = 0.45
"""Share of the registered whom somebody noted as a contact before; the others came by a sponsor's link."""
LOST_PROSPECTS = 1.45
"""Recorded contacts who never registered, for each member."""


class Temper(StrEnum):
    """What a member makes of it."""

    IDLE = "idle"
    USER = "user"
    SELLER = "seller"
    BUILDER = "builder"


TEMPERS_BY_LIFETIME = (
    (3, (0.47, 0.39, 0.10, 0.04)),
    (6, (0.28, 0.38, 0.24, 0.10)),
    (None, (0.15, 0.33, 0.32, 0.20)),
)
"""(stays up to so many months, shares of the tempers). Drawn after the lifetime, so the hazards stay as sourced."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Rates of one temper: `weekly` by event type, the rest probabilities, or events a month where it says so."""

    first_order: float
    reorder: float
    """Own orders a month."""
    first_goal: float
    """A customer's order in days 2 to 6."""
    retail: float
    """Customers' orders a month after that."""
    lesson: float
    """Chance to take the next lesson of the plan."""
    tickets: int
    """Weight in the draw of sponsors, beside one for each person brought."""
    tick: float
    """Chance to tick off a task."""
    weekly: dict[str, float] = field(default_factory=dict)


def _weekly(cabinet: float, live: float, invitation: float, question: float, presentation: float) -> dict[str, float]:
    return {
        "cabinet.opened": cabinet,
        "live.attended": live,
        "invitation.sent": invitation,
        "question.opened": question,
        "presentation.attended": presentation,
    }


HABITS = {
    Temper.IDLE: Habits(0.32, 0.12, 0.03, 0.0, 0.22, 0, 0.08, _weekly(0.12, 0.015, 0.005, 0.015, 0.0)),
    Temper.USER: Habits(0.60, 0.50, 0.07, 0.03, 0.42, 1, 0.25, _weekly(0.30, 0.06, 0.02, 0.03, 0.01)),
    Temper.SELLER: Habits(0.45, 0.45, 0.58, 1.1, 0.84, 4, 0.60, _weekly(0.7, 0.30, 0.25, 0.05, 0.03)),
    Temper.BUILDER: Habits(0.62, 0.60, 0.62, 1.2, 0.90, 30, 0.75, _weekly(1.0, 0.45, 0.8, 0.06, 0.10)),
}
CUSTOMER_HABITS = Habits(0.86, 0.55, 0.0, 0.0, 0.0, 0, 0.0, _weekly(0.05, 0.0, 0.0, 0.01, 0.0))

FIRST_ORDER_DAYS = 3.5
"""Mean days to the first own order."""
LATE_FIRST_ORDER = 0.12
"""Of those without: order in the second month or later after all."""
REFUND_FIRST, REFUND_LATER = 0.045, 0.015
UNDELIVERED = 0.03
"""Orders whose delivery nobody reported."""

HUSH = 0.30
"""Idle members and users who fall silent after the first order."""
RESUMES = 0.30
"""Of those: come back of their own accord after some weeks."""
RESUMES_AFTER = (16, 80)
"""Days of silence then."""
FADES_DAYS, FADES = 24, 0.75
"""Who leaves does less in the days before: this share of what they would have done falls away."""

BOOKS, SHOWS_UP, COMES_UNBOOKED = 0.50, 0.62, 0.04
"""Prospects who never register: book a presentation; come to it; come without booking."""
BOOKS_AGAIN = 0.16
"""Of those who did not come: book another one of their own accord."""
OPENS_CONTENT = 0.22
DECLINES, ASKS = 0.38, 0.20
COMES_AGAIN, DECLINES_AGAIN = 0.07, 0.10
"""Of those who declined: come to another presentation all the same; decline a second time."""
WAY_IN_PRESENTATION, WAY_IN_CONTENT = 0.40, 0.12
"""How the registered with a recorded contact came in; the others registered at once."""
ANSWERED, ANSWER_HOURS, ASKED_AGAIN = 0.84, 7, 0.06
"""Questions that a person answers without being reminded; mean hours until then; questions that come back."""
ASKS_LATE = 0.75
"""Questions that are asked late in the evening."""
ASKS_ABOUT_PAYMENT = 0.05
"""Of those who register: a question about paying in the first week."""
SETS_GOAL = {"idle": 0.0, "user": 0.02, "seller": 0.30, "builder": 0.85}
"""Distributors who set themselves a goal for partners."""
PUSHES = 0.45
"""Of those: invite far more than usual in the weeks after."""

HEEDS = {
    "no-show": (0.10, 0.18),
    "refused-after-presentation": (0.04, 0.09),
    "registered-no-order": (0.06, 0.11),
    "first-goal-missed": (0.08, 0.16),
    "silent-after-first-purchase": (0.13, 0.19),
    "fast-start": (0.08, 0.10),
    "learning-stopped": (0.09, 0.15),
    "cannot-invite": (0.04, 0.14),
    "expectation-gap": (0.08, 0.15),
    "at-risk-60-90": (0.10, 0.18),
    "growing-leader": (0.35, 0.80),
}
"""By case: how many do what the measure is for because of its letter, and because of a person. Chosen, and small."""
TAKES_UP = (0.25, 0.80)
"""Suggestions that a mentor takes up: the least and the most diligent."""
DECLINES_SUGGESTION = 0.05
ANSWERS_SURVEY = {"idle": 0.25, "user": 0.30, "seller": 0.38, "builder": 0.45}
"""Surveys that are answered."""
CARE_FROM = timedelta(days=121)
"""So long before the anchor begins what only recognition counts: tests, check-ins, sharing, reading."""
DATA_CONSENT, ADVERTISING_CONSENT = 1.0, 0.78
PROSPECT_CONSENT = 0.66
