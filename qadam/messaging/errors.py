from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from qadam.lib.documents import Fault, FaultyDocument
from qadam.lib.errors import DomainError, Kind


class NoSuchLetter(DomainError):
    kind = Kind.MISSING
    message = _("There is no letter %(letter)s in the mailbox.")


class FaultyTemplate(FaultyDocument):
    """A template that can't be published; each fault names its place, so its language, and its line."""

    message = _("The template “%(template)s” has faults:\n%(faults)s")

    def __init__(self, template: str, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.details["template"] = template


class NoSuchTemplate(DomainError):
    kind = Kind.MISSING
    message = _("There is no usable template “%(template)s”.")


class UnrenderableLetter(Exception):
    """One member's letter can't be made from its template; `str()` says why. Never leaves the dispatcher."""


class ProviderFailed(Exception):
    """A provider of variables raised; the letters that need it are tried again later. Never leaves the dispatcher."""
