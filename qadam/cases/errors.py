from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class CaseWithoutResult(DomainError):
    """A case with no mandatory metric of its result can't be published."""

    kind = Kind.REFUSED
    message = _("The case “%(case)s” has no mandatory metric of its result. Bind one, for example M9.")


class UnknownCase(DomainError):
    kind = Kind.MISSING
    message = _("There is no case “%(case)s”.")


class UnknownCaseFile(DomainError):
    kind = Kind.MISSING
    message = _("There is no such case file.")


class CaseRetired(DomainError):
    kind = Kind.REFUSED
    message = _("No map has the case “%(case)s” any more.")


class FileClosed(DomainError):
    kind = Kind.CONFLICT
    message = _("This case is closed already.")


class ReasonNeeded(DomainError):
    kind = Kind.REFUSED
    message = _("Say why in a few words.")


class OutcomeNotPossible(DomainError):
    kind = Kind.REFUSED
    message = _("Somebody can close a case as success, failure or cancelled.")


class UnknownMeasure(DomainError):
    kind = Kind.MISSING
    message = _("This case has no measure “%(measure)s”.")


class MeasureStarted(DomainError):
    kind = Kind.CONFLICT
    message = _("This measure has begun already.")


class NothingSuggested(DomainError):
    kind = Kind.CONFLICT
    message = _("Nothing is suggested here any more.")


class InControlGroup(DomainError):
    """Whoever is in the control group gets no measure, so that the others can be compared with them."""

    kind = Kind.REFUSED
    message = _("This person is in the control group: nothing is done here, so that the effect can be told.")


class MeasureForbidden(DomainError):
    """A guard stands against the measure; `obstacle` is its code."""

    kind = Kind.REFUSED
    message = _("This person must not get this measure: %(why)s.")
