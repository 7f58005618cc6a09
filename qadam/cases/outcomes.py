"""How a case file ended: by its rules, or by somebody's word."""

from collections.abc import Mapping

from django.db.models import Case, F, Q, TextField, Value, When

from qadam.cases.models import CaseFile, Outcome

BY_EXIT: Mapping[str, Outcome] = {
    "goal": Outcome.SUCCESS,
    "exit": Outcome.FAILURE,
    "excluded": Outcome.EXCLUDED,
    "stopped": Outcome.CANCELLED,
    "dropped": Outcome.CANCELLED,
    "migrated": Outcome.CANCELLED,
}
"""Why the enrollment ended; by anything else, such as the horizon, the case came to its end without a result."""
DECIDED = (Outcome.SUCCESS, Outcome.FAILURE, Outcome.EXPIRED)
"""Outcomes that count in the share of successes; the others say nothing about the case."""


def outcome_of(file: CaseFile) -> str:
    """Return the outcome of a file, "" while it is open."""
    if file.closed_outcome:
        return file.closed_outcome
    if file.enrollment.left_at is None:
        return ""
    return BY_EXIT.get(file.enrollment.exit_reason, Outcome.EXPIRED).value


def outcome_expression() -> Case:
    """Return the same as SQL over files."""
    by_exit = [When(enrollment__exit_reason=reason, then=Value(str(outcome))) for reason, outcome in BY_EXIT.items()]
    return Case(
        When(~Q(closed_outcome=""), then=F("closed_outcome")),
        When(enrollment__left_at__isnull=True, then=Value("")),
        *by_exit,
        default=Value(str(Outcome.EXPIRED)),
        output_field=TextField(),
    )
