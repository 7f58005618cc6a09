from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class RuleUsesEntry(DomainError):
    kind = Kind.REFUSED
    message = _("The rule “%(key)s” counts from an entry, but it decides about the entry itself.")
