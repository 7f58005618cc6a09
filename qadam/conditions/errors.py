from django.utils.translation import gettext_lazy as _

from qadam.lib.documents import FaultyDocument
from qadam.lib.errors import DomainError, Kind


class ConditionErrors(FaultyDocument):
    """A condition with faults; `faults` lists them all, each with its place."""

    message = _("The condition has faults:\n%(faults)s")


class EntryNeeded(DomainError):
    kind = Kind.REFUSED
    message = _("This condition counts from an entry, and here is none.")
