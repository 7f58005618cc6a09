from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class NoSuchLetter(DomainError):
    kind = Kind.MISSING
    message = _("There is no letter %(letter)s in the mailbox.")


class UnrenderableLetter(Exception):
    """One member's letter can't be made from its template; `str()` says why. Never leaves the dispatcher."""


class ProviderFailed(Exception):
    """A provider of variables raised; the letters that need it are tried again later. Never leaves the dispatcher."""
