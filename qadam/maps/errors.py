from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind
from qadam.maps.rules import Failure, Fault

REASONS = {
    Fault.NO_CONVERSION: _("The stage “%(name)s” has no mandatory conversion metric. Bind one, for example M1."),
    Fault.NO_RETENTION: _("The last stage “%(name)s” has no mandatory retention metric. Bind one, for example M5."),
    Fault.NO_RESULT: _("The case “%(name)s” has no mandatory metric of its result. Bind one, for example M9."),
    Fault.NO_NEXT_STAGE: _("“%(name)s” is the last stage: no metric of the way to the next one can hang on it."),
    Fault.NAME_MISSING: _("“%(name)s” has no name in: %(detail)s."),
    Fault.SAME_ENTRY: _("The stage “%(name)s” has the same entry rule as the stage %(detail)s."),
    Fault.UNKNOWN_CASE: _("The map names the case %(key)s, but there is no such case."),
    Fault.CASE_OFF_THE_MAP: _("The case “%(name)s” belongs to the stage %(detail)s, which the map doesn't have."),
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


class UnknownMap(DomainError):
    kind = Kind.MISSING
    message = _("There is no published map “%(map)s”. Apply a pack, or publish a draft.")


class UnknownVersion(DomainError):
    kind = Kind.MISSING
    message = _("The map “%(map)s” has no version %(number)s.")


class UnknownStage(DomainError):
    kind = Kind.MISSING
    message = _("The map “%(map)s” has no stage “%(stage)s”.")
