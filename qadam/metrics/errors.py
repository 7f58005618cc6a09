from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class UnknownMetric(DomainError):
    kind = Kind.REFUSED
    message = _("There is no metric “%(code)s”. There are: %(codes)s.")


class FaultyParameter(DomainError):
    kind = Kind.REFUSED
    message = _(
        "The metric %(code)s on “%(target)s” can't be bound: the parameter “%(parameter)s” is missing or wrong."
    )


class UnknownBinding(DomainError):
    kind = Kind.MISSING
    message = _("There is no such metric, or it has not been computed yet.")


class UnknownPart(DomainError):
    kind = Kind.MISSING
    message = _("A metric has no part “%(part)s”.")


class UnknownBreakdown(DomainError):
    kind = Kind.MISSING
    message = _("A metric can't be divided by “%(by)s”.")
