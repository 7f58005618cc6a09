from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class CaseWithoutResult(DomainError):
    """A case with no mandatory metric of its result can't be published."""

    kind = Kind.REFUSED
    message = _("The case “%(case)s” has no mandatory metric of its result. Bind one, for example M9.")


class UnknownCase(DomainError):
    kind = Kind.MISSING
    message = _("There is no case “%(case)s”.")
