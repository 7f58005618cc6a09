from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind
from qadam.maps.gate_rules import Failure, Fault

REASONS = {
    Fault.NO_CONVERSION: _("The stage “%(name)s” has no mandatory conversion metric. Bind one, for example M1."),
    Fault.NO_RETENTION: _("The last stage “%(name)s” has no mandatory retention metric. Bind one, for example M5."),
    Fault.NO_RESULT: _("The case “%(name)s” has no mandatory metric of its result. Bind one, for example M9."),
    Fault.NO_NEXT_STAGE: _("“%(name)s” is the last stage: no metric of the way to the next one can hang on it."),
    Fault.NO_RESPONSE: _("Nothing on the map measures the response time. Bind M7 to a stage or to the map."),
    Fault.NO_CHURN: _("Nothing on the map measures churn. Bind M8 to a stage or to the map."),
    Fault.NO_SATISFACTION: _("Nothing on the map measures satisfaction. Bind M10, M11 or M12."),
    Fault.NO_TARGET: _("“%(name)s”: the mandatory metric %(detail)s has no target."),
    Fault.NO_OWNER: _("“%(name)s”: nobody answers for the mandatory metric %(detail)s. Name an owner."),
    Fault.METRIC_NOT_RUN: _("“%(name)s”: the metric %(detail)s hasn't been computed in the last 24 hours."),
    Fault.METRIC_FAILED: _("“%(name)s”: the metric %(detail)s can't be computed."),
    Fault.NO_DETECTION: _("The case “%(name)s” has no rule that notices it."),
    Fault.NO_SUCCESS: _("The case “%(name)s” doesn't say what counts as success."),
    Fault.NO_FAILURE: _("The case “%(name)s” has neither a failure rule nor a horizon."),
    Fault.NO_MEASURE: _("The case “%(name)s” has no measure that can run."),
    Fault.UNKNOWN_CONTENT: _("The case “%(name)s” uses what isn't there: %(detail)s."),
    Fault.EXAMPLE_MISSING: _("The case “%(name)s” needs two examples: one that is noticed and one that isn't."),
    Fault.EXAMPLE_FAILS: _("The case “%(name)s”: an example comes out differently than it says (%(detail)s)."),
    Fault.RULES_OVERLAP: _("The case “%(name)s”: success and failure are the same rule."),
    Fault.NO_TOUCHPOINT: _("The stage “%(name)s” has no touchpoint that an event tells of."),
    Fault.NO_PROBLEM_CASE: _("The stage “%(name)s” has no problem case."),
    Fault.NO_POSITIVE_CASE: _("The map has no positive case."),
    Fault.NAME_MISSING: _("“%(name)s” has no name in: %(detail)s."),
    Fault.REVIEW_PAST: _("The next review (%(detail)s) isn't in the future."),
    Fault.SAME_ENTRY: _("The stage “%(name)s” has the same entry rule as the stage %(detail)s."),
    Fault.UNKNOWN_CASE: _("The map names the case %(key)s, but there is no such case."),
    Fault.CASE_OFF_THE_MAP: _("The case “%(name)s” belongs to the stage %(detail)s, which the map doesn't have."),
    Fault.UNKNOWN_SEGMENT: _("“%(name)s” names a segment that isn't there: %(detail)s."),
}


def reason_of(failure: Failure) -> str:
    """Say in the reader's language which object fails and why."""
    name = failure.name.in_language(get_language() or "en") or failure.name.en or failure.key
    return str(REASONS[failure.fault]) % {"name": name, "key": failure.key, "detail": failure.detail}


class NotYaml(DomainError):
    kind = Kind.REFUSED
    message = _("This can't be read as YAML: %(problem)s")


class GateRefused(DomainError):
    """A version isn't fit to be published; every failing object is named."""

    kind = Kind.REFUSED
    message = _("This version of the map can't be published. %(list)s")

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        super().__init__(list=" ".join(reason_of(failure) for failure in failures))


class AlreadyPublished(DomainError):
    kind = Kind.CONFLICT
    message = _("Version %(number)s is published already; published versions never change.")


class SecondPairOfEyes(DomainError):
    """The map wants another person to publish than the one who edited last."""

    kind = Kind.REFUSED
    message = _("You edited this draft last. This map is published by a second person.")


class UnknownMap(DomainError):
    kind = Kind.MISSING
    message = _("There is no published map “%(map)s”. Apply a pack, or publish a draft.")


class UnknownVersion(DomainError):
    kind = Kind.MISSING
    message = _("The map “%(map)s” has no version %(number)s.")


class UnknownStage(DomainError):
    kind = Kind.MISSING
    message = _("The map “%(map)s” has no stage “%(stage)s”.")


class FaultyShareLink(DomainError):
    kind = Kind.REFUSED
    message = _("A share link needs a name and a life of 1 to 365 days.")


class UnknownShareLink(DomainError):
    kind = Kind.MISSING
    message = _("There is no such link. Check the address, or ask whoever sent it to you.")


class SpentShareLink(DomainError):
    kind = Kind.MISSING
    message = _("This link has been closed, or its time is over. Ask whoever sent it to you for a new one.")
